"""The twin of people at the customers."""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from copy import deepcopy

from keepwell.errors import Conflict, RejectedInput
from keepwell.in_memory.shelves import one_by_one, put_told, remove_told
from keepwell.people import Person


class InMemoryPeople:
    def __init__(self) -> None:
        self._people: defaultdict[str, dict[tuple[str, str], Person]] = defaultdict(dict)

    def people(self, account_id: str) -> Iterator[Person]:
        return iter([deepcopy(each) for _, each in sorted(self._people[account_id].items())])

    def people_of(self, account_id: str, user_ids: Sequence[str]) -> dict[str, Person]:
        of_account = self._people[account_id]
        return deepcopy({i: of_account[account_id, i] for i in user_ids if (account_id, i) in of_account})

    def put(self, person: Person) -> Person:
        return put_told(self._people[person.account_id], (person.account_id, person.user_id), person)

    def remove(self, person: Person) -> None:
        remove_told(self._people[person.account_id], (person.account_id, person.user_id), person)

    def put_many(self, people: Sequence[Person]) -> list[Person | Conflict | RejectedInput]:
        return one_by_one(self.put, people)
