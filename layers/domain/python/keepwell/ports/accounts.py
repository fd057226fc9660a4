"""Accounts: facts, standings, trails, use, and what is told of them over time."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Protocol

from keepwell.accounts import Account, Facts
from keepwell.errors import Conflict, RejectedInput
from keepwell.history import HistoryRow
from keepwell.standings import Standing
from keepwell.trails import AccountTrail
from keepwell.usage import UsageSummary
from keepwell.usage.rolling import DaysPart


class Accounts(Protocol):
    """Facts, standings, trails and summaries of use, by account."""

    def get(self, account_id: str) -> Account | None:
        """Facts, standing, trail and use, read consistently, no standing or trail newer than the facts it is
        judged against; None if there are no facts.

        Raises RejectedInput, naming the account, if what is stored cannot be read.
        """
        ...

    def facts_of(self, account_ids: Sequence[str]) -> dict[str, Facts]:
        """The facts of those accounts that exist, read consistently."""
        ...

    def put_facts(self, facts: Facts) -> Facts:
        """Store `facts` if the stored revision is still `facts.revision` (0: none stored).

        Returns them with the new revision. Raises Conflict if someone wrote first and the stored facts differ
        from these; a write of our own whose answer was lost is no conflict.
        """
        ...

    def put_many(self, facts: Sequence[Facts]) -> list[Facts | Conflict | RejectedInput]:
        """Store each under the terms of `put_facts`, in order; of each what was stored, or why it was not.

        Raises TransientFailure or ConfigurationError for all: some may be stored then.
        """
        ...

    def remove(self, facts: Facts) -> None:
        """Take an account away, with its standing and its trail, if the stored revision of its facts still is
        `facts.revision`; one that is gone is no conflict. Raises Conflict if someone wrote first.
        """
        ...

    def put_standing(self, standing: Standing) -> Standing:
        """Store `standing` under the same terms as `put_facts`."""
        ...

    def put_trail(self, trail: AccountTrail) -> AccountTrail:
        """Store `trail` under the same terms as `put_facts`."""
        ...

    def usage_of(self, account_ids: Sequence[str]) -> dict[str, UsageSummary]:
        """The use of those accounts that have any told, facts or not, read consistently.

        Raises RejectedInput, naming the account, if what is stored cannot be read.
        """
        ...

    def put_usage(self, usage: UsageSummary) -> UsageSummary:
        """Store a summary of use under the same terms as `put_facts`."""
        ...

    def scan(self, segment: int, of: int, start: str | None = None, limit: int = 200) -> "Page":
        """One page of a parallel scan: the accounts of one segment, after the cursor `start`."""
        ...


@dataclass(frozen=True)
class Page:
    """Some accounts, and the cursor of the next page (None at the end).

    `unreadable` are accounts whose stored document is broken, with the reason: they must not hide the others.
    """

    accounts: tuple[Account, ...]
    cursor: str | None
    unreadable: tuple[tuple[str, str], ...] = ()


class UserDays(Protocol):
    """The days on which users were active, by account, in parts."""

    def of(self, account_id: str, parts: int) -> list[DaysPart]:
        """All of so many parts of an account in order, read consistently; one that was never stored is empty.

        Raises RejectedInput, naming the account, if what is stored cannot be read.
        """
        ...

    def put(self, part: DaysPart) -> DaysPart:
        """Store a part under the same terms as `Accounts.put_facts`."""
        ...


class History(Protocol):
    def append(self, rows: Iterable[HistoryRow]) -> None:
        """Write rows; writing the same row again changes nothing."""
        ...

    def of(self, account_id: str, kind: str | None = None, limit: int = 50) -> list[HistoryRow]:
        """Newest first."""
        ...
