"""Each minute what is due again is queued (reliability T6, R6)."""

from datetime import timedelta

import pytest

from keepwell.deliveries import Channel, cancel, deliver, wait_after
from keepwell.errors import RejectedInput, TransientFailure
from keepwell.in_memory import FixedClock
from keepwell.plays.starting import start_wake
from keepwell_aws.deliveries import DynamoDeliveries
from keepwell_aws.wakes import DynamoWakes
from tests.aws_tables import Names
from tests.crashes import Fault, enumerate_faults
from tests.functions.delivering import store
from tests.functions.invoking import deliver as invoke_with
from tests.functions.invoking import invoke, know, queued, sample_event
from tests.story import NOON, poor_account

NAME = "wake_due"
TICK = sample_event(NAME, "minute_tick")


def woken(stack: Names) -> dict[str, list[str]]:
    """What was queued, by queue."""
    queues = ("email_deliveries", "webhook_deliveries")
    return {
        queue: sorted(message["delivery_id"] for message in queued(stack.queues[queue])) for queue in queues
    }


def test_only_what_is_due_and_open_is_queued_on_its_channels_queue(stack: Names, clock: FixedClock) -> None:
    deliveries = DynamoDeliveries(stack.table("deliveries"))
    store(stack, "email_due", Channel.EMAIL, "a@example.com")
    store(stack, "webhook_due", Channel.WEBHOOK, "slack")
    store(stack, "webhook_later", Channel.WEBHOOK, "slack", NOON + timedelta(minutes=5))
    store(stack, "email_sent", Channel.EMAIL, "a@example.com")
    deliver("email_sent", deliveries, lambda _: None, NOON)
    store(stack, "email_refused", Channel.EMAIL, "a@example.com")
    deliver("email_refused", deliveries, refuse, NOON)
    store(stack, "email_cancelled", Channel.EMAIL, "a@example.com")
    cancel("email_cancelled", deliveries, NOON, "cancelled: the account left")

    assert invoke(NAME, TICK) == {"woken": 2, "wakes": 0}
    assert woken(stack) == {"email_deliveries": ["email_due"], "webhook_deliveries": ["webhook_due"]}
    clock.advance(timedelta(minutes=5))
    assert invoke(NAME, TICK) == {"woken": 3, "wakes": 0}
    assert woken(stack)["webhook_deliveries"] == ["webhook_due", "webhook_later"]


def test_a_failed_attempt_is_woken_when_the_schedule_says(stack: Names, clock: FixedClock) -> None:
    """T6: not a second before."""
    store(stack, "webhook_1", Channel.WEBHOOK, "slack")
    deliver("webhook_1", DynamoDeliveries(stack.table("deliveries")), fail, NOON)
    due_at = NOON + wait_after("webhook_1", 1)
    clock.set(due_at - timedelta(seconds=1))
    assert invoke(NAME, TICK) == {"woken": 0, "wakes": 0}
    clock.set(due_at)
    assert invoke(NAME, TICK) == {"woken": 1, "wakes": 0}


def test_more_than_one_batch_of_messages(stack: Names) -> None:
    ids = [f"email_{number:02}" for number in range(25)]
    for delivery_id in ids:
        store(stack, delivery_id, Channel.EMAIL, "a@example.com")
    assert invoke(NAME, TICK) == {"woken": 25, "wakes": 0}
    assert woken(stack)["email_deliveries"] == ids


def test_killed_at_any_call_the_next_tick_queues_the_rest(stack: Names) -> None:
    """What is queued twice is harmless: the delivery's row says whether it still is to go."""

    def story(name: str, place: int | None, fault: Fault) -> list[str]:
        store(stack, f"email_{name}", Channel.EMAIL, "a@example.com")
        store(stack, f"webhook_{name}", Channel.WEBHOOK, "slack")
        made = invoke_with(NAME, TICK, place, fault)
        invoke(NAME, TICK)
        taken = woken(stack)
        assert f"email_{name}" in taken["email_deliveries"]
        assert f"webhook_{name}" in taken["webhook_deliveries"]
        deliveries = DynamoDeliveries(stack.table("deliveries"))
        for delivery_id in (f"email_{name}", f"webhook_{name}"):
            deliver(delivery_id, deliveries, lambda _: None, NOON)
        return made

    assert enumerate_faults(story).count("sqs:SendMessageBatch") == 2


def test_what_is_logged_of_a_wake_that_fails_tells_of_nobody(
    stack: Names, clock: FixedClock, caplog: pytest.LogCaptureFixture
) -> None:
    """Ids of wakes, and what people name, hold addresses."""
    know(stack, poor_account())
    wakes = DynamoWakes(stack.table("deliveries"))
    wakes.add(start_wake("no-such-play", poor_account().account_id, "ann@example.com", "ann", NOON))
    assert invoke(NAME, TICK) == {"woken": 0, "wakes": 0}
    [record] = [record for record in caplog.records if record.message == "wake failed"]
    assert "start/" in str(vars(record))
    assert "ann@example.com" not in str(vars(record))


def refuse(_: object) -> None:
    raise RejectedInput("never")


def fail(_: object) -> None:
    raise TransientFailure("the receiver answered 500")
