"""Accounts: the facts others told us, who told them and when, and how a change is merged in.

An account is the unit of consistency: facts have many writers and one merge (architecture section 4).
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, tzinfo
from typing import TYPE_CHECKING, Any, NamedTuple

from keepwell.attributes import TAGS, Catalogue, Value
from keepwell.standings import Standing
from keepwell.trails import AccountTrail
from keepwell.usage import UsageSummary

if TYPE_CHECKING:
    from keepwell.people import Person


@dataclass(frozen=True)
class Provenance:
    """Who said it (`csv:accounts`, `hubspot`, `play:...`) and when it was so."""

    source: str
    observed_at: datetime


@dataclass(frozen=True)
class Facts:
    """What others told us of one account.

    `provenance` holds for every value that has no entry in `exceptions`. `since` gives, for each lifecycle
    attribute, the tenant's day on which the present stage was first observed, `confirmed` when a value was
    told again, the same, as far as that was worth a write (`Freshness`). `changed_by` and `created_by`
    name the change (a drop id) that last changed and that created the account, so that a repeated delivery
    can tell its own work from another's. `revision` counts the writes; 0 means not stored yet.
    `depth` is the causation depth of the last change: 0 for people and imports, more for plays.
    `heard` gives, for each source whose rows say when they were so, the newest such time: what it told by
    then stands against its older rows, also where it changed nothing (reliability I4).
    """

    account_id: str
    values: Mapping[str, Value]
    provenance: Provenance
    created_at: datetime
    created_by: str
    changed_by: str
    exceptions: Mapping[str, Provenance] = field(default_factory=dict)
    since: Mapping[str, date] = field(default_factory=dict)
    revision: int = 0
    depth: int = 0
    confirmed: Mapping[str, datetime] = field(default_factory=dict)
    heard: Mapping[str, datetime] = field(default_factory=dict)

    def observed(self, name: str) -> datetime:
        """Since when the present value of `name` is so."""
        return self.exceptions.get(name, self.provenance).observed_at

    def is_told_by(self, source: str, name: str) -> bool:
        """Whether what stands of `name`, a value or that it has none, is what `source` told."""
        teller = self.exceptions.get(name, self.provenance if name in self.values else None)
        return teller is not None and teller.source == source

    def but(self, **changes: Any) -> "Facts":
        """The same but for these fields; as `dataclasses.replace`, in a fifth of the time."""
        same = object.__new__(Facts)
        vars(same).update(vars(self), **changes)
        return same

    def last_told(self, name: str) -> datetime:
        """When the present value of `name` was told for the last time, as far as that is kept."""
        return self.confirmed.get(name) or self.observed(name)


class Freshness(NamedTuple):
    """For how many of the tenant's days what is told of an attribute counts, by name; else it does for ever.

    A value that is told again, the same, is confirmed once more than half of its days are over: seldom, since
    it is a write. A feed that tells it twice in its days, or once at regular intervals, keeps it fresh.
    """

    max_age_days: Mapping[str, int]
    time_zone: tzinfo = UTC

    def is_fading(self, name: str, told_at: datetime, day: date) -> bool:
        """Whether on `day` more than half of the days of a value told at `told_at` are over."""
        most = self.max_age_days.get(name)
        return most is not None and 2 * (day - told_at.astimezone(self.time_zone).date()).days > most


LASTING = Freshness({})
"""Everything counts for ever."""


@dataclass(frozen=True)
class Change:
    """New values for one account from one source, as of one moment.

    `change_id` names the cause (a drop id). `day` is the tenant's day of `observed_at`. With `fill_only`
    nothing that has a value is overwritten: so is a file older than its feed's watermark taken. `dated`: the
    moment is what the row itself says, and not that of its file.
    `add_tags` and `remove_tags` change the attribute Tags value by value, whatever else it holds.
    """

    account_id: str
    values: Mapping[str, Value]
    source: str
    observed_at: datetime
    day: date
    change_id: str
    cleared: frozenset[str] = frozenset()
    fill_only: bool = False
    depth: int = 0
    dated: bool = False
    add_tags: frozenset[str] = frozenset()
    remove_tags: frozenset[str] = frozenset()

    def but(self, **changes: Any) -> "Change":
        """The same but for these fields; as `dataclasses.replace`, in a fifth of the time."""
        same = object.__new__(Change)
        vars(same).update(vars(self), **changes)
        return same


@dataclass(frozen=True)
class Account:
    """All that a decision reads of one account. `usage` is None where nobody told of any; `people` are read
    only where some condition of the playbook asks for them, else None."""

    facts: Facts
    standing: Standing | None = None
    trail: AccountTrail | None = None
    usage: UsageSummary | None = None
    people: "tuple[Person, ...] | None" = None

    @property
    def account_id(self) -> str:
        return self.facts.account_id


def told_anew(before: Facts, after: Facts) -> frozenset[str]:
    """The names of what differs: a value, the day its stage began, who told it, when, and when again."""
    kept: tuple[tuple[Mapping[str, object], Mapping[str, object]], ...] = (
        (before.values, after.values),
        (before.since, after.since),
        (before.exceptions, after.exceptions),
        (before.confirmed, after.confirmed),
    )
    return frozenset(
        name
        for old, new in kept
        for name in old.keys() | new.keys()
        if old.get(name) != new.get(name) or type(old.get(name)) is not type(new.get(name))  # 1 is not yes
    )


def is_same(one: Value | None, other: Value | None) -> bool:
    """Whether two values say the same: yes is not 1, which Python takes for equal."""
    return one == other and isinstance(one, bool) is isinstance(other, bool)


def _others(values: Mapping[str, Value], present: Mapping[str, Value]) -> dict[str, Value]:
    """Those of the values that are not the same as those present (`is_same`)."""
    return {
        name: value
        for name, value in values.items()
        if (here := present.get(name)) != value or isinstance(value, bool) is not isinstance(here, bool)
    }


def are_same(some: Mapping[str, Value], others: Mapping[str, Value]) -> bool:
    """The same of all values by name."""
    return some == others and all(map(is_same, some.values(), map(others.__getitem__, some)))


def merge(
    facts: Facts | None, change: Change, catalogue: Catalogue, freshness: Freshness = LASTING
) -> Facts | None:
    """The facts after `change`, or None if it changes nothing (reliability I3, I4, S1).

    A value is taken if it differs from what was last told, a clearing included, and is not older than that.
    Of an attribute with a system of record nothing else is taken once the system has told it; what the system
    tells replaces what others told whenever that was, and is noted as its word also where it is the same.
    Tags are added and removed whenever that was decided, since it says nothing of the other tags. A change
    that does no more than confirm values before they grow too old (`freshness`), claim them for their system
    or say that a row is newer, leaves `changed_by` alone.
    """
    if facts is None:
        return _created(change, catalogue)
    systems, heard = catalogue.systems, facts.heard
    if change.dated:
        if heard.get(change.source, change.observed_at) > change.observed_at:
            change = change.but(fill_only=True)
        else:
            heard = {**heard, change.source: change.observed_at}
    others = _others(change.values, facts.values)  # few of what a file tells
    taken = {name: v for name, v in others.items() if _takes(facts, change, name, v, systems)}
    cleared = {name for name in change.cleared if _takes(facts, change, name, None, systems)}
    merged = {name: v for name, v in {**facts.values, **taken}.items() if name not in cleared}
    values = _tagged(merged, change)
    no_other = are_same(values, facts.values)
    claimed = _claimed(facts, change, systems) if systems else []
    again = _confirmed(facts, change, freshness, systems)
    if no_other and not (cleared or claimed or again) and heard == facts.heard:
        return None
    told = Provenance(change.source, change.observed_at)
    exceptions = {**facts.exceptions, **dict.fromkeys(claimed, told)}
    same = {
        name: at
        for name, at in facts.confirmed.items()
        if is_same(facts.values[name], values.get(name)) and name not in claimed
    }
    confirmed = {**same, **dict.fromkeys(again, change.observed_at)}
    if no_other and not cleared:
        return facts.but(exceptions=exceptions, confirmed=confirmed, heard=heard)
    since = {**facts.since, **{name: change.day for name in catalogue.lifecycles if name in taken}}
    exceptions |= dict.fromkeys([*taken, *cleared], told)
    if values != merged and facts.observed(TAGS.name) <= change.observed_at:
        exceptions[TAGS.name] = told
    return facts.but(
        values=values,
        exceptions=exceptions,
        confirmed=confirmed,
        since={name: day for name, day in since.items() if name not in cleared},
        changed_by=change.change_id,
        depth=change.depth,
        heard=heard,
    )


_NEVER = datetime.min.replace(tzinfo=UTC)
_BLANK = Facts("", {}, Provenance("", _NEVER), _NEVER, "", "")


def _created(change: Change, catalogue: Catalogue) -> Facts:
    """The facts of what nobody has told of before."""
    values = _tagged(change.values, change)
    told = Provenance(change.source, change.observed_at)
    mine = [name for name in change.cleared if catalogue.systems.get(name) == change.source]
    return _BLANK.but(
        account_id=change.account_id,
        values=values,
        provenance=told,
        exceptions=dict.fromkeys(mine, told),
        created_at=change.observed_at,
        created_by=change.change_id,
        changed_by=change.change_id,
        since={name: change.day for name in catalogue.lifecycles if name in values},
        depth=change.depth,
        heard={change.source: change.observed_at} if change.dated else {},
    )


def _tagged(values: Mapping[str, Value], change: Change) -> Mapping[str, Value]:
    """The values with the change's tags added and removed; tags that differ in case only are one, and the one
    that was there first stays as it is written."""
    if not (change.add_tags or change.remove_tags):
        return values
    present = values.get(TAGS.name)
    tags = present if isinstance(present, tuple) else ()
    added = {tag.casefold(): tag for tag in sorted(change.add_tags, reverse=True)}
    removed = {tag.casefold() for tag in change.remove_tags} - added.keys()
    kept = [tag for tag in tags if tag.casefold() not in removed]
    new = sorted(added.keys() - {tag.casefold() for tag in kept})
    after = (*kept, *(added[folded] for folded in new))
    if after == tags:
        return dict(values)
    rest = {name: value for name, value in values.items() if name != TAGS.name}
    return {**rest, TAGS.name: after} if after else rest


def _takes(facts: Facts, change: Change, name: str, value: Value | None, systems: Mapping[str, str]) -> bool:
    if is_same(facts.values.get(name), value):
        return False
    if name not in facts.values and name not in facts.exceptions:  # nobody has told it yet
        return True
    system = systems.get(name)
    if system and facts.is_told_by(system, name) != (change.source == system):
        return change.source == system
    return not change.fill_only and facts.last_told(name) <= change.observed_at


def _claimed(facts: Facts, change: Change, systems: Mapping[str, str]) -> list[str]:
    """The names of what others told and `change` tells the same, as their system of record."""
    return [
        name
        for name, system in systems.items()
        if system == change.source
        and (name in change.values or name in change.cleared)
        and is_same(facts.values.get(name), change.values.get(name))
        and not facts.is_told_by(system, name)
    ]


def _confirmed(facts: Facts, change: Change, freshness: Freshness, systems: Mapping[str, str]) -> list[str]:
    """The names of the values that `change` tells again while they are growing old; what a system of record
    told it alone confirms."""
    return [
        name
        for name in freshness.max_age_days
        if name in change.values
        and is_same(facts.values.get(name), change.values[name])
        and freshness.is_fading(name, facts.last_told(name), change.day)
        and (
            (system := systems.get(name)) is None
            or facts.is_told_by(system, name) == (change.source == system)
        )
    ]
