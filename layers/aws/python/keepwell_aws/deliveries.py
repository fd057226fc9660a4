"""Deliveries in DynamoDB (table key: delivery_id; sparse index `due`: due_shard, due_at).

An item is in the index while its delivery is open, and where it failed, in a shard of its own. The open ones
have a few shards, because all messages of a moment would otherwise fall on one partition.
"""

import heapq
import json
from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import datetime
from itertools import islice
from typing import Any
from zlib import crc32

from pydantic import TypeAdapter
from pynamodb.attributes import NumberAttribute, UnicodeAttribute
from pynamodb.expressions.update import Action
from pynamodb.indexes import GlobalSecondaryIndex, IncludeProjection

from keepwell.deliveries import Channel, Delivery, DeliveryState
from keepwell.errors import Conflict
from keepwell_aws.failures import translated
from keepwell_aws.tables import Item, bound, encoded, read, stamp, write

SHARDS = 4
FAILED = "failed"
BATCH = 100  # DynamoDB gives no more at once
_delivery = TypeAdapter(Delivery)


class DueIndex(GlobalSecondaryIndex[Any]):  # type: ignore[no-untyped-call]
    class Meta:
        index_name = "due"
        projection = IncludeProjection(["channel"])

    due_shard = UnicodeAttribute(hash_key=True)
    due_at = UnicodeAttribute(range_key=True)


class DeliveryItem(Item):
    delivery_id = UnicodeAttribute(hash_key=True)
    revision = NumberAttribute()
    channel = UnicodeAttribute()
    due_shard = UnicodeAttribute(null=True)
    due_at = UnicodeAttribute(null=True)
    due = DueIndex()


class DynamoDeliveries:
    def __init__(self, table: str):
        self._item = bound(DeliveryItem, table)

    def add(self, delivery: Delivery) -> bool:
        return self._write(replace(delivery, revision=0)) is None

    def get(self, delivery_id: str) -> Delivery | None:
        with translated(f"reading delivery {delivery_id!r}"):
            item = read(self._item, delivery_id)
        return _read(item) if item else None

    def put(self, delivery: Delivery) -> Delivery:
        """Unlike equal facts, an equal delivery that someone else wrote is a conflict: a write is a claim."""
        stored = self._write(delivery)
        if stored:
            raise Conflict(
                f"delivery {delivery.delivery_id!r} was at revision {delivery.revision} "
                f"and is at {int(stored.revision)} now"
            )
        return replace(delivery, revision=delivery.revision + 1)

    def _write(self, delivery: Delivery) -> DeliveryItem | None:
        what = f"delivery {delivery.delivery_id!r}"
        document = encoded(_delivery.dump_python(delivery, mode="json", exclude={"revision"}), what)
        model = self._item
        actions = [
            model.document.set(document),
            model.revision.set(delivery.revision + 1),
            model.channel.set(delivery.channel.value),
            *self._due(delivery),
        ]
        revision = delivery.revision
        unchanged = model.revision == revision if revision else model.delivery_id.does_not_exist()
        with translated(f"writing {what}"):
            return write(model(delivery.delivery_id), actions, unchanged)

    def _due(self, delivery: Delivery) -> list[Action]:
        model = self._item
        if delivery.state is DeliveryState.FAILED:
            return [model.due_shard.set(FAILED), model.due_at.set(stamp(delivery.ended_at))]
        if not delivery.open:
            return [model.due_shard.remove(), model.due_at.remove()]
        shard = crc32(delivery.delivery_id.encode()) % SHARDS
        return [model.due_shard.set(str(shard)), model.due_at.set(stamp(delivery.due_at))]

    def due(self, now: datetime, limit: int = 1000) -> Iterator[tuple[str, Channel]]:
        """The longest due first."""
        index = self._item.due
        with translated("looking for due deliveries"):
            shards = [
                index.query(str(shard), DueIndex.due_at <= stamp(now), limit=limit) for shard in range(SHARDS)
            ]
            for item in islice(heapq.merge(*shards, key=lambda item: str(item.due_at)), limit):
                yield item.delivery_id, Channel(item.channel)

    def all_open(self) -> Iterator[Delivery]:
        with translated("looking for open deliveries"):
            found = (item for shard in range(SHARDS) for item in self._item.due.query(str(shard)))
            ids = [item.delivery_id for item in sorted(found, key=lambda item: str(item.due_at))]
        return (each for each in self._of_ids(ids) if each.open)

    def all_failed(self) -> Iterator[Delivery]:
        with translated("looking for failed deliveries"):
            ids = [item.delivery_id for item in self._item.due.query(FAILED, scan_index_forward=False)]
        return (each for each in self._of_ids(ids) if each.state is DeliveryState.FAILED)

    def count_failed(self) -> int:
        with translated("counting failed deliveries"):
            return self._item.due.count(FAILED)

    def _of_ids(self, ids: Sequence[str]) -> Iterator[Delivery]:
        for start in range(0, len(ids), BATCH):
            batch = ids[start : start + BATCH]
            with translated(f"reading {len(batch)} deliveries"):
                found = {item.delivery_id: item for item in self._item.batch_get(batch, consistent_read=True)}
            yield from (_read(found[each]) for each in batch if each in found)


def _read(item: DeliveryItem) -> Delivery:
    return _delivery.validate_python({**json.loads(item.document), "revision": int(item.revision)})
