"""The twin of suppressed addresses."""

from collections.abc import Iterator

from keepwell.deliveries.suppression import Suppressed
from keepwell.in_memory.shelves import add


class InMemorySuppressions:
    def __init__(self) -> None:
        self._suppressed: dict[str, Suppressed] = {}

    def add(self, suppressed: Suppressed) -> bool:
        return add(self._suppressed, suppressed.address, suppressed)

    def get(self, address: str) -> Suppressed | None:
        return self._suppressed.get(address.casefold())

    def remove(self, address: str) -> bool:
        return self._suppressed.pop(address.casefold(), None) is not None

    def all(self) -> Iterator[Suppressed]:
        return iter(sorted(self._suppressed.values(), key=lambda each: each.at, reverse=True))
