"""Plays with steps, their functions killed at every call (PLY-01, T1 to T3): no step twice, none lost."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from keepwell.accounts import Account, Change, merge
from keepwell.attributes import standard_catalogue
from keepwell.criteria import parse
from keepwell.errors import ConfigurationError
from keepwell.evaluation import evaluate
from keepwell.in_memory import FixedClock
from keepwell.playbook import Playbook
from keepwell.plays.play import Deeds, TouchpointAction
from keepwell.plays.steps import Branch, Wait
from keepwell.tasks import PlayRun, RunState
from keepwell.wakes import Wake
from keepwell.waking import MOST_ATTEMPTS
from keepwell_aws.accounts import DynamoAccounts
from keepwell_aws.deliveries import DynamoDeliveries
from keepwell_aws.history import DynamoHistory
from keepwell_aws.playbooks import ActivePlaybook
from keepwell_aws.touchpoints import DynamoTouchpoints
from keepwell_aws.wakes import DynamoWakes
from keepwell_aws.work import DynamoWork
from tests.aws_tables import Names
from tests.crashes import Fault, enumerate_faults
from tests.domain.plays.entering import alone, mail, play, playbook, tasks
from tests.functions.invoking import Context, Log, deliver, invoke, of_changes, queued, sample_event
from tests.functions.stepping import waiting
from tests.story import NOON, account

LAUNCH, CASE = "launch_plays", "pending_transitions"
WAKE, TICK = "wake_due", sample_event("wake_due", "minute_tick")
ACTS = Deeds(
    tasks=tasks("write").tasks,
    emails=(mail("news"),),
    touchpoints=(TouchpointAction("Call", "Tried"),),
    add_tags=("chased",),
    starts=("more",),
)
CHASE = play(
    "chase",
    steps=(
        tasks("call"),
        Wait(days=3),
        Branch(parse("Active Users < 10", standard_catalogue()), (ACTS,)),
        Wait(days=3),
        tasks("last"),
    ),
)
PLAYBOOK = playbook(CHASE, alone("more", steps=(tasks("one"), Wait(days=3), tasks("two"))))
RUN = "chase/quiet/1/entered"


@pytest.fixture
def town(stack: Names, monkeypatch: pytest.MonkeyPatch) -> "Town":
    monkeypatch.setattr(ActivePlaybook, "get", lambda _: PLAYBOOK)
    monkeypatch.setattr(ActivePlaybook, "of", lambda _, __: PLAYBOOK)
    return Town(stack)


class Town:
    """What a test looks at."""

    def __init__(self, stack: Names):
        self.stack = stack
        self.work = DynamoWork(stack.table("work"))
        self.wakes = DynamoWakes(stack.table("deliveries"))
        self.deliveries = DynamoDeliveries(stack.table("deliveries"))
        self.accounts = DynamoAccounts(stack.table("accounts"))

    def tell(self, name: str, active_users: int, clock: FixedClock) -> None:
        """A drop of its own tells how many are active, and the account is judged."""
        found, now = self.accounts.get(name), clock.now()
        before = found.facts if found else replace(account(name).facts, revision=0)
        values = {"Active Users": active_users}
        drop = f"drop-{name}-{active_users}"
        facts = merge(before, Change(name, values, "csv:accounts", now, now.date(), drop), PLAYBOOK.catalogue)
        assert facts is not None
        self.accounts.put_facts(facts)
        self.accounts.put_standing(evaluate(self.known(name), PLAYBOOK, now).standing)

    def known(self, name: str) -> Account:
        found = self.accounts.get(name)
        assert found is not None
        return found

    def run(self, name: str, run_id: str = RUN) -> PlayRun:
        found = self.work.run(name, run_id)
        assert found is not None
        return found

    def titles(self, name: str) -> list[str]:
        return sorted(task.title for task in self.work.tasks(name))

    def open_messages(self, name: str) -> list[str]:
        """Those that were queued and are still to go, taken from their queue."""
        ids = {message["delivery_id"] for message in queued(self.stack.queues["email_deliveries"])}
        found = [self.deliveries.get(each) for each in sorted(ids)]
        return [each.subject for each in found if each and each.account_id == name and each.open]


def test_a_launch_that_comes_to_a_wait_is_told_and_woken_once(town: Town, clock: FixedClock) -> None:
    name = "A-001"
    town.tell(name, 5, clock)
    event = of_changes(LAUNCH, CASE, [name])

    def story(_: str, place: int | None, fault: Fault) -> list[str]:
        made = deliver(LAUNCH, event, place, fault)
        invoke(LAUNCH, event)
        run = town.run(name)
        assert (run.state, run.place) == (RunState.WAITING, "2")
        assert town.titles(name) == ["call"]
        [wake] = town.wakes.due(NOON + timedelta(days=99))
        assert wake.content == {"run": RUN, "place": "2"}
        assert town.known(name).standing.pending == ()  # type: ignore[union-attr]
        return made

    enumerate_faults(story)


def test_a_launch_ends_by_the_playbook_it_began_with_though_another_is_applied(
    town: Town, clock: FixedClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    """T1: the actions at the same places are others, and so are the places of what waits."""
    old = playbook(play("chase", steps=(tasks("a", "b"), Wait(days=3), tasks("c"))))
    new = replace(old, version="new", plays=(play("chase", steps=(tasks("b", "a", "d"), tasks("e"))),))
    books = {book.version: book for book in (old, new)}
    name, event = "A-001", of_changes(LAUNCH, CASE, ["A-001"])
    town.tell(name, 5, clock)
    monkeypatch.setattr(ActivePlaybook, "of", lambda _, version: books[version])

    def story(_: str, place: int | None, fault: Fault) -> list[str]:
        monkeypatch.setattr(ActivePlaybook, "get", lambda _: old)
        made = deliver(LAUNCH, event, place, fault)
        monkeypatch.setattr(ActivePlaybook, "get", lambda _: new)
        invoke(LAUNCH, event)
        invoke(LAUNCH, event)
        run = town.run(name)
        began_with_old = run.playbook == old.version
        assert town.titles(name) == (["a", "b"] if began_with_old else ["a", "b", "d", "e"])
        assert run.state is (RunState.WAITING if began_with_old else RunState.DONE)
        assert town.known(name).standing.pending == ()  # type: ignore[union-attr]
        return made

    enumerate_faults(story)


def test_what_follows_a_wait_is_done_once(town: Town, clock: FixedClock) -> None:
    """A condition, a task, a mail, a touchpoint, a tag, another play with a wait of its own, and the next
    wait."""

    name = "A-001"
    town.tell(name, 5, clock)
    invoke(LAUNCH, of_changes(LAUNCH, CASE, [name]))

    def story(_: str, place: int | None, fault: Fault) -> list[str]:
        clock.set(NOON + timedelta(days=3))
        made = deliver(WAKE, TICK, place, fault)
        for minutes in (2, 4):
            clock.set(NOON + timedelta(days=3, minutes=minutes))
            invoke(WAKE, TICK)
        assert town.titles(name) == ["call", "one", "write"]
        assert town.open_messages(name) == ["news"]
        facts = town.known(name).facts
        assert facts.values["Tags"] == ("chased",)
        assert facts.values["Last Touch"] == (NOON + timedelta(days=3)).date()
        assert len(list(DynamoTouchpoints(town.stack.table("work")).touchpoints(name))) == 1
        run, more = town.run(name), town.run(name, "more/quiet/1/entered")
        assert (run.state, run.place, run.started) == (RunState.WAITING, "4", ("more",))
        assert (more.state, more.place) == (RunState.WAITING, "2")
        assert len(run.deliveries) == 1
        assert [step.outcome for step in run.steps if step.step == "3"] == ["yes"]
        due = {wake.wake_id for wake in town.wakes.due(NOON + timedelta(days=999))}
        assert due == {f"step/{name}/{RUN}/4", f"step/{name}/more/quiet/1/entered/2"}
        return made

    enumerate_faults(story)


def test_an_exit_ends_what_waits(town: Town, clock: FixedClock) -> None:
    """T3."""

    name = "A-001"
    town.tell(name, 5, clock)
    event = of_changes(LAUNCH, CASE, [name])
    invoke(LAUNCH, event)
    town.tell(name, 50, clock)

    def story(_: str, place: int | None, fault: Fault) -> list[str]:
        made = deliver(LAUNCH, event, place, fault)
        invoke(LAUNCH, event)
        assert town.run(name).state is RunState.ENDED
        assert not list(town.wakes.due(NOON + timedelta(days=999)))
        assert town.known(name).standing.pending == ()  # type: ignore[union-attr]
        assert town.titles(name) == ["call"]
        return made

    enumerate_faults(story)


def test_a_step_killed_halfway_and_then_left_sends_nothing(town: Town, clock: FixedClock) -> None:
    """T3: whatever the tick came to, no message of the step goes out after the exit."""

    name = "A-001"
    town.tell(name, 5, clock)
    event = of_changes(LAUNCH, CASE, [name])
    invoke(LAUNCH, event)

    def story(_: str, place: int | None, fault: Fault) -> list[str]:
        clock.set(NOON + timedelta(days=3))
        made = deliver(WAKE, TICK, place, fault)
        town.tell(name, 50, clock)
        invoke(LAUNCH, event)
        for days in (7, 11):
            clock.set(NOON + timedelta(days=days))
            invoke(WAKE, TICK)
        assert town.open_messages(name) == []
        assert town.run(name).state is RunState.ENDED
        assert "last" not in town.titles(name)
        assert list(town.deliveries.due(clock.now())) == []
        for wake in town.wakes.due(NOON + timedelta(days=9999)):
            assert town.work.run(name, wake.content["run"]) is None, (
                "of a play that it was to start, and did not"
            )
        return made

    enumerate_faults(story)


def bundle_is_gone(_: ActivePlaybook, version: str) -> Playbook:
    raise ConfigurationError(f"the bundle {version} is gone")


def fails_for_days(town: Town, clock: FixedClock, name: str, **told: Any) -> Wake:
    """The wake of a run whose wait is over, after many tries."""
    town.tell(name, 5, clock)
    invoke(LAUNCH, of_changes(LAUNCH, CASE, [name]))
    clock.advance(timedelta(days=3))
    [wake] = town.wakes.due(clock.now())
    return town.wakes.put(replace(wake, problem="the bundle is gone", **told))


def test_what_is_given_up_is_always_seen(
    town: Town, clock: FixedClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    """R6: there is a record wherever the wake says that it was given up."""
    name, history = "A-001", DynamoHistory(town.stack.table("history"))
    wake = fails_for_days(town, clock, name, attempts=MOST_ATTEMPTS - 1)
    monkeypatch.setattr(ActivePlaybook, "of", bundle_is_gone)
    start = clock.now()

    def story(_: str, place: int | None, fault: Fault) -> list[str]:
        clock.set(start)
        made = deliver(WAKE, TICK, place, fault)
        for pause in range(3):
            recorded = {row.row_id for row in history.of(name, "wake")}
            assert recorded >= {each.wake_id for each in town.wakes.given_up()}
            clock.set(start + timedelta(hours=12) * pause)
            invoke(WAKE, TICK)
        assert {row.row_id for row in history.of(name, "wake")} == {wake.wake_id}
        assert town.wakes.count_given_up() == 1
        assert (town.run(name).state, town.titles(name)) == (RunState.WAITING, ["call"])
        return made

    enumerate_faults(story)


def test_a_run_that_was_given_up_goes_on_once_its_cause_is_mended(town: Town, clock: FixedClock) -> None:
    """R1."""
    name = "A-001"
    fails_for_days(town, clock, name, attempts=MOST_ATTEMPTS + 5, given_up=True)
    start = clock.now()

    def story(_: str, place: int | None, fault: Fault) -> list[str]:
        clock.set(start)
        made = deliver(WAKE, TICK, place, fault)
        for pause in (12, 24):
            clock.set(start + timedelta(hours=pause))
            invoke(WAKE, TICK)
        assert town.titles(name) == ["call", "one", "write"]
        assert (town.run(name).place, town.wakes.count_given_up()) == ("4", 0)
        return made

    enumerate_faults(story)


def test_one_wake_that_fails_stops_no_other(stack: Names, clock: FixedClock, log: Log) -> None:
    """R2: the run of one began with a playbook whose bundle is gone."""
    work, wakes = DynamoWork(stack.table("work")), DynamoWakes(stack.table("deliveries"))
    poison, good = waiting(stack, "A-001"), waiting(stack, "A-002")
    stored = work.run("A-001", poison.run_id)
    assert stored is not None
    work.change_run(replace(stored, playbook="0123456789ab"))

    assert invoke(WAKE, TICK) == {"woken": 1, "wakes": 1}
    run = work.run("A-002", good.run_id)
    assert run is not None
    assert (run.state, run.place) == (RunState.WAITING, "3")
    [warning] = [entry for entry in log.entries() if entry["level"] == "WARNING"]
    assert "playbooks/0123456789ab.json is gone" in warning["problem"]
    due = {wake.account_id: wake.due_at - clock.now() for wake in wakes.due(NOON + timedelta(days=9))}
    assert due == {"A-001": timedelta(minutes=1), "A-002": timedelta(days=3)}


def test_a_tick_stops_in_time_and_the_next_one_goes_on(stack: Names) -> None:
    """R4."""
    for number in range(3):
        waiting(stack, f"A-{number}")
    assert invoke(WAKE, TICK, Context(60_000, 14_000)) == {"woken": 1, "wakes": 1}
    assert invoke(WAKE, TICK)["wakes"] == 2
