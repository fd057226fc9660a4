"""An office: the stores that tasks are in, a team, and a clock that a test moves."""

from dataclasses import replace
from datetime import date, datetime, timedelta
from typing import Any

from keepwell.accounts import Facts, Provenance
from keepwell.assignment.assigning import Assigner
from keepwell.assignment.notices import Notices
from keepwell.attributes import Value
from keepwell.deliveries import Channel
from keepwell.history import HistoryRow
from keepwell.in_memory import (
    InMemoryAccounts,
    InMemoryControl,
    InMemoryDeliveries,
    InMemoryHistory,
    InMemoryQueue,
    InMemoryTeam,
    InMemoryTouchpoints,
    InMemoryWakes,
    InMemoryWork,
)
from keepwell.playbook import Playbook
from keepwell.plays import Play, PlayState
from keepwell.ports import Accounts, Control, Deliveries, History, Queue, Team, Touchpoints, Wakes, Work
from keepwell.tasks import Contact, Task
from keepwell.tasks.changing import TaskBook
from keepwell.tasks.closing import Closed, Closer
from keepwell.tasks.escalating import Escalator
from keepwell.tasks.handing_over import HandOver
from keepwell.tasks.snoozing import Snoozer
from keepwell.tasks.wakes import add_task
from keepwell.tasks.waking import TaskWaker
from keepwell.team import Member
from keepwell.wakes import Purpose
from keepwell.waking import CarryOut, carry_out_due
from tests.story import NOON, TODAY, account, standard_playbook

ANN, BO, LEAD, BOSS = "ann@example.com", "bo@example.com", "lead@example.com", "boss@example.com"
CALL = Contact("Call", "They renew", "", TODAY)
RESCUE = Play("rescue", "Rescue", PlayState.LIVE, "at-risk", owner=BOSS)


def a_playbook(**changes: Any) -> Playbook:
    """The standard one with an owner of its own, and the play `rescue`."""
    return replace(standard_playbook(), **{"owner": LEAD, "plays": (RESCUE,), **changes})


def facts(key: str, at: datetime, **values: Value) -> Facts:
    told = {name.replace("_", " "): value for name, value in values.items()}
    return Facts(key, told, Provenance("csv:test", at), at, "drop-1", "drop-1")


class Office:
    """Ann has the task T-1 of the account A-1; Bo leads her. It is NOON of TODAY."""

    work: Work
    accounts: Accounts
    touchpoints: Touchpoints
    history: History
    wakes: Wakes
    team: Team
    deliveries: Deliveries
    mails: Queue
    control: Control

    def __init__(self) -> None:
        self.work, self.accounts, self.touchpoints = InMemoryWork(), InMemoryAccounts(), InMemoryTouchpoints()
        self.history, self.wakes, self.team = InMemoryHistory(), InMemoryWakes(), InMemoryTeam()
        self.deliveries, self.mails, self.control = InMemoryDeliveries(), InMemoryQueue(), InMemoryControl()
        self.playbook = a_playbook()
        self.now = NOON
        self.account_id = "A-1"
        self.settle_in()

    def settle_in(self) -> None:
        before = self.now - timedelta(days=3)
        known = account(self.account_id, success_manager=ANN).facts
        self.accounts.put_facts(replace(known, revision=0))
        for email, manager in ((ANN, BO), (BO, "")):
            told = facts(email, before, Name=email[:3].title(), **({"Manager": manager} if manager else {}))
            if not self.team.members_of([email]):
                self.team.put(Member(told))

    def asks(self, task_id: str = "T-1", *, values: dict[str, Value] | None = None, **fields: Any) -> Task:
        """Store a task for Ann, as a play would."""
        told: dict[str, Value] = {
            "Title": "Call",
            "Assignee": ANN,
            "Due Date": TODAY,
            "Status": "Open",
            "Flow": "Renewal",
        }
        mine = facts(self.account_id, self.now)
        task = Task(task_id, replace(mine, values={**told, **(values or {})}), **fields)
        add_task(task, self.work, self.wakes)
        return self.task(task_id)

    def task(self, task_id: str = "T-1") -> Task:
        return self.work.tasks_of(self.account_id, [task_id])[task_id]

    @property
    def book(self) -> TaskBook:
        return TaskBook(self.work, self.history)

    @property
    def assigner(self) -> Assigner:
        return Assigner(self.team, self.work, self.control, self.playbook.pools, self.playbook.owner)

    @property
    def closer(self) -> Closer:
        return Closer(self.book, self.accounts, self.touchpoints, self.wakes, self.assigner, self.notices)

    @property
    def notices(self) -> Notices:
        queues = {Channel.EMAIL: self.mails}
        stores = (self.accounts, self.work, self.team, self.deliveries)
        return Notices(*stores, queues, self.wakes, self.control)

    @property
    def snoozer(self) -> Snoozer:
        return Snoozer(self.book, self.wakes)

    @property
    def hand_over(self) -> HandOver:
        return HandOver(self.book, self.accounts, self.team, self.assigner, self.notices)

    @property
    def waker(self) -> TaskWaker:
        escalator = Escalator(self.book, self.accounts, self.team, self.deliveries, self.mails, self.wakes)
        return TaskWaker(self.closer, self.snoozer, escalator)

    def close(
        self,
        task_id: str = "T-1",
        outcome: str = "Done",
        by: str = ANN,
        contact: Contact | None = None,
        comment: str = "",
    ) -> Closed:
        return self.closer.close(self.task(task_id), outcome, by, self.now, self.playbook, contact, comment)

    def snooze(self, until: date, reason: str = "They are on holiday", by: str = ANN) -> Task:
        return self.snoozer.snooze(self.task(), until, reason, by, self.now, self.playbook)

    def passes(self, **time: float) -> None:
        """Time passes; what is due by then is carried out, as the minute tick does."""
        self.now += timedelta(**time)
        purposes: dict[Purpose, CarryOut] = {
            Purpose.TASK: lambda wake, now: self.waker.carry_out(wake, now, self.playbook),
            Purpose.SUMMARY: lambda wake, now: self.notices.carry_out(wake, now, self.playbook.manners),
        }
        came = carry_out_due(self.wakes, purposes, self.history, self.now, lambda: True)
        assert not came.failed
        assert not came.given_up

    def value(self, name: str) -> Value | None:
        found = self.accounts.get(self.account_id)
        assert found
        return found.facts.values.get(name)

    def told(self) -> list[HistoryRow]:
        """What the history tells of tasks, the oldest first."""
        return list(reversed(self.history.of(self.account_id, "task")))
