"""`keepwell deliveries`, `deliver again`, `endpoints`: what did not arrive is shown, and a person goes on."""

from dataclasses import replace
from datetime import datetime, time, timedelta
from functools import cached_property

import pytest

from infra.vocabulary import Resource
from keepwell.deliveries import Channel, Delivery, DeliveryState, cancel, deliver
from keepwell.deliveries.endpoints import EndpointGone
from keepwell.deliveries.posts import Endpoints
from keepwell.deliveries.sending import claim
from keepwell.errors import RejectedInput, TransientFailure
from keepwell.in_memory import InMemoryQueue
from keepwell.working_time import Calendar, QuietTimes
from keepwell_cli.deliveries import deliver_again, deliveries, endpoints
from keepwell_cli.reference import ANSWERS
from tests.cli.in_memory_stack import InMemoryStack, shown
from tests.story import NOON


class DeliveringStack(InMemoryStack):
    """One whose queues are in memory, by the name of the resource."""

    @cached_property
    def queues(self) -> dict[str, InMemoryQueue]:
        return {name: InMemoryQueue() for name in ("email_deliveries", "webhook_deliveries")}

    def named(self, resource: Resource) -> str:
        return resource.name


@pytest.fixture
def stack(monkeypatch: pytest.MonkeyPatch) -> DeliveringStack:
    stack = DeliveringStack.installed(monkeypatch)
    assert isinstance(stack, DeliveringStack)
    monkeypatch.setattr("keepwell_cli.deliveries.SqsQueue", lambda name: stack.queues[name])
    monkeypatch.setattr("getpass.getuser", lambda: "ann")
    for number, (channel, to) in enumerate(
        [(Channel.WEBHOOK, "events"), (Channel.EMAIL, "bo@example.com"), (Channel.WEBHOOK, "slack")]
    ):
        stack.deliveries.add(
            Delivery(
                delivery_id=f"{channel}_{number}",
                account_id=f"A-{number}",
                channel=channel,
                to=to,
                subject="Harbor Labs is poor",
                body="{}",
                play="call",
                transition_id="",
                created_at=NOON,
                due_at=NOON,
            )
        )
    return stack


def fail(
    stack: DeliveringStack, delivery_id: str, error: Exception | None = None, now: datetime = NOON
) -> Delivery:
    def send(_: Delivery) -> None:
        raise error or RejectedInput("answered 400")

    return deliver(delivery_id, stack.deliveries, send, now)


def shown_ids(**options: object) -> list[str]:
    return [each["delivery_id"] for each in deliveries(**options).document["deliveries"]]  # type: ignore[arg-type]


def test_what_is_on_its_way_and_what_was_given_up_is_shown_the_failed_first(stack: DeliveringStack) -> None:
    fail(stack, "email_1")
    fail(stack, "webhook_2", TransientFailure("answered 503"))
    answer = deliveries()
    assert shown_ids() == ["email_1", "webhook_0", "webhook_2"]
    assert answer.findings
    assert "`keepwell deliver again ID`" in shown(answer)
    assert "`keepwell deliver again --failed`" in " ".join(shown(answer).split())
    assert "answered 503" in shown(answer)
    assert shown_ids(failed=True) == ["email_1"]
    assert shown_ids(endpoint="slack") == ["webhook_2"]
    assert shown_ids(endpoint="mail") == ["email_1"]


def test_messages_to_one_endpoint_stand_together_under_what_became_of_them(stack: DeliveringStack) -> None:
    first = stack.deliveries.get("webhook_2")
    assert first is not None
    for number in range(3, 6):
        stack.deliveries.add(replace(first, delivery_id=f"webhook_{number}", revision=0))
    for number in range(2, 6):
        fail(stack, f"webhook_{number}", TransientFailure("answered 503"))
    lines = [line.rstrip() for line in shown(deliveries(endpoint="slack")).splitlines()]
    assert lines[0] == "slack: answered 503"
    assert lines[1].split("  ")[0] == "state"
    assert {line.split()[1] for line in lines[2:6]} == {f"webhook_{number}" for number in range(2, 6)}
    row = "waiting webhook_2 A-2 slack call 2026-11-21 12:00 2026-11-21 12:00 1"
    assert " ".join(lines[2].split()) == row
    assert len(lines) == 6


def test_where_nothing_is_wrong_it_says_so(stack: DeliveringStack) -> None:
    for each in stack.deliveries.all():
        deliver(each.delivery_id, stack.deliveries, lambda _: None, NOON)
    answer = deliveries()
    assert (answer.document, answer.findings) == ({"deliveries": []}, False)
    assert shown(answer).strip() == "Nothing is on its way, nothing was given up."


def test_what_was_given_up_is_sent_again_under_its_id_with_all_attempts(stack: DeliveringStack) -> None:
    """And tells who had it sent again."""
    fail(stack, "webhook_0")
    stack.clock.advance(timedelta(days=4))
    answer = deliver_again(["webhook_0"])
    assert not answer.findings
    assert stack.queues["webhook_deliveries"].messages == [{"delivery_id": "webhook_0"}]
    again = stack.deliveries.get("webhook_0")
    assert again is not None
    assert (again.state, again.due_at, again.tried) == (DeliveryState.WAITING, stack.clock.now(), 0)
    assert [attempt.outcome for attempt in again.attempts] == ["answered 400", "sent again by ann"]
    now = stack.clock.now()
    for made in range(1, 9):
        again = fail(stack, "webhook_0", TransientFailure("answered 503"), now)
        assert again.tried == made
        now = again.due_at
    assert again.state is DeliveryState.FAILED
    assert again.attempts[-1].outcome == "answered 503; gave up after 8 attempts"


def test_a_mail_goes_to_the_queue_of_mails(stack: DeliveringStack) -> None:
    fail(stack, "email_1")
    deliver_again(["email_1", "email_1"])
    assert stack.queues["email_deliveries"].messages == [{"delivery_id": "email_1"}]


def test_what_waits_to_be_tried_again_is_sent_now(stack: DeliveringStack) -> None:
    """Where the cause is mended, nobody has to wait for the hours of the schedule."""
    for tried in range(3):
        waiting = fail(stack, "webhook_2", TransientFailure("answered 503"), stack.clock.now())
        assert waiting.tried == tried + 1
        stack.clock.set(waiting.due_at)
    answer = deliver_again(["webhook_2"])
    assert not answer.findings
    assert stack.queues["webhook_deliveries"].messages == [{"delivery_id": "webhook_2"}]
    again = stack.deliveries.get("webhook_2")
    assert again is not None
    assert (again.due_at, again.tried, len(again.attempts)) == (stack.clock.now(), 0, 4)


def test_a_mail_that_waits_for_its_receivers_sake_is_left_alone(stack: DeliveringStack) -> None:
    """D6."""
    found = stack.deliveries.get("email_1")
    assert found is not None
    morning = NOON + timedelta(hours=20)
    told = "waits until 2026-11-22 08:00 (UTC): quiet hours"
    held = replace(found, due_at=morning, held_until=morning, put_off=told)
    stack.deliveries.put(held)
    [problem] = deliver_again(["email_1"]).document["problems"]
    assert problem["reason"] == "email_1: waits until 2026-11-22 08:00 (UTC): quiet hours"


def test_what_is_sent_again_in_quiet_hours_says_until_when_it_waits(stack: DeliveringStack) -> None:
    """D6: and with all that failed, how many do."""
    fail(stack, "webhook_0")
    quiet = QuietTimes(Calendar(quiet_from=time(20), quiet_to=time(8)), "Europe/Berlin")
    stack.deliveries.put(replace(fail(stack, "email_1"), quiet=quiet))
    stack.clock.advance(timedelta(hours=10))
    answer = deliver_again(["webhook_0", "email_1"])
    assert shown(answer).splitlines() == [
        "webhook_0: on its way to events again",
        "email_1: waits until 2026-11-23 08:00 (Europe/Berlin): quiet hours",
    ]
    [_, mail] = answer.document["again"]
    assert mail["due_at"] == "2026-11-23T07:00:00+00:00"
    stack.clock.advance(timedelta(hours=34))
    for delivery_id in ("webhook_0", "email_1"):
        fail(stack, delivery_id, now=stack.clock.now())
    stack.clock.advance(timedelta(hours=12))
    answer = deliver_again(failed=True)
    assert shown(answer).splitlines() == ["2 messages sent again.", "1 of them waits for quiet hours to end."]


def test_what_is_being_sent_was_called_off_or_is_not_there_is_not_sent_again(stack: DeliveringStack) -> None:
    """T3: what an exit called off stays so. The others are sent all the same."""
    cancel("webhook_2", stack.deliveries, NOON, "cancelled: the account left")
    fail(stack, "email_1")
    claim("webhook_0", stack.deliveries, NOON)
    answer = deliver_again(["webhook_0", "webhook_2", "webhook_9", "email_1"])
    assert answer.findings
    assert [each["reason"] for each in answer.document["problems"]] == [
        "webhook_0 is being sent",
        "webhook_2 was called off: cancelled: the account left",
        "there is no delivery 'webhook_9'; `keepwell deliveries` lists them",
    ]
    assert [each["delivery_id"] for each in answer.document["again"]] == ["email_1"]


def test_all_that_was_given_up_is_sent_again_at_once(stack: DeliveringStack) -> None:
    for delivery_id in ("webhook_0", "email_1", "webhook_2"):
        fail(stack, delivery_id)
    answer = deliver_again(failed=True, endpoint="slack")
    assert [each["delivery_id"] for each in answer.document["again"]] == ["webhook_2"]
    assert shown(answer).strip() == "1 message sent again."
    answer = deliver_again(failed=True)
    assert {each["delivery_id"] for each in answer.document["again"]} == {"webhook_0", "email_1"}
    assert shown(answer).strip() == "2 messages sent again."
    assert stack.queues["email_deliveries"].messages == [{"delivery_id": "email_1"}]
    answer = deliver_again(failed=True)
    assert (answer.document, answer.findings) == ({"again": [], "problems": []}, False)
    assert shown(answer).strip() == "0 messages sent again."


def test_what_is_to_be_sent_again_is_named_by_ids_or_is_all(stack: DeliveringStack) -> None:
    fail(stack, "webhook_0")
    with pytest.raises(RejectedInput, match="by their ids, or say --failed"):
        deliver_again()
    with pytest.raises(RejectedInput, match="by their ids, or say --failed"):
        deliver_again(["webhook_0"], failed=True)
    with pytest.raises(RejectedInput, match="goes with --failed"):
        deliver_again(["webhook_0"], endpoint="events")
    with pytest.raises(RejectedInput, match="no endpoint 'slcak'"):
        deliver_again(failed=True, endpoint="slcak")
    assert shown_ids(failed=True) == ["webhook_0"]


def test_an_endpoint_that_is_gone_is_shown_and_enabled_by_hand(stack: DeliveringStack) -> None:
    known = Endpoints(stack.control)
    known.change("slack", lambda circuit: circuit.answered(EndpointGone("answered 410"), NOON, NOON))
    known.change("events", lambda circuit: circuit.answered(None, NOON, NOON))
    answer = endpoints()
    assert answer.findings
    told = {each["endpoint"]: (each["condition"], each["problem"]) for each in answer.document["endpoints"]}
    assert told == {"events": ("fine", None), "slack": ("disabled", "answered 410")}
    assert "answered 410" in shown(answer)
    enabled = endpoints(enable="slack")
    assert not enabled.findings
    told_after = {each["endpoint"]: each for each in enabled.document["endpoints"]}
    assert told_after["slack"]["condition"] == "unused"
    assert told_after["slack"]["enabled"] == "ann at 2026-11-21T12:00:00+00:00"


def test_enabling_an_endpoint_sends_what_waits_for_it(stack: DeliveringStack) -> None:
    """Not when the next try of each is due, which may be hours away; and nothing else's."""
    fail(stack, "webhook_2", TransientFailure("answered 503"))
    fail(stack, "webhook_0", TransientFailure("answered 503"))
    answer = endpoints(enable="slack")
    assert answer.document["again"] == ["webhook_2"]
    assert "1 message that waited goes now." in shown(answer)
    assert stack.queues["webhook_deliveries"].messages == [{"delivery_id": "webhook_2"}]
    again = stack.deliveries.get("webhook_2")
    assert again is not None
    assert (again.due_at, again.put_off, again.tried) == (NOON, "", 0)
    assert endpoints().document["again"] == []


def test_an_endpoint_that_is_not_there_is_refused(stack: DeliveringStack) -> None:
    """Misspelt, it is not taken for one to which nothing is on its way."""
    for wrong in ("slcak", ""):
        with pytest.raises(RejectedInput, match=f"no endpoint '{wrong}'; known: events, slack"):
            endpoints(enable=wrong)
        with pytest.raises(RejectedInput, match=f"no endpoint '{wrong}'; known: events, mail, slack"):
            deliveries(endpoint=wrong)


def test_what_was_given_up_of_an_endpoint_that_the_playbook_has_no_more_is_shown(
    stack: DeliveringStack,
) -> None:
    stack.playbooks.active = replace(stack.playbooks.active, endpoints={})
    assert shown_ids(endpoint="slack") == ["webhook_2"]


def test_the_verbs_answer_as_documented(stack: DeliveringStack) -> None:
    fail(stack, "webhook_0")
    documented = {verb: ANSWERS[verb]["document"] for verb in ("deliveries", "deliver again", "endpoints")}
    assert deliveries().document["deliveries"][0].keys() == documented["deliveries"]["deliveries"][0].keys()
    assert endpoints().document["endpoints"][0].keys() == documented["endpoints"]["endpoints"][0].keys()
    again = deliver_again(["webhook_0"]).document
    assert again.keys() == documented["deliver again"].keys()
    assert again["again"][0].keys() == documented["deliver again"]["again"][0].keys()
