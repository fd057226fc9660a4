"""History in DynamoDB (table key: account_id, entry, which is `<at>#<kind>#<id>`).

A row's key is derived from what happened; a row that is there already stays as it is.
"""

import json
from collections.abc import Iterable
from datetime import datetime

from pynamodb.attributes import UnicodeAttribute
from pynamodb.exceptions import PutError

from keepwell.history import HistoryRow
from keepwell_aws.failures import cause_code, translated
from keepwell_aws.tables import Item, bound, encoded, stamp


class Entry(Item):
    account_id = UnicodeAttribute(hash_key=True)
    entry = UnicodeAttribute(range_key=True)
    kind = UnicodeAttribute()


class DynamoHistory:
    def __init__(self, table: str):
        self._entry = bound(Entry, table)

    def append(self, rows: Iterable[HistoryRow]) -> None:
        """Row by row: a batch has no conditions, and its permission would include deleting."""
        for row in rows:
            what = f"history row {_entry(row)!r} of account {row.account_id!r}"
            item = self._entry(row.account_id, _entry(row), document=encoded(row.detail, what), kind=row.kind)
            with translated(f"writing {what}"):
                self._put(item)

    def _put(self, item: Entry) -> None:
        try:
            item.save(self._entry.account_id.does_not_exist())
        except PutError as error:
            if cause_code(error) != "ConditionalCheckFailedException":
                raise

    def of(self, account_id: str, kind: str | None = None, limit: int = 50) -> list[HistoryRow]:
        model = self._entry
        wanted = None if kind is None else model.kind == kind
        with translated(f"reading the history of account {account_id!r}"):
            items = model.query(
                account_id,
                filter_condition=wanted,
                scan_index_forward=False,
                limit=limit,
                consistent_read=True,
            )
            return [_row(item) for item in items]


def _entry(row: HistoryRow) -> str:
    return f"{stamp(row.at)}#{row.kind}#{row.row_id}"


def _row(item: Entry) -> HistoryRow:
    at, kind, row_id = item.entry.split("#", 2)
    return HistoryRow(item.account_id, datetime.fromisoformat(at), kind, row_id, json.loads(item.document))
