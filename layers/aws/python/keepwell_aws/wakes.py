"""Wakes in DynamoDB: items `wake#<id>` of the table of deliveries, in shards of their own of its index `due`.

Those that were given up have one shard for themselves, so that they are counted without being read.
"""

import heapq
import json
from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import datetime
from itertools import chain, islice
from typing import Any
from zlib import crc32

from pydantic import TypeAdapter
from pynamodb.attributes import NumberAttribute, UnicodeAttribute
from pynamodb.exceptions import DeleteError
from pynamodb.expressions.condition import Condition
from pynamodb.expressions.update import Action
from pynamodb.indexes import GlobalSecondaryIndex, IncludeProjection

from keepwell.errors import Conflict
from keepwell.wakes import Wake
from keepwell_aws.failures import cause_code, translated
from keepwell_aws.tables import Item, bound, encoded, read, stamp, write

SHARDS = tuple(f"wake#{number}" for number in range(4))
GIVEN_UP = "wake#given up"
_PREFIX = "wake#"
_wake = TypeAdapter(Wake)


class DueWakes(GlobalSecondaryIndex[Any]):  # type: ignore[no-untyped-call]
    class Meta:
        index_name = "due"
        projection = IncludeProjection(["channel"])

    due_shard = UnicodeAttribute(hash_key=True)
    due_at = UnicodeAttribute(range_key=True)


class WakeItem(Item):
    delivery_id = UnicodeAttribute(hash_key=True)
    document = UnicodeAttribute(null=True)  # what the index finds has none
    revision = NumberAttribute(null=True)
    due_shard = UnicodeAttribute(null=True)
    due_at = UnicodeAttribute(null=True)
    due = DueWakes()


class DynamoWakes:
    def __init__(self, table: str):
        self._item = bound(WakeItem, table)

    def add(self, wake: Wake) -> bool:
        return self._write(replace(wake, revision=0), self._item.delivery_id.does_not_exist()) is None

    def get(self, wake_id: str) -> Wake | None:
        with translated(f"reading wake {wake_id!r}"):
            item = read(self._item, _PREFIX + wake_id)
        return _read(item) if item else None

    def put(self, wake: Wake) -> Wake:
        stored = self._write(wake, self._item.revision == wake.revision)
        if stored:
            raise Conflict(
                f"wake {wake.wake_id!r} was at revision {wake.revision} and is at {int(stored.revision)} now"
            )
        return replace(wake, revision=wake.revision + 1)

    def _write(self, wake: Wake, condition: Condition) -> WakeItem | None:
        model, what = self._item, f"wake {wake.wake_id!r}"
        document = encoded(_wake.dump_python(wake, mode="json", exclude={"revision"}), what)
        actions = [
            model.document.set(document),
            model.revision.set(wake.revision + 1),
            *self._due(wake),
        ]
        with translated(f"writing {what}"):
            return write(model(_PREFIX + wake.wake_id), actions, condition)

    def _due(self, wake: Wake) -> list[Action]:
        model = self._item
        shard = GIVEN_UP if wake.given_up else SHARDS[crc32(wake.wake_id.encode()) % len(SHARDS)]
        return [model.due_shard.set(shard), model.due_at.set(stamp(wake.due_at))]

    def remove(self, wake_id: str, revision: int | None = None) -> None:
        model = self._item
        unchanged = None if revision is None else model.revision == revision
        with translated(f"removing wake {wake_id!r}"):
            try:
                model(_PREFIX + wake_id).delete(unchanged)
            except DeleteError as error:
                if cause_code(error) != "ConditionalCheckFailedException":
                    raise

    def due(self, now: datetime, limit: int = 1000) -> Iterator[Wake]:
        with translated("looking for due wakes"):
            *shards, given_up = (
                self._item.due.query(shard, DueWakes.due_at <= stamp(now), limit=limit)
                for shard in (*SHARDS, GIVEN_UP)
            )
            found = chain(heapq.merge(*shards, key=lambda item: str(item.due_at)), given_up)
            ids = [item.delivery_id for item in islice(found, limit)]
        return (wake for wake in self._of_keys(ids) if wake.due_at <= now)

    def given_up(self, limit: int = 1000) -> Iterator[Wake]:
        with translated("looking for wakes that were given up"):
            ids = [item.delivery_id for item in self._item.due.query(GIVEN_UP, limit=limit)]
        return (wake for wake in self._of_keys(ids) if wake.given_up)

    def count_given_up(self) -> int:
        with translated("counting wakes that were given up"):
            return self._item.due.count(GIVEN_UP)

    def _of_keys(self, keys: Sequence[str]) -> Iterator[Wake]:
        """Each is read when its turn comes, for others may be at work beside."""
        found = (self.get(key.removeprefix(_PREFIX)) for key in keys)
        return (wake for wake in found if wake)


def _read(item: WakeItem) -> Wake:
    return _wake.validate_python({**json.loads(item.document), "revision": int(item.revision)})
