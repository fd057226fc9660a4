"""What belongs to an account under ids of its own: its rows come second, the account has to be there."""

from collections.abc import Callable, Mapping, Sequence
from itertools import groupby
from typing import TypeVar

from keepwell.attributes import Attribute, Catalogue, Kind
from keepwell.imports.columns import ID
from keepwell.imports.objects.importing import Importing, Tally
from keepwell.imports.objects.merging import Shelf, merge_rows, of_known_accounts
from keepwell.imports.rows import Keys

Kept = TypeVar("Kept")


def with_account(catalogue: Catalogue) -> Catalogue:
    """The columns of files about what belongs to an account."""
    return catalogue.extended([Attribute(ID, Kind.TEXT)])


def by_account(
    keys: Sequence[Keys], of_account: Callable[[str, list[str]], Mapping[str, Kept]]
) -> dict[Keys, Kept]:
    """Those that exist, where each account is asked for its own by their ids."""
    found: dict[Keys, Kept] = {}
    for account_id, own in groupby(sorted(keys), key=lambda each: each[0]):
        there = of_account(account_id, [own_id for _, own_id in own])
        found |= {(account_id, own_id): kept for own_id, kept in there.items()}
    return found


def store_beside_accounts(importing: Importing, shelf: Shelf, catalogue: Catalogue) -> Tally:
    """Merge the rows of known accounts into what the shelf has; all others are rejects."""
    tally = Tally()
    candidates, _ = of_known_accounts(importing.judged(), importing.stores.accounts, tally)
    for merged in merge_rows(candidates, shelf, catalogue, importing, tally):
        tally.counts[merged.outcome] += 1
    return tally
