"""Records of what accounts have in DynamoDB, beside the account's work (item_id `record#<record id>`)."""

import json
from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Any

from keepwell.collections import ChildRecord
from keepwell.errors import Conflict, RejectedInput
from keepwell_aws.accounts import facts_document, facts_from
from keepwell_aws.tables import bound
from keepwell_aws.told import ToldItem, of_account, of_ids, put_many_told, put_told, readable, remove_told

_RECORD = "record#"


class DynamoCollections:
    def __init__(self, table: str):
        self._item = bound(ToldItem, table)

    def records(self, account_id: str) -> Iterator[ChildRecord]:
        return map(_record, of_account(self._item, account_id, _RECORD))

    def records_of(self, account_id: str, record_ids: Sequence[str]) -> dict[str, ChildRecord]:
        found = map(_record, of_ids(self._item, account_id, _RECORD, record_ids))
        return {record.record_id: record for record in found}

    def put(self, record: ChildRecord) -> ChildRecord:
        item_id, content = _stored_as(record)
        revision = put_told(self._item(record.account_id, item_id), record.facts.revision, content)
        return replace(record, facts=replace(record.facts, revision=revision))

    def put_many(self, records: Sequence[ChildRecord]) -> list[ChildRecord | Conflict | RejectedInput]:
        return put_many_told(self._item, records, _stored_as)

    def remove(self, record: ChildRecord) -> None:
        remove_told(self._item(record.account_id, _RECORD + record.record_id), record.facts.revision)


def _stored_as(record: ChildRecord) -> tuple[str, dict[str, Any]]:
    return _RECORD + record.record_id, facts_document(record.facts)


def _record(item: ToldItem) -> ChildRecord:
    with readable(item):
        facts = facts_from(json.loads(item.document), item.account_id, int(item.revision))
        return ChildRecord(item.item_id.removeprefix(_RECORD), facts)
