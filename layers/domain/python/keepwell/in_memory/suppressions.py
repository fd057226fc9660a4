"""The twin of suppressed addresses."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime

from keepwell.deliveries.suppression import Suppressed


class InMemorySuppressions:
    def __init__(self) -> None:
        self._told: dict[str, Suppressed] = {}

    def add(self, suppressed: Suppressed) -> bool:
        if not suppressed.counts_above(self._told.get(suppressed.address)):
            return False
        self._told[suppressed.address] = suppressed
        return True

    def get(self, address: str) -> Suppressed | None:
        found = self._told.get(address.casefold())
        return None if found is None or found.removed_at else found

    def remove(self, address: str, by: str, now: datetime) -> bool:
        found = self.get(address)
        if found is None:
            return False
        self._told[found.address] = replace(found, removed_at=now, removed_by=by)
        return True

    def all(self) -> Iterator[Suppressed]:
        found = [each for each in self._told.values() if not each.removed_at]
        return iter(sorted(found, key=lambda each: each.at, reverse=True))
