"""The contract of Deliveries (reliability T2, T6)."""

from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta

import boto3
import pytest

from keepwell.deliveries import Attempt, Channel, Delivery, DeliveryState, cancel
from keepwell.errors import Conflict, RejectedInput
from keepwell.in_memory import InMemoryDeliveries
from keepwell.ports import Deliveries
from keepwell.working_time import Calendar, QuietTimes
from keepwell_aws.deliveries import DynamoDeliveries
from tests.adapters.conftest import LoseAnswer
from tests.aws_tables import Names

NOON = datetime(2026, 11, 21, 12, tzinfo=UTC)
NIGHTS = Calendar(
    holidays=frozenset({date(2026, 12, 25), date(2027, 1, 1)}), quiet_from=time(19), quiet_to=time(8)
)


def delivery(
    delivery_id: str = "email_1", due_at: datetime = NOON, channel: Channel = Channel.EMAIL
) -> Delivery:
    return Delivery(
        delivery_id=delivery_id,
        account_id="A1",
        channel=channel,
        to="ann@example.com",
        subject="Harbor Labs is poor",
        body="Score 31 – see why\n",
        play="health-drop",
        transition_id="A1/at-risk/1/entered",
        created_at=NOON,
        due_at=due_at,
        attempts=(Attempt(NOON, "connection refused"),),
        quiet=QuietTimes(NIGHTS, "Europe/Berlin"),
    )


@pytest.fixture
def deliveries(place: Names | None) -> Deliveries:
    return DynamoDeliveries(place.table("deliveries")) if place else InMemoryDeliveries()


def test_a_delivery_is_added_once_and_comes_back_as_it_was(deliveries: Deliveries) -> None:
    assert deliveries.get("email_1") is None
    assert deliveries.add(delivery())
    assert not deliveries.add(replace(delivery(), to="other@example.com"))
    assert deliveries.get("email_1") == replace(delivery(), revision=1)


def test_only_one_of_two_equal_claims_is_taken(deliveries: Deliveries) -> None:
    """T2: two senders with the same message at the same moment."""
    deliveries.add(delivery())
    claim = replace(delivery(), revision=1, state=DeliveryState.SENDING, due_at=NOON + timedelta(minutes=2))
    assert deliveries.put(claim).revision == 2
    with pytest.raises(Conflict, match="email_1"):
        deliveries.put(claim)


def test_a_delivery_that_is_not_there_cannot_be_changed(deliveries: Deliveries) -> None:
    with pytest.raises(Conflict):
        deliveries.put(replace(delivery(), revision=3))


def test_due_are_the_open_ones_whose_time_has_come_longest_due_first(deliveries: Deliveries) -> None:
    minutes = [5, -7, 0, -1, -30, 1, -2, -3, -4]
    for number, minute in enumerate(minutes):
        channel = Channel.WEBHOOK if number % 2 else Channel.EMAIL
        deliveries.add(delivery(f"d{number}", NOON + timedelta(minutes=minute), channel))

    assert list(deliveries.due(NOON)) == [
        ("d4", Channel.EMAIL),
        ("d1", Channel.WEBHOOK),
        ("d8", Channel.EMAIL),
        ("d7", Channel.WEBHOOK),
        ("d6", Channel.EMAIL),
        ("d3", Channel.WEBHOOK),
        ("d2", Channel.EMAIL),
    ]
    assert [found for found, _ in deliveries.due(NOON, limit=2)] == ["d4", "d1"]
    assert not list(deliveries.due(NOON - timedelta(hours=1)))


def test_due_sorts_fractions_of_a_second(deliveries: Deliveries) -> None:
    moments = [NOON, NOON + timedelta(microseconds=1), NOON + timedelta(milliseconds=500)]
    for number, moment in enumerate(moments):
        deliveries.add(delivery(f"d{number}", moment))
    assert [found for found, _ in deliveries.due(moments[1])] == ["d0", "d1"]
    assert [found for found, _ in deliveries.due(moments[2])] == ["d0", "d1", "d2"]


@pytest.mark.parametrize(
    ("state", "is_due"),
    [
        (DeliveryState.WAITING, True),
        (DeliveryState.SENDING, True),
        (DeliveryState.SENT, False),
        (DeliveryState.FAILED, False),
        (DeliveryState.CANCELLED, False),
    ],
)
def test_only_open_deliveries_are_ever_due(
    deliveries: Deliveries, state: DeliveryState, is_due: bool
) -> None:
    deliveries.add(delivery())
    deliveries.put(replace(delivery(), revision=1, state=state))
    assert bool(list(deliveries.due(NOON))) is is_due


def test_the_open_ones_are_listed_longest_due_first(deliveries: Deliveries) -> None:
    for number in range(105):
        deliveries.add(delivery(f"d{number:03}", NOON - timedelta(minutes=number)))
    deliveries.put(replace(delivery("d050"), revision=1, state=DeliveryState.SENT))
    listed = [each.delivery_id for each in deliveries.all_open()]
    assert listed == [f"d{number:03}" for number in reversed(range(105)) if number != 50]


def test_the_failed_ones_are_listed_latest_first_until_they_are_sent_again(deliveries: Deliveries) -> None:
    for number in range(3):
        deliveries.add(delivery(f"d{number}"))
        end = Attempt(NOON + timedelta(hours=(1, 3, 2)[number]), "gave up")
        deliveries.put(
            replace(delivery(f"d{number}"), revision=1, state=DeliveryState.FAILED, attempts=(end,))
        )
    assert [each.delivery_id for each in deliveries.all_failed()] == ["d1", "d2", "d0"]
    assert deliveries.count_failed() == 3
    assert not list(deliveries.all_open())
    assert not list(deliveries.due(NOON))
    deliveries.put(replace(delivery("d1"), revision=2))
    assert [each.delivery_id for each in deliveries.all_failed()] == ["d2", "d0"]
    assert deliveries.count_failed() == 2
    assert [each.delivery_id for each in deliveries.all_open()] == ["d1"]


def test_of_a_claim_and_a_cancellation_only_the_first_is_taken(deliveries: Deliveries) -> None:
    """T3."""
    deliveries.add(delivery())
    read = deliveries.get("email_1")
    assert read is not None
    called_off = cancel("email_1", deliveries, NOON, "cancelled: the account left")
    assert called_off is not None
    assert called_off.state is DeliveryState.CANCELLED
    with pytest.raises(Conflict):
        deliveries.put(replace(read, state=DeliveryState.SENDING))
    assert deliveries.get("email_1") == called_off
    assert cancel("email_1", deliveries, NOON, "cancelled: again") == called_off


def test_a_withdrawn_delivery_comes_back_as_it_was(deliveries: Deliveries) -> None:
    deliveries.add(delivery())
    deliveries.put(replace(delivery(), revision=1, state=DeliveryState.SENDING))
    withdrawn = cancel("email_1", deliveries, NOON, "cancelled: the account left")
    assert deliveries.get("email_1") == withdrawn
    assert withdrawn is not None
    assert (withdrawn.state, withdrawn.withdrawn) == (DeliveryState.SENDING, "cancelled: the account left")


def test_the_index_is_sparse(stack: Names) -> None:
    """What is final leaves the index, so the minute tick reads only what is open."""
    deliveries = DynamoDeliveries(stack.table("deliveries"))
    deliveries.add(delivery())
    deliveries.put(replace(delivery(), revision=1, state=DeliveryState.SENT))
    item = boto3.client("dynamodb").get_item(
        TableName=stack.table("deliveries"), Key={"delivery_id": {"S": "email_1"}}
    )["Item"]
    assert not {"due_shard", "due_at"} & item.keys()


def test_a_lost_answer_is_neither_known_nor_a_conflict(stack: Names, lose_answer: LoseAnswer) -> None:
    """Reliability 2.1: else the message would never be queued, or the claim never sent."""
    deliveries = DynamoDeliveries(stack.table("deliveries"))
    with lose_answer("UpdateItem"):
        assert deliveries.add(delivery())
    with lose_answer("UpdateItem"):
        assert deliveries.put(replace(delivery(), revision=1, state=DeliveryState.SENDING)).revision == 2


def test_a_body_too_large_to_store_is_rejected(stack: Names) -> None:
    """I6."""
    with pytest.raises(RejectedInput, match="email_1"):
        DynamoDeliveries(stack.table("deliveries")).add(replace(delivery(), body="é" * 210_000))
