"""The contracts of People and Touchpoints (reliability S1, R5, 2.1)."""

import json
from dataclasses import replace
from datetime import UTC, date, datetime

import boto3
import pytest

from keepwell.accounts import Facts, Provenance
from keepwell.attributes import Value
from keepwell.errors import Conflict, RejectedInput
from keepwell.in_memory import InMemoryPeople, InMemoryTouchpoints
from keepwell.people import Person
from keepwell.ports import People, Touchpoints
from keepwell.standings import Membership
from keepwell.touchpoints import Touchpoint
from keepwell_aws.people import DynamoPeople
from keepwell_aws.touchpoints import DynamoTouchpoints
from keepwell_aws.work import DynamoWork
from tests.adapters.conftest import LoseAnswer
from tests.adapters.test_work_contract import RUN, STORED, TASK
from tests.aws_tables import Names

NOON = datetime(2026, 11, 21, 12, tzinfo=UTC)


def facts(account_id: str = "A1", **values: Value) -> Facts:
    told = {name.replace("_", " "): value for name, value in values.items()}
    return Facts(account_id, told, Provenance("csv:users", NOON), NOON, "drop-1", "drop-1")


ANN = Person("ann", facts(First_Name="Ann", Key_Contact=True, Tags=("champion", "admin")))
CALL = Touchpoint("T-1", facts(Type="Call", Date="2026-11-20", Participants=("Ann", "Bo")))


@pytest.fixture
def people(place: Names | None) -> People:
    return DynamoPeople(place.table("work")) if place else InMemoryPeople()


@pytest.fixture
def touchpoints(place: Names | None) -> Touchpoints:
    return DynamoTouchpoints(place.table("work")) if place else InMemoryTouchpoints()


def test_a_person_comes_back_as_it_was(people: People) -> None:
    inside = Membership(inside=True, sequence=1, since=date(2026, 11, 20))
    stored = people.put(replace(ANN, memberships={"champions": inside}, activated=NOON))

    assert stored.facts.revision == 1
    assert people.people_of("A1", ["ann", "nobody"]) == {"ann": stored}
    assert list(people.people("A1")) == [stored]


def test_people_of_many_and_of_another_account(people: People) -> None:
    for number in reversed(range(120)):
        people.put(replace(ANN, user_id=f"u{number:03}"))
    people.put(replace(ANN, facts=facts("A2")))

    assert [person.user_id for person in people.people("A1")] == [f"u{n:03}" for n in range(120)]
    assert len(people.people_of("A1", [f"u{n:03}" for n in range(110)])) == 110
    assert people.people_of("A1", []) == {}
    assert list(people.people("A3")) == []


def test_a_write_over_an_older_revision_is_refused(people: People, touchpoints: Touchpoints) -> None:
    """S1; what was already written so is no conflict."""
    first = people.put(ANN)
    second = replace(first, facts=replace(first.facts, values={"First Name": "Anna"}))
    assert people.put(second) == people.put(second)
    with pytest.raises(Conflict):
        people.put(replace(first, facts=replace(first.facts, values={"First Name": "Annette"})))
    with pytest.raises(Conflict):
        people.put(replace(ANN, facts=facts(First_Name="Bo")))

    touchpoints.put(CALL)
    with pytest.raises(Conflict):
        touchpoints.put(replace(CALL, facts=facts(Type="Email", Date="2026-11-20")))


def test_many_are_stored_on_the_terms_of_one(people: People, touchpoints: Touchpoints) -> None:
    """Of two accounts, some in the way and some that cannot be stored; S1, I6."""
    inside = Membership(inside=True, sequence=1, since=date(2026, 11, 20))
    known = people.put(replace(ANN, memberships={"champions": inside}, activated=NOON))
    told = [
        replace(known, facts=replace(known.facts, values={"First Name": "Anna"})),
        replace(ANN, facts=facts("A2")),
        replace(ANN, facts=facts(First_Name="Bo")),
        replace(ANN, user_id="cy", facts=facts(Seats=float("nan"))),
    ]
    stored = people.put_many(told)
    assert stored[0] == replace(told[0], facts=replace(told[0].facts, revision=2))
    assert stored[1] == replace(told[1], facts=replace(told[1].facts, revision=1))
    assert [type(each) for each in stored[2:]] == [Conflict, RejectedInput]
    assert list(people.people("A1")) == stored[:1]
    assert list(people.people("A2")) == stored[1:2]

    calls = [replace(CALL, touchpoint_id=f"T-{n}") for n in range(40)]
    held = touchpoints.put_many(calls)
    assert touchpoints.put_many(calls) == held
    assert list(touchpoints.touchpoints("A1")) == sorted(held, key=lambda each: each.touchpoint_id)  # type: ignore[union-attr]


def test_what_cannot_be_stored_is_refused(people: People) -> None:
    """I6."""
    with pytest.raises(RejectedInput):
        people.put(replace(ANN, facts=facts(Seats=float("nan"))))


def test_touchpoints_come_back_as_they_were(touchpoints: Touchpoints) -> None:
    note = Touchpoint("T-0", facts(Type="Internal Note", Date="2026-11-21T09:30:00+01:00"))
    other = Touchpoint("T-1", facts("A2", Type="QBR", Date="2026-11-01"))
    stored = [touchpoints.put(each) for each in (CALL, note, other)]

    assert list(touchpoints.touchpoints("A1")) == [stored[1], stored[0]]
    every = list(touchpoints.touchpoints())
    assert sorted(every, key=lambda each: (each.account_id, each.touchpoint_id)) == [
        stored[1],
        stored[0],
        stored[2],
    ]
    assert touchpoints.touchpoints_of("A1", ["T-1", "T-9"]) == {"T-1": stored[0]}


def test_tasks_runs_people_and_touchpoints_of_an_account_keep_apart(stack: Names) -> None:
    work = DynamoWork(stack.table("work"))
    people, touchpoints = DynamoPeople(stack.table("work")), DynamoTouchpoints(stack.table("work"))
    work.put_task(TASK)
    work.put_run(RUN)
    person, call = people.put(ANN), touchpoints.put(CALL)

    assert list(work.tasks()) == list(work.tasks("A1")) == [STORED]
    assert list(work.runs("A1")) == [RUN]
    assert list(people.people("A1")) == [person]
    assert list(touchpoints.touchpoints()) == list(touchpoints.touchpoints("A1")) == [call]


def test_a_person_whose_answer_was_lost_is_stored(stack: Names, lose_answer: LoseAnswer) -> None:
    """Reliability 2.1."""
    people = DynamoPeople(stack.table("work"))
    with lose_answer("UpdateItem"):
        assert people.put(ANN).facts.revision == 1


def test_what_a_newer_version_keeps_beside_a_person_survives(stack: Names) -> None:
    """R5."""
    people, table = DynamoPeople(stack.table("work")), boto3.client("dynamodb")
    key = {"account_id": {"S": "A1"}, "item_id": {"S": "person#ann"}}
    stored = people.put(ANN)
    table.update_item(
        TableName=stack.table("work"),
        Key=key,
        UpdateExpression="SET spoken = :spoken",
        ExpressionAttributeValues={":spoken": {"S": "de"}},
    )
    people.put(replace(stored, facts=replace(stored.facts, values={"First Name": "Anna"})))
    item = table.get_item(TableName=stack.table("work"), Key=key)["Item"]
    assert item["spoken"] == {"S": "de"}
    assert json.loads(item["document"]["S"])["values"] == {"First Name": "Anna"}


def test_a_person_that_cannot_be_read_names_the_account_and_nobody(stack: Names) -> None:
    """R2; the id of a user may be an address, and errors are logged."""
    people, touchpoints = DynamoPeople(stack.table("work")), DynamoTouchpoints(stack.table("work"))
    people.put(replace(ANN, user_id="ann@personal.example"))
    touchpoints.put(CALL)
    for item_id in ("person#ann@personal.example", "touchpoint#T-1"):
        boto3.client("dynamodb").update_item(
            TableName=stack.table("work"),
            Key={"account_id": {"S": "A1"}, "item_id": {"S": item_id}},
            UpdateExpression="SET document = :broken",
            ExpressionAttributeValues={":broken": {"S": '{"values": {"First Name": "Personal"}}'}},
        )
    with pytest.raises(RejectedInput, match="'person#…' of account 'A1' cannot be read") as refused:
        list(people.people("A1"))
    assert "personal" not in str(refused.value).casefold()
    with pytest.raises(RejectedInput, match="'touchpoint#…' of account 'A1' cannot be read"):
        touchpoints.touchpoints_of("A1", ["T-1"])


def test_a_refused_write_names_nobody(stack: Names) -> None:
    """The error of a record that failed is logged."""
    people = DynamoPeople(stack.table("work"))
    ann = replace(ANN, user_id="ann@personal.example")
    gone = replace(ann, facts=replace(ann.facts, revision=3))
    with pytest.raises(Conflict) as absent:
        people.put(gone)
    people.put(ann)
    with pytest.raises(Conflict) as behind:
        people.put(replace(ann, facts=facts(First_Name="Bo")))
    with pytest.raises(RejectedInput) as too_large:
        people.put(replace(gone, facts=facts(First_Name="x" * 500_000)))
    assert "ann" not in f"{absent.value} {behind.value} {too_large.value}"
    at_once = people.put_many([gone, replace(ann, facts=facts(First_Name="x" * 500_000))])
    assert [type(each) for each in at_once] == [Conflict, RejectedInput]
    assert "ann" not in f"{at_once}"
