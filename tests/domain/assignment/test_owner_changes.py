"""A role that changes hands takes open tasks with it, by four policies (product TSK-09)."""

from dataclasses import replace
from datetime import date, datetime, timedelta

import pytest

from keepwell.accounts import Account
from keepwell.assignment.assigning import Assigner
from keepwell.assignment.notices import Notices
from keepwell.assignment.owner_changes import OwnerChanges
from keepwell.assignment.rules import OwnerChange
from keepwell.attributes import Attribute, Kind, Value
from keepwell.conclude import conclude
from keepwell.deliveries import Channel
from keepwell.in_memory import (
    InMemoryAccounts,
    InMemoryControl,
    InMemoryDeliveries,
    InMemoryHistory,
    InMemoryQueue,
    InMemoryTeam,
    InMemoryWakes,
    InMemoryWork,
)
from keepwell.playbook import Playbook
from keepwell.standings import Holder, Transition
from keepwell.tasks import Task
from keepwell.tasks.changing import TaskBook
from tests.domain.assignment.teams import facts, member, task
from tests.domain.plays.entering import play, playbook
from tests.story import NOON, TODAY, account

YESTERDAY, TOMORROW = TODAY - timedelta(days=1), TODAY + timedelta(days=1)


class Office:
    """One account, its tasks, and a clock that a test moves."""

    def __init__(self, policy: OwnerChange = OwnerChange.REASSIGN_ALL):
        self.accounts, self.work, self.history = InMemoryAccounts(), InMemoryWork(), InMemoryHistory()
        self.team, self.deliveries, self.wakes = InMemoryTeam(), InMemoryDeliveries(), InMemoryWakes()
        self.queues = {channel: InMemoryQueue() for channel in Channel}
        self.control = InMemoryControl()
        self.playbook: Playbook = replace(
            playbook(play("call", owner="risk@example.com")),
            on_owner_change=policy,
            owner="lead@example.com",
        )
        self.now = NOON

    def tell(self, **values: Value | None) -> None:
        """A file tells these values, and the account is evaluated."""
        self.now += timedelta(minutes=1)
        known = self.accounts.get("A-1")
        told = account("A-1", known_since=self.now, **values).facts
        self.accounts.put_facts(replace(told, revision=known.facts.revision if known else 0))
        self.evaluate()

    def evaluate(self) -> None:
        conclude(self.known, self.accounts, self.history, self.playbook, self.now)

    @property
    def known(self) -> Account:
        found = self.accounts.get("A-1")
        assert found is not None
        return found

    @property
    def pending(self) -> tuple[Transition, ...]:
        standing = self.known.standing
        assert standing is not None
        return tuple(each for each in standing.pending if each.role)

    def hand_over(self) -> list[Task]:
        assigner = Assigner(self.team, self.work, self.control, {}, self.playbook.owner)
        stores = (self.accounts, self.work, self.team, self.deliveries)
        notices = Notices(*stores, self.queues, self.wakes, self.control)
        changes = OwnerChanges(TaskBook(self.work, self.history), assigner, notices)
        return [
            task
            for transition in self.pending
            for task in changes.hand_over(transition, self.known.facts, self.playbook, self.now)
        ]

    def passed(self, before: str = "ann@example.com", after: str = "bo@example.com") -> None:
        self.tell(success_manager=before)
        self.tell(success_manager=after)

    def assignees(self) -> dict[str, str]:
        return {task.task_id: task.assignee.removesuffix("@example.com") for task in self.work.tasks()}


def six_tasks(office: Office) -> None:
    """Ann has five open ones, two of which a play made; one is Cleo's."""
    made = (
        replace(task("of-play", "ann", Due_Date=TOMORROW), play="call"),
        replace(task("of-play-due", "ann", Due_Date=TODAY), play="call"),
        task("own", "ann"),
        task("own-overdue", "ann", Due_Date=YESTERDAY),
        task("shouted", "ann", Assignee="ANN@example.com", Due_Date=date(2027, 1, 1)),
        task("closed", "ann", Status="Completed"),
        task("cleos", "cleo", Due_Date=TOMORROW),
    )
    for each in made:
        office.work.put_task(each)


@pytest.mark.parametrize(
    ("policy", "moved"),
    [
        (OwnerChange.KEEP, set()),
        (OwnerChange.REASSIGN_ALL, {"of-play", "of-play-due", "own", "own-overdue", "shouted"}),
        (OwnerChange.REASSIGN_ALL_BUT_MANUAL, {"of-play", "of-play-due"}),
        (OwnerChange.SPLIT_BY_DUE_DATE, {"of-play", "own", "shouted"}),
    ],
)
def test_the_policy_says_which_open_tasks_go_along(policy: OwnerChange, moved: set[str]) -> None:
    """TSK-09. Those of others stay, and so does what is closed."""
    office = Office(policy)
    six_tasks(office)
    before = office.assignees()
    office.passed()
    assert {task.task_id for task in office.hand_over()} == moved
    assert office.assignees() == before | dict.fromkeys(moved, "bo")


def test_each_task_handed_over_is_told_in_the_history() -> None:
    office = Office()
    office.work.put_task(task("call", "ann"))
    office.passed()
    office.hand_over()
    [row] = office.history.of("A-1", "task")
    assert row.at == office.now
    assert row.detail == {
        "task_id": "call",
        "did": "handed over",
        "by": "keepwell",
        "was": {"Assignee": "ann@example.com"},
        "now": {"Assignee": "bo@example.com"},
    }


def test_doing_it_again_changes_nothing_and_tells_what_was_not_told() -> None:
    office = Office()
    office.work.put_task(task("call", "ann"))
    office.passed()
    told, office.history = office.history, InMemoryHistory()  # the row of the first was lost
    assert len(office.hand_over()) == 1
    office.history = told
    assert office.hand_over() == []
    assert [row.detail["did"] for row in told.of("A-1", "task")] == ["handed over"]
    assert office.hand_over() == []
    assert len(told.of("A-1", "task")) == 1


def test_what_a_person_has_given_to_somebody_since_stays() -> None:
    office = Office()
    office.work.put_task(task("call", "ann"))
    office.passed()
    [stored] = office.work.tasks()
    given = replace(stored.facts, values={**stored.facts.values, "Assignee": "dan@example.com"})
    office.work.change_task(replace(stored, facts=given))
    assert office.hand_over() == []
    assert office.assignees() == {"call": "dan"}


def test_the_first_look_remembers_and_hands_nothing_over() -> None:
    office = Office()
    office.work.put_task(task("call", "ann"))
    office.tell(success_manager="bo@example.com")
    assert office.pending == ()
    standing = office.known.standing
    assert standing is not None
    assert standing.holders == {"Success Manager": Holder("bo@example.com")}


def test_a_policy_that_comes_later_begins_with_what_it_finds() -> None:
    office = Office(OwnerChange.KEEP)
    office.passed()
    standing = office.known.standing
    assert standing is not None
    assert standing.holders == {}
    office.playbook = replace(office.playbook, on_owner_change=OwnerChange.REASSIGN_ALL)
    office.evaluate()
    assert not [each.id for each in office.pending]
    office.tell(success_manager="cleo@example.com")
    assert [(each.id, each.before) for each in office.pending] == [
        ("A-1/role:Success Manager/1/entered", "bo@example.com")
    ]


def test_a_name_in_other_letters_is_no_change() -> None:
    office = Office()
    office.passed("ann@example.com", "Ann@Example.com")
    assert office.pending == ()


def test_evaluating_again_hands_over_once() -> None:
    office = Office()
    office.passed()
    once = office.pending
    for hours in (1, 24):
        office.now += timedelta(hours=hours)
        office.evaluate()
        assert office.pending == once


def test_two_changes_in_a_row_end_with_the_newest_holder() -> None:
    """The tasks of both go to who has the role when they are looked at."""
    office = Office()
    office.work.put_task(task("call", "ann"))
    office.passed("ann@example.com", "bo@example.com")
    office.work.put_task(task("visit", "bo"))
    office.tell(success_manager="cleo@example.com")
    assert [each.before for each in office.pending] == ["ann@example.com", "bo@example.com"]
    office.hand_over()
    assert office.assignees() == {"call": "cleo", "visit": "cleo"}


def test_who_comes_back_keeps_what_nobody_has_touched() -> None:
    office = Office()
    office.work.put_task(task("call", "ann"))
    office.passed()
    office.tell(success_manager="ann@example.com")
    assert office.hand_over() == []
    assert office.assignees() == {"call": "ann"}


def test_a_role_that_nobody_has_any_more_leaves_tasks_to_their_owners() -> None:
    """PLY-10: the owner of the play, else that of the playbook."""
    office = Office()
    office.work.put_task(replace(task("call", "ann"), play="call"))
    office.work.put_task(task("own", "ann"))
    office.tell(success_manager="ann@example.com")
    office.tell(success_manager=None)
    office.hand_over()
    assert office.assignees() == {"call": "risk", "own": "lead"}


def test_tasks_do_not_go_to_who_is_not_of_the_team_or_only_looks() -> None:
    """USR-01."""
    office = Office()
    office.team.put(member("vic", Licence="Viewer"))
    for holder in ("vic@example.com", "zoe@example.com"):
        office.work.put_task(task(f"for-{holder[:3]}", "ann"))
        office.passed("ann@example.com", holder)
        office.hand_over()
    assert office.assignees() == {"for-vic": "lead", "for-zoe": "lead"}


def test_every_role_of_the_playbook_is_watched() -> None:
    office = Office()
    sponsor = Attribute("Sponsor", Kind.TEXT, role=True)
    office.playbook = replace(office.playbook, catalogue=office.playbook.catalogue.extended([sponsor]))
    office.work.put_task(task("call", "ann"))
    office.tell(Sponsor="ann@example.com", success_manager="dan@example.com")
    office.tell(Sponsor="bo@example.com", success_manager="dan@example.com")
    assert [each.role for each in office.pending] == ["Sponsor"]
    office.hand_over()
    assert office.assignees() == {"call": "bo"}


@pytest.mark.parametrize(
    ("policy", "concerned"), [(OwnerChange.KEEP, False), (OwnerChange.REASSIGN_ALL, True)]
)
def test_a_change_of_hands_concerns_where_it_is_watched(policy: OwnerChange, concerned: bool) -> None:
    """Else the stream would pass it over."""
    office = Office(policy)
    later: datetime = NOON + timedelta(days=3)
    before = facts("A-1", Success_Manager="ann@example.com")
    after = replace(before, values={"Success Manager": "bo@example.com"})
    assert office.playbook.concerned_by(before, after, later) is concerned
