"""The contract of UserDays (reliability 2.1, S1, I6)."""

from dataclasses import replace
from datetime import date

import boto3
import pytest

from keepwell.errors import Conflict, RejectedInput
from keepwell.in_memory import InMemoryUserDays
from keepwell.ports import UserDays
from keepwell.usage.rolling import MANY_PARTS, MOST_USERS, ActiveDays, DaysPart, part_of, parts_for
from keepwell_aws.tables import LARGEST_DOCUMENT
from keepwell_aws.user_days import DynamoUserDays
from tests.adapters.conftest import LoseAnswer
from tests.aws_tables import Names

DAY = date(2026, 11, 21).toordinal()
USERS = {"ann": ActiveDays(DAY, (1 << 64) - 1), "zoë#1/ü": ActiveDays(DAY - 400, 1), "": ActiveDays(DAY, 5)}


@pytest.fixture
def days(place: Names | None) -> UserDays:
    return DynamoUserDays(place.table("work")) if place else InMemoryUserDays()


def test_days_come_back_bit_for_bit(days: UserDays) -> None:
    assert days.of("A1", 1) == [DaysPart("A1", 1, 0, {})]
    stored = days.put(DaysPart("A1", 1, 0, USERS))
    assert stored == DaysPart("A1", 1, 0, USERS, revision=1)
    assert days.of("A1", 1) == [stored]
    assert days.of("A2", 1) == [DaysPart("A2", 1, 0, {})]


def test_many_parts_are_others_than_the_one(days: UserDays) -> None:
    """So that users can move while their one part is still being read."""
    one = days.put(DaysPart("A1", 1, 0, USERS))
    third = days.put(DaysPart("A1", MANY_PARTS, 3, USERS))
    parts = days.of("A1", MANY_PARTS)
    assert [part.part for part in parts] == list(range(MANY_PARTS))
    assert parts[3] == third
    assert {part.revision for part in parts if part != third} == {0}
    assert days.of("A1", 1) == [one]


def test_only_the_next_revision_is_taken(days: UserDays) -> None:
    """S1."""
    first = days.put(DaysPart("A1", 1, 0, USERS))
    assert days.put(DaysPart("A1", 1, 0, USERS)) == first, "an equal one is no conflict"
    with pytest.raises(Conflict, match="A1"):
        days.put(DaysPart("A1", 1, 0, {}))
    assert days.put(replace(first, users={})).revision == 2


def test_the_days_of_twenty_thousand_users_fit_in_their_parts(stack: Names) -> None:
    """With ids of the longest usual kind (an e-mail address and an id) and every mask full."""
    days = DynamoUserDays(stack.table("work"))
    ids = [f"{n:032x}-someone.with.a.long.name.{n}@subsidiary.example.com" for n in range(20_000)]
    assert parts_for(ids) == MANY_PARTS
    for part in range(MANY_PARTS):
        users = {user: ActiveDays(DAY, (1 << 64) - 1) for user in ids if part_of(user, MANY_PARTS) == part}
        days.put(DaysPart("A1", MANY_PARTS, part, users))
    parts = days.of("A1", MANY_PARTS)
    assert sorted(user for part in parts for user in part.users) == sorted(ids)
    sizes = item_sizes(stack)
    assert len(sizes) == MANY_PARTS
    assert max(sizes) < 100_000, "ample in an item of 400 KB: there may be four times as many"


def test_one_part_fits_with_as_many_users_as_it_may_have(stack: Names) -> None:
    days = DynamoUserDays(stack.table("work"))
    ids = [f"{n:04}{'é' * 48}" for n in range(MOST_USERS)]
    assert parts_for(ids) == 1
    days.put(DaysPart("A1", 1, 0, {user: ActiveDays(DAY, (1 << 64) - 1) for user in ids}))
    assert max(item_sizes(stack)) < LARGEST_DOCUMENT * 3 / 4


def item_sizes(stack: Names) -> list[int]:
    pages = boto3.client("dynamodb").get_paginator("scan").paginate(TableName=stack.table("work"))
    return [len(item["document"]["S"].encode()) for page in pages for item in page["Items"]]


def test_a_lost_answer_is_no_conflict(stack: Names, lose_answer: LoseAnswer) -> None:
    with lose_answer("UpdateItem"):
        assert DynamoUserDays(stack.table("work")).put(DaysPart("A1", 1, 0, USERS)).revision == 1


@pytest.mark.parametrize("document", ["{", "[]", '{"zoë": 1}', '{"zoë": ["soon", "1f"]}'])
def test_a_broken_part_names_its_account_and_not_its_users(stack: Names, document: str) -> None:
    """R2."""
    days = DynamoUserDays(stack.table("work"))
    days.put(DaysPart("A1", 1, 0, USERS))
    boto3.client("dynamodb").update_item(
        TableName=stack.table("work"),
        Key={"account_id": {"S": "A1"}, "item_id": {"S": "usage#01#00"}},
        UpdateExpression="SET document = :broken",
        ExpressionAttributeValues={":broken": {"S": document}},
    )
    with pytest.raises(RejectedInput, match="'usage#01#00' of account 'A1' cannot be read") as refused:
        days.of("A1", 1)
    assert "zoë" not in str(refused.value)
