"""What SES tells of a mail that came back suppresses its address, whatever faults there are (T2)."""

from typing import Any

import pytest

from keepwell.deliveries import Channel, deliver
from keepwell.deliveries.suppression import Cause
from keepwell.errors import RejectedInput
from keepwell.in_memory import FixedClock
from keepwell_aws.deliveries import DynamoDeliveries
from keepwell_aws.suppressions import DynamoSuppressions
from keepwell_aws.wakes import DynamoWakes
from tests.aws_tables import Names
from tests.crashes import Fault, enumerate_faults
from tests.functions.delivering import became, store
from tests.functions.invoking import Log, invoke, sample_event
from tests.functions.invoking import deliver as invoke_with
from tests.story import NOON

NAME = "record_mail_events"
MAIL, TO = "email_0a1b2c3d4e5f60718293", "a@example.com"


def send(stack: Names, delivery_id: str = MAIL, to: str = TO) -> None:
    store(stack, delivery_id, Channel.EMAIL, to)
    deliver(delivery_id, DynamoDeliveries(stack.table("deliveries")), lambda _: None, NOON)


def event_of(case: str, **changes: Any) -> Any:
    """A sample event with other values in what it tells of the bounce or the complaint."""
    event = sample_event(NAME, case)
    event["detail"][case] |= changes
    return event


@pytest.mark.parametrize(
    ("case", "cause", "detail", "state"),
    [
        ("bounce", Cause.BOUNCE, "smtp; 550 5.1.1 user unknown", "failed"),
        ("complaint", Cause.COMPLAINT, "abuse", "sent"),
    ],
)
def test_the_address_is_suppressed_and_the_mail_tells_of_it(
    stack: Names, log: Log, case: str, cause: Cause, detail: str, state: str
) -> None:
    send(stack)
    for _ in range(2):
        invoke(NAME, sample_event(NAME, case))
    found = DynamoSuppressions(stack.table("deliveries")).get(TO)
    assert found is not None
    assert (found.cause, found.detail, found.delivery_id) == (cause, detail, MAIL)
    assert became(stack, MAIL) == (state, f"{cause}: {detail}")
    assert TO not in log.stream.getvalue()
    assert {entry["delivery_id"] for entry in log.entries()} == {MAIL}


@pytest.mark.parametrize(
    ("case", "changes"),
    [
        ("bounce", {"bounceType": "Transient", "bounceSubType": "MailboxFull"}),
        ("bounce", {"bounceType": "Undetermined"}),
        ("complaint", {"complaintFeedbackType": "not-spam"}),
    ],
)
def test_what_may_pass_suppresses_nothing(stack: Names, case: str, changes: dict[str, str]) -> None:
    send(stack)
    invoke(NAME, event_of(case, **changes))
    assert list(DynamoSuppressions(stack.table("deliveries")).all()) == []
    assert became(stack, MAIL) == ("sent", "sent")


def test_a_bounce_without_a_reason_and_with_a_name_before_the_address_counts(stack: Names) -> None:
    invoke(NAME, event_of("bounce", bouncedRecipients=[{"emailAddress": "Ann Ray <Ann@Example.com>"}]))
    [found] = DynamoSuppressions(stack.table("deliveries")).all()
    assert (found.address, found.detail) == ("ann@example.com", "General")


@pytest.mark.parametrize("broken", [{"eventType": "Open"}, {"bounce": {}}, {"mail": None}])
def test_what_is_no_such_event_is_refused(stack: Names, broken: dict[str, Any]) -> None:
    """It ends in the queue of unhandled events, whole."""
    event = sample_event(NAME, "bounce")
    event["detail"] |= broken
    with pytest.raises(RejectedInput, match="an event of SES"):
        invoke(NAME, event)


def test_killed_at_any_call_the_next_delivery_of_the_event_ends_it(stack: Names, clock: FixedClock) -> None:
    """And the operator is told: before the mail is stored as failed."""
    table = stack.table("deliveries")

    def story(name: str, place: int | None, fault: Fault) -> list[str]:
        address = f"{name}@example.com".casefold()
        send(stack, name, address)
        event = event_of("bounce", bouncedRecipients=[{"emailAddress": address}])
        event["detail"]["mail"]["tags"]["delivery_id"] = [name]
        made = invoke_with(NAME, event, place, fault)
        invoke(NAME, event)
        assert DynamoSuppressions(table).get(address) is not None
        assert became(stack, name) == ("failed", "bounce: General")
        stored = DynamoDeliveries(table).get(name)
        assert stored is not None
        assert len(stored.attempts) == 2
        [wake] = list(DynamoWakes(table).due(clock.now().replace(year=2027)))
        DynamoWakes(table).remove(wake.wake_id)
        return made

    read, write = "dynamodb:GetItem", "dynamodb:UpdateItem"
    assert enumerate_faults(story, timeouts=True) == [read, write, read, write, write]
