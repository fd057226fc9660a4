"""Files about what accounts have, such as subscriptions: rows become records of collections."""

from collections.abc import Sequence

from keepwell.accounts import Facts
from keepwell.attributes import Catalogue
from keepwell.collections import RECORD_ID, ChildRecord
from keepwell.imports.columns import ID
from keepwell.imports.layout import Layout
from keepwell.imports.objects.belongings import by_account, store_beside_accounts, with_account
from keepwell.imports.objects.importing import Importing, ImportObject, Tally
from keepwell.imports.objects.merging import Shelf
from keepwell.imports.rows import Keys
from keepwell.ports import Collections


class _RecordShelf(Shelf):
    noun = "record"

    def __init__(self, collections: Collections):
        self._collections = collections

    def read(self, keys: Sequence[Keys]) -> dict[Keys, Facts]:
        found = by_account(keys, self._collections.records_of)
        return {each: record.facts for each, record in found.items()}

    def put(self, keys: Keys, facts: Facts) -> ChildRecord:
        return self._collections.put(ChildRecord(keys[1], facts))

    def put_many(self, items: Sequence[tuple[Keys, Facts]]) -> Sequence[object]:
        return self._collections.put_many([ChildRecord(keys[1], facts) for keys, facts in items])

    def remove(self, keys: Keys, facts: Facts) -> None:
        self._collections.remove(ChildRecord(keys[1], facts))


def _columns(_accounts: Catalogue, _people: Catalogue, records: Catalogue) -> Catalogue:
    return with_account(records)


def _store(importing: Importing) -> Tally:
    shelf = _RecordShelf(importing.stores.collections)
    return store_beside_accounts(importing, shelf, importing.playbook.record_catalogue)


COLLECTIONS = ImportObject(
    "collections",
    Layout((ID, RECORD_ID.name)),
    _columns,
    _store,
    shelf=lambda stores: _RecordShelf(stores.collections),
)
