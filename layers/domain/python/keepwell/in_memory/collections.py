"""The twin of records of what accounts have."""

from collections.abc import Iterator, Sequence
from copy import deepcopy

from keepwell.collections import ChildRecord
from keepwell.errors import Conflict, RejectedInput
from keepwell.in_memory.shelves import one_by_one, put_told, remove_told


class InMemoryCollections:
    def __init__(self) -> None:
        self._records: dict[tuple[str, str], ChildRecord] = {}

    def records(self, account_id: str) -> Iterator[ChildRecord]:
        mine = [each for (owner, _), each in sorted(self._records.items()) if owner == account_id]
        return iter(deepcopy(mine))

    def records_of(self, account_id: str, record_ids: Sequence[str]) -> dict[str, ChildRecord]:
        keys = {i: (account_id, i) for i in record_ids}
        return deepcopy({i: self._records[key] for i, key in keys.items() if key in self._records})

    def put(self, record: ChildRecord) -> ChildRecord:
        return put_told(self._records, (record.account_id, record.record_id), record)

    def remove(self, record: ChildRecord) -> None:
        remove_told(self._records, (record.account_id, record.record_id), record)

    def put_many(self, records: Sequence[ChildRecord]) -> list[ChildRecord | Conflict | RejectedInput]:
        return one_by_one(self.put, records)
