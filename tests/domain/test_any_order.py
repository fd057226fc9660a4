"""Whatever happens in whatever order, once it is quiet everything is as it should be (reliability 4 and 5):
every row accounted for (I1), no newer fact lost (I4), the present never behind (S2), standings as recomputed
(S4), every transition answered once (T1), every message out and told (T2), nothing left to repair (R6).
"""

import json
from datetime import timedelta
from typing import Any

import hypothesis.strategies as st
import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis.stateful import RuleBasedStateMachine, initialize, precondition, rule

from keepwell.deliveries import DeliveryState
from keepwell.evaluation import evaluate
from keepwell.standings import Band
from tests.domain.any_order import KINDS, SMALL_SHARDS, Fate, World
from tests.story import GOOD_CORE, POOR

# Little here changes with the day alone: the night before the end sees to that.
EFFECTS = ("task_", "email_", "webhook_")
TOLD = [name for name in GOOD_CORE if name not in ("Last Touch", "Active Users")]


def as_cell(value: object) -> str:
    return {True: "yes", False: "no"}[value] if isinstance(value, bool) else str(value)


GOOD = {name: as_cell(GOOD_CORE[name]) for name in TOLD}
ROWS = {
    "good": GOOD,
    "poor": GOOD | {name: as_cell(value) for name, value in POOR.items() if name in TOLD},
    "at risk": GOOD | {"Risk Status": "Identified", "NPS": "5"},
    "says little": dict.fromkeys(GOOD, "") | {"Customer Tier": "Core", "NPS": "1"},
    "churned": GOOD | {"Status": "Churned"},
    "rejected": GOOD | {"NPS": "high"},
}

rows = st.lists(
    st.tuples(st.sampled_from(["A-1", "A-2", "A-3"]), st.sampled_from(["good", "poor", *sorted(ROWS)])),
    min_size=1,
    max_size=3,
)
ages = st.sampled_from([timedelta(0), timedelta(0), timedelta(minutes=30), timedelta(days=1)])
places = st.integers(0, 7)
waits = st.sampled_from([timedelta(seconds=5), timedelta(minutes=3), timedelta(hours=7), timedelta(days=1)])
overtaken = st.tuples(st.integers(0, 3), st.just("overtaken"), st.none())
faults = st.none() | st.tuples(
    st.integers(0, 5), st.sampled_from(["before", "after", "overtaken"]), st.none() | places
)


class AnyOrder(RuleBasedStateMachine):
    def __init__(self) -> None:
        super().__init__()
        SMALL_SHARDS.start()
        self.world = World()

    def fate(self, fault: Any) -> Fate | None:
        """The fate a fault means; who overtakes is another message in flight, or all."""
        if fault is None:
            return None
        place, mode, other = fault
        return Fate(place, mode, lambda: self.world.settle() if other is None else self.world.receive(other))

    @initialize(told=rows)
    def begins(self, told: list[tuple[str, str]]) -> None:
        self.file_is_dropped(told, timedelta(0), len(KINDS), [])

    @rule(told=rows, age=ages, as_far_as=st.integers(0, len(KINDS)), faults=st.lists(faults, max_size=20))
    def file_is_dropped(
        self, told: list[tuple[str, str]], age: timedelta, as_far_as: int, faults: list[Any]
    ) -> None:
        """And everything in flight goes its way, so far."""
        self.world.drop([{"Account ID": account_id, **ROWS[kind]} for account_id, kind in told], age)
        self.world.settle(KINDS[:as_far_as], map(self.fate, faults))

    @precondition(lambda self: self.world.in_flight)
    @rule(arrivals=st.lists(st.tuples(places, faults, st.booleans()), min_size=1, max_size=6))
    def messages_arrive(self, arrivals: list[tuple[int, Any, bool]]) -> None:
        for place, fault, again in arrivals:
            self.world.receive(place, self.fate(fault), again=again)

    @rule(fault=faults | overtaken, days_ago=st.sampled_from([0, 0, 0, 1, 30]))
    def nightly_run(self, fault: Any, days_ago: int) -> None:
        self.world.night(days_ago, self.fate(fault))

    @rule(by=waits, fault=faults, receiver=st.sampled_from(["well", "well", "down", "refusing"]))
    def time_passes(self, by: timedelta, fault: Any, receiver: Any) -> None:
        self.world.clock.advance(by)
        self.world.tick(self.fate(fault))
        self.world.sweep()
        self.world.receiver = receiver

    def teardown(self) -> None:
        SMALL_SHARDS.stop()
        world = self.world
        world.settle()
        world.night()
        world.settle()
        self.every_row_is_accounted_for()
        self.the_newest_file_is_believed()
        self.standings_are_as_recomputed()
        assert world.sweep().relaunched == 0, "R6: a healthy system shows no repairs"
        self.every_transition_is_answered_once()
        world.receiver = "well"
        for _ in range(12):
            world.clock.advance(timedelta(days=1))
            world.tick()
            world.settle()
        self.every_message_is_out_and_told()

    def every_row_is_accounted_for(self) -> None:
        """I1."""
        for dropped in self.world.dropped:
            report = json.loads(self.world.files.read(f"reports/{dropped.drop.id}.json"))
            assert report["status"] == "done"
            assert report["rows"] == len(dropped.rows)
            assert report["rows"] == report["applied"] + report["unchanged"] + report["rejected"]
            assert report["applied"] == report["created"] + report["updated"]

    def the_newest_file_is_believed(self) -> None:
        """I4: whatever came when, what the newest file tells of an account is what is known."""
        newest = max(self.world.dropped, key=lambda dropped: dropped.drop.observed_at)
        last = {row["Account ID"]: row for row in newest.rows}
        for account_id, row in last.items():
            if row["NPS"] == "high":
                continue
            account = self.world.accounts.get(account_id)
            assert account is not None
            told = {name: text for name, text in row.items() if text and name != "Account ID"}
            assert {name: as_cell(account.facts.values[name]) for name in told} == told

    def standings_are_as_recomputed(self) -> None:
        """S4."""
        for account in self.world.accounts.scan(0, 1).accounts:
            assert account.standing is not None, f"{account.account_id} was never judged"
            again = evaluate(account, self.world.playbook, self.world.clock.now())
            assert not again.changed, f"{account.account_id} deserves another standing"
            assert again.trail is None, f"{account.account_id} has a trail that stops short"
            assert account.standing.pending == ()
            low = account.standing.memberships.get("low")
            tagged = low is not None and low.inside and not low.quiet
            assert account.facts.values.get("Tags") == (("low",) if tagged else None), low

    def every_transition_is_answered_once(self) -> None:
        """T1: each committed transition has its play runs, whose effects are all there is."""
        world = self.world
        runs = world.work._runs
        for transition in world.accounts.committed.values():
            for play in world.playbook.answers(transition):
                run_id = f"{play.id}/{transition.segment}/{transition.sequence}/{transition.passage}"
                assert (transition.account_id, run_id) in runs, f"{transition.id} was lost"
        answered = {t.id for t in world.accounts.committed.values() if world.playbook.answers(t)}
        assert {run.transition_id for run in runs.values()} == answered
        assert [run.problems for run in runs.values() if run.problems] == []
        lines = [line for run in runs.values() for line in run.outcomes if not line.startswith("cancelled ")]
        told = [line for line in lines if " updated: " not in line and " held back: " not in line]
        said = [word for line in told for word in line.split() if word.startswith(EFFECTS)]
        tasks = [task.task_id for task in world.work.tasks()]
        messages = {delivery.delivery_id: delivery.state for delivery in world.deliveries.all()}
        left = [each for each, state in messages.items() if state is not DeliveryState.CANCELLED]
        assert len(said) == len(set(said)), "told twice"
        assert {*tasks, *left} <= set(said), "done, and not told"
        assert set(said) <= {*tasks, *messages}, "told, and not done"

    def every_message_is_out_and_told(self) -> None:
        """T2: a second copy outside only where the attempts tell of a sender that died."""
        for delivery in self.world.deliveries.all():
            died = sum("the sender ended" in attempt.outcome for attempt in delivery.attempts)
            assert not delivery.open, f"{delivery.delivery_id} is lost"
            sent = self.world.sent[delivery.delivery_id]
            assert sent <= 1 + died
            if delivery.state is DeliveryState.SENT:
                assert sent >= 1


# Without shrinking, which takes minutes: a failure prints its blob, and `@reproduce_failure(...)` repeats it;
# to have it shrunk, add Phase.shrink for a while.
AnyOrder.TestCase.settings = settings(
    max_examples=200,
    phases=[Phase.explicit, Phase.reuse, Phase.generate],
    stateful_step_count=20,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow],
)
TestAnyOrder = AnyOrder.TestCase


def test_facts_that_change_while_the_night_judges_the_old_ones_count() -> None:
    """S4: the newer facts may deserve the standing there is, so that whoever judges them writes nothing."""
    world = World()
    world.drop([{"Account ID": "A-1", **ROWS["good"]}], timedelta(0))
    world.settle()
    world.drop([{"Account ID": "A-1", **ROWS["poor"]}], timedelta(0))
    world.settle(["drop", "shard"])
    world.drop([{"Account ID": "A-1", **ROWS["good"]}], timedelta(0))
    scanned_and_judged = 1
    world.night(fate=Fate(scanned_and_judged, "overtaken", world.settle))
    known = world.accounts.get("A-1")
    assert known is not None
    assert known.standing is not None
    assert known.standing.health is Band.GOOD


@pytest.mark.parametrize("place", range(20))
def test_a_launch_that_died_before_its_account_left_is_told(place: int) -> None:
    """T1, T3: what it had done by then stands, so its run says so; what had not left yet stays."""
    world = World()
    world.drop([{"Account ID": "A-1", **ROWS["poor"]}], timedelta(0))
    world.settle(["drop", "shard", "facts"])
    died = Fate(place, "before")
    world.receive(0, died)
    world.drop([{"Account ID": "A-1", **ROWS["good"]}], timedelta(0))
    world.settle(["drop", "shard", "facts"])
    world.settle()
    tasks = [task.task_id for task in world.work.tasks()]
    left = [each.delivery_id for each in world.deliveries.all() if each.state is DeliveryState.SENT]
    entry = [run for run in world.work.runs("A-1") if run.transition_id == "A-1/at-risk/1/entered"]
    told = " ".join(outcome for run in entry for outcome in run.outcomes)
    assert [each for each in (*tasks, *left) if each not in told] == []
    assert world.sent.keys() == set(left)
