"""Suppressed addresses in DynamoDB: items `suppressed#<address>` of the table of deliveries, in a shard of
their own of its index `due`, by when they were suppressed.
"""

import json
from collections.abc import Iterator

from pydantic import TypeAdapter
from pynamodb.attributes import UnicodeAttribute
from pynamodb.exceptions import DeleteError

from keepwell.deliveries.suppression import Suppressed
from keepwell_aws.deliveries import DueIndex
from keepwell_aws.failures import cause_code, translated
from keepwell_aws.tables import Item, bound, encoded, read, stamp, write

SHARD = "suppressed"
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
        model = self._item
        document = encoded(_suppressed.dump_python(suppressed, mode="json"), "a suppressed address")
        actions = [
            model.document.set(document),
            model.due_shard.set(SHARD),
            model.due_at.set(stamp(suppressed.at)),
        ]
        item = model(_PREFIX + suppressed.address)
        with translated("writing a suppressed address"):
            return write(item, actions, model.delivery_id.does_not_exist()) is None

    def get(self, address: str) -> Suppressed | None:
        with translated("reading a suppressed address"):
            item = read(self._item, _PREFIX + address.casefold())
        return _suppressed.validate_python(json.loads(item.document)) if item else None

    def remove(self, address: str) -> bool:
        model = self._item
        with translated("removing a suppressed address"):
            try:
                model(_PREFIX + address.casefold()).delete(model.delivery_id.exists())
            except DeleteError as error:
                if cause_code(error) != "ConditionalCheckFailedException":
                    raise
                return False
        return True

    def all(self) -> Iterator[Suppressed]:
        with translated("looking for suppressed addresses"):
            keys = [item.delivery_id for item in self._item.due.query(SHARD, scan_index_forward=False)]
        found = (self.get(key.removeprefix(_PREFIX)) for key in keys)
        return (each for each in found if each)
