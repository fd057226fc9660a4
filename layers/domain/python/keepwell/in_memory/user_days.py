"""The twin of the days on which users were active."""

from copy import deepcopy
from dataclasses import replace

from keepwell.errors import Conflict
from keepwell.usage.rolling import DaysPart


class InMemoryUserDays:
    def __init__(self) -> None:
        self._parts: dict[tuple[str, int, int], DaysPart] = {}

    def of(self, account_id: str, parts: int) -> list[DaysPart]:
        keys = [(account_id, parts, part) for part in range(parts)]
        return [deepcopy(self._parts.get(key) or DaysPart(*key, {})) for key in keys]

    def put(self, part: DaysPart) -> DaysPart:
        key = (part.account_id, part.parts, part.part)
        written = replace(part, revision=part.revision + 1)
        stored = self._parts.get(key)
        if stored == written:
            return written
        if (stored.revision if stored else 0) != part.revision:
            raise Conflict(f"the days of users {key} were changed since revision {part.revision} was read")
        self._parts[key] = deepcopy(written)
        return written
