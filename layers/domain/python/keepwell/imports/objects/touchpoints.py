"""Files about contacts with the customers: rows become touchpoints, and move the account's Last Touch."""

from collections.abc import Sequence
from datetime import datetime
from itertools import groupby

from keepwell.accounts import Facts
from keepwell.attributes import Attribute, Catalogue, Kind, Value, read_cell
from keepwell.errors import RejectedInput
from keepwell.imports.columns import ID
from keepwell.imports.layout import Layout
from keepwell.imports.moments import read_moment
from keepwell.imports.objects.importing import Importing, ImportObject, Tally
from keepwell.imports.objects.merging import (
    AccountShelf,
    Merged,
    merge_rows,
    of_known_accounts,
    write,
)
from keepwell.imports.reading import Fault
from keepwell.imports.rows import Keys
from keepwell.ports import Touchpoints
from keepwell.touchpoints import TOUCHPOINT_ATTRIBUTES, TOUCHPOINT_ID, Touchpoint, contacted

DATE = "Date"


class _TouchpointShelf:
    noun = "touchpoint"

    def __init__(self, touchpoints: Touchpoints):
        self._touchpoints = touchpoints

    def read(self, keys: Sequence[Keys]) -> dict[Keys, Facts]:
        found: dict[Keys, Facts] = {}
        for account_id, of_account in groupby(sorted(keys), key=lambda each: each[0]):
            ids = [touchpoint_id for _, touchpoint_id in of_account]
            there = self._touchpoints.touchpoints_of(account_id, ids)
            found |= {(account_id, touchpoint_id): each.facts for touchpoint_id, each in there.items()}
        return found

    def put(self, keys: Keys, facts: Facts) -> None:
        self._touchpoints.put(Touchpoint(keys[1], facts))


def _columns(_accounts: Catalogue, _people: Catalogue, _records: Catalogue) -> Catalogue:
    return TOUCHPOINT_ATTRIBUTES.extended([Attribute(ID, Kind.TEXT)])


def _read(attribute: Attribute, text: str, told_at: datetime) -> Value | None:
    return read_moment(text.strip(), told_at) if attribute.name == DATE else read_cell(attribute, text)


def _store(importing: Importing) -> Tally:
    tally = Tally()
    candidates, known = of_known_accounts(importing.judged(), importing.stores.accounts, tally)
    shelf = _TouchpointShelf(importing.stores.touchpoints)
    merged = list(merge_rows(candidates, shelf, TOUCHPOINT_ATTRIBUTES, importing, tally))
    by_account = groupby(sorted(merged, key=_account_of), key=_account_of)
    contacts = {account_id: list(of_account) for account_id, of_account in by_account}
    for account_id, rows in contacts.items():
        if after := _contacted(known[account_id], rows, importing):
            importing.log.note((account_id,), known[account_id], after)
    importing.log.write()
    for account_id, rows in contacts.items():
        importing.check_time()
        _move(known[account_id], rows, importing, tally)
    importing.log.write()
    return tally


def _move(known: Facts, rows: list[Merged], importing: Importing, tally: Tally) -> None:
    """Move the account's days of contact; rows that cannot, as its facts are too large, are rejects."""

    def decide(facts: Facts | None) -> Facts | None:
        return _contacted(facts or known, rows, importing)

    shelf = AccountShelf(importing.stores.accounts)
    try:
        write((known.account_id,), known, decide, shelf, importing)
    except RejectedInput as error:
        tally.rejects += [row.candidate.row.reject(Fault("", str(error))) for row in rows]
    else:
        for row in rows:
            tally.counts[row.outcome] += 1


def _contacted(facts: Facts, rows: list[Merged], importing: Importing) -> Facts | None:
    touchpoints = [Touchpoint(row.candidate.keys[1], row.facts) for row in rows]
    today = importing.telling.told_at.date()
    return contacted(facts, touchpoints, importing.job.drop_id, today, importing.playbook.catalogue)


def _account_of(merged: Merged) -> str:
    return merged.candidate.keys[0]


TOUCHPOINTS = ImportObject(
    "touchpoints", Layout((ID, TOUCHPOINT_ID.name), required=(DATE,), read=_read), _columns, _store
)
