"""Coverage: which accounts were touched lately, and who of us touches them (product TCH-05, DSH-07).

It is counted from accounts and touchpoints alone. An internal note is no touch; a touchpoint of a day to come
is none yet.
"""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from keepwell.accounts import Facts
from keepwell.attributes.catalogue import key_of
from keepwell.touchpoints import LAST_TOUCH, TYPES, Touchpoint

NOBODY = ""
"""The owner of an account of which nobody has the role, and who logged what nobody is named for."""

_USUAL = {key_of(name): name for name in TYPES}


@dataclass(frozen=True)
class Lately:
    """So many days up to `today`: the tenant's day so many days ago, today, and the days between, as
    `within last 30 days` of a condition."""

    today: date
    days: int

    def has(self, day: date) -> bool:
        return self.today - timedelta(days=self.days) <= day <= self.today

    def a_week(self, count: int) -> float:
        """So many in these days, as many in a week."""
        return round(count * 7 / (self.days + 1), 1)


@dataclass(frozen=True)
class Coverage:
    """The accounts of an owner, by address in small letters, or all (NOBODY). `touched` were touched
    lately, `never` those of which nothing but internal notes was ever logged, and no Last Touch was told."""

    owner: str
    accounts: int
    touched: int
    never: int

    @property
    def percent(self) -> float | None:
        """The accounts touched, of 100, to one decimal: 100 only where all were, 0 only where none was. None
        where there are no accounts."""
        if not self.accounts:
            return None
        share = round(100 * self.touched / self.accounts, 1)
        return share if self.touched in (0, self.accounts) else min(max(share, 0.1), 99.9)


@dataclass(frozen=True)
class Activity:
    """The touchpoints somebody logged lately, by address in small letters, and how many of them are internal
    notes; a play goes by its source, as in `play:check-in`."""

    email: str
    touchpoints: int
    internal_notes: int
    touchpoints_per_week: float


@dataclass(frozen=True)
class Touches:
    """What was touched lately: in all, by owner (the least covered first), the touchpoints by type, by flow
    and by who logged them (the most first), and the ids of the accounts never touched, in order."""

    total: Coverage
    owners: Sequence[Coverage]
    types: Mapping[str, int]
    flows: Mapping[str, int]
    members: Sequence[Activity]
    never: Sequence[str]


def touches_of(
    accounts: Iterable[Facts],
    touchpoints: Iterable[Touchpoint],
    members: Iterable[str],
    role: str,
    lately: Lately,
    flow: str = "",
) -> Touches:
    """The touches of a portfolio, each account counted for the holder of `role`, the name of an attribute.

    With a `flow`, only touchpoints of that stage of the journey are looked at (TCH-04); never touched are the
    same accounts with it and without. `members` are addresses that are listed even if they logged nothing.
    All accounts are read before the first touchpoint is, and none of either is kept.
    """
    known = {
        facts.account_id: (_address(facts.values.get(role)), LAST_TOUCH in facts.values) for facts in accounts
    }
    ever, touched_lately = set[str](), set[str]()
    types, flows = _Tally(_USUAL), _Tally({})
    logged, notes = Counter(dict.fromkeys(map(_address, members), 0)), Counter[str]()
    for each in touchpoints:
        if each.day > lately.today:
            continue
        if not each.is_internal:
            ever.add(each.account_id)
        if lately.has(each.day) and (not flow or key_of(each.flow) == key_of(flow)):
            if not each.is_internal:
                touched_lately.add(each.account_id)
            who = _address(each.created_by)
            types.count(each.type)
            flows.count(each.flow)
            logged[who] += 1
            notes[who] += each.is_internal
    own, touched, never = Counter[str](), Counter[str](), dict[str, str]()
    for account_id, (owner, was_touched) in known.items():
        own[owner] += 1
        touched[owner] += account_id in touched_lately
        if not (account_id in ever or was_touched):
            never[account_id] = owner
    untouched = Counter(never.values())
    owners = [Coverage(owner, count, touched[owner], untouched[owner]) for owner, count in own.items()]
    return Touches(
        total=Coverage(NOBODY, own.total(), touched.total(), len(never)),
        owners=sorted(owners, key=lambda each: (each.touched / each.accounts, each.owner)),
        types=types.most_first(),
        flows=flows.most_first(),
        members=[
            Activity(who, count, notes[who], lately.a_week(count)) for who, count in _most_first(logged)
        ],
        never=sorted(never),
    )


class _Tally:
    """Counts of texts, those that differ only in how they are written as one: under its `usual` name, or the
    first in order of those that were told."""

    def __init__(self, usual: Mapping[str, str]):
        self._counts, self._names, self._usual = Counter[str](), dict[str, str](), usual

    def count(self, told: str) -> None:
        key = key_of(told)
        self._names[key] = self._usual.get(key) or min(told, self._names.get(key, told))
        self._counts[key] += 1

    def most_first(self) -> dict[str, int]:
        return {self._names[key]: count for key, count in _most_first(self._counts)}


def _most_first(counts: Counter[str]) -> list[tuple[str, int]]:
    return sorted(counts.items(), key=lambda each: (-each[1], each[0]))


def _address(told: object) -> str:
    return told.strip().lower() if isinstance(told, str) else NOBODY
