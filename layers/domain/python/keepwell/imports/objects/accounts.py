"""Files about accounts: rows become facts (interfaces, "CSV")."""

from keepwell.imports.columns import ID
from keepwell.imports.layout import Layout
from keepwell.imports.objects.importing import Importing, ImportObject, Tally
from keepwell.imports.objects.merging import AccountShelf, merge_rows, readable


def _store(importing: Importing) -> Tally:
    tally = Tally()
    candidates = readable(importing.judged(), tally)
    shelf, playbook = AccountShelf(importing.stores.accounts), importing.playbook
    freshness = playbook.freshness
    for merged in merge_rows(candidates, shelf, playbook.catalogue, importing, tally, freshness):
        tally.counts[merged.outcome] += 1
        aging = freshness.max_age_days.keys() & merged.candidate.values
        if told := [merged.facts.last_told(name) for name in aging if name in merged.facts.values]:
            tally.told[merged.candidate.keys] = min(told).astimezone(freshness.time_zone).date()
    return tally


ACCOUNTS = ImportObject(
    "accounts",
    Layout((ID,)),
    lambda accounts, _people, _records: accounts,
    _store,
    lambda playbook: playbook.freshness.max_age_days,
    lambda stores: AccountShelf(stores.accounts),
)
