"""Deliveries: claimed once, retried on schedule, given up visibly (reliability T2, T6)."""

from collections import Counter
from collections.abc import Callable
from datetime import timedelta

import pytest

from keepwell.deliveries import (
    LEASE,
    RETRY_AFTER,
    Channel,
    Delivery,
    DeliveryState,
    deliver,
    wait_after,
    wake_due,
)
from keepwell.errors import ConfigurationError, RejectedInput, TransientFailure
from keepwell.in_memory import InMemoryDeliveries, InMemoryQueue
from tests.story import NOON


def waiting(delivery_id: str = "webhook_1", channel: Channel = Channel.WEBHOOK) -> Delivery:
    return Delivery(
        delivery_id=delivery_id,
        account_id="A-1",
        channel=channel,
        to="events",
        subject="health.became_poor",
        body="{}",
        play="health-drop-to-poor",
        transition_id="A-1/at-risk/1/entered",
        created_at=NOON,
        due_at=NOON,
    )


class Killed(BaseException):
    """The worker's process ended here."""


def failing(error: BaseException) -> Callable[[Delivery], None]:
    def send(delivery: Delivery) -> None:
        raise error

    return send


def test_a_repeated_message_sends_once() -> None:
    deliveries, sent = InMemoryDeliveries(), list[Delivery]()
    deliveries.add(waiting())
    for _ in range(3):
        deliver("webhook_1", deliveries, sent.append, NOON)
    assert [delivery.delivery_id for delivery in sent] == ["webhook_1"]
    assert deliver("webhook_1", deliveries, sent.append, NOON).state is DeliveryState.SENT


def test_while_one_worker_sends_another_does_nothing() -> None:
    deliveries, sent = InMemoryDeliveries(), list[Delivery]()
    deliveries.add(waiting())

    def send_while_another_tries(delivery: Delivery) -> None:
        deliver("webhook_1", deliveries, sent.append, NOON)
        sent.append(delivery)

    deliver("webhook_1", deliveries, send_while_another_tries, NOON)
    assert len(sent) == 1


def test_a_worker_that_died_is_replaced_when_its_lease_ends() -> None:
    """T2: a duplicate outside is possible only here, carries the same id, and the attempts tell of it."""
    deliveries, sent = InMemoryDeliveries(), list[Delivery]()
    deliveries.add(waiting())
    with pytest.raises(Killed):
        deliver("webhook_1", deliveries, failing(Killed()), NOON)
    deliver("webhook_1", deliveries, sent.append, NOON + LEASE - timedelta(seconds=1))
    assert not sent
    after = deliver("webhook_1", deliveries, sent.append, NOON + LEASE)
    assert [delivery.delivery_id for delivery in sent] == ["webhook_1"]
    assert [(attempt.at, attempt.outcome.split(";")[0]) for attempt in after.attempts] == [
        (NOON, "the sender ended before it could tell what came of it"),
        (NOON + LEASE, "sent"),
    ]


def test_a_message_that_kills_every_worker_is_given_up() -> None:
    """T6: the number of attempts is bounded, whatever they end in."""
    deliveries, now, tries = InMemoryDeliveries(), NOON, len(RETRY_AFTER) + 1
    deliveries.add(waiting())
    for _ in range(tries):
        with pytest.raises(Killed):
            deliver("webhook_1", deliveries, failing(Killed()), now)
        now += LEASE
    given_up = deliver("webhook_1", deliveries, failing(Killed()), now)
    assert given_up.state is DeliveryState.FAILED
    assert len(given_up.attempts) == tries
    assert given_up.attempts[-1].outcome.endswith("gave up after 8 attempts")
    assert list(deliveries.due(now + timedelta(days=9))) == []


def test_retries_follow_the_schedule_to_the_second_and_end() -> None:
    """T6: eight attempts over 27 h 35 min, each wait a little longer by the message's jitter; then a visible
    failure."""
    deliveries, now, due = InMemoryDeliveries(), NOON, list[timedelta]()
    deliveries.add(waiting())
    send = failing(TransientFailure("the receiver answered 500"))
    for _ in RETRY_AFTER:
        tried = deliver("webhook_1", deliveries, send, now)
        assert tried.state is DeliveryState.WAITING
        due.append(tried.due_at - now)
        assert deliver("webhook_1", deliveries, send, tried.due_at - timedelta(seconds=1)) == tried
        now = tried.due_at
    assert [wait.total_seconds() for wait in RETRY_AFTER] == [5, 300, 1800, 7200, 18000, 36000, 36000]
    assert due == [wait_after("webhook_1", number + 1) for number in range(7)]
    last = deliver("webhook_1", deliveries, send, now)
    assert last.state is DeliveryState.FAILED
    assert last.attempts[-1].outcome == "the receiver answered 500; gave up after 8 attempts"
    assert timedelta(hours=27, minutes=35) < now - NOON < timedelta(hours=30, minutes=21)


@pytest.mark.parametrize("tried", range(1, 8))
def test_what_failed_together_does_not_come_back_together(tried: int) -> None:
    """Jitter: never sooner than the schedule says, at most a tenth later, spread evenly, and the same each
    time it is computed."""
    base = RETRY_AFTER[tried - 1]
    waits = [wait_after(f"webhook_{number}", tried) for number in range(1000)]
    assert waits == [wait_after(f"webhook_{number}", tried) for number in range(1000)]
    assert base <= min(waits) <= max(waits) <= 1.1 * base
    in_tenths = Counter(int((wait - base) / (base / 100)) for wait in waits)
    assert sorted(in_tenths) == list(range(10))
    assert max(in_tenths.values()) < 150


def test_a_receiver_that_asks_to_wait_longer_is_obeyed() -> None:
    deliveries = InMemoryDeliveries()
    deliveries.add(waiting())
    error = TransientFailure("429", retry_after=timedelta(minutes=3))
    due_at = deliver("webhook_1", deliveries, failing(error), NOON).due_at
    assert due_at == NOON + wait_after("webhook_1", 1, timedelta(minutes=3))
    assert timedelta(minutes=3) <= due_at - NOON <= timedelta(minutes=3, seconds=18)


def test_a_refusal_is_final_and_says_why() -> None:
    deliveries = InMemoryDeliveries()
    deliveries.add(waiting())
    refused = deliver("webhook_1", deliveries, failing(RejectedInput("410: the endpoint is gone")), NOON)
    assert refused.state is DeliveryState.FAILED
    assert refused.attempts[-1].outcome == "410: the endpoint is gone"


def test_what_is_not_set_up_yet_is_tried_again() -> None:
    """Nothing is lost while an engineer puts the endpoint's address in place."""
    deliveries = InMemoryDeliveries()
    deliveries.add(waiting())
    missing = deliver("webhook_1", deliveries, failing(ConfigurationError("no address")), NOON)
    assert missing.state is DeliveryState.WAITING
    assert missing.attempts[-1].outcome == "no address"


def test_the_tick_wakes_what_is_due_and_nothing_else() -> None:
    deliveries, mail, hooks = InMemoryDeliveries(), InMemoryQueue(), InMemoryQueue()
    queues = {Channel.EMAIL: mail, Channel.WEBHOOK: hooks}
    deliveries.add(waiting("webhook_1"))
    deliveries.add(waiting("email_1", Channel.EMAIL))
    deliver("webhook_1", deliveries, failing(TransientFailure("500")), NOON)
    deliver("email_1", deliveries, lambda delivery: None, NOON)
    assert wake_due(deliveries, queues, NOON + timedelta(seconds=4)) == 0
    assert wake_due(deliveries, queues, NOON + wait_after("webhook_1", 1)) == 1
    assert (mail.messages, hooks.messages) == ([], [{"delivery_id": "webhook_1"}])
