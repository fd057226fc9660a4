"""Files about accounts: rows become facts (interfaces, "CSV")."""

from keepwell.imports.columns import ID
from keepwell.imports.layout import Layout
from keepwell.imports.objects.importing import Importing, ImportObject, Tally
from keepwell.imports.objects.merging import AccountShelf, merge_rows, readable


def _store(importing: Importing) -> Tally:
    tally = Tally()
    candidates = readable(importing.judged(), tally)
    shelf, playbook = AccountShelf(importing.stores.accounts), importing.playbook
    for merged in merge_rows(candidates, shelf, playbook.catalogue, importing, tally, playbook.freshness):
        tally.counts[merged.outcome] += 1
    return tally


ACCOUNTS = ImportObject("accounts", Layout((ID,)), lambda accounts, _people, _records: accounts, _store)
