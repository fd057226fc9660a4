"""A queued delivery is posted to its endpoint, and its row tells what came of it (reliability T2, T6, T7)."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from standardwebhooks.webhooks import Webhook

from keepwell.deliveries import LEASE, Channel, DeliveryState, wait_after
from keepwell.in_memory import FixedClock
from keepwell_aws.deliveries import DynamoDeliveries
from tests.adapters.receiver import Request, closed_port, receiver
from tests.aws_tables import Names
from tests.crashes import Fault, enumerate_faults
from tests.functions.delivering import became, impatient_playbook, interruptions, messages, set_up, store
from tests.functions.invoking import (
    PERSONAL,
    Log,
    deliver,
    failures,
    forget_builds,
    invoke,
    of_messages,
    sample_event,
)

NAME = "deliver_webhook"
SECRET = "whsec_" + "a2VlcHdlbGwta2VlcHdlbGwta2VlcHdlbGwt"
BODY = f'{{"type":"health.became_poor","data":{{"name":"{PERSONAL[0]}"}}}}'
TEN = [f"webhook_{number}" for number in range(10)]


def taken(request: Request) -> None:
    request.answer(204)


def hang(request: Request) -> None:
    request.server.released.wait()


def status(code: int, **headers: str) -> Callable[[Request], None]:
    return lambda request: request.answer(code, b"busy", **headers)


def post(stack: Names, behaviour: Callable[[Request], None], delivery_id: str = "webhook_1") -> list[str]:
    """Post one delivery to an endpoint that behaves so; the ids that the endpoint saw."""
    forget_builds()  # a warm function keeps an endpoint's address for five minutes
    with receiver(behaviour) as server:
        set_up("events", f"http://127.0.0.1:{server.port}/", SECRET)
        assert failures(invoke(NAME, messages(NAME, [delivery_id]))) == []
        return [received.headers["webhook-id"] for received in server.received]


def test_a_webhook_arrives_once_signed_and_its_row_says_so(stack: Names, log: Log, clock: FixedClock) -> None:
    delivery_id = "webhook_0a1b2c3d4e5f60718293"
    store(stack, delivery_id, Channel.WEBHOOK, "events", body=BODY)
    with receiver(taken) as server:
        set_up("events", f"http://127.0.0.1:{server.port}/hook", SECRET)
        for _ in range(3):
            assert failures(invoke(NAME, sample_event(NAME, "one_delivery"))) == []
    [request] = server.received
    assert (request.headers["webhook-id"], request.body) == (delivery_id, BODY.encode())
    assert request.headers["webhook-signature"] == Webhook(SECRET).sign(delivery_id, clock.now(), BODY)
    assert became(stack, delivery_id) == ("sent", "sent")
    assert {entry["delivery_id"] for entry in log.entries()} == {delivery_id}


def test_one_poison_message_among_ten_is_reported_alone(stack: Names) -> None:
    """R2."""
    for delivery_id in TEN:
        store(stack, delivery_id, Channel.WEBHOOK, "events")
    bodies = [{"delivery_id": delivery_id} for delivery_id in TEN]
    event = of_messages(NAME, "one_delivery", *bodies[:4], "no JSON", *bodies[5:])
    with receiver(taken) as server:
        set_up("events", f"http://127.0.0.1:{server.port}/", SECRET)
        assert failures(invoke(NAME, event)) == ["4"]
    assert [became(stack, delivery_id)[0] for delivery_id in TEN] == ["sent"] * 4 + ["waiting"] + ["sent"] * 5


def test_500_twice_and_then_200_arrives_on_schedule(stack: Names, clock: FixedClock) -> None:
    """T6: the same id each time; a message that comes early does nothing."""
    store(stack, "webhook_1", Channel.WEBHOOK, "events")
    for wait in (wait_after("webhook_1", 1), wait_after("webhook_1", 2)):
        assert post(stack, status(500)) == ["webhook_1"]
        assert became(stack, "webhook_1") == ("waiting", "127.0.0.1 answered 500: busy")
        clock.advance(wait - timedelta(seconds=1))
        assert post(stack, taken) == []
        clock.advance(timedelta(seconds=1))
    assert post(stack, taken) == ["webhook_1"]
    assert became(stack, "webhook_1") == ("sent", "sent")


def test_one_that_never_answers_waits_and_does_not_keep_another_back(stack: Names) -> None:
    """T7."""
    impatient_playbook(stack)
    store(stack, "webhook_hung", Channel.WEBHOOK, "events")
    store(stack, "webhook_fine", Channel.WEBHOOK, "slack", body='{"text":"hello"}')
    with receiver(hang) as silent, receiver(taken) as fine:
        set_up("events", f"http://127.0.0.1:{silent.port}/", SECRET)
        set_up("slack", f"http://127.0.0.1:{fine.port}/")
        assert failures(invoke(NAME, messages(NAME, ["webhook_hung", "webhook_fine"]))) == []
    assert became(stack, "webhook_hung") == ("waiting", "127.0.0.1 gave no answer within 1 s")
    assert became(stack, "webhook_fine")[0] == "sent"


@pytest.mark.parametrize(
    ("answer", "state", "said"),
    [
        (status(410), "failed", "the endpoint is gone for good; give it a new address or remove it"),
        (status(400), "failed", "mend the endpoint's address, secret or message"),
        (status(302, location="http://127.0.0.1/"), "waiting", "a redirect is not followed"),
        (status(503), "waiting", "answered 503"),
    ],
    ids=["410", "400", "302", "503"],
)
def test_an_answer_says_whether_it_is_tried_again(
    stack: Names, answer: Callable[[Request], None], state: str, said: str
) -> None:
    store(stack, "webhook_1", Channel.WEBHOOK, "events")
    assert post(stack, answer) == ["webhook_1"]
    became_state, outcome = became(stack, "webhook_1")
    assert (became_state, said in outcome) == (state, True), outcome


def test_a_message_that_comes_too_fast_waits_and_spends_no_attempt(stack: Names, clock: FixedClock) -> None:
    """T6: nor do others go meanwhile."""
    for delivery_id in ("webhook_1", "webhook_2"):
        store(stack, delivery_id, Channel.WEBHOOK, "events")
    assert post(stack, status(429, retry_after="600")) == ["webhook_1"]
    found = DynamoDeliveries(stack.table("deliveries")).get("webhook_1")
    assert found
    assert (found.state, found.attempts) == (DeliveryState.WAITING, ())
    assert found.put_off == "127.0.0.1 answered 429: busy"
    assert found.due_at == clock.now() + timedelta(minutes=10)
    assert post(stack, taken, "webhook_2") == []
    clock.advance(timedelta(minutes=11))
    assert post(stack, taken) == ["webhook_1"]


def test_an_endpoint_that_is_not_set_up_waits_and_says_the_command(stack: Names, clock: FixedClock) -> None:
    store(stack, "webhook_1", Channel.WEBHOOK, "events")
    assert failures(invoke(NAME, messages(NAME, ["webhook_1"]))) == []
    state, outcome = became(stack, "webhook_1")
    assert state == "waiting"
    assert outcome == (
        "endpoint 'events' is not set up. Run: aws ssm put-parameter --overwrite --type SecureString "
        '--name \'/keepwell/Test/endpoints/events\' --value \'{"url": "https://…", "secret": "whsec_…"}\''
    )
    clock.advance(wait_after("webhook_1", 1))
    assert post(stack, taken) == ["webhook_1"]


def test_nobody_listening_waits(stack: Names) -> None:
    store(stack, "webhook_1", Channel.WEBHOOK, "events")
    set_up("events", f"http://127.0.0.1:{closed_port()}/", SECRET)
    invoke(NAME, messages(NAME, ["webhook_1"]))
    state, outcome = became(stack, "webhook_1")
    assert (state, "could not be reached" in outcome) == ("waiting", True)


def test_killed_at_any_call_no_webhook_is_lost_and_a_second_one_is_told(
    stack: Names, clock: FixedClock
) -> None:
    """T2: one arrives twice only if the sender died before it recorded what came of it: with the same id,
    which receivers of Standard Webhooks know it by, and the attempts show it."""
    with receiver(taken) as server:
        set_up("events", f"http://127.0.0.1:{server.port}/", SECRET)

        def story(name: str, place: int | None, fault: Fault) -> list[str]:
            forget_builds()  # cold: the endpoint's parameter is read
            store(stack, name, Channel.WEBHOOK, "events")
            event = messages(NAME, [name])
            made = deliver(NAME, event, place, fault)
            deliver(NAME, event)
            clock.advance(LEASE)
            invoke(NAME, event)
            invoke(NAME, event)
            assert became(stack, name) == ("sent", "sent")
            twice = (place, fault) in WINDOW
            assert [received.headers["webhook-id"] for received in server.received].count(name) == 1 + twice
            assert interruptions(stack, name) >= twice
            return made

        made = enumerate_faults(story, acts_elsewhere=True)
    read, write = "dynamodb:GetItem", "dynamodb:UpdateItem"
    takes_a_place, gives_it_back = [read, write], [read, write]
    reads_the_clock = [read]
    assert made == [
        *(read, read, *takes_a_place, write, read, "ssm:GetParameter"),
        *(*reads_the_clock, write, *gives_it_back),
    ]


# The faults that come after the POST (there is no call of AWS for it) and before that is stored; the clock is
# read there, which is a call on a practice stack only.
WINDOW = [(7, "before"), (7, "after"), (7, "throttled"), (8, "before"), (8, "throttled")]
