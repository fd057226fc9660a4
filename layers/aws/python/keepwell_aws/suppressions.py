"""Suppressed addresses in DynamoDB: items `suppressed#<address>` of the table of deliveries, in a shard of
their own of its index `due`, by when they were suppressed.
"""

import json
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import datetime

from pydantic import TypeAdapter
from pynamodb.attributes import UnicodeAttribute
from pynamodb.expressions.update import Action

from keepwell.deliveries.suppression import Suppressed
from keepwell.errors import Conflict
from keepwell_aws.deliveries import DueIndex
from keepwell_aws.failures import translated
from keepwell_aws.tables import Item, bound, encoded, read, stamp, write

SHARD = "suppressed"
ATTEMPTS = 5
_PREFIX = "suppressed#"
_suppressed = TypeAdapter(Suppressed)


class SuppressedItem(Item):
    delivery_id = UnicodeAttribute(hash_key=True)
    document = UnicodeAttribute(null=True)  # what the index finds has none
    due_shard = UnicodeAttribute(null=True)
    due_at = UnicodeAttribute(null=True)
    due = DueIndex()


class DynamoSuppressions:
    """An error names no address."""

    def __init__(self, table: str):
        self._item = bound(SuppressedItem, table)

    def add(self, suppressed: Suppressed) -> bool:
        return self._change(
            suppressed.address, lambda known: suppressed if suppressed.counts_above(known) else None
        )

    def get(self, address: str) -> Suppressed | None:
        with translated("reading a suppressed address"):
            found = _read(read(self._item, _PREFIX + address.casefold()))
        return None if found is None or found.removed_at else found

    def remove(self, address: str, by: str, now: datetime) -> bool:
        def removed(known: Suppressed | None) -> Suppressed | None:
            return (
                None if known is None or known.removed_at else replace(known, removed_at=now, removed_by=by)
            )

        return self._change(address.casefold(), removed)

    def _change(self, address: str, decide: Callable[[Suppressed | None], Suppressed | None]) -> bool:
        """Store what is decided on what is there, if anything is."""
        model, key = self._item, _PREFIX + address
        with translated("changing a suppressed address"):
            for _ in range(ATTEMPTS):
                stored = read(model, key)
                after = decide(_read(stored))
                if after is None:
                    return False
                unchanged = (
                    model.document == stored.document if stored else model.delivery_id.does_not_exist()
                )
                if write(model(key), self._actions(after), unchanged) is None:
                    return True
        raise Conflict("whether an address is suppressed kept changing")

    def _actions(self, after: Suppressed) -> list[Action]:
        """The index has only those that count."""
        model = self._item
        document = encoded(_suppressed.dump_python(after, mode="json"), "a suppressed address")
        placed = [model.due_shard.set(SHARD), model.due_at.set(stamp(after.at))]
        gone = [model.due_shard.remove(), model.due_at.remove()]
        return [model.document.set(document), *(gone if after.removed_at else placed)]

    def all(self) -> Iterator[Suppressed]:
        with translated("looking for suppressed addresses"):
            keys = [item.delivery_id for item in self._item.due.query(SHARD, scan_index_forward=False)]
        found = (self.get(key.removeprefix(_PREFIX)) for key in keys)
        return (each for each in found if each)


def _read(item: SuppressedItem | None) -> Suppressed | None:
    return _suppressed.validate_python(json.loads(item.document)) if item else None
