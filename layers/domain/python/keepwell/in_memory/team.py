"""The twin of the team."""

from collections.abc import Iterator, Sequence
from copy import deepcopy

from keepwell.in_memory.shelves import put_told, remove_told
from keepwell.team import Member


class InMemoryTeam:
    def __init__(self) -> None:
        self._members: dict[tuple[str, str], Member] = {}

    def members(self) -> Iterator[Member]:
        return iter(deepcopy([member for _, member in sorted(self._members.items())]))

    def members_of(self, emails: Sequence[str]) -> dict[str, Member]:
        keys = {email: ("team", email) for email in emails}
        return deepcopy({each: self._members[key] for each, key in keys.items() if key in self._members})

    def put(self, member: Member) -> Member:
        return put_told(self._members, ("team", member.email), member)

    def remove(self, member: Member) -> None:
        remove_told(self._members, ("team", member.email), member)
