"""Team pools: members chosen by what is told of them, of whom one gets each task (product TSK-04)."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum

from keepwell.accounts import Facts
from keepwell.attributes import show_cell
from keepwell.team import Member

PREFIX = "pool:"
"""Of an assignment to a pool, as in `pool:emea-csms`."""

CHOSEN_BY = ("Region", "Timezone", "Language", "Teams", "Role")
"""What a pool may ask of its members."""


class Logic(StrEnum):
    """Who of a pool is next (TSK-05 to TSK-07).

    Random is random by the task, hence the same for the same task. `available` is who has hours left for the
    task, and the most available one who would be the least busy with it.
    """

    NEXT_IN_LINE = "next_in_line"
    ROUND_ROBIN = "round_robin"
    NEXT_AVAILABLE = "next_available"
    MOST_AVAILABLE = "most_available"


@dataclass(frozen=True)
class Pool:
    """A pool. `members` are the values that a member has one of, by the member's attribute; `match` the
    attributes of a member, each with that of the account that has to hold the same. `fallback` gets what
    nobody of the pool can have; where it is empty, the play's owner does."""

    id: str
    name: str
    logic: Logic
    members: Mapping[str, tuple[str, ...]]
    match: Mapping[str, str]
    fallback: str = ""

    def has(self, member: Member) -> bool:
        """Whether a member is of the pool; a viewer (USR-01), or who is active no more, never is."""
        return not member.barred and all(
            _told(member.facts, name) & {value.casefold() for value in values}
            for name, values in self.members.items()
        )

    def fits(self, member: Member, account: Facts) -> bool:
        """Whether a member of the pool may have a task at an account; nobody does where nothing is told of
        what has to be the same."""
        return self.has(member) and all(
            _told(member.facts, own) & _told(account, theirs) for own, theirs in self.match.items()
        )

    def members_in(self, team: Iterable[Member]) -> list[Member]:
        """Who of the team is of the pool."""
        return [member for member in team if self.has(member)]


def _told(facts: Facts, name: str) -> set[str]:
    """The value, or each of several, in any case."""
    value = facts.values.get(name)
    if value is None:
        return set()
    return {each.casefold() for each in (value if isinstance(value, tuple) else (show_cell(value),))}
