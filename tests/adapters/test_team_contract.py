"""The contracts of Team and Collections (reliability S1, R2, 2.1)."""

from dataclasses import replace
from datetime import UTC, datetime

import boto3
import pytest

from keepwell.accounts import Facts, Provenance
from keepwell.attributes import Value
from keepwell.collections import ChildRecord
from keepwell.errors import Conflict, RejectedInput
from keepwell.in_memory import InMemoryCollections, InMemoryTeam
from keepwell.ports import Collections, Team
from keepwell.team import Licence, Member
from keepwell_aws.collections import DynamoCollections
from keepwell_aws.people import DynamoPeople
from keepwell_aws.team import DynamoTeam
from tests.adapters.conftest import LoseAnswer
from tests.adapters.test_people_contract import ANN as A_PERSON
from tests.aws_tables import Names

NOON = datetime(2026, 11, 21, 12, tzinfo=UTC)


def facts(key: str, **values: Value) -> Facts:
    return Facts(key, values, Provenance("csv:team", NOON), NOON, "drop-1", "drop-1")


ANN = Member(facts("ann@example.com", Name="Ann", Licence="Practitioner", Teams=("EU", "Core")))
GOLD = ChildRecord("S-1", facts("A1", Collection="Subscriptions", Seats=20))


@pytest.fixture
def team(place: Names | None) -> Team:
    return DynamoTeam(place.table("work")) if place else InMemoryTeam()


@pytest.fixture
def collections(place: Names | None) -> Collections:
    return DynamoCollections(place.table("work")) if place else InMemoryCollections()


def test_members_come_back_as_they_were_and_as_a_whole(team: Team) -> None:
    stored = team.put(ANN)
    bo = team.put(Member(facts("bo@example.com", Manager="ann@example.com", Availability=37.5)))

    assert stored.facts.revision == 1
    assert list(team.members()) == [stored, bo]
    assert team.members_of(["ann@example.com", "nobody@example.com"]) == {"ann@example.com": stored}
    assert team.members_of([]) == {}
    assert (stored.licence, stored.teams, bo.manager) == (
        Licence.PRACTITIONER,
        ("EU", "Core"),
        "ann@example.com",
    )
    assert (bo.availability, stored.availability) == (37.5, None)


def test_records_come_back_as_they_were(collections: Collections) -> None:
    stored = [
        collections.put(each)
        for each in (GOLD, ChildRecord("S-0", facts("A1", Seats=1)), replace(GOLD, facts=facts("A2")))
    ]

    assert list(collections.records("A1")) == [stored[1], stored[0]]
    assert collections.records_of("A1", ["S-1", "S-9"]) == {"S-1": stored[0]}
    assert list(collections.records("A3")) == []
    assert (stored[0].collection, stored[1].collection) == ("Subscriptions", "")


def test_many_records_are_stored_each_on_its_own(collections: Collections) -> None:
    collections.put(GOLD)
    more = [ChildRecord(f"S-{n}", facts("A1", Seats=n)) for n in range(30)]
    stored = collections.put_many(more)
    assert [isinstance(each, Conflict) for each in stored] == [record.record_id == "S-1" for record in more]
    assert len(list(collections.records("A1"))) == 30


def test_a_write_over_an_older_revision_is_refused(team: Team, collections: Collections) -> None:
    """S1; what was already written so is no conflict."""
    first = team.put(ANN)
    renamed = replace(first, facts=replace(first.facts, values={"Name": "Anna"}))
    assert team.put(renamed) == team.put(renamed)
    with pytest.raises(Conflict):
        team.put(ANN)

    collections.put(GOLD)
    with pytest.raises(Conflict):
        collections.put(ChildRecord("S-1", facts("A1", Seats=1)))


def test_an_account_may_be_called_like_the_key_of_the_team(stack: Names) -> None:
    team, people = DynamoTeam(stack.table("work")), DynamoPeople(stack.table("work"))
    member = team.put(ANN)
    person = people.put(replace(A_PERSON, facts=replace(A_PERSON.facts, account_id="team")))
    DynamoCollections(stack.table("work")).put(ChildRecord("x", facts("team")))

    assert list(team.members()) == [member]
    assert list(people.people("team")) == [person]


def test_a_member_whose_answer_was_lost_is_stored(stack: Names, lose_answer: LoseAnswer) -> None:
    """Reliability 2.1."""
    team = DynamoTeam(stack.table("work"))
    with lose_answer("UpdateItem"):
        assert team.put(ANN).facts.revision == 1


def test_a_member_that_cannot_be_read_is_not_named(stack: Names) -> None:
    """R2; errors are logged, and an address is personal."""
    team = DynamoTeam(stack.table("work"))
    team.put(ANN)
    boto3.client("dynamodb").update_item(
        TableName=stack.table("work"),
        Key={"account_id": {"S": "team"}, "item_id": {"S": "member#ann@example.com"}},
        UpdateExpression="SET document = :broken",
        ExpressionAttributeValues={":broken": {"S": "{}"}},
    )
    with pytest.raises(RejectedInput, match="'member#…' of account 'team' cannot be read") as refused:
        list(team.members())
    assert "ann@" not in str(refused.value)
