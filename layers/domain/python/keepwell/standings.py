"""Standings: what we concluded of an account, and the transitions that wait to take effect.

A standing is written by `evaluate` alone, in one conditional write that holds the new memberships and the
pending transitions (architecture section 4). A transition's id is derived from what it is, and every effect's
id from the transition's, so that repeating is harmless (reliability T1, T2).
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from enum import StrEnum

from keepwell.attributes.cells import show_cell


class Band(StrEnum):
    """The traffic light (product HLT-08); unknown where there is nothing to judge (1.14 row 14)."""

    GOOD = "good"
    AVERAGE = "average"
    POOR = "poor"
    UNKNOWN = "unknown"


@dataclass(frozen=True)
class Reason:
    """One leaf of a condition: its canonical text, the value it met, and whether it matched.

    `value` is a JSON value (a date as ISO text, a multi-select as comma-separated text); `matches` is None
    where the value is unknown.
    """

    condition: str
    value: str | int | float | bool | None
    matches: bool | None

    @property
    def met(self) -> str:
        """The value as people write it, empty where it is unknown."""
        return "" if self.value is None else show_cell(self.value)


@dataclass(frozen=True)
class Membership:
    """Whether an account is inside a segment (or a play's own trigger), and since which day.

    `sequence` counts the entries, from 1; it is kept after an exit so that a re-entry is a new one (T3).
    `left` is the day of the latest exit. `quiet`: the present entry has not fired, because it came during the
    segment's cool-down; it fires when that ends, if the account is still inside (T4).
    """

    inside: bool
    sequence: int
    since: date
    left: date | None = None
    quiet: bool = False


class Passage(StrEnum):
    """Which way an account crossed the border of a segment."""

    ENTERED = "entered"
    EXITED = "exited"


class Silence(StrEnum):
    """Why a transition starts no play: it marks who was there already (1.14 row 23), or it came too soon
    after the exit before it (T4)."""

    BASELINE = "baseline"
    COOL_DOWN = "cool-down"


ROLE = "role:"
"""Of a transition that is about who has a role, as in `role:Success Manager`."""

HAND = "hand:"
"""Of what stands for a transition where a person asked for a play, as in `hand:<request>`."""


@dataclass(frozen=True)
class Holder:
    """Who had a role at the last look, empty for nobody; `sequence` counts the changes since the first."""

    email: str
    sequence: int = 0


@dataclass(frozen=True)
class Transition:
    """An account entering or leaving a segment (or a play's own trigger), with the reasons.

    `segment` is the segment's id, or `play:<id>` for a play with a condition of its own. `health`, `score`,
    `confidence` and `drivers` (what weighed most on the score, in words) are those of the evaluation that
    decided it,
    `depth` is the causation depth of the facts it read. `cause` is what brought it about: the change that
    wrote the facts (a drop id, `play:...`) or `night:<day>`; the mass-entry brake counts by it.
    `account_sequence` is how many borders the account, and the person if any, had crossed by then (T5).

    A role that changed hands is a transition, too (product TSK-09): `segment` is `role:<attribute>`, `before`
    is who had it, and who has it now is told by the account's facts. So is a person at the account,
    `user_id`, who enters or leaves a segment of users.
    """

    account_id: str
    segment: str
    passage: Passage
    sequence: int
    at: datetime
    day: date
    health: Band
    score: int | None
    reasons: tuple[Reason, ...]
    drivers: tuple[str, ...]
    playbook: str
    depth: int = 0
    cause: str = ""
    silence: Silence | None = None
    confidence: int | None = None
    before: str = ""
    account_sequence: int = 0
    user_id: str = ""

    @property
    def id(self) -> str:
        """Derived, hence the same however often it is computed."""
        return f"{self.account_id}/{self.about}/{self.sequence}/{self.passage}"

    @property
    def about(self) -> str:
        """The segment, and the person whose passage it is."""
        return f"{self.segment}/{self.user_id}" if self.user_id else self.segment

    @property
    def role(self) -> str:
        """The role that changed hands; empty for a passage of a segment."""
        return self.segment.removeprefix(ROLE) if self.segment.startswith(ROLE) else ""

    @property
    def by_hand(self) -> bool:
        """Whether a person asked for it."""
        return self.segment.startswith(HAND)


def user_in(transition_id: str, account_id: str) -> str:
    """Whose passage a transition of an account is, by its id; empty where it is the account's own."""
    about = transition_id.removeprefix(f"{account_id}/").rsplit("/", 2)[0]
    return about.partition("/")[2]


def crossed(memberships: Mapping[str, Membership]) -> int:
    """How many borders an account has crossed, both ways; it only grows."""
    return sum(2 * each.sequence - each.inside for each in memberships.values())


@dataclass(frozen=True)
class Standing:
    """What we concluded of one account; about 1 KB.

    `day` is the tenant's day it holds for, `account_model` the band of the Account Health Model, which runs
    beside the profile's (product 1.14 row 11). `health` is the band that counts; where a change has not held
    long enough, `leaning` is the band it would be, `leaning_since` the first day of that. `confidence` is how
    much of the weight of the score rests on what is there and fresh, in percent. `stages` are those of the
    lifecycles as they were last seen, by attribute, `holders` who had the roles that hand tasks over.
    `inputs` is a hash of what was read, `population` the version of what it was compared with. `revision`
    counts the writes; 0 means not stored yet. `activated` is the newest activation of the playbook it was
    judged by, the start of time for one that has none.
    """

    account_id: str
    evaluated_at: datetime
    day: date
    health: Band
    score: int | None
    profile: str | None
    account_model: Band
    playbook: str
    inputs: str
    activated: datetime | None = None
    memberships: Mapping[str, Membership] = field(default_factory=dict)
    pending: tuple[Transition, ...] = ()
    revision: int = 0
    confidence: int | None = None
    leaning: Band | None = None
    leaning_since: date | None = None
    stages: Mapping[str, str] = field(default_factory=dict)
    population: str = ""
    holders: Mapping[str, Holder] = field(default_factory=dict)

    def knows(self, activated: datetime) -> bool:
        """Whether what was activated then was part of the playbook it was judged by: clocks that were read a
        moment before the playbook cannot deceive it. Older standings tell only when they were judged."""
        return (self.activated or self.evaluated_at) >= activated
