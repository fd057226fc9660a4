"""The fact-change log of an import: whose facts, the time, and each field's old and new value, for undo and
recalculation. A line for each:

    {"account_id", "at", "changes": {"NPS": [7, 9]}, "before": {"told": {"NPS": ["hubspot", "2026-11-20.."]}}}

What is not the account itself names its own id, too (`user_id`, `touchpoint_id`). A value that was told
again, the same, and noted so, is told as `"NPS": [7, 7]`. `before` holds what else was otherwise (see
`Former`), and is null where nothing was there at all. Lines of older versions lack it.

It is written before the facts are, since afterwards the old values are gone; a repeated delivery keeps the
entries of what it finds already done.
"""

import json
from collections.abc import Container, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any, TypeVar

import orjson

from keepwell.accounts import Facts, Provenance
from keepwell.attributes import Value
from keepwell.imports.drops import moment
from keepwell.ports import Files

Json = str | int | float | bool | list[str] | None
Keys = tuple[str, ...]
T = TypeVar("T")


@dataclass(frozen=True)
class Former:
    """What the facts held beside the values, of what a change made otherwise: as `Facts` has it.

    Of a name that `told` lacks the facts' own provenance held, or nobody had told it. `heard` has None where
    there was no such time.
    """

    told: Mapping[str, Provenance] = field(default_factory=dict)
    since: Mapping[str, date] = field(default_factory=dict)
    confirmed: Mapping[str, datetime] = field(default_factory=dict)
    heard: Mapping[str, datetime | None] = field(default_factory=dict)


@dataclass(frozen=True)
class Entry:
    """One line of a log. `former` is None where the log does not tell it, or where nothing was there before
    (`created`)."""

    keys: Keys
    at: datetime
    changes: Mapping[str, tuple[Json, Json]]
    former: Former | None
    created: bool

    def after(self, first: "Entry") -> "Entry":
        """This change and an earlier one of the same, as one."""
        changes = {
            name: (first.changes.get(name, (old,))[0], new) for name, (old, new) in self.changes.items()
        }
        former = None
        if self.former and first.former:
            known = first.changes
            former = Former(
                told=_unless(known, self.former.told) | dict(first.former.told),
                since=_unless(known, self.former.since) | dict(first.former.since),
                confirmed=_unless(known, self.former.confirmed) | dict(first.former.confirmed),
                heard={**self.former.heard, **first.former.heard},
            )
        return Entry(
            self.keys, max(self.at, first.at), {**first.changes, **changes}, former, created=first.created
        )


def entries(content: bytes, keys: Sequence[str]) -> Iterator[Entry]:
    """The entries of a log's content; `keys` are the columns of the ids as for `ChangeLog`."""
    names = _names(keys)
    for line in content.splitlines():  # bytes: a text may hold characters that Python takes for line breaks
        entry = json.loads(line)
        before = entry.get("before")
        yield Entry(
            keys=_keys(entry, names),
            at=datetime.fromisoformat(entry["at"]),
            changes={name: (old, new) for name, (old, new) in entry["changes"].items()},
            former=None if before is None else _former(before),
            created="before" in entry and before is None,
        )


class ChangeLog:
    """The log of one shard; `keys` are the columns of the ids by which it names what changed. `at` is the
    time of a change that says nothing of its own."""

    def __init__(self, files: Files, key: str, at: datetime, keys: Sequence[str] = ("Account ID",)):
        self._files = files
        self._key = key
        self._at = at
        self._names = _names(keys)
        self._stored = files.read(key) if files.exists(key) else b""
        self._lines = {
            _keys(json.loads(line), self._names): line + b"\n" for line in self._stored.splitlines()
        }
        self._noted = False

    def note(self, keys: Keys, before: Facts | None, after: Facts) -> None:
        """What `after` changes; replaces what was noted under these ids."""
        self._noted = True
        changes = _changes(before, after)
        entry = {
            **dict(zip(self._names, keys, strict=False)),
            "at": moment(_time_of(before, after, changes) or self._at),
            "changes": changes,
            "before": None if before is None else _before(before, after, changes),
        }
        self._lines[keys] = _encoded(entry)

    def forget(self, keys: Keys) -> None:
        """The change was not made after all."""
        self._noted |= self._lines.pop(keys, None) is not None

    def forget_unless_made(self, keys: Keys, facts: Facts) -> None:
        """Forget what was noted, unless an earlier delivery made that of the facts which they are."""
        if (line := self._lines.get(keys)) is None:
            return
        at = datetime.fromisoformat(json.loads(line)["at"])
        told = (each.observed_at for each in facts.exceptions.values())
        if at not in {*told, *facts.confirmed.values(), *facts.heard.values()}:
            self.forget(keys)

    def write(self) -> None:
        """Store the log if it differs from what is stored."""
        if not self._noted:
            return
        content = b"".join([self._lines[keys] for keys in sorted(self._lines)])
        if content != self._stored:
            self._files.write(self._key, content, "application/x-ndjson")
        self._stored, self._noted = content, False


def _changes(before: Facts | None, after: Facts) -> dict[str, tuple[Value | None, Value | None]]:
    """The old and new value of what is otherwise, or was told by another, or (again) at another time."""
    if before is None:
        changes: dict[str, tuple[Value | None, Value | None]] = dict.fromkeys(after.exceptions, (None, None))
        changes.update({name: (None, value) for name, value in after.values.items()})
        return changes
    kept: tuple[tuple[Mapping[str, object], Mapping[str, object]], ...] = (
        (before.values, after.values),
        (before.exceptions, after.exceptions),
        (before.confirmed, after.confirmed),
    )
    return {
        name: (before.values.get(name), after.values.get(name))
        for old, new in kept
        if old is not new
        for name in _otherwise(old, new)
    }


def _otherwise(old: Mapping[str, object], new: Mapping[str, object]) -> list[str]:
    """The names of what differs."""
    return [*(name for name, told in new.items() if old.get(name) != told), *(old.keys() - new.keys())]


def _time_of(before: Facts | None, after: Facts, names: Iterable[str]) -> datetime | None:
    """When what is new was so."""
    if before is None:
        return after.provenance.observed_at
    heard = (at for source, at in after.heard.items() if before.heard.get(source) != at)
    return max((after.last_told(name) for name in names), default=None) or max(heard, default=None)


def _before(before: Facts, after: Facts, names: Mapping[str, object]) -> dict[str, Any]:
    """A `Former` as JSON: what of it is empty is left out."""
    kept = {
        "told": {
            name: [told.source, moment(told.observed_at)]
            for name, told in before.exceptions.items()
            if name in names
        },
        "since": {name: day.isoformat() for name, day in before.since.items() if name in names},
        "confirmed": {name: moment(at) for name, at in before.confirmed.items() if name in names},
        "heard": {
            source: moment(before.heard[source]) if source in before.heard else None
            for source, at in after.heard.items()
            if before.heard.get(source) != at
        },
    }
    return {name: told for name, told in kept.items() if told}


def _former(before: Mapping[str, Any]) -> Former:
    return Former(
        told={
            name: Provenance(source, datetime.fromisoformat(at))
            for name, (source, at) in before.get("told", {}).items()
        },
        since={name: date.fromisoformat(day) for name, day in before.get("since", {}).items()},
        confirmed={name: datetime.fromisoformat(at) for name, at in before.get("confirmed", {}).items()},
        heard={
            source: datetime.fromisoformat(at) if at else None
            for source, at in before.get("heard", {}).items()
        },
    )


def _unless(known: Container[str], held: Mapping[str, T]) -> dict[str, T]:
    """What is held of names that are not among those known."""
    return {name: value for name, value in held.items() if name not in known}


def _names(keys: Sequence[str]) -> list[str]:
    return [name.casefold().replace(" ", "_") for name in keys]


def _keys(entry: Mapping[str, Any], names: Sequence[str]) -> Keys:
    return tuple([entry[name] for name in names if name in entry])


def _encoded(entry: Mapping[str, Any]) -> bytes:
    """An entry as a line, its dates as texts."""
    try:
        return orjson.dumps(entry, option=orjson.OPT_APPEND_NEWLINE | orjson.OPT_SORT_KEYS)
    except orjson.JSONEncodeError:  # a whole number of more than 64 bits
        return f"{json.dumps(entry, ensure_ascii=False, default=str, sort_keys=True)}\n".encode()


def as_json(value: Value | None) -> Json:
    """A value as a log has it."""
    if isinstance(value, date):
        return value.isoformat()
    return list(value) if isinstance(value, tuple) else value
