"""Who is active no more has no tasks: open ones find somebody else, by the policies (product TSK-09)."""

from dataclasses import replace

import pytest

from keepwell.accounts import Facts
from keepwell.assignment.assigning import Assigner
from keepwell.assignment.leaving import Leaving, Left
from keepwell.assignment.notices import Notices
from keepwell.assignment.pools import Logic, Pool
from keepwell.assignment.rules import OwnerChange
from keepwell.errors import RejectedInput, TransientFailure
from keepwell.in_memory import InMemoryTeam
from keepwell.plays.play import TaskAction
from keepwell.tasks import Priority, Task
from keepwell.tasks.changing import TaskBook
from keepwell.tasks.handing_over import HandOver
from tests.domain.assignment.teams import member, task
from tests.domain.assignment.test_owner_changes import Office, six_tasks
from tests.domain.plays.entering import play

EMEA = Pool("emea", "EMEA", Logic.MOST_AVAILABLE, {"Region": ("EMEA",)}, {})


class Firm(Office):
    """Ann has left; Bo and Cleo have not. Plays ask for the role, the pool, or both."""

    def __init__(self, policy: OwnerChange = OwnerChange.REASSIGN_ALL):
        super().__init__(policy)
        role, pool = asking("Success Manager"), asking("pool:emea")
        plays = (
            play("call", tasks=(role,), owner="risk@example.com"),
            play("emea", tasks=(pool,), owner="risk@example.com"),
            play("both", tasks=(role, pool), owner="risk@example.com"),
        )
        self.playbook = replace(self.playbook, plays=plays)
        self.team.put(member("ann", Region="EMEA", Availability=40, Active=False))
        self.team.put(member("bo", Task_Mail="each"))
        self.team.put(member("cleo", Region="EMEA", Availability=10, Active=True))
        self.tell(success_manager="bo@example.com")

    @property
    def assigner(self) -> Assigner:
        return Assigner(self.team, self.work, self.control, {"emea": EMEA}, self.playbook.owner)

    @property
    def notices(self) -> Notices:
        stores = (self.accounts, self.work, self.team, self.deliveries)
        return Notices(*stores, self.queues, self.wakes, self.control)

    def look(self) -> Left:
        book = TaskBook(self.work, self.history)
        return Leaving(book, self.accounts, self.assigner, self.notices).hand_over(self.playbook, self.now)


def asking(to: str) -> TaskAction:
    return TaskAction("Call", "", to, 2, Priority.NORMAL, "", 1)


def of_play(play_id: str) -> Task:
    return replace(task(play_id, "ann"), play=play_id)


@pytest.mark.parametrize("policy", sorted(set(OwnerChange) - {OwnerChange.KEEP}))
def test_all_open_tasks_of_a_leaver_go_whatever_is_due_and_whoever_made_them(policy: OwnerChange) -> None:
    """TSK-09: of an owner who changes some may stay; who has left does none of them."""
    firm = Firm(policy)
    six_tasks(firm)
    moved = {"of-play", "of-play-due", "own", "own-overdue", "shouted"}
    assert {task.task_id for task in firm.look().moved} == moved
    assert "ann" not in {task.assignee for task in firm.work.tasks() if task.is_open}
    assert firm.assignees()["cleos"] == "cleo"


def test_with_the_policy_to_keep_they_stay_and_are_counted() -> None:
    """TSK-09: the default changes nothing."""
    firm = Firm(OwnerChange.KEEP)
    six_tasks(firm)
    before = firm.assignees()
    assert firm.look() == Left(kept=5)
    assert firm.assignees() == before


def test_a_task_goes_to_the_role_the_pool_or_the_owner() -> None:
    """By what its play asks for now; a task of no play goes to the playbook's owner."""
    firm = Firm()
    for each in (of_play("call"), of_play("emea"), of_play("both"), task("own", "ann")):
        firm.work.put_task(each)
    assert firm.look().problems == []
    assert firm.assignees() == {"call": "bo", "emea": "cleo", "both": "risk", "own": "lead"}


def test_where_the_role_is_still_the_leavers_the_owner_of_the_play_has_it() -> None:
    firm = Firm()
    firm.tell(success_manager="ann@example.com")
    firm.work.put_task(of_play("call"))
    firm.look()
    assert firm.assignees() == {"call": "risk"}


def test_it_is_told_in_the_history_and_to_the_one_who_has_it_now() -> None:
    firm = Firm()
    firm.work.put_task(of_play("call"))
    firm.look()
    [row] = firm.history.of("A-1", "task")
    assert row.detail["did"] == "handed over"
    assert row.detail["by"] == "keepwell"
    assert row.detail["was"] == {"Assignee": "ann@example.com"}
    [wake] = firm.wakes.due(firm.now.replace(year=2027))
    assert wake.content["email"] == "bo@example.com"
    [stored] = firm.work.tasks()
    assert stored.why_assigned == "ann@example.com is active no more"


def test_doing_it_again_moves_nothing() -> None:
    firm = Firm()
    firm.work.put_task(of_play("call"))
    assert len(firm.look().moved) == 1
    assert firm.look() == Left()
    assert len(list(firm.history.of("A-1", "task"))) == 1


def test_interrupted_before_the_task_is_stored_it_is_ended_by_doing_it_again(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    firm = Firm()
    firm.work.put_task(of_play("call"))

    def dies(_task: Task) -> Task:
        raise TransientFailure("gone")

    with monkeypatch.context() as patched:
        patched.setattr(firm.work, "change_task", dies)
        with pytest.raises(TransientFailure):
            firm.look()
    assert firm.assignees() == {"call": "ann"}
    assert len(firm.look().moved) == 1
    assert firm.assignees() == {"call": "bo"}


def test_one_task_that_cannot_be_moved_keeps_no_other(monkeypatch: pytest.MonkeyPatch) -> None:
    firm = Firm()
    for each in (of_play("call"), of_play("both")):
        firm.work.put_task(each)
    change = firm.work.change_task

    def refuses(task: Task) -> Task:
        if task.task_id == "call":
            raise RejectedInput("too large")
        return change(task)

    monkeypatch.setattr(firm.work, "change_task", refuses)
    left = firm.look()
    assert [each.task_id for each in left.moved] == ["both"]
    assert [(each.task_id, why) for each, why in left.problems] == [("call", "too large")]


def test_what_nobody_else_can_have_stays_and_is_a_problem() -> None:
    firm = Firm()
    firm.playbook = replace(firm.playbook, owner="ann@example.com")
    firm.work.put_task(task("own", "ann"))
    left = firm.look()
    assert left.moved == []
    [(stuck, why)] = left.problems
    assert stuck.task_id == "own"
    assert why == (
        "nobody can have it: ann@example.com is active no more; ann@example.com, the owner of the playbook, "
        "is active no more; name another owner in keepwell.yaml"
    )
    assert firm.assignees() == {"own": "ann"}
    firm.playbook = replace(firm.playbook, owner="bo@example.com")
    assert len(firm.look().moved) == 1
    assert firm.assignees() == {"own": "bo"}


def test_where_the_owner_of_the_play_has_left_too_the_owner_of_the_playbook_has_it() -> None:
    """PLY-10."""
    firm = Firm()
    firm.team.put(member("risk", Active=False))
    for each in (
        of_play("both"),
        replace(of_play("call"), task_id="risks", facts=task("risks", "risk").facts),
    ):
        firm.work.put_task(each)
    firm.tell(success_manager=None)
    assert firm.look().problems == []
    assert firm.assignees() == {"both": "lead", "risks": "lead"}


def test_who_has_left_gets_no_new_task() -> None:
    """TSK-04, TSK-09: neither by role, nor by pool, nor by name."""
    firm = Firm()
    account: Facts = firm.known.facts
    named = firm.assigner.assign("T", "ann@example.com", 1, account, "risk@example.com", firm.now)
    assert (named.email, named.why) == ("risk@example.com", "ann@example.com is active no more")
    assert firm.assigner.assign("T", "pool:emea", 1, account, "", firm.now).email == "cleo@example.com"
    book = TaskBook(firm.work, firm.history)
    by_hand = HandOver(book, firm.accounts, firm.team, firm.assigner, firm.notices)
    given = task("own", "bo")
    with pytest.raises(RejectedInput, match=r"ann@example.com is active no more: name somebody"):
        by_hand.assign(given, "ann@example.com", "bo@example.com", firm.now, firm.playbook)


def test_everybody_is_active_of_whom_nothing_else_was_told() -> None:
    team = InMemoryTeam()
    team.put(member("dan"))
    assert [each.active for each in team.members()] == [True]
