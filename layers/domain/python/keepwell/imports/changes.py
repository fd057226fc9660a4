"""The fact-change log of an import: account, time, and each field's old and new value, for undo and
recalculation. A line for each account: `{"account_id", "at", "changes": {"NPS": [7, 9]}}`.

It is written before the facts are, since afterwards the old values are gone; a repeated delivery keeps the
entries of what it finds already done.
"""

import json
from collections.abc import Iterator, Mapping
from datetime import date, datetime

from keepwell.accounts import Facts
from keepwell.attributes import Value
from keepwell.imports.drops import moment
from keepwell.ports import Files

_encode = json.JSONEncoder(ensure_ascii=False).encode
Json = str | int | float | bool | list[str] | None


class ChangeLog:
    """The log of one shard."""

    def __init__(self, files: Files, key: str, at: datetime):
        self._files = files
        self._key = key
        self._at = moment(at)
        self._stored = files.read(key) if files.exists(key) else b""
        self._lines = _by_account(self._stored)
        self._noted = False

    def note(self, before: Facts | None, after: Facts) -> None:
        """What `after` changes; replaces what was noted of this account."""
        self._noted = True
        changes = dict(_differences(before.values if before else {}, after.values))
        entry = {"account_id": after.account_id, "at": self._at, "changes": changes}
        self._lines[after.account_id] = f"{_encode(entry)}\n"

    def forget(self, account_id: str) -> None:
        """The change was not made after all."""
        self._noted |= self._lines.pop(account_id, None) is not None

    def write(self) -> None:
        """Store the log if it differs from what is stored."""
        if not self._noted:
            return
        content = "".join(self._lines[account_id] for account_id in sorted(self._lines)).encode()
        if content != self._stored:
            self._files.write(self._key, content, "application/x-ndjson")
        self._stored, self._noted = content, False


def _differences(
    before: Mapping[str, Value], after: Mapping[str, Value]
) -> Iterator[tuple[str, tuple[Json, Json]]]:
    for name in sorted({*before, *after}):
        old, new = before.get(name), after.get(name)
        if old != new:
            yield name, (_json(old), _json(new))


def _json(value: Value | None) -> Json:
    if isinstance(value, date):
        return value.isoformat()
    return list(value) if isinstance(value, tuple) else value


def _by_account(content: bytes) -> dict[str, str]:
    # Split as bytes: a text may hold characters that Python takes for line breaks.
    return {json.loads(line)["account_id"]: f"{line.decode()}\n" for line in content.splitlines()}
