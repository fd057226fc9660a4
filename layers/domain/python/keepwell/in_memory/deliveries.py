"""The twin of messages on their way."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime

from keepwell.deliveries import Channel, Delivery, DeliveryState
from keepwell.errors import Conflict
from keepwell.in_memory.shelves import add


class InMemoryDeliveries:
    def __init__(self) -> None:
        self._deliveries: dict[str, Delivery] = {}

    def add(self, delivery: Delivery) -> bool:
        return add(self._deliveries, delivery.delivery_id, replace(delivery, revision=1))

    def get(self, delivery_id: str) -> Delivery | None:
        return self._deliveries.get(delivery_id)

    def put(self, delivery: Delivery) -> Delivery:
        stored = self._deliveries.get(delivery.delivery_id)
        if (stored.revision if stored else 0) != delivery.revision:
            raise Conflict(
                f"delivery {delivery.delivery_id!r} was changed since revision {delivery.revision}"
            )
        written = replace(delivery, revision=delivery.revision + 1)
        self._deliveries[delivery.delivery_id] = written
        return written

    def due(self, now: datetime, limit: int = 1000) -> Iterator[tuple[str, Channel]]:
        waiting = sorted(
            (delivery.due_at, delivery.delivery_id, delivery.channel)
            for delivery in self._deliveries.values()
            if delivery.open and delivery.due_at <= now
        )
        return iter([(delivery_id, channel) for _, delivery_id, channel in waiting[:limit]])

    def all_open(self) -> Iterator[Delivery]:
        return iter(sorted((each for each in self.all() if each.open), key=lambda each: each.due_at))

    def all_failed(self) -> Iterator[Delivery]:
        failed = [each for each in self.all() if each.state is DeliveryState.FAILED]
        return iter(sorted(failed, key=lambda each: each.ended_at, reverse=True))

    def count_failed(self) -> int:
        return sum(1 for _ in self.all_failed())

    def all(self) -> list[Delivery]:
        """Every delivery, by id: what a test looks at afterwards."""
        return [self._deliveries[delivery_id] for delivery_id in sorted(self._deliveries)]
