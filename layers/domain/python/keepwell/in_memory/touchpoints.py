"""The twin of contacts with the customers."""

from collections.abc import Iterator, Sequence
from copy import deepcopy

from keepwell.errors import Conflict, RejectedInput
from keepwell.in_memory.shelves import one_by_one, put_told, remove_told
from keepwell.touchpoints import Touchpoint


class InMemoryTouchpoints:
    def __init__(self) -> None:
        self._touchpoints: dict[tuple[str, str], Touchpoint] = {}

    def touchpoints(self, account_id: str | None = None) -> Iterator[Touchpoint]:
        found = sorted(self._touchpoints.items())
        mine = [each for (owner, _), each in found if account_id in (None, owner)]
        return iter(deepcopy(mine))

    def touchpoints_of(self, account_id: str, touchpoint_ids: Sequence[str]) -> dict[str, Touchpoint]:
        keys = {i: (account_id, i) for i in touchpoint_ids}
        return deepcopy({i: self._touchpoints[key] for i, key in keys.items() if key in self._touchpoints})

    def put(self, touchpoint: Touchpoint) -> Touchpoint:
        return put_told(self._touchpoints, (touchpoint.account_id, touchpoint.touchpoint_id), touchpoint)

    def remove(self, touchpoint: Touchpoint) -> None:
        remove_told(self._touchpoints, (touchpoint.account_id, touchpoint.touchpoint_id), touchpoint)

    def put_many(self, touchpoints: Sequence[Touchpoint]) -> list[Touchpoint | Conflict | RejectedInput]:
        return one_by_one(self.put, touchpoints)
