"""People at the customers in DynamoDB, beside the account's work (item_id `person#<user id>`)."""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

from pydantic import TypeAdapter

from keepwell.errors import Conflict, RejectedInput
from keepwell.people import Person
from keepwell.standings import Membership
from keepwell_aws.accounts import facts_document, facts_from
from keepwell_aws.tables import bound
from keepwell_aws.told import ToldItem, of_account, of_ids, put_many_told, put_told, readable, remove_told

_PERSON = "person#"
_memberships = TypeAdapter(Mapping[str, Membership])


class DynamoPeople:
    def __init__(self, table: str):
        self._item = bound(ToldItem, table)

    def people(self, account_id: str) -> Iterator[Person]:
        return map(_person, of_account(self._item, account_id, _PERSON))

    def people_of(self, account_id: str, user_ids: Sequence[str]) -> dict[str, Person]:
        people = map(_person, of_ids(self._item, account_id, _PERSON, user_ids))
        return {person.user_id: person for person in people}

    def put(self, person: Person) -> Person:
        item_id, content = _stored_as(person)
        revision = put_told(self._item(person.account_id, item_id), person.facts.revision, content)
        return replace(person, facts=replace(person.facts, revision=revision))

    def remove(self, person: Person) -> None:
        remove_told(self._item(person.account_id, _PERSON + person.user_id), person.facts.revision)

    def put_many(self, people: Sequence[Person]) -> list[Person | Conflict | RejectedInput]:
        return put_many_told(self._item, people, _stored_as)


def _stored_as(person: Person) -> tuple[str, dict[str, Any]]:
    return _PERSON + person.user_id, {
        **facts_document(person.facts),
        "activated": person.activated.isoformat() if person.activated else None,
        "memberships": _memberships.dump_python(person.memberships, mode="json"),
    }


def _person(item: ToldItem) -> Person:
    with readable(item):
        content = json.loads(item.document)
        memberships = _memberships.validate_python(content.pop("memberships", {}))
        activated = content.pop("activated", None)
        facts = facts_from(content, item.account_id, int(item.revision))
        return Person(
            user_id=item.item_id.removeprefix(_PERSON),
            facts=facts,
            memberships=memberships,
            activated=datetime.fromisoformat(activated) if activated else None,
        )
