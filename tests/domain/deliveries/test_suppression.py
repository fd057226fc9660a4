"""Mails that came back: their addresses get no more, and what was sent is told as it ended."""

from dataclasses import replace
from datetime import timedelta

import pytest

from keepwell.deliveries import Channel, Delivery, DeliveryState, deliver, send_again
from keepwell.deliveries.mail_html import as_html
from keepwell.deliveries.operator_tasks import OperatorTasks
from keepwell.deliveries.shortly import Shortly
from keepwell.deliveries.suppression import Cause, MailEvent, MailEvents, MailGate, Suppressed
from keepwell.deliveries.trouble import Trouble
from keepwell.errors import TransientFailure
from keepwell.in_memory import (
    InMemoryControl,
    InMemoryDeliveries,
    InMemoryQueue,
    InMemorySuppressions,
    InMemoryWakes,
    InMemoryWork,
)
from tests.domain.deliveries.pool import told_by
from tests.story import NOON, standard_playbook

BACK = NOON + timedelta(seconds=3)
UNKNOWN = (("Ann@Example.com", "550 user unknown"),)
BOUNCE = MailEvent(Cause.BOUNCE, BACK, "email_1", UNKNOWN)
COMPLAINT = MailEvent(Cause.COMPLAINT, BACK, "email_1", (("ann@example.com", "abuse"),))


class House:
    """Mails that leave, and what comes back."""

    def __init__(self) -> None:
        self.deliveries, self.wakes = InMemoryDeliveries(), InMemoryWakes()
        self.suppressions, self.queue = InMemorySuppressions(), InMemoryQueue()
        trouble = Trouble(self.wakes)
        self.gate = MailGate(self.suppressions, trouble, Shortly(self.queue))
        self.events = MailEvents(self.suppressions, self.deliveries, trouble)
        self.sent = list[str]()

    def write(self, delivery_id: str = "email_1", to: str = "ann@example.com") -> None:
        mail = Delivery(delivery_id, "A-1", Channel.EMAIL, to, "Hello", "Hello\n", "call", "", NOON, NOON)
        self.deliveries.add(mail)

    def send(self, delivery_id: str = "email_1") -> Delivery:
        def leave(mail: Delivery) -> None:
            self.sent.append(mail.delivery_id)

        return deliver(delivery_id, self.deliveries, leave, NOON, self.gate)

    def mail(self, delivery_id: str = "email_1") -> Delivery:
        found = self.deliveries.get(delivery_id)
        assert found is not None
        return found


@pytest.fixture
def house() -> House:
    house = House()
    house.write()
    return house


def test_a_mail_that_bounced_has_failed_and_its_address_gets_no_more(house: House) -> None:
    house.send()
    house.events.heed(BOUNCE)
    assert house.mail().state is DeliveryState.FAILED
    assert [each.outcome for each in house.mail().attempts] == ["sent", "bounce: 550 user unknown"]
    assert house.suppressions.get("ann@example.com") == Suppressed(
        "ann@example.com", Cause.BOUNCE, "550 user unknown", BACK, "email_1"
    )
    house.write("email_2", "ANN@example.com")
    refused = house.send("email_2")
    assert refused.state is DeliveryState.FAILED
    assert "keepwell suppressed --remove ann@example.com" in refused.attempts[-1].outcome
    assert house.sent == ["email_1"]


def test_the_operator_gets_one_wake_for_mails_that_bounced_on_a_day(house: House) -> None:
    house.send()
    house.events.heed(BOUNCE)
    house.write("email_2")
    house.send("email_2")
    assert [wake.wake_id for wake in house.wakes.all()] == [f"endpoint/mail/{NOON.date()}"]


def test_a_complaint_leaves_the_mail_sent_and_stops_the_next(house: House) -> None:
    house.send()
    house.events.heed(COMPLAINT)
    assert house.mail().state is DeliveryState.SENT
    assert house.mail().attempts[-1].outcome == "complaint: abuse"
    house.write("email_2")
    assert house.send("email_2").state is DeliveryState.FAILED


@pytest.mark.parametrize("event", [BOUNCE, COMPLAINT])
def test_an_event_that_comes_again_changes_nothing(house: House, event: MailEvent) -> None:
    house.send()
    house.events.heed(event)
    after, wakes = house.mail(), house.wakes.all()
    house.events.heed(event)
    assert (house.mail(), house.wakes.all()) == (after, wakes)


def test_an_event_that_overtakes_the_record_of_the_sending_comes_again(house: House) -> None:
    with pytest.raises(TransientFailure, match="came back before it was stored as sent"):
        house.events.heed(BOUNCE)
    assert house.suppressions.get("ann@example.com") is not None


@pytest.mark.parametrize("delivery_id", ["", "email_of_another_stack"])
def test_a_mail_that_is_not_known_suppresses_all_the_same(house: House, delivery_id: str) -> None:
    house.events.heed(MailEvent(Cause.BOUNCE, BACK, delivery_id, UNKNOWN))
    assert house.suppressions.get("ann@example.com") is not None


def test_once_mended_it_is_sent_again_by_hand(house: House) -> None:
    house.send()
    house.events.heed(BOUNCE)
    house.suppressions.remove("ann@example.com", "bo", NOON)
    send_again("email_1", house.deliveries, house.queue, NOON, "bo")
    assert house.send().state is DeliveryState.SENT
    assert house.sent == ["email_1", "email_1"]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("one\ntwo\n\nthree\n", "<p>one<br>\ntwo</p><p>three</p>"),
        ("a < b & c", "<p>a &lt; b &amp; c</p>"),
        (
            "see (https://x.example/a?b=1&c=2).",
            '<p>see (<a href="https://x.example/a?b=1&amp;c=2">https://x.example/a?b=1&amp;c=2</a>).</p>',
        ),
        ('javascript:alert(1) <a href="x">', "<p>javascript:alert(1) &lt;a href=&quot;x&quot;&gt;</p>"),
        ('https://x.example/"onclick=1', ">https://x.example/</a>&quot;onclick=1</p>"),
        ("\n \n", "<body style"),
    ],
)
def test_html_says_what_the_text_says(text: str, expected: str) -> None:
    assert expected in as_html(text)


def test_mail_to_the_operator_that_is_given_up_leads_to_no_more_mail() -> None:
    """T6: what is about an account makes one task a day, of which nobody is told by mail; what is about none
    makes none. Both are there to be seen."""
    house, work, control = House(), InMemoryWork(), InMemoryControl()
    playbook = replace(standard_playbook(), owner="boss@example.com")
    house.suppressions.add(Suppressed("boss@example.com", Cause.BOUNCE, "550 user unknown", NOON))
    house.write("email_escalated", "boss@example.com")
    unread = replace(house.mail("email_escalated"), delivery_id="email_unread", account_id="", revision=0)
    house.deliveries.add(unread)
    for delivery_id in ("email_escalated", "email_unread"):
        assert house.send(delivery_id).state is DeliveryState.FAILED
    [wake] = house.wakes.all()
    notices = told_by(house.deliveries, work, control, "boss@example.com")
    OperatorTasks(work, control, notices, lambda: playbook).carry_out(wake, NOON)
    [task] = work.tasks()
    assert (task.account_id, task.assignee) == ("A-1", "boss@example.com")
    assert "email_escalated" in task.description
    assert {each.delivery_id for each in house.deliveries.all()} == {"email_escalated", "email_unread"}
    assert house.deliveries.count_failed() == 2
