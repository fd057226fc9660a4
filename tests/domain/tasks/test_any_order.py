"""People and time do anything to tasks in any order, and die at any call: nothing is lost, nothing happens
twice (PLY-11, D6, D10, reliability T2, R6)."""

from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, rule

from keepwell.attributes import show_cell
from keepwell.errors import RejectedInput
from keepwell.in_memory import InMemoryDeliveries
from keepwell.tasks import FollowUp, PostCompletion, Task, TaskStatus
from keepwell.tasks.changing import row_of
from tests.domain.tasks.office import ANN, BO, CALL, Office

AFTER = PostCompletion(
    require_touchpoint=True, set_attributes=(("Risk Status", "Resolved"),), follow_up=FollowUp("Call again")
)
PORTS = ("work", "accounts", "touchpoints", "history", "wakes", "deliveries", "mails", "control")

some_task = st.integers(0, 3)
somebody = st.sampled_from((ANN, BO))
calls_left = st.none() | st.integers(0, 18)


class Died(BaseException):
    """Whoever acted is gone, before a call."""


@dataclass
class Fate:
    """After how many calls whoever acts dies; None: not at all."""

    calls_left: int | None = None


class Watched:
    """A port whose calls are counted."""

    def __init__(self, port: object, fate: Fate):
        self._port, self._fate = port, fate

    def __getattr__(self, name: str) -> Callable[..., Any]:
        def call(*arguments: Any, **named: Any) -> Any:
            if self._fate.calls_left == 0:
                raise Died
            if self._fate.calls_left is not None:
                self._fate.calls_left -= 1
            return getattr(self._port, name)(*arguments, **named)

        return call


class AnyOrder(RuleBasedStateMachine):
    def __init__(self) -> None:
        super().__init__()
        self.fate, self.office = Fate(), Office()
        self.sent = self.office.deliveries
        for name in PORTS:
            setattr(self.office, name, Watched(getattr(self.office, name), self.fate))
        for number in range(4):
            sla_at = self.office.now + timedelta(hours=6 * number) if number else None
            after = AFTER if number % 2 else PostCompletion()
            self.office.asks(f"T-{number}", sla_at=sla_at, post_completion=after)

    def act(self, dies_after: int | None, deed: Callable[[], object]) -> None:
        self.fate.calls_left = dies_after
        with suppress(Died, RejectedInput):
            deed()
        self.fate.calls_left = None

    @rule(number=some_task, by=somebody, outcome=st.sampled_from(("Done", "Reached")), dies_after=calls_left)
    def closes(self, number: int, by: str, outcome: str, dies_after: int | None) -> None:
        task, contact = self.office.task(f"T-{number}"), replace(CALL, subject=f"{by} called")
        office = self.office
        self.act(
            dies_after, lambda: office.closer.close(task, outcome, by, office.now, office.playbook, contact)
        )

    @rule(number=some_task, by=somebody, dies_after=calls_left)
    def cancels(self, number: int, by: str, dies_after: int | None) -> None:
        office, task = self.office, self.office.task(f"T-{number}")
        self.act(dies_after, lambda: office.closer.cancel(task, "They left", by, office.now, office.playbook))

    @rule(number=some_task, days=st.integers(1, 4), dies_after=calls_left)
    def snoozes(self, number: int, days: int, dies_after: int | None) -> None:
        office, task = self.office, self.office.task(f"T-{number}")
        until = office.now.date() + timedelta(days=days)
        self.act(
            dies_after,
            lambda: office.snoozer.snooze(task, until, "Wait", ANN, office.now, office.playbook),
        )

    @rule(number=some_task, to=st.sampled_from((ANN, BO, "Success Manager")), dies_after=calls_left)
    def assigns(self, number: int, to: str, dies_after: int | None) -> None:
        office, task = self.office, self.office.task(f"T-{number}")
        self.act(dies_after, lambda: office.hand_over.assign(task, to, BO, office.now, office.playbook))

    @rule(number=some_task, text=st.sampled_from(("They call back", "Nobody there")), dies_after=calls_left)
    def comments(self, number: int, text: str, dies_after: int | None) -> None:
        office, task = self.office, self.office.task(f"T-{number}")
        self.act(dies_after, lambda: office.book.comment(task, text, ANN, office.now))

    @rule(hours=st.sampled_from((0.1, 1, 7, 25)), dies_after=calls_left)
    def time_passes(self, hours: float, dies_after: int | None) -> None:
        self.act(dies_after, lambda: self.office.passes(hours=hours))

    def teardown(self) -> None:
        """In the end, when nobody dies any more."""
        for _ in range(20):  # a wake that somebody died with rests longer each time
            self.office.passes(days=1)
        tasks = list(self.office.work.tasks("A-1"))
        first = [task for task in tasks if task.task_id.startswith("T-")]
        assert not list(self.office.wakes.due(self.office.now + timedelta(days=99)))
        for task in first:
            self.is_told_of(task)
            self.was_escalated_as_it_says(task)
            if task.is_open:
                assert task.snoozed_until is None
                assert task.sla_at is None or task.escalated_to
        self.all_that_follows(first, [task for task in tasks if task not in first])
        for email in (ANN, BO):
            mine = {task.task_id for task in tasks if task.is_open and task.assignee == email}
            assert {task.task_id for task in self.office.work.agenda(email)} == mine

    def all_that_follows(self, first: list[Task], others: list[Task]) -> None:
        """Each completed task has its touchpoint, by who closed it, and its follow-up; no other has."""
        done = [task for task in first if task.status is TaskStatus.COMPLETED]
        assert all(task.closing and task.closing.settled for task in done)
        touchpoints = list(self.office.touchpoints.touchpoints("A-1"))
        assert sorted((each.source, each.subject) for each in touchpoints) == sorted(
            (f"task:{task.task_id}", f"{task.closed_by} called") for task in done
        )
        asked = [f"task:{task.task_id}" for task in done if task.post_completion.follow_up]
        assert sorted(task.facts.created_by for task in others) == sorted(asked)
        if asked:
            assert self.office.value("Risk Status") == "Resolved"

    def is_told_of(self, task: Task) -> None:
        """The history leads, change by change, to what the task is; the last one may be lost, which the task
        itself tells."""
        rows = [row for row in self.office.told() if row.detail["task_id"] == task.task_id]
        last = row_of(task.last_change, task) if task.last_change else None
        rows += [last] if last and last.row_id not in {row.row_id for row in rows} else []
        known = {"Title": "Call", "Assignee": ANN, "Status": "Open"}
        for row in sorted(rows, key=lambda row: row.row_id):
            for name, was in row.detail["was"].items():
                assert known.pop(name, was) == was
            known |= row.detail["now"]
        shown = {name: show_cell(value) for name, value in task.facts.values.items()}
        assert {name: shown.get(name, known[name]) for name in known} == known

    def was_escalated_as_it_says(self, task: Task) -> None:
        assert isinstance(self.sent, InMemoryDeliveries)
        sent = (self.sent.get(each) for each, _ in self.sent.due(self.office.now))
        about = f"Task: {task.task_id}\n"
        mails = [mail for mail in sent if mail and mail.subject.startswith("Not done") and about in mail.body]
        assert len(mails) <= 1
        assert bool(task.escalated_at) <= bool(mails)


AnyOrder.TestCase.settings = settings(max_examples=60, stateful_step_count=14, deadline=None)
TestAnyOrder = AnyOrder.TestCase
