"""History in DynamoDB (table key: account_id, entry, which is `<at>#<kind>#<id>`).

A row's key is derived from what happened, so putting it again writes the same bytes over themselves.
"""

import json
from collections.abc import Iterable
from datetime import datetime

from pynamodb.attributes import UnicodeAttribute
from pynamodb.models import BatchWrite

from keepwell.history import HistoryRow
from keepwell_aws.failures import translated
from keepwell_aws.tables import Item, bound, encoded, stamp


class Entry(Item):
    account_id = UnicodeAttribute(hash_key=True)
    entry = UnicodeAttribute(range_key=True)
    kind = UnicodeAttribute()


class DynamoHistory:
    def __init__(self, table: str):
        self._entry = bound(Entry, table)

    def append(self, rows: Iterable[HistoryRow]) -> None:
        # A batch may not hold a key twice.
        items = {(row.account_id, _entry(row)): row for row in rows}
        with translated(f"writing {len(items)} history rows"):
            batch: BatchWrite[Entry]
            with self._entry.batch_write() as batch:
                for (account_id, entry), row in items.items():
                    document = encoded(row.detail, f"history row {entry!r} of account {account_id!r}")
                    batch.save(self._entry(account_id, entry, document=document, kind=row.kind))

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
