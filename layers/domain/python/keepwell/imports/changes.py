"""The fact-change log of an import: whose facts, the time, and each field's old and new value, for undo and
recalculation. A line for each: `{"account_id", "at", "changes": {"NPS": [7, 9]}}`; what is not the account
itself names its own id, too (`user_id`, `touchpoint_id`). A value that was confirmed, since it was growing
old, is told as `"NPS": [7, 7]`.

It is written before the facts are, since afterwards the old values are gone; a repeated delivery keeps the
entries of what it finds already done.
"""

import json
from collections.abc import Iterator, Mapping, Sequence
from datetime import date, datetime

from keepwell.accounts import Facts
from keepwell.attributes import Value
from keepwell.imports.drops import moment
from keepwell.ports import Files

_encode = json.JSONEncoder(ensure_ascii=False).encode
Json = str | int | float | bool | list[str] | None
Keys = tuple[str, ...]


class ChangeLog:
    """The log of one shard; `keys` are the columns of the ids by which it names what changed."""

    def __init__(self, files: Files, key: str, at: datetime, keys: Sequence[str] = ("Account ID",)):
        self._files = files
        self._key = key
        self._at = moment(at)
        self._names = [name.casefold().replace(" ", "_") for name in keys]
        self._stored = files.read(key) if files.exists(key) else b""
        self._lines = self._by_keys(self._stored)
        self._noted = False

    def note(self, keys: Keys, before: Facts | None, after: Facts) -> None:
        """What `after` changes; replaces what was noted under these ids."""
        self._noted = True
        changes = dict(_differences(before, after))
        entry = {**dict(zip(self._names, keys, strict=False)), "at": self._at, "changes": changes}
        self._lines[keys] = f"{_encode(entry)}\n"

    def forget(self, keys: Keys) -> None:
        """The change was not made after all."""
        self._noted |= self._lines.pop(keys, None) is not None

    def write(self) -> None:
        """Store the log if it differs from what is stored."""
        if not self._noted:
            return
        content = "".join(self._lines[keys] for keys in sorted(self._lines)).encode()
        if content != self._stored:
            self._files.write(self._key, content, "application/x-ndjson")
        self._stored, self._noted = content, False

    def _by_keys(self, content: bytes) -> dict[Keys, str]:
        lines = {}
        # Split as bytes: a text may hold characters that Python takes for line breaks.
        for line in content.splitlines():
            entry = json.loads(line)
            lines[tuple([entry[name] for name in self._names if name in entry])] = f"{line.decode()}\n"
        return lines


def _differences(before: Facts | None, after: Facts) -> Iterator[tuple[str, tuple[Json, Json]]]:
    known: Mapping[str, Value] = before.values if before else {}
    confirmed = before.confirmed if before else {}
    for name in sorted({*known, *after.values}):
        old, new = known.get(name), after.values.get(name)
        if old != new or after.confirmed.get(name) != confirmed.get(name):
            yield name, (_json(old), _json(new))


def _json(value: Value | None) -> Json:
    if isinstance(value, date):
        return value.isoformat()
    return list(value) if isinstance(value, tuple) else value
