"""Runs the emulator, and adds what its events lack: S3's `version-id` in those to EventBridge, a rule's next
attempts where its function failed, and the stream records of what statements (PartiQL) write. What it unpacks
anew for each process of a function is unpacked once.

A script for the emulator's own environment: it may import nothing of Keepwell.
"""

import hashlib
import json
import tempfile
import zipfile
from contextvars import ContextVar
from copy import deepcopy
from pathlib import Path
from threading import Lock
from types import SimpleNamespace
from typing import Any

from ministack import app  # type: ignore[import-not-found]
from ministack.core import lambda_runtime  # type: ignore[import-not-found]
from ministack.services import dynamodb, eventbridge, lambda_svc, s3  # type: ignore[import-not-found]

_version: ContextVar[str | None] = ContextVar("version", default=None)
_fire, _dispatch = s3._fire_s3_event, eventbridge._dispatch_event
_insert, _update = dynamodb._partiql_insert, dynamodb._partiql_update
_unpacking = Lock()


class SharedZip(zipfile.ZipFile):
    """The code of a function or layer, of which all processes read one unpacked copy: unpacking takes the
    emulator as long as a function takes to start, and keeps it from all else."""

    def __init__(self, file: str) -> None:
        super().__init__(file)
        content = hashlib.sha256(Path(file).read_bytes()).hexdigest()[:16]
        self._shared = Path(tempfile.gettempdir()) / "unpacked" / content

    def namelist(self) -> list[str]:
        """The names to be looked at: none, if that was done."""
        return [] if self._shared.exists() else super().namelist()

    def extractall(self, path: Any = None, *_: Any) -> None:
        """Put the shared copy in place of the empty folder `path`."""
        with _unpacking:
            if not self._shared.exists():
                unfinished = self._shared.with_suffix(".unfinished")
                super().extractall(unfinished)
                unfinished.rename(self._shared)
        Path(path).rmdir()
        Path(path).symlink_to(self._shared, target_is_directory=True)


def fire(*args: Any, version_id: str | None = None, **options: Any) -> None:
    """Keep the version in reach while the event of an object is made."""
    token = _version.set(version_id)
    try:
        _fire(*args, version_id=version_id, **options)
    finally:
        _version.reset(token)


def dispatch(event: dict[str, Any], *args: Any, **options: Any) -> Any:
    """Dispatch an event, with the object's version if it has one."""
    version = _version.get()
    if event.get("Source") == "aws.s3" and version is not None:
        detail = json.loads(event["Detail"])
        detail["object"]["version-id"] = version
        event = {**event, "Detail": json.dumps(detail)}
    return _dispatch(event, *args, **options)


def invoke(function: str, event: str) -> None:
    """Invoke the function that is a rule's target, as often as its configuration says while it fails."""
    found, config, _ = lambda_svc._get_func_record_for_ref(function)
    if found and config:
        record = lambda_svc._execution_record_for_config(found, config)
        lambda_svc.invoke_async_with_retry(record, json.loads(event))


def insert(table: dict[str, Any], parsed: dict[str, Any]) -> Any:
    """Insert an item by a statement, and tell the table's stream."""
    answer = _insert(table, parsed)
    if answer[0] == 200:
        item = parsed["item"]
        _tell(parsed, "INSERT", None, item["M"] if set(item) == {"M"} else item)
    return answer


def update(table: dict[str, Any], parsed: dict[str, Any], data: dict[str, Any] | None = None) -> Any:
    """Update an item by a statement, and tell the table's stream."""
    key, sort_key, _, problem = dynamodb._partiql_key_target(table, parsed)
    before = None if problem else deepcopy(table["items"].get(key, {}).get(sort_key))
    answer = _update(table, parsed, data)
    if answer[0] == 200:
        _tell(parsed, "MODIFY", before, table["items"][key][sort_key])
    return answer


def _tell(parsed: dict[str, Any], event: str, before: Any, after: Any) -> None:
    dynamodb._emit_stream_event(parsed["table"], event, before, deepcopy(after))


if __name__ == "__main__":
    lambda_runtime.zipfile = SimpleNamespace(**{**vars(zipfile), "ZipFile": SharedZip})
    dynamodb._partiql_insert = insert
    dynamodb._partiql_update = update
    s3._fire_s3_event = fire
    eventbridge._dispatch_event = dispatch
    eventbridge._dispatch_to_lambda = invoke
    app.main()
