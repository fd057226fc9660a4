"""Records of what accounts have in DynamoDB, beside the account's work (item_id `record#<record id>`)."""

import json
from collections.abc import Iterator, Sequence
from dataclasses import replace

from keepwell.collections import ChildRecord
from keepwell_aws.accounts import facts_document, facts_from
from keepwell_aws.tables import bound
from keepwell_aws.told import ToldItem, of_account, of_ids, put_told, readable, remove_told

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
        item = self._item(record.account_id, _RECORD + record.record_id)
        revision = put_told(item, record.facts.revision, facts_document(record.facts))
        return replace(record, facts=replace(record.facts, revision=revision))

    def remove(self, record: ChildRecord) -> None:
        remove_told(self._item(record.account_id, _RECORD + record.record_id), record.facts.revision)


def _record(item: ToldItem) -> ChildRecord:
    with readable(item):
        facts = facts_from(json.loads(item.document), item.account_id, int(item.revision))
        return ChildRecord(item.item_id.removeprefix(_RECORD), facts)
