"""Runs of plays with steps, whatever comes in whatever order and wherever the process ends: no step is taken
twice, none is lost, and what is called off stays so (PLY-01, reliability T1 to T3).
"""

import re
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import replace
from datetime import timedelta
from itertools import pairwise
from typing import Any, get_args

import hypothesis.strategies as st
from hypothesis import HealthCheck, settings
from hypothesis.stateful import RuleBasedStateMachine, rule

from keepwell.attributes import standard_catalogue
from keepwell.criteria import parse
from keepwell.errors import Conflict
from keepwell.playbook import Playbook
from keepwell.plays import Play
from keepwell.plays.going_on import GoingOn
from keepwell.plays.play import Deeds
from keepwell.plays.steps import Agenda, Branch, Wait, begun, left_after, step_at
from keepwell.standings import Passage
from keepwell.tasks import PlayRun, RunState
from keepwell.wakes import Purpose, Wake
from keepwell.waking import carry_out_due
from keepwell.working_time import Calendar
from tests.domain.any_order import Fate, Fated, Killed, Mode
from tests.domain.plays.entering import Town, alone, mail, play, tasks

MANY = parse("Open Ticket Count > 5", standard_catalogue())

Fault = tuple[int, Mode] | None
modes = st.sampled_from(get_args(Mode)[:2])
faults = st.none() | st.tuples(st.integers(0, 9), modes)
"""Where a process ends, counted in calls that write, and whether before or after the call."""

READING = {"get", "run", "runs", "due", "tasks", "tasks_of", "touchpoints_of", "facts_of"}


class Writes(Fated):
    """A port of which only the calls that write pass the fate of whoever runs: after a reading nothing is
    different."""

    def __getattr__(self, name: str) -> Any:
        return getattr(self.port, name) if name in READING else super().__getattr__(name)


def acts(title: str, **fields: Any) -> Deeds:
    return Deeds(tasks=tasks(title).tasks, emails=(mail(title),), **fields)


def chase(version: str) -> Play:
    """All that a step may be; the titles tell the version of the playbook. What is repeated by a newer one is
    the same action, if it stands at the same place."""
    many = (acts(f"{version} many"), Wait(hours=30), acts(f"{version} more of many"))
    steps = (
        acts(f"{version} first"),
        Wait(days=1),
        Branch(MANY, many, (acts(f"{version} few", starts=("more",)),)),
        Wait(days=2, unless_left=False),
        acts(f"{version} late", add_tags=("late",)),
    )
    return play("chase", steps=steps)


MORE = alone("more", steps=(acts("one"), Wait(hours=20), acts("two")))


class AnyRun(RuleBasedStateMachine):
    def __init__(self) -> None:
        super().__init__()
        self.fate = Fate()
        self.town = Town()
        self.entered: set[str] = set()
        self.woken: list[Wake] = []
        self.versions: dict[str, Playbook] = {}
        self._apply("v1")
        town = self.town
        ports = ("accounts", "work", "deliveries", "control", "wakes", "touchpoints")
        fated: dict[str, Any] = {name: Writes(getattr(town, name), self) for name in ports}  # type: ignore[arg-type]
        queues: Any = {channel: Writes(queue, self) for channel, queue in town.queues.items()}  # type: ignore[arg-type]
        town.launcher = replace(town.launcher, **fated, queues=queues, playbook_of=self.versions.__getitem__)
        town.going_on = GoingOn(town.launcher, lambda: town.playbook)

    def _apply(self, version: str) -> None:
        book = self.town.playbook
        self.town.playbook = replace(book, version=version, plays=(chase(version), MORE))
        self.versions[version] = self.town.playbook

    @rule(users=st.sampled_from([5, 5, 50]), tickets=st.sampled_from([0, 9, None]), fault=faults)
    def tell(self, users: int, tickets: int | None, fault: Fault) -> None:
        """A file tells of the account, and the plays of what that brings about are launched."""
        self.town.tell(active_users=users, open_ticket_count=tickets)
        pending = self.town.standing().pending
        self.entered |= {each.id for each in pending if each.passage is Passage.ENTERED}
        self._dying(fault, self.town.launch)

    @rule(fault=faults)
    def launch(self, fault: Fault) -> None:
        if self.town.accounts.get("A-1"):
            self._dying(fault, self.town.launch)

    @rule(hours=st.sampled_from([0, 1, 25, 49]), fault=faults)
    def wait(self, hours: int, fault: Fault) -> None:
        """So many hours pass, and the minute tick comes."""
        self.town.now += timedelta(hours=hours)
        self.woken += self.town.wakes.due(self.town.now)
        self._dying(fault, self._tick)

    @rule(place=st.integers(1, 9), mode=modes, tickets=st.sampled_from([0, 9]), then=st.sampled_from([5, 50]))
    def step_is_interrupted(self, place: int, mode: Mode, tickets: int, then: int) -> None:
        """And the account changes before it is repeated."""
        if self.town.accounts.get("A-1"):
            self.wait(49, (place, mode))
            self.tell(then, tickets, None)

    @rule(which=st.integers(0, 50), fault=faults)
    def wake_comes_again(self, which: int, fault: Fault) -> None:
        """A wake of before, as if another process had read it long ago."""
        if self.woken:
            wake = self.woken[which % len(self.woken)]
            if wake.due_at <= self.town.now and self.town.work.run("A-1", wake.content["run"]):
                self._dying(fault, lambda: self.town.going_on.carry_out(wake, self.town.now))

    @rule()
    def apply_another_playbook(self) -> None:
        self._apply(f"v{len(self.versions) + 1}")

    def _dying(self, fault: Fault, work: Callable[[], object]) -> None:
        self.fate = Fate(*fault) if fault else Fate()
        with suppress(Killed, Conflict):
            work()
        self.fate = Fate()

    def _tick(self) -> None:
        purposes = {Purpose.STEP: self.town.going_on.carry_out}
        wakes: Any = Writes(self.town.wakes, self)  # type: ignore[arg-type]
        carry_out_due(wakes, purposes, self.town.history, self.town.now, lambda: True)

    def teardown(self) -> None:
        """It becomes quiet: what was interrupted is repeated, what waits is waited for."""
        if not self.town.accounts.get("A-1"):
            return
        for _ in range(20):
            self.town.launch()
            self.town.now += timedelta(hours=13)
            self._tick()
        assert self.town.standing().pending == ()
        runs = list(self.town.work.runs("A-1"))
        assert {run.transition_id for run in runs if run.play == "chase"} == self.entered, "T1"
        for run in runs:
            assert run.is_over, "none is lost"
            self._took_its_steps(run)
            self._waited(run)
            began = {each.play for each in runs if each.transition_id == run.transition_id}
            assert began.issuperset(run.started), "what a step starts has begun"
        for wake in self.town.wakes.all():
            assert self.town.work.run("A-1", wake.content["run"]) is None, "nothing is left to wake"

    def _took_its_steps(self, run: PlayRun) -> None:
        steps = (MORE if run.play == "more" else self._play(run)).steps
        answers = {step.step: step.outcome == "yes" for step in run.steps if step.outcome in ("yes", "no")}
        begun_only = not run.fired or (run.state is RunState.ENDED and not run.place)
        taken = [] if begun_only else list(_titles(begun(steps), answers, until=self._end(run)))
        made = [
            _unversioned(task.title)
            for task in self.town.work.tasks("A-1")
            if task.play == run.play and task.facts.created_by == run.transition_id
        ]
        made += [
            _unversioned(line.partition(" updated: ")[2]) for line in run.outcomes if " updated: " in line
        ]
        assert not Counter(made) - Counter(set(made)), "T1: no step is taken twice"
        assert set(taken) <= set(made), "no step is lost"
        begun_late = set(made) - set(taken)
        if run.fired and run.state is RunState.DONE:
            assert not begun_late
        elif begun_only:  # the account left before its launch, which was interrupted, was repeated
            assert begun_late <= set(_stretch(begun(steps)))
        else:  # a step was interrupted, and the account left
            assert begun_late <= set(_stretch(left_after(steps, run.place)))
        sent = [each for each in self.town.deliveries.all() if each.open and each.play == run.play]
        of_run = {_unversioned(each.subject) for each in sent if each.transition_id == run.transition_id}
        assert of_run <= set(taken), "T3: nothing of what was called off is sent"

    def _waited(self, run: PlayRun) -> None:
        """No wait is cut short, and none but one that is ended."""
        steps = (MORE if run.play == "more" else self._play(run)).steps
        for wait, after in pairwise(run.steps):
            if wait.outcome == "waits" and after.outcome != "ended":
                waited = step_at(steps, wait.step)
                assert isinstance(waited, Wait)
                assert after.at >= waited.over_at(wait.at, self.town.playbook.time_zone, Calendar())

    def _play(self, run: PlayRun) -> Play:
        return next(play for play in self.versions[run.playbook].plays if play.id == run.play)

    def _end(self, run: PlayRun) -> str:
        return run.place if run.state is RunState.ENDED else ""


def _titles(agenda: Agenda, answers: dict[str, bool], until: str) -> Iterator[str]:
    """What the steps create, up to the place at which the run ended."""
    agenda = list(agenda)
    while agenda:
        place, step = agenda.pop(0)
        if place == until:
            return
        if isinstance(step, Branch):
            side = "then" if answers[place] else "else"
            agenda[:0] = begun(step.then if answers[place] else step.otherwise, f"{place}.{side}")
        elif isinstance(step, Deeds):
            yield from (_unversioned(task.title) for task in step.tasks)


def _stretch(agenda: Agenda) -> Iterator[str]:
    """What may be created before the next wait."""
    for place, step in agenda:
        if isinstance(step, Wait):
            return
        if isinstance(step, Branch):
            for side, steps in (("then", step.then), ("else", step.otherwise)):
                yield from _stretch(begun(steps, f"{place}.{side}"))
        else:
            yield from (_unversioned(task.title) for task in step.tasks)


def _unversioned(title: str) -> str:
    return re.sub(r"^v\d+ ", "", title)


TestAnyRun = AnyRun.TestCase
TestAnyRun.settings = settings(
    max_examples=200, stateful_step_count=12, deadline=None, suppress_health_check=list(HealthCheck)
)
