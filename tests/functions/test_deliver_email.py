"""A queued delivery becomes a mail, and its row tells what came of it (reliability T2, T6, R2)."""

from datetime import timedelta

import boto3
import pytest
from moto.ses.models import SESBackend, ses_backends

from keepwell.deliveries import LEASE, Channel, cancel
from keepwell.deliveries.suppression import Cause, Suppressed
from keepwell.in_memory import FixedClock
from keepwell_aws.deliveries import DynamoDeliveries
from keepwell_aws.suppressions import DynamoSuppressions
from keepwell_aws.wakes import DynamoWakes
from tests.aws_tables import Names
from tests.crashes import Fault, enumerate_faults
from tests.functions.delivering import became, interruptions, messages, store
from tests.functions.invoking import PERSONAL, Log, deliver, failures, invoke, of_messages, sample_event
from tests.story import NOON

NAME = "deliver_email"
SENDER = "success@example.com"
TO = PERSONAL[1]
TEN = [f"email_{number}" for number in range(10)]


@pytest.fixture
def ses(stack: Names) -> SESBackend:
    """SES with a verified sender; its `sent_messages` are what left the house."""
    boto3.client("sesv2").create_email_identity(EmailIdentity=SENDER)
    return ses_backends["123456789012"]["us-east-1"]


def sent_to(ses: SESBackend, address: str) -> int:
    return sum(address in mail.destinations for mail in ses.sent_messages)


def test_a_mail_leaves_once_and_its_row_says_so(stack: Names, ses: SESBackend, log: Log) -> None:
    event = sample_event(NAME, "one_delivery")
    store(stack, "email_0a1b2c3d4e5f60718293", Channel.EMAIL, TO)
    for _ in range(3):
        assert failures(invoke(NAME, event)) == []
    assert became(stack, "email_0a1b2c3d4e5f60718293") == ("sent", "sent")
    assert len(ses.sent_messages) == 1
    assert {entry["delivery_id"] for entry in log.entries()} == {"email_0a1b2c3d4e5f60718293"}


def test_duplicates_and_reordering_change_nothing(stack: Names, ses: SESBackend) -> None:
    for delivery_id in TEN:
        store(stack, delivery_id, Channel.EMAIL, TO)
    invoke(NAME, messages(NAME, [*TEN, *reversed(TEN)]))
    invoke(NAME, messages(NAME, list(reversed(TEN))))
    assert len(ses.sent_messages) == len(TEN)


def test_one_poison_message_among_ten_is_reported_alone(stack: Names, ses: SESBackend, log: Log) -> None:
    """R2: neither a message that is none nor a delivery that is not there keeps the others back."""
    for delivery_id in TEN[:9]:
        store(stack, delivery_id, Channel.EMAIL, TO)
    assert failures(invoke(NAME, messages(NAME, TEN))) == ["9"]
    assert [became(stack, delivery_id)[0] for delivery_id in TEN[:9]] == ["sent"] * 9
    [warning] = [entry for entry in log.entries() if entry["level"] == "WARNING"]
    assert "delivery email_9 is not stored yet" in warning["exception"]
    store(stack, "email_9", Channel.EMAIL, TO)
    broken = of_messages(NAME, "one_delivery", "{", '{"delivery_id": "email_9"}', '{"delivery": 9}')
    assert failures(invoke(NAME, broken)) == ["0", "2"]
    assert became(stack, "email_9")[0] == "sent"


def test_what_ses_refuses_is_failed(stack: Names) -> None:
    """The sender is not verified; the message is done with, and the row says so."""
    store(stack, "email_1", Channel.EMAIL, TO)
    assert failures(invoke(NAME, messages(NAME, ["email_1"]))) == []
    state, outcome = became(stack, "email_1")
    assert state == "failed"
    assert outcome.startswith(f"SES refused the mail to {TO}: ")


def test_what_is_no_address_is_failed_and_never_sent(stack: Names, ses: SESBackend) -> None:
    store(stack, "email_1", Channel.EMAIL, "Dana Ray <dana@example.com>")
    invoke(NAME, messages(NAME, ["email_1"]))
    state, outcome = became(stack, "email_1")
    assert (state, "is no e-mail address" in outcome) == ("failed", True)
    assert ses.sent_messages == []


def test_what_an_exit_cancelled_is_not_sent(stack: Names, ses: SESBackend) -> None:
    """T3: its message was queued before."""
    store(stack, "email_1", Channel.EMAIL, TO)
    deliveries = DynamoDeliveries(stack.table("deliveries"))
    cancel("email_1", deliveries, NOON, "cancelled: the account left at-risk on 2026-11-21")
    assert failures(invoke(NAME, messages(NAME, ["email_1"]))) == []
    assert ses.sent_messages == []
    assert became(stack, "email_1") == ("cancelled", "cancelled: the account left at-risk on 2026-11-21")


def test_nothing_is_sent_to_an_address_that_bounced(stack: Names, ses: SESBackend, clock: FixedClock) -> None:
    """It is checked before each attempt, and says how to go on; the operator is told."""
    table = stack.table("deliveries")
    DynamoSuppressions(table).add(Suppressed("ann@example.com", Cause.BOUNCE, "550 user unknown", NOON))
    store(stack, "email_1", Channel.EMAIL, "Ann@Example.com")
    assert failures(invoke(NAME, messages(NAME, ["email_1"]))) == []
    assert ses.sent_messages == []
    state, outcome = became(stack, "email_1")
    assert state == "failed"
    assert outcome == (
        "nothing is sent to ann@example.com since 2026-11-21: bounce (550 user unknown). If that was mended: "
        "`keepwell suppressed --remove ann@example.com`, then `keepwell deliver again email_1`"
    )
    [wake] = DynamoWakes(table).due(clock.now())
    assert (wake.content["endpoint"], wake.content["delivery_id"]) == ("mail", "email_1")


def test_what_is_not_due_yet_stays(stack: Names, ses: SESBackend, clock: FixedClock) -> None:
    due_at = clock.now() + timedelta(seconds=5)
    store(stack, "email_1", Channel.EMAIL, TO, due_at)
    invoke(NAME, messages(NAME, ["email_1"]))
    assert (became(stack, "email_1"), ses.sent_messages) == (("waiting", ""), [])
    clock.set(due_at)
    invoke(NAME, messages(NAME, ["email_1"]))
    assert became(stack, "email_1") == ("sent", "sent")


def test_killed_at_any_call_no_mail_is_lost_and_a_second_one_is_told(
    stack: Names, ses: SESBackend, clock: FixedClock
) -> None:
    """T2: a mail leaves twice only if the sender died between sending and recording, under the same id, and
    the attempts show it. SES has no idempotency key, so this window cannot be closed."""

    def story(name: str, place: int | None, fault: Fault) -> list[str]:
        store(stack, name, Channel.EMAIL, f"{name}@example.com")
        event = messages(NAME, [name])
        made = deliver(NAME, event, place, fault)
        deliver(NAME, event)
        clock.advance(LEASE)
        invoke(NAME, event)
        invoke(NAME, event)
        assert became(stack, name) == ("sent", "sent")
        twice = (place, fault) in WINDOW
        assert sent_to(ses, f"{name}@example.com") == 1 + twice
        assert interruptions(stack, name) >= twice
        return made

    read, write = "dynamodb:GetItem", "dynamodb:UpdateItem"
    assert enumerate_faults(story) == [read, read, read, write, "sesv2:SendEmail", write]


# The faults that come after the mail has left (the call at place 4) and before that is stored (at place 5).
WINDOW = [(4, "after"), (5, "before"), (5, "throttled")]
