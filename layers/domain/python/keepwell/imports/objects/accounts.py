"""Files about accounts: rows become facts (interfaces, "CSV")."""

from functools import cache

from keepwell.imports.columns import ID
from keepwell.imports.layout import Layout
from keepwell.imports.objects.importing import Importing, ImportObject, Tally
from keepwell.imports.objects.merging import AccountShelf, merge_rows, readable
from keepwell.imports.objects.outsiders import outsiders
from keepwell.imports.rows import Candidate


def _store(importing: Importing) -> Tally:
    tally = Tally()
    candidates = readable(importing.judged(), tally)
    shelf, playbook = AccountShelf(importing.stores.accounts), importing.playbook
    freshness = playbook.freshness
    taken = list[Candidate]()
    day_of = cache(lambda moment: moment.astimezone(freshness.time_zone).date())
    for candidate, facts, outcome in merge_rows(
        candidates, shelf, playbook.catalogue, importing, tally, freshness
    ):
        tally.counts[outcome] += 1
        taken.append(candidate)
        aging = [name for name in freshness.max_age_days if name in candidate.values and name in facts.values]
        if aging:
            tally.told[candidate.keys] = day_of(min(map(facts.last_told, aging)))
    roles = [attribute.name for attribute in playbook.catalogue if attribute.role]
    tally.warnings = outsiders(taken, roles, importing)
    return tally


ACCOUNTS = ImportObject(
    "accounts",
    Layout((ID,)),
    lambda accounts, _people, _records: accounts,
    _store,
    lambda playbook: playbook.freshness.max_age_days,
    lambda stores: AccountShelf(stores.accounts),
)
