"""Deliveries in DynamoDB (table key: delivery_id; sparse index `due`: due_shard, due_at).

An item is in the index only while its delivery is open. The index has a few shards, because all messages of a
moment would otherwise fall on one partition.
"""

import heapq
import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime
from itertools import islice
from typing import Any
from zlib import crc32

from pydantic import TypeAdapter
from pynamodb.attributes import NumberAttribute, UnicodeAttribute
from pynamodb.expressions.update import Action
from pynamodb.indexes import GlobalSecondaryIndex, IncludeProjection

from keepwell.deliveries import Channel, Delivery
from keepwell.errors import Conflict
from keepwell_aws.failures import translated
from keepwell_aws.tables import Item, bound, encoded, read, stamp, write

SHARDS = 4
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
        if item is None:
            return None
        return _delivery.validate_python({**json.loads(item.document), "revision": int(item.revision)})

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
