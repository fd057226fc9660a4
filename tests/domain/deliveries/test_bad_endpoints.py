"""Bad endpoints end as specified and delay no other (reliability T6, T7), in a pool of workers in simulated
time: one that hangs, one that is down for a day, one that is gone, one at a private address and one that
redirects."""

from collections import Counter
from dataclasses import replace
from datetime import datetime, timedelta
from itertools import zip_longest

import pytest

from infra import system
from infra.vocabulary import OnQueue
from keepwell.deliveries import DeliveryState
from keepwell.deliveries.endpoints import IN_FLIGHT, ON_TRIAL, Circuit, Condition, EndpointGone
from keepwell.deliveries.gates import PutOff, Throttled
from keepwell.deliveries.operator_tasks import OperatorTasks
from keepwell.deliveries.schedule import ATTEMPTS, PATIENCE
from keepwell.errors import ConfigurationError, KeepwellError, TransientFailure
from keepwell.in_memory import InMemoryDeliveries, InMemoryWork
from tests.domain.deliveries.pool import Pool, Receiver, told_by
from tests.story import NOON, standard_playbook

assert isinstance(system.DELIVER_WEBHOOK.wakes, OnQueue)
WORKERS = system.DELIVER_WEBHOOK.wakes.at_once
QUICK, TIME_OUT = timedelta(milliseconds=100), timedelta(seconds=15)
DAY = timedelta(days=1)


def answering(lasts: timedelta, error: KeepwellError | None = None) -> Receiver:
    return lambda _: (lasts, error)


def down_for_a_day(at: datetime) -> tuple[timedelta, KeepwellError | None]:
    return QUICK, TransientFailure("connection refused") if at < NOON + DAY else None


BAD: dict[str, Receiver] = {
    "hangs": answering(TIME_OUT, TransientFailure("no answer within 15 s")),
    "down": down_for_a_day,
    "gone": answering(QUICK, EndpointGone("answered 410")),
    "private": answering(timedelta(), ConfigurationError("10.0.0.7 is not a public address")),
    "redirects": answering(QUICK, ConfigurationError("answered 302: a redirect is not followed")),
}
GOOD = {"good": answering(QUICK)}


def pool_of(good: int, bad: int) -> Pool:
    """A pool in which so many messages to each endpoint come at one moment, in turns."""
    pool = Pool({**GOOD, **BAD}, WORKERS)
    of_good = [("good", f"good_{number}") for number in range(good)]
    of_bad = [(name, f"{name}_{number}") for number in range(bad) for name in BAD]
    for pair in zip_longest(of_good, of_bad):
        for found in filter(None, pair):
            pool.add(*found)
    return pool


def last_good(pool: Pool) -> timedelta:
    return max(at for name, at in pool.finished.items() if name.startswith("good_")) - NOON


def test_a_thousand_messages_to_a_good_endpoint_are_not_delayed_by_five_bad_ones() -> None:
    """T7: each arrives with its first attempt, and the last as soon as it would without the bad ones: no bad
    endpoint ever holds more than its share of the workers."""
    alone, among = pool_of(1_000, 0), pool_of(1_000, 200)
    for pool in (alone, among):
        pool.run(NOON + timedelta(minutes=10))
        good = [each for each in pool.deliveries.all() if each.to == "good"]
        assert Counter((each.state, len(each.attempts)) for each in good) == {(DeliveryState.SENT, 1): 1_000}
        assert pool.posts["good"] == 1_000
    assert max(among.held.values()) <= IN_FLIGHT
    assert 2 * IN_FLIGHT < WORKERS
    assert last_good(among) <= 1.25 * last_good(alone) + timedelta(seconds=10)
    assert among.posts["hangs"] <= 2 * IN_FLIGHT + 10


@pytest.mark.parametrize("receiver", [BAD["hangs"], answering(TIME_OUT - QUICK)], ids=["hang", "are slow"])
@pytest.mark.parametrize(("bad", "late"), [(3, timedelta()), (10, TIME_OUT)])
def test_however_many_endpoints_hang_or_are_slow_the_others_have_workers(
    receiver: Receiver, bad: int, late: timedelta
) -> None:
    """T7: only what more than six of them hold at their very first post is not known of them before."""
    names = [f"bad_{number}" for number in range(bad)]
    pool = Pool({**GOOD, **dict.fromkeys(names, receiver)}, WORKERS)
    for number in range(200):
        for name in (*names, "good"):
            pool.add(name, f"{name}_{number}")
    pool.run(NOON + timedelta(minutes=5))
    assert last_good(pool) <= late + timedelta(seconds=15)
    assert max(pool.held.values()) <= IN_FLIGHT


def test_a_slow_endpoint_that_answers_well_gets_a_burst_as_fast_as_its_places_allow() -> None:
    """And what waits for a place asks for it the less often the longer it waits."""
    pool = Pool({**GOOD, "slow": answering(timedelta(seconds=4))}, WORKERS)
    for number in range(100):
        pool.add("slow", f"slow_{number}")
    pool.run(NOON + timedelta(hours=1))
    assert max(pool.finished.values()) - NOON <= timedelta(minutes=3)
    assert pool.looks <= 25 * 100


def test_endpoints_on_trial_share_the_places_of_one(after_days: Pool) -> None:
    assert not after_days.endpoints.get(ON_TRIAL).under_way
    circuit = Circuit()
    for number in range(IN_FLIGHT):
        after = circuit.in_turn("events", f"w{number}", NOON)
        assert isinstance(after, Circuit)
        circuit = after
    answer = circuit.in_turn("events", "late", NOON)
    assert isinstance(answer, PutOff)
    assert answer.why == "events fails or is slow, as others are: they take turns"
    assert isinstance(circuit.freed("w1").in_turn("events", "late", NOON), Circuit)


def one_a_second() -> Receiver:
    """Takes one post in each second, and says so to the others."""
    taken = set[datetime]()

    def receive(at: datetime) -> tuple[timedelta, KeepwellError | None]:
        second = at.replace(microsecond=0)
        if second in taken:
            return QUICK, Throttled("answered 429", retry_after=timedelta(seconds=1))
        taken.add(second)
        return QUICK, None

    return receive


def test_a_receiver_that_takes_one_a_second_gets_all_without_a_failed_attempt() -> None:
    """T6: as Slack does. It is no failure of a message that others came before it."""
    pool = Pool({"slack": one_a_second()}, WORKERS)
    for number in range(300):
        pool.add("slack", f"slack_{number}")
    pool.run(NOON + timedelta(hours=2))
    assert {(each.state, len(each.attempts)) for each in pool.deliveries.all()} == {(DeliveryState.SENT, 1)}
    assert max(pool.finished.values()) - NOON <= timedelta(minutes=20)
    assert pool.posts["slack"] <= 3 * 300
    assert pool.endpoints.get("slack").condition(pool.now) is Condition.FINE


@pytest.fixture(scope="module")
def after_days() -> Pool:
    pool = pool_of(50, 40)
    pool.run(NOON + timedelta(days=5))
    return pool


@pytest.mark.parametrize(
    ("endpoint", "state"),
    [
        ("good", DeliveryState.SENT),
        ("down", DeliveryState.SENT),
        ("hangs", DeliveryState.FAILED),
        ("gone", DeliveryState.FAILED),
        ("private", DeliveryState.FAILED),
        ("redirects", DeliveryState.FAILED),
    ],
)
def test_every_message_ends(after_days: Pool, endpoint: str, state: DeliveryState) -> None:
    """T6: none is lost, none is tried for ever: bounded attempts, and three days at most."""
    ended = [each for each in after_days.deliveries.all() if each.to == endpoint]
    assert {each.state for each in ended} == {state}
    for each in ended:
        assert 1 <= len(each.attempts) <= ATTEMPTS + 1
        assert each.attempts[-1].at - NOON <= PATIENCE + timedelta(hours=12)
        assert each.attempts[-1].outcome


def test_one_that_is_down_for_a_day_gets_everything_within_an_hour_of_its_return(after_days: Pool) -> None:
    last = max(at for name, at in after_days.finished.items() if name.startswith("down_"))
    assert DAY < last - NOON < DAY + timedelta(hours=1)
    assert after_days.endpoints.get("down").condition(after_days.now) is Condition.FINE


def test_what_is_gone_is_asked_once_by_each_worker_at_most(after_days: Pool) -> None:
    """410: the rest fail without a post, and say how to go on."""
    assert after_days.posts["gone"] <= IN_FLIGHT
    assert after_days.endpoints.get("gone").condition(after_days.now) is Condition.DISABLED
    refused = [each for each in after_days.deliveries.all() if each.to == "gone"][-1]
    assert "keepwell endpoints --enable gone" in refused.attempts[-1].outcome
    assert f"keepwell deliver again {refused.delivery_id}" in refused.attempts[-1].outcome


def test_the_operator_gets_one_task_for_each_bad_endpoint_and_day(after_days: Pool) -> None:
    """And one more where that was closed when something failed again."""
    work, playbook = InMemoryWork(), standard_playbook()
    mails = InMemoryDeliveries()
    notices = told_by(mails, work, after_days.control, playbook.owner)
    operator = OperatorTasks(work, after_days.control, notices, lambda: playbook)
    wakes = after_days.wakes.all()
    for wake in wakes * 2:
        operator.carry_out(wake, after_days.now)
    tasks = list(work.tasks())
    assert len(tasks) == len(wakes) == len({(wake.content["endpoint"], wake.due_at.date()) for wake in wakes})
    assert {wake.content["endpoint"] for wake in wakes} == {"hangs", "gone", "private", "redirects"}
    assert {task.assignee for task in tasks} == {playbook.owner}
    assert all("keepwell deliveries --failed --endpoint" in task.description for task in tasks)
    first = replace(
        tasks[0], facts=replace(tasks[0].facts, values={**tasks[0].facts.values, "Status": "Completed"})
    )
    work.change_task(first)
    for wake in wakes * 2:
        operator.carry_out(wake, after_days.now)
    [anew] = [task for task in work.tasks() if task.task_id == f"{first.task_id}/2"]
    assert (anew.title, anew.is_open, len(list(work.tasks()))) == (first.title, True, len(tasks) + 1)
    tasks.append(anew)
    told = sorted((each.to, each.subject) for each in mails.all())
    assert told == sorted((playbook.owner, f"New task: {task.title}") for task in tasks)
