"""The mass-entry brake: a play that is about to fire for too many accounts of one cause waits for a person
(architecture section 4).

A cause is an import or a night. A control row `brake#<play>#<cause>` counts in `fired` for how many accounts
of it a play has fired, and holds in `decision` what a person said, such as `released by ann`: the first
decision stands.
"""

from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from keepwell.imports.job import control_key
from keepwell.plays.play import Play
from keepwell.ports import Control
from keepwell.standings import Transition

LEAST_LIMIT = 25
SHARE = 20  # percent of the population


class Decision(StrEnum):
    """What a person decided about the accounts that a held play waits with."""

    RELEASED = "released"
    DISCARDED = "discarded"


class Verdict(StrEnum):
    """Whether a play may fire; `released` and `discarded` are a person's word, for whatever number."""

    FIRE = "fire"
    HELD = "held"
    RELEASED = "released"
    DISCARDED = "discarded"


@dataclass(frozen=True)
class Limit:
    """For how many accounts of one cause a play may fire, and why so many."""

    accounts: int
    reason: str


@dataclass(frozen=True)
class Ruling:
    """A verdict with its reason. `fired` is for how many accounts of the cause the play has fired."""

    verdict: Verdict
    fired: int
    limit: Limit
    decision: str = ""


@dataclass(frozen=True)
class Held:
    """A play that waits with one transition."""

    account_id: str
    play: str
    cause: str
    transition_id: str
    ruling: Ruling


def limit_of(play: Play, population: int) -> Limit:
    """The play's own limit, else the larger of LEAST_LIMIT and SHARE of the accounts there are."""
    if play.limit is not None:
        return Limit(play.limit, "the play's own limit")
    share = population * SHARE // 100
    if share > LEAST_LIMIT:
        return Limit(share, f"{SHARE}% of {population:,} accounts")
    return Limit(LEAST_LIMIT, f"at least {LEAST_LIMIT}, whatever {SHARE}% of {population:,} accounts are")


def rule(fired: int, limit: Limit, decision: str = "") -> Ruling:
    """Whether a play that fired for so many accounts may fire for one more."""
    for made in Decision:
        if decision.startswith(made):
            return Ruling(Verdict(made.value), fired, limit, decision)
    return Ruling(Verdict.FIRE if fired < limit.accounts else Verdict.HELD, fired, limit)


@dataclass(frozen=True)
class Brake:
    """The brake over control rows."""

    control: Control

    def look(self, play: Play, transition: Transition) -> Ruling:
        """Whether a play may fire now, counting nothing. A transition without a cause is never held."""
        if not transition.cause:
            return Ruling(Verdict.FIRE, 0, Limit(0, "no cause to count by"))
        row = self._row(play.id, transition.cause)
        fired = int(row.get("fired", 0))
        return rule(fired, self._limit(play, transition.cause, fired), row.get("decision", ""))

    def admit(self, play: Play, transition: Transition) -> Ruling:
        """The same for a play that fires if it may: then it is counted first, so that of launches side by
        side no more fire than the limit lets. A launch that dies before its run is stored is counted again
        when it is repeated: the play is then held a little early, never late."""
        ruling = self.look(play, transition)
        if ruling.verdict is not Verdict.FIRE or not transition.cause:
            return ruling
        before = self.control.count(brake_key(play.id, transition.cause), "fired") - 1
        return rule(before, self._limit(play, transition.cause, before))

    def decide(self, play: str, cause: str, decision: Decision, by: str) -> str:
        """Record a person's decision; the one that stands, which is the first, as `released by ann`."""
        return self.control.settle(brake_key(play, cause), "decision", f"{decision} by {by}")

    def _row(self, play: str, cause: str) -> dict[str, Any]:
        return self.control.get(brake_key(play, cause)) or {}

    def _limit(self, play: Play, cause: str, fired: int) -> Limit:
        """The population is read only where it matters."""
        matters = play.limit is None and fired >= LEAST_LIMIT
        return limit_of(play, self._population(cause) if matters else 0)

    def _population(self, cause: str) -> int:
        """The larger of what the last night counted and of what the import in question brought."""
        brought = int((self.control.get(control_key(cause)) or {}).get("rows", 0))
        first = self.control.get(population_key(0)) or {}
        rest = (self.control.get(population_key(segment)) or {} for segment in range(1, first.get("of", 0)))
        return max(brought, sum(int(row.get("accounts", 0)) for row in (first, *rest)))


def brake_key(play: str, cause: str) -> str:
    return f"brake#{play}#{cause}"


def population_key(segment: int) -> str:
    """The control row of what a night counted in one scan segment: {"accounts": 500, "of": 4 segments}."""
    return f"population#{segment}"
