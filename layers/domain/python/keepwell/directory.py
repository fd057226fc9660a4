"""Who is at an account: people with the days on which they used the product, which are kept apart."""

from collections.abc import Iterable
from dataclasses import dataclass, replace

from keepwell.accounts import Account
from keepwell.people import Person
from keepwell.ports import People, UserDays, Wakes
from keepwell.usage.rolling import ActiveDays

NEVER = ActiveDays(0, 0)


@dataclass(frozen=True)
class Directory:
    """Reads one query of an account's people, and another of their days where there are people and use.

    `wakes` is where plays about people are told of passages; without it they are not.
    """

    people: People
    days: UserDays
    wakes: Wakes | None = None

    def with_people(self, account: Account) -> Account:
        """The account with its people. Raises RejectedInput if what is stored cannot be read."""
        people = tuple(self.people.people(account.account_id))
        if not people or account.usage is None:
            return replace(account, people=people)
        parts = self.days.of(account.account_id, account.usage.parts)
        use = {user_id: days for part in parts for user_id, days in part.users.items()}
        return replace(
            account, people=tuple(replace(each, use=use.get(each.user_id, NEVER)) for each in people)
        )

    def put(self, people: Iterable[Person]) -> None:
        """Store these people. Raises Conflict if someone wrote one of them first."""
        for person in people:
            self.people.put(person)
