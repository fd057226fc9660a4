"""Runs the emulator, and adds the one thing its events lack: S3's `version-id` in those to EventBridge.

A script for the emulator's own environment: it may import nothing of Keepwell.
"""

import json
from contextvars import ContextVar
from typing import Any

from ministack import app  # type: ignore[import-not-found]
from ministack.services import eventbridge, s3  # type: ignore[import-not-found]

_version: ContextVar[str | None] = ContextVar("version", default=None)
_fire, _dispatch = s3._fire_s3_event, eventbridge._dispatch_event


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


if __name__ == "__main__":
    s3._fire_s3_event = fire
    eventbridge._dispatch_event = dispatch
    app.main()
