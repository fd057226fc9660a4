"""The portfolio: all accounts of a stack as members of segments, read page by page."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any

from rich.progress import Progress, SpinnerColumn, TextColumn, TimeElapsedColumn
from rich.text import Text

from keepwell.accounts import Account
from keepwell.people import Person
from keepwell.playbook import Playbook
from keepwell.ports import Page
from keepwell.standings import Membership
from keepwell_cli.output import plain, progress
from keepwell_cli.stack import Stack

LATELY = timedelta(days=7)
"""As in a condition, `within last 7 days` is the day seven days ago, today, and the days between."""


@dataclass
class Tally:
    """A segment's numbers. An account that left lately and came back counts with both, one that came and left
    with its exit alone; one taken in when the segment was activated came on that day."""

    members: int = 0
    contract_value: int | float = 0
    entered: int = 0
    left: int = 0

    def count(self, account: Account, membership: Membership, today: date) -> None:
        if membership.inside:
            self.contract_value += contract_value_of(account) or 0
        self.count_user(membership, today)

    def count_user(self, membership: Membership, today: date) -> None:
        """A person is worth nothing by herself."""
        if membership.inside:
            self.members += 1
            self.entered += membership.since >= today - LATELY
        self.left += left_lately(membership, today)

    def as_json(self) -> dict[str, int | float]:
        return {
            "members": self.members,
            "contract_value": self.contract_value,
            "entered_last_7_days": self.entered,
            "left_last_7_days": self.left,
        }


@dataclass
class Portfolio:
    """All accounts of a stack, as far as segments are concerned.

    Known once all were read: `accounts`, how many there are; `outdated`, how many nobody has looked at since
    something was activated; `unreadable`, those whose stored document is broken.
    """

    stack: Stack
    playbook: Playbook
    accounts: int = 0
    outdated: int = 0
    unreadable: list[str] = field(default_factory=list)

    @property
    def today(self) -> date:
        """The day it is by the stack's clock, in the playbook's time zone."""
        return self.stack.clock.now().astimezone(self.playbook.time_zone).date()

    def memberships(self) -> Iterator[tuple[Account, str, Membership]]:
        """Account, segment and membership, of those segments that the playbook has now."""
        present = {segment.id for segment in self.playbook.segments}
        for page in pages(self.stack):
            self.accounts += len(page.accounts)
            self.unreadable += [account_id for account_id, _ in page.unreadable]
            for account in page.accounts:
                self.outdated += self._is_outdated(account)
                memberships = account.standing.memberships if account.standing else {}
                yield from ((account, id_, kept) for id_, kept in memberships.items() if id_ in present)

    def users(self) -> Iterator[tuple[Account, Person, str, Membership]]:
        """Account, person, segment of users and membership, of those segments that the playbook has now.

        It reads the people of every account: a query each.
        """
        present = {segment.id for segment in self.playbook.user_segments}
        for page in pages(self.stack) if present else ():
            for account in page.accounts:
                for person in self.stack.people.people(account.account_id):
                    kept = person.memberships.items()
                    yield from ((account, person, id_, each) for id_, each in kept if id_ in present)

    def _is_outdated(self, account: Account) -> bool:
        standing = account.standing
        return standing is None or not all(map(standing.knows, self.playbook.activated.values()))

    def as_json(self) -> dict[str, Any]:
        return {
            "on": self.today.isoformat(),
            "accounts": self.accounts,
            "outdated": self.outdated,
            "unreadable": self.unreadable,
        }

    def notes(self) -> Iterator[Text]:
        """What has to be known to read the numbers, for people."""
        if self.outdated:
            yield plain(
                f"{self.outdated:,} of {self.accounts:,} accounts were not evaluated since the playbook was "
                "applied; the next night does it, or `keepwell nightly --wait`."
            )
        if self.unreadable:
            yield plain(f"What is stored of these cannot be read: {', '.join(self.unreadable)}.")


def left_lately(membership: Membership, today: date) -> bool:
    return membership.left is not None and membership.left >= today - LATELY


def contract_value_of(account: Account) -> int | float | None:
    value = account.facts.values.get("Contract Value")
    return value if isinstance(value, int | float) else None


def pages(stack: Stack) -> Iterator[Page]:
    """Page after page, with how many were read so far; how many there are is known at the end only."""
    columns = (SpinnerColumn(), TextColumn("{task.description}"), TimeElapsedColumn())
    with Progress(*columns, console=progress, transient=True, disable=not progress.is_terminal) as bar:
        task, read, cursor = bar.add_task("Reading the accounts"), 0, None
        while True:
            page = stack.accounts.scan(0, 1, cursor)
            read += len(page.accounts)
            bar.update(task, description=f"Reading the accounts: {read:,}")
            yield page
            if (cursor := page.cursor) is None:
                return
