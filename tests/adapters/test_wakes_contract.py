"""The contract of Wakes (reliability T3, T6)."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from keepwell.deliveries import Channel
from keepwell.errors import Conflict
from keepwell.in_memory import InMemoryWakes
from keepwell.ports import Wakes
from keepwell.wakes import Purpose, Wake
from keepwell_aws.deliveries import DynamoDeliveries
from keepwell_aws.wakes import DynamoWakes
from tests.adapters.conftest import LoseAnswer
from tests.adapters.test_deliveries_contract import delivery
from tests.aws_tables import Names

NOON = datetime(2026, 11, 21, 12, tzinfo=UTC)
STEP = Wake(
    wake_id="step/welcome/new/1/entered/2",
    purpose=Purpose.STEP,
    due_at=NOON,
    account_id="A1",
    content={"run": "welcome/new/1/entered", "place": [1, "then", 0], "name": "Café 😀"},
)


@pytest.fixture
def wakes(place: Names | None) -> Wakes:
    return DynamoWakes(place.table("deliveries")) if place else InMemoryWakes()


def test_a_wake_is_added_once_and_comes_back_as_it_was(wakes: Wakes) -> None:
    assert wakes.get(STEP.wake_id) is None
    assert wakes.add(STEP)
    assert not wakes.add(replace(STEP, due_at=NOON + timedelta(days=1)))
    assert wakes.get(STEP.wake_id) == replace(STEP, revision=1)


def test_a_wake_is_moved_by_whoever_read_it_last(wakes: Wakes) -> None:
    wakes.add(STEP)
    later = replace(STEP, due_at=NOON + timedelta(hours=3), attempts=1, problem="throttled", revision=1)
    assert wakes.put(later) == replace(later, revision=2)
    with pytest.raises(Conflict, match="step/welcome"):
        wakes.put(later)
    assert wakes.get(STEP.wake_id) == replace(later, revision=2)


def test_a_wake_that_is_gone_cannot_be_moved(wakes: Wakes) -> None:
    """T3: what was called off stays so."""
    wakes.add(STEP)
    wakes.remove(STEP.wake_id)
    with pytest.raises(Conflict):
        wakes.put(replace(STEP, revision=1))
    assert wakes.get(STEP.wake_id) is None


def test_removing_twice_is_harmless(wakes: Wakes) -> None:
    wakes.add(STEP)
    wakes.remove(STEP.wake_id)
    wakes.remove(STEP.wake_id)
    assert not list(wakes.due(NOON))
    assert wakes.add(STEP)


def test_a_wake_that_was_moved_since_is_not_removed_by_its_old_revision(wakes: Wakes) -> None:
    """A snooze that is made longer while the old one is carried out."""
    wakes.add(STEP)
    moved = wakes.put(replace(STEP, due_at=NOON + timedelta(days=2), revision=1))
    wakes.remove(STEP.wake_id, revision=1)
    assert wakes.get(STEP.wake_id) == moved
    wakes.remove(STEP.wake_id, revision=2)
    wakes.remove(STEP.wake_id, revision=2)
    assert wakes.get(STEP.wake_id) is None


def test_due_are_those_whose_time_has_come_longest_due_first(wakes: Wakes) -> None:
    for number, minute in enumerate([5, -7, 0, -1, -30, 1]):
        wakes.add(replace(STEP, wake_id=f"w{number}", due_at=NOON + timedelta(minutes=minute)))
    assert [wake.wake_id for wake in wakes.due(NOON)] == ["w4", "w1", "w3", "w2"]
    assert [wake.wake_id for wake in wakes.due(NOON, limit=2)] == ["w4", "w1"]
    assert next(wakes.due(NOON)).content == STEP.content


def test_a_moved_wake_is_due_at_its_new_time(wakes: Wakes) -> None:
    wakes.add(STEP)
    wakes.put(replace(STEP, due_at=NOON + timedelta(seconds=1), revision=1))
    assert not list(wakes.due(NOON))
    assert [wake.wake_id for wake in wakes.due(NOON + timedelta(seconds=1))] == [STEP.wake_id]


def test_what_was_given_up_is_counted_and_is_due_after_all_others(wakes: Wakes) -> None:
    """R6: it has a way back, and keeps nothing else waiting."""
    for name, minute in (("w1", -9), ("w2", -8), ("w3", -7), ("w4", 5)):
        at = NOON + timedelta(minutes=minute)
        wakes.add(replace(STEP, wake_id=name, due_at=at))
        if name != "w3":
            told = replace(STEP, wake_id=name, due_at=at, given_up=True, problem="it is gone", revision=1)
            wakes.put(told)
    assert [wake.wake_id for wake in wakes.due(NOON)] == ["w3", "w1", "w2"]
    assert [wake.wake_id for wake in wakes.due(NOON, limit=2)] == ["w3", "w1"]
    assert [(wake.wake_id, wake.problem) for wake in wakes.given_up(limit=2)] == [
        ("w1", "it is gone"),
        ("w2", "it is gone"),
    ]
    assert wakes.count_given_up() == 3


def test_what_was_given_up_and_is_moved_or_removed_counts_no_more(wakes: Wakes) -> None:
    for name in ("w1", "w2", "w3"):
        wakes.add(replace(STEP, wake_id=name))
        wakes.put(replace(STEP, wake_id=name, given_up=True, revision=1))
    wakes.put(replace(STEP, wake_id="w1", revision=2))
    wakes.remove("w2", revision=2)
    assert (wakes.count_given_up(), [wake.wake_id for wake in wakes.given_up()]) == (1, ["w3"])
    assert [wake.wake_id for wake in wakes.due(NOON)] == ["w1", "w3"]


def test_wakes_and_deliveries_are_due_by_themselves(stack: Names) -> None:
    """They share a table and its index."""
    wakes = DynamoWakes(stack.table("deliveries"))
    deliveries = DynamoDeliveries(stack.table("deliveries"))
    wakes.add(STEP)
    deliveries.add(delivery("email_1", NOON))
    assert list(deliveries.due(NOON)) == [("email_1", Channel.EMAIL)]
    assert [wake.wake_id for wake in wakes.due(NOON)] == [STEP.wake_id]


def test_a_lost_answer_is_neither_known_nor_a_conflict(stack: Names, lose_answer: LoseAnswer) -> None:
    """Reliability 2.1."""
    wakes = DynamoWakes(stack.table("deliveries"))
    with lose_answer("UpdateItem"):
        assert wakes.add(STEP)
    with lose_answer("UpdateItem"):
        assert wakes.put(replace(STEP, due_at=NOON, revision=1)).revision == 2
    with lose_answer("DeleteItem"):
        wakes.remove(STEP.wake_id, revision=2)
    assert wakes.get(STEP.wake_id) is None
