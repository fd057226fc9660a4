"""Files about contacts with the customers: rows become touchpoints, and move the account's Last Touch."""

from collections.abc import Sequence
from datetime import datetime
from itertools import groupby

from keepwell.accounts import Facts
from keepwell.attributes import Attribute, Catalogue, Value, read_cell
from keepwell.errors import RejectedInput
from keepwell.imports.columns import ID
from keepwell.imports.layout import Layout
from keepwell.imports.moments import read_moment
from keepwell.imports.objects.belongings import by_account, with_account
from keepwell.imports.objects.importing import Importing, ImportObject, Tally
from keepwell.imports.objects.merging import (
    AccountShelf,
    Decide,
    Merged,
    Shelf,
    Wish,
    merge_rows,
    of_known_accounts,
    store,
)
from keepwell.imports.reading import Fault
from keepwell.imports.rows import Candidate, Keys
from keepwell.ports import Touchpoints
from keepwell.touchpoints import TOUCHPOINT_ATTRIBUTES, TOUCHPOINT_ID, Touchpoint, contacted

DATE = "Date"


class _TouchpointShelf(Shelf):
    noun = "touchpoint"

    def __init__(self, touchpoints: Touchpoints):
        self._touchpoints = touchpoints

    def read(self, keys: Sequence[Keys]) -> dict[Keys, Facts]:
        found = by_account(keys, self._touchpoints.touchpoints_of)
        return {each: touchpoint.facts for each, touchpoint in found.items()}

    def put(self, keys: Keys, facts: Facts) -> Touchpoint:
        return self._touchpoints.put(Touchpoint(keys[1], facts))

    def remove(self, keys: Keys, facts: Facts) -> None:
        self._touchpoints.remove(Touchpoint(keys[1], facts))

    def put_many(self, items: Sequence[tuple[Keys, Facts]]) -> Sequence[object]:
        return self._touchpoints.put_many([Touchpoint(keys[1], facts) for keys, facts in items])


def _columns(_accounts: Catalogue, _people: Catalogue, _records: Catalogue) -> Catalogue:
    return with_account(TOUCHPOINT_ATTRIBUTES)


def _read(attribute: Attribute, text: str, told_at: datetime) -> Value | None:
    return read_moment(text.strip(), told_at) if attribute.name == DATE else read_cell(attribute, text)


def _store(importing: Importing) -> Tally:
    tally = Tally()
    candidates, known = of_known_accounts(importing.judged(), importing.stores.accounts, tally)
    shelf = _TouchpointShelf(importing.stores.touchpoints)
    merged = list(merge_rows(candidates, shelf, TOUCHPOINT_ATTRIBUTES, importing, tally))
    grouped = groupby(sorted(merged, key=_account_of), key=_account_of)
    contacts = {account_id: list(of_account) for account_id, of_account in grouped}
    wishes = [
        Wish.of((account_id,), known[account_id], _touched(known[account_id], rows, importing))
        for account_id, rows in contacts.items()
    ]
    moved = store(wishes, AccountShelf(importing.stores.accounts), importing)
    for rows, stored in zip(contacts.values(), moved, strict=True):
        for row in rows:
            tally.counts[row.outcome] += 1
            if isinstance(stored, RejectedInput):
                tally.warnings.append((row.candidate.row.line, _not_moved(row.candidate, stored)))
    return tally


def _not_moved(touchpoint: Candidate, why: RejectedInput) -> Fault:
    """The touchpoint is stored, and a contact of its account, but the account's days of contact are not."""
    told = "the touchpoint is stored, but Last Touch and Last QBR stay as they were"
    mend = "shorten the account's texts, then drop this file once more with --again"
    return Fault("", f"{told}: {why}; {mend}", touchpoint.keys[0], f"{told}; {mend}")


def _touched(known: Facts, rows: list[Merged], importing: Importing) -> Decide:
    """What moves the account's days of contact."""
    touchpoints = [Touchpoint(row.candidate.keys[1], row.facts) for row in rows]
    today = importing.telling.told_at.date()
    catalogue, change_id = importing.playbook.catalogue, importing.job.drop_id
    return lambda facts: contacted(facts or known, touchpoints, change_id, today, catalogue)


def _account_of(merged: Merged) -> str:
    return merged.candidate.keys[0]


TOUCHPOINTS = ImportObject(
    "touchpoints",
    Layout((ID, TOUCHPOINT_ID.name), required=(DATE,), read=_read),
    _columns,
    _store,
    shelf=lambda stores: _TouchpointShelf(stores.touchpoints),
)
