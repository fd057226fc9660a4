"""Files about people at the customers: rows become facts of persons (interfaces, "CSV")."""

from collections.abc import Sequence
from dataclasses import replace

from keepwell.accounts import Facts
from keepwell.attributes import Catalogue
from keepwell.attributes.people import USER_ID
from keepwell.imports.columns import ID
from keepwell.imports.layout import Layout
from keepwell.imports.objects.belongings import by_account, store_beside_accounts, with_account
from keepwell.imports.objects.importing import Importing, ImportObject, Tally
from keepwell.imports.objects.merging import Shelf
from keepwell.imports.rows import Keys
from keepwell.people import Person
from keepwell.ports import People


class _PeopleShelf(Shelf):
    """Keeps what else a person has: the memberships."""

    noun = "user"

    def __init__(self, people: People):
        self._people = people
        self._read: dict[Keys, Person] = {}

    def read(self, keys: Sequence[Keys]) -> dict[Keys, Facts]:
        found = by_account(keys, self._people.people_of)
        self._read |= found
        return {each: person.facts for each, person in found.items()}

    def put(self, keys: Keys, facts: Facts) -> Person:
        return self._people.put(self._person(keys, facts))

    def remove(self, keys: Keys, facts: Facts) -> None:
        self._people.remove(self._person(keys, facts))

    def put_many(self, items: Sequence[tuple[Keys, Facts]]) -> Sequence[object]:
        return self._people.put_many([self._person(keys, facts) for keys, facts in items])

    def _person(self, keys: Keys, facts: Facts) -> Person:
        person = self._read.get(keys)
        return replace(person, facts=facts) if person else Person(keys[1], facts)


def _columns(_accounts: Catalogue, people: Catalogue, _records: Catalogue) -> Catalogue:
    return with_account(people)


def _store(importing: Importing) -> Tally:
    shelf = _PeopleShelf(importing.stores.people)
    return store_beside_accounts(importing, shelf, importing.playbook.user_catalogue)


USERS = ImportObject(
    "users",
    Layout((ID, USER_ID.name)),
    _columns,
    _store,
    shelf=lambda stores: _PeopleShelf(stores.people),
)
