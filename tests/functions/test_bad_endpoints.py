"""Bad endpoints through the function, with receivers on the machine itself: each ends as specified, and a
good one gets every message with the first attempt (reliability T6, T7, section 6 "SSRF")."""

from datetime import timedelta

import boto3
import pytest

from keepwell.deliveries import Channel, DeliveryState, wait_after
from keepwell.deliveries.endpoints import FAILURES, Condition
from keepwell.deliveries.posts import Endpoints
from keepwell.in_memory import FixedClock
from keepwell_aws.control import DynamoControl
from keepwell_aws.deliveries import DynamoDeliveries
from keepwell_aws.wakes import DynamoWakes
from keepwell_aws.work import DynamoWork
from tests.adapters.receiver import receiver
from tests.aws_tables import Names
from tests.functions.delivering import became, impatient_playbook, messages, set_up, store
from tests.functions.invoking import failures, forget_builds, invoke, queued, sample_event
from tests.functions.test_deliver_webhook import NAME, SECRET, hang, post, status, taken
from tests.story import standard_playbook

EACH = 8
BAD = ("hangs", "gone", "private", "redirects")


def batch_of(stack: Names, endpoints: tuple[str, ...]) -> list[str]:
    """So many messages to each endpoint, in turns."""
    names = [f"{endpoint}_{number}" for number in range(EACH) for endpoint in endpoints]
    for name in names:
        store(stack, name, Channel.WEBHOOK, name.partition("_")[0])
    return names


def states(stack: Names, endpoint: str) -> set[str]:
    return {became(stack, f"{endpoint}_{number}")[0] for number in range(EACH)}


def endpoints_of(stack: Names) -> Endpoints:
    return Endpoints(DynamoControl(stack.table("control")))


def test_a_good_endpoint_gets_every_message_at_once_among_four_bad_ones(
    stack: Names, clock: FixedClock
) -> None:
    impatient_playbook(stack, "good", *BAD)
    forget_builds()
    names = batch_of(stack, ("good", *BAD))
    with receiver(taken) as good, receiver(hang) as silent, receiver(status(410)) as gone:
        redirect = status(302, location="http://169.254.169.254/latest/meta-data/")
        with receiver(redirect) as moved:
            places = {"good": good, "hangs": silent, "gone": gone, "redirects": moved}
            for endpoint, server in places.items():
                set_up(endpoint, f"http://127.0.0.1:{server.port}/", SECRET)
            set_up("private", "https://10.0.0.7/", SECRET)
            assert failures(invoke(NAME, messages(NAME, names))) == []
    seen = {endpoint: len(server.received) for endpoint, server in places.items()}
    assert seen == {"good": EACH, "hangs": FAILURES, "gone": 1, "redirects": FAILURES}
    assert [received.headers["webhook-id"] for received in good.received] == names[::5]
    assert states(stack, "good") == {"sent"}
    assert states(stack, "gone") == {"failed"}
    assert states(stack, "hangs") == states(stack, "private") == states(stack, "redirects") == {"waiting"}
    conditions = {each: endpoints_of(stack).get(each).condition(clock.now()) for each in ("good", *BAD)}
    assert conditions == dict.fromkeys(BAD, Condition.RESTING) | {
        "good": Condition.FINE,
        "gone": Condition.DISABLED,
    }


def test_what_rests_is_put_off_without_an_attempt_and_says_why(stack: Names, clock: FixedClock) -> None:
    impatient_playbook(stack)
    names = [f"webhook_{number}" for number in range(FAILURES + 1)]
    for name in names:
        store(stack, name, Channel.WEBHOOK, "events")
    with receiver(status(503)) as server:
        set_up("events", f"http://127.0.0.1:{server.port}/", SECRET)
        invoke(NAME, messages(NAME, names))
    last = DynamoDeliveries(stack.table("deliveries")).get(names[-1])
    assert last is not None
    assert (last.state, last.attempts) == (DeliveryState.WAITING, ())
    assert last.put_off == "events rests; its last failure: 127.0.0.1 answered 503: busy"
    clock.set(last.due_at)
    assert post(stack, taken, names[-1]) == [names[-1]]
    stored = DynamoDeliveries(stack.table("deliveries")).get(names[-1])
    assert stored is not None
    assert (stored.state, stored.put_off) == (DeliveryState.SENT, "")


def test_a_short_wait_is_the_queues_and_a_long_one_the_minute_ticks(stack: Names, clock: FixedClock) -> None:
    """T6: so the attempt after five seconds does not come after a minute."""
    store(stack, "webhook_1", Channel.WEBHOOK, "events")
    url = stack.queues["webhook_deliveries"]
    for tried in (1, 2):
        post(stack, status(500))
        counts = boto3.client("sqs").get_queue_attributes(QueueUrl=url, AttributeNames=["All"])["Attributes"]
        assert counts["ApproximateNumberOfMessagesDelayed"] == str(tried)
        clock.advance(wait_after("webhook_1", tried))
    post(stack, status(500))
    counts = boto3.client("sqs").get_queue_attributes(QueueUrl=url, AttributeNames=["All"])["Attributes"]
    assert counts["ApproximateNumberOfMessagesDelayed"] == "2"
    assert list(queued(url)) == []


@pytest.mark.parametrize("code", [410, 400])
def test_a_message_that_is_given_up_has_the_operator_told(stack: Names, clock: FixedClock, code: int) -> None:
    for number in range(2):
        store(stack, f"webhook_{number}", Channel.WEBHOOK, "events")
        post(stack, status(code), f"webhook_{number}")
    [wake] = DynamoWakes(stack.table("deliveries")).due(clock.now())
    assert (wake.wake_id, wake.account_id) == (f"endpoint/events/{clock.now().date()}", "A-001")
    assert wake.content["delivery_id"] == "webhook_0"
    assert f"answered {code}" in wake.content["outcome"]


def test_the_minute_tick_makes_one_task_of_what_was_given_up_on_a_day(
    stack: Names, clock: FixedClock
) -> None:
    """T6, T7: whatever account the messages were about, and however often it is told."""
    work = DynamoWork(stack.table("work"))
    for number in range(3):
        store(stack, f"webhook_{number}", Channel.WEBHOOK, "events")
        post(stack, status(400), f"webhook_{number}")
        clock.advance(timedelta(minutes=1))
        invoke("wake_due", sample_event("wake_due", "minute_tick"))
    [task] = work.tasks()
    assert (task.account_id, task.title) == ("A-001", "Messages to events do not arrive")
    assert task.assignee == standard_playbook().owner
    assert "keepwell deliveries --failed --endpoint events" in task.description
    assert list(DynamoWakes(stack.table("deliveries")).due(clock.now() + timedelta(days=9))) == []
    clock.advance(timedelta(days=1))
    store(stack, "webhook_9", Channel.WEBHOOK, "events")
    post(stack, status(400), "webhook_9")
    invoke("wake_due", sample_event("wake_due", "minute_tick"))
    assert len(list(work.tasks())) == 2


def test_a_message_that_is_tried_again_has_nobody_told(stack: Names, clock: FixedClock) -> None:
    store(stack, "webhook_1", Channel.WEBHOOK, "events")
    post(stack, status(500))
    assert list(DynamoWakes(stack.table("deliveries")).due(clock.now() + timedelta(days=1))) == []


def test_an_endpoint_that_is_enabled_again_is_posted_to(stack: Names) -> None:
    store(stack, "webhook_1", Channel.WEBHOOK, "events")
    post(stack, status(410))
    store(stack, "webhook_2", Channel.WEBHOOK, "events")
    assert post(stack, taken, "webhook_2") == []
    endpoints_of(stack).enable("events", "ann")
    store(stack, "webhook_3", Channel.WEBHOOK, "events")
    assert post(stack, taken, "webhook_3") == ["webhook_3"]
    assert [became(stack, f"webhook_{number}")[0] for number in (1, 2, 3)] == ["failed", "failed", "sent"]
