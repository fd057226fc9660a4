"""The twin of wakes."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import datetime

from keepwell.errors import Conflict
from keepwell.in_memory.shelves import add, json_copy
from keepwell.wakes import Wake


class InMemoryWakes:
    def __init__(self) -> None:
        self._wakes: dict[str, Wake] = {}

    def add(self, wake: Wake) -> bool:
        return add(self._wakes, wake.wake_id, replace(wake, content=json_copy(wake.content), revision=1))

    def get(self, wake_id: str) -> Wake | None:
        return self._wakes.get(wake_id)

    def put(self, wake: Wake) -> Wake:
        stored = self._wakes.get(wake.wake_id)
        if stored is None or stored.revision != wake.revision:
            raise Conflict(f"wake {wake.wake_id!r} was changed since revision {wake.revision}")
        written = replace(wake, content=json_copy(wake.content), revision=wake.revision + 1)
        self._wakes[wake.wake_id] = written
        return written

    def remove(self, wake_id: str, revision: int | None = None) -> None:
        stored = self._wakes.get(wake_id)
        if stored and revision in (None, stored.revision):
            del self._wakes[wake_id]

    def due(self, now: datetime, limit: int = 1000) -> Iterator[Wake]:
        return self._first(limit, lambda wake: wake.due_at <= now)

    def given_up(self, limit: int = 1000) -> Iterator[Wake]:
        return self._first(limit, lambda wake: wake.given_up)

    def count_given_up(self) -> int:
        return sum(wake.given_up for wake in self._wakes.values())

    def _first(self, limit: int, wanted: Callable[[Wake], bool]) -> Iterator[Wake]:
        found = sorted(filter(wanted, self._wakes.values()), key=_urgency)
        return iter(found[:limit])

    def all(self) -> list[Wake]:
        """Every wake, by id: what a test looks at afterwards."""
        return [self._wakes[wake_id] for wake_id in sorted(self._wakes)]


def _urgency(wake: Wake) -> tuple[bool, datetime, str]:
    return wake.given_up, wake.due_at, wake.wake_id
