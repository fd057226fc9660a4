"""Restoring what an import replaced: pure (decision 20).

A value goes back only if it still is what the import told, and nobody told it since; with it go back who had
told it, and when. Tags go back one by one, where plays have set others since.
"""

from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any

from keepwell.accounts import Facts, Provenance
from keepwell.attributes import TAGS, Catalogue, Kind, Value
from keepwell.imports.changes import Entry, Former, Json, as_json

NOTHING = Former()


@dataclass(frozen=True)
class Undo:
    """What all restorations of one undo have in common.

    `sources` are what facts say that the import's word came from. `change_id` names the undo as the cause of
    what it changes. Where the log does not know who told a value before, it counts as told by the undo at
    `at`, the tenant's `day`.
    """

    import_id: str
    sources: frozenset[str]
    at: datetime
    day: date

    @property
    def change_id(self) -> str:
        return f"undo-{self.import_id}"

    @property
    def provenance(self) -> Provenance:
        return Provenance(f"undo:{self.import_id}", self.at)


@dataclass(frozen=True)
class Restored:
    """Facts without what an import told. `names` are those of the values that are as before; `kept` are those
    that stay, since somebody told them after the import. `is_bare`: the import created this, and nothing else
    was ever told of it."""

    facts: Facts
    names: tuple[str, ...]
    kept: tuple[str, ...]
    is_bare: bool


def restored(facts: Facts, entry: Entry, undo: Undo, catalogue: Catalogue) -> Restored:
    """What the facts are without what `entry` tells of; doing it again changes nothing."""
    back: list[str] = []
    kept: list[str] = []
    after = facts
    for name, (old, new) in entry.changes.items():
        former = _former(name, old, entry, undo, catalogue)
        if _stands(facts, name, new, entry.at, undo):
            after = _with(after, name, former)
        elif name == TAGS.name and _is_added_to(facts):
            after = _retagged(after, _tags(old), _tags(new))
            back.append(name)
            continue
        if old != new:
            (back if _is_as(after, name, former) else kept).append(name)
    after = _unheard(after, entry, undo)
    if after != facts:
        after = replace(after, changed_by=undo.change_id, depth=0)
    is_bare = facts.created_by == undo.import_id and not (after.values or after.exceptions)
    return Restored(after, tuple(back), tuple(kept), is_bare)


@dataclass(frozen=True)
class _Value:
    """A value with what is known beside it; None where there was none."""

    value: Value | None
    told: Provenance | None
    since: date | None
    confirmed: datetime | None


def _former(name: str, old: Any, entry: Entry, undo: Undo, catalogue: Catalogue) -> _Value:
    value = None if old is None else typed(name, old, catalogue)
    if entry.former is None and not entry.created and value is not None:  # a log of before tells no more
        attribute = catalogue.find(name)
        since = undo.day if attribute and attribute.lifecycle else None
        return _Value(value, undo.provenance, since, None)
    former = entry.former or NOTHING
    return _Value(value, former.told.get(name), former.since.get(name), former.confirmed.get(name))


def _stands(facts: Facts, name: str, new: Any, at: datetime, undo: Undo) -> bool:
    """Whether `name` is as the import left it."""
    if as_json(facts.values.get(name)) != new or facts.last_told(name) > at:
        return False
    return facts.confirmed.get(name) == at or any(facts.is_told_by(source, name) for source in undo.sources)


def _is_as(facts: Facts, name: str, former: _Value) -> bool:
    return (facts.values.get(name), facts.exceptions.get(name)) == (former.value, former.told)


def _with(facts: Facts, name: str, former: _Value) -> Facts:
    return replace(
        facts,
        values=_set(facts.values, name, former.value),
        exceptions=_set(facts.exceptions, name, former.told),
        since=_set(facts.since, name, former.since),
        confirmed=_set(facts.confirmed, name, former.confirmed),
    )


def _is_added_to(facts: Facts) -> bool:
    """Whether the last word on the tags was of one who only adds and removes some."""
    told = facts.exceptions.get(TAGS.name)
    return told is not None and told.source.startswith(("play:", "segment:"))


def _tags(told: Json) -> Sequence[str]:
    return told if isinstance(told, list) else ()


def _retagged(facts: Facts, old: Sequence[str], new: Sequence[str]) -> Facts:
    """The facts without the tags that the import added, and with those that it took away."""
    before, given = {tag.casefold() for tag in old}, {tag.casefold() for tag in new}
    present = facts.values.get(TAGS.name)
    kept = [
        tag for tag in (present if isinstance(present, tuple) else ()) if tag.casefold() not in given - before
    ]
    known = {tag.casefold() for tag in kept}
    back = [tag for tag in old if tag.casefold() not in given | known]
    return replace(facts, values=_set(facts.values, TAGS.name, (*kept, *back) or None))


def _unheard(facts: Facts, entry: Entry, undo: Undo) -> Facts:
    """The facts as if the rows of the import had not been heard."""
    former: Mapping[str, datetime | None] = entry.former.heard if entry.former else {}
    if entry.created:
        former = dict.fromkeys(undo.sources)
    heard = facts.heard
    for source, before in former.items():
        if source in heard and heard[source] <= entry.at:
            heard = _set(heard, source, before)
    return facts if heard == facts.heard else replace(facts, heard=heard)


def _set(held: Mapping[str, Any], name: str, value: Any) -> dict[str, Any]:
    """The same with this value of `name`; without any if it is None."""
    rest = {each: what for each, what in held.items() if each != name}
    return rest if value is None else {**rest, name: value}


def typed(name: str, value: Any, catalogue: Catalogue) -> Value:
    """A value of a log as the attribute has it; what was told while it was of another kind stays as it is."""
    if isinstance(value, list):
        return tuple(value)
    attribute = catalogue.find(name)
    if isinstance(value, str) and attribute and attribute.kind is Kind.DATE:
        with suppress(ValueError):
            return date.fromisoformat(value)
    told: Value = value
    return told
