"""Files about what accounts have, such as subscriptions: rows become records of collections."""

from collections.abc import Sequence
from itertools import groupby

from keepwell.accounts import Facts
from keepwell.attributes import Attribute, Catalogue, Kind
from keepwell.collections import RECORD_ID, ChildRecord
from keepwell.imports.columns import ID
from keepwell.imports.layout import Layout
from keepwell.imports.objects.importing import Importing, ImportObject, Tally
from keepwell.imports.objects.merging import Shelf, merge_rows, of_known_accounts
from keepwell.imports.rows import Keys
from keepwell.ports import Collections


class _RecordShelf(Shelf):
    noun = "record"

    def __init__(self, collections: Collections):
        self._collections = collections

    def read(self, keys: Sequence[Keys]) -> dict[Keys, Facts]:
        found: dict[Keys, Facts] = {}
        for account_id, of_account in groupby(sorted(keys), key=lambda each: each[0]):
            there = self._collections.records_of(account_id, [record_id for _, record_id in of_account])
            found |= {(account_id, record_id): record.facts for record_id, record in there.items()}
        return found

    def put(self, keys: Keys, facts: Facts) -> ChildRecord:
        return self._collections.put(ChildRecord(keys[1], facts))

    def put_many(self, items: Sequence[tuple[Keys, Facts]]) -> Sequence[object]:
        return self._collections.put_many([ChildRecord(keys[1], facts) for keys, facts in items])

    def remove(self, keys: Keys, facts: Facts) -> None:
        self._collections.remove(ChildRecord(keys[1], facts))


def _columns(_accounts: Catalogue, _people: Catalogue, records: Catalogue) -> Catalogue:
    return records.extended([Attribute(ID, Kind.TEXT)])


def _store(importing: Importing) -> Tally:
    tally = Tally()
    candidates, _ = of_known_accounts(importing.judged(), importing.stores.accounts, tally)
    shelf = _RecordShelf(importing.stores.collections)
    for merged in merge_rows(candidates, shelf, importing.playbook.record_catalogue, importing, tally):
        tally.counts[merged.outcome] += 1
    return tally


COLLECTIONS = ImportObject(
    "collections",
    Layout((ID, RECORD_ID.name)),
    _columns,
    _store,
    shelf=lambda stores: _RecordShelf(stores.collections),
)
