"""Whose the tasks of plays are, also once a role has changed hands (product PLY-10, TSK-04 to TSK-09)."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

from keepwell.assignment.pools import Logic, Pool
from keepwell.assignment.rules import OwnerChange
from keepwell.deliveries import Channel
from keepwell.plays import PlayState
from keepwell.plays.play import Deeds, EmailAction, TaskAction
from keepwell.plays.steps import Wait
from keepwell.tasks import Priority, Task
from tests.domain.assignment.teams import member
from tests.domain.plays.entering import Town, play

CALL = TaskAction("Call", "", "pool:all", 1, Priority.NORMAL, "Risk", 2.0)
POOL = Pool("all", "All", Logic.MOST_AVAILABLE, {}, {})


def town(play_id: str, /, *members: str, **fields: Any) -> Town:
    """A town in which a play answers an entry, with a team and a pool of all of it."""
    made = Town(play(play_id, **fields))
    made.playbook = replace(made.playbook, pools={"all": POOL})
    for name in members:
        made.team.put(member(name))
    return made


def assignees(made: Town) -> list[str]:
    found: list[Task] = sorted(made.work.tasks(), key=lambda task: task.account_id)
    return [task.assignee.removesuffix("@example.com") for task in found]


def test_a_play_gives_its_tasks_to_a_pool() -> None:
    made = town("call", "ann", "bo", tasks=(CALL,))
    for number in range(4):
        made.enters(f"A-{number}", drop=f"drop-{number}")
    assert assignees(made) == ["ann", "bo", "ann", "bo"]
    run = made.run("call", "A-3")
    [task] = made.work.tasks("A-3")
    why = "pool:all, the least busy of 2, with 4 of 40 hours a week"
    assert run.outcomes == (f"task {task.task_id} for bo@example.com ({why}): Call",)
    assert task.why_assigned == why


def look_mails(made: Town) -> list[str]:
    """To whom play mails are, in order of the accounts."""
    sent = (
        each for each in made.deliveries.all() if each.channel is Channel.EMAIL and each.subject == "Look"
    )
    return [each.to for each in sorted(sent, key=lambda each: each.account_id)]


def test_a_mail_to_a_pool_goes_to_who_has_the_task() -> None:
    """TSK-04. Whoever the pool gives the task hears of it, however busy the others are by then."""
    look = EmailAction("pool:all", "Look", "Now")
    made = town("call", "ann", "bo", tasks=(replace(CALL, assign_to="bo@example.com"), CALL), emails=(look,))
    made.enters("A-0")
    made.enters("A-1", drop="drop-1")
    given = {t.account_id: t.assignee for t in made.work.tasks() if t.why_assigned}
    assert look_mails(made) == [given["A-0"], given["A-1"]]


def test_a_mail_to_who_leads_the_success_manager() -> None:
    """EWS-08."""
    look = EmailAction("manager:Success Manager", "Look", "Now")
    made = town("call", emails=(look,))
    made.team.put(member("ann", Manager="lea@example.com"))
    made.tell("A-0", active_users=5, success_manager="ann@example.com")
    made.launch("A-0")
    assert look_mails(made) == ["lea@example.com"]


def test_two_tasks_of_one_play_count_for_each_other() -> None:
    """Both are planned before the first is stored."""
    made = town("call", "ann", "bo", tasks=(CALL, replace(CALL, title="Visit")))
    made.enters()
    assert sorted(assignees(made)) == ["ann", "bo"]


def test_a_launch_that_is_repeated_gives_the_task_to_the_same_member() -> None:
    """T8: interrupted after the task was stored, with others given out in between."""
    made = town("call", "ann", "bo", "cleo", tasks=(CALL,))
    made.tell("A-0", active_users=5)
    pending = made.standing("A-0")
    made.launch("A-0")
    [first] = assignees(made)
    for number in range(1, 3):
        made.enters(f"A-{number}", drop=f"drop-{number}")
    stored = made.standing("A-0")
    made.accounts.put_standing(replace(pending, revision=stored.revision))
    made.work._runs.clear()
    made.launch("A-0")
    assert assignees(made)[0] == first
    assert made.run("call", "A-0").outcomes[0].endswith("(pool:all, as before): Call")


def test_a_task_after_a_wait_is_given_to_a_pool_then() -> None:
    made = town("call", "ann", "bo", steps=(Wait(days=3), Deeds(tasks=(CALL,))))
    made.enters()
    assert assignees(made) == []
    made.passes(days=3)
    assert assignees(made) == ["ann"]


def test_a_shadow_says_who_would_have_it_and_gives_nothing_out() -> None:
    made = town("call", "ann", "bo", state=PlayState.SHADOW, tasks=(CALL,))
    made.enters()
    [line] = made.run("call").outcomes
    assert "for ann@example.com (pool:all, the least busy of 2" in line
    assert made.control.get("pool#all") is None
    assert assignees(made) == []


def test_a_role_outside_the_team_falls_to_the_owner_and_the_run_says_so() -> None:
    made = town("call", "ann", tasks=(replace(CALL, assign_to="Success Manager"),))
    made.enters()
    assert assignees(made) == ["lead"]
    [line] = made.run("call").outcomes
    assert "(csm.core@example.com, the Success Manager, is not of the team)" in line


def test_a_role_that_changes_hands_takes_its_tasks_along() -> None:
    """TSK-09, from the file that tells it to the task."""
    made = town("call", tasks=(replace(CALL, assign_to="Success Manager"),))
    made.playbook = replace(made.playbook, on_owner_change=OwnerChange.REASSIGN_ALL)
    made.enters()
    assert assignees(made) == ["csm.core"]
    made.tell(drop="drop-2", active_users=5, success_manager="bo@example.com")
    came = made.launch()
    assert [task.assignee for task in came.handed_over] == ["bo@example.com"]
    assert assignees(made) == ["bo"]
    assert made.standing().pending == ()
    assert made.launch().handed_over == []


def test_with_the_policy_of_before_nothing_waits() -> None:
    made = town("call", tasks=(replace(CALL, assign_to="Success Manager"),))
    made.enters()
    made.tell(drop="drop-2", active_users=5, success_manager="bo@example.com")
    assert made.standing().pending == ()
    assert assignees(made) == ["csm.core"]


def mails(made: Town) -> list[tuple[str, str]]:
    return [(each.to, each.subject) for each in made.deliveries.all()]


def test_a_member_hears_of_a_new_task_once() -> None:
    """TSK-10: however often the play is launched."""
    made = town("call", "ann", tasks=(CALL,))
    made.tell(active_users=5)
    pending = made.standing()
    made.launch()
    assert mails(made) == [("ann@example.com", "New task: Call")]
    made.accounts.put_standing(replace(pending, revision=made.standing().revision))
    made.work._runs.clear()
    made.now += timedelta(hours=1)
    made.launch()
    assert mails(made) == [("ann@example.com", "New task: Call")]
    assert made.queues[Channel.EMAIL].messages == [{"delivery_id": made.deliveries.all()[0].delivery_id}]


def test_nobody_hears_of_the_tasks_of_a_shadow() -> None:
    made = town("call", "ann", state=PlayState.SHADOW, tasks=(CALL,))
    made.enters()
    assert mails(made) == []


def test_the_new_holder_of_a_role_hears_of_all_tasks_in_one_mail() -> None:
    """TSK-09, TSK-10; also of what an interrupted look had moved already."""
    to_manager = replace(CALL, assign_to="Success Manager")
    made = town("call", "bo", tasks=(to_manager, replace(to_manager, title="Visit")))
    made.playbook = replace(made.playbook, on_owner_change=OwnerChange.REASSIGN_ALL)
    made.tell(active_users=50, success_manager="lead@example.com")
    made.tell(active_users=5, success_manager="lead@example.com")
    made.launch()
    assert mails(made) == [], "lead is not of the team"
    made.tell(drop="drop-2", active_users=5, success_manager="bo@example.com")
    pending = made.standing()
    made.launch()
    made.accounts.put_standing(replace(pending, revision=made.standing().revision))
    made.launch()
    assert mails(made) == []
    made.passes(minutes=15)
    assert mails(made) == [("bo@example.com", "2 new tasks")]
    assert [task.why_assigned for task in made.work.tasks()] == ["it goes with the role Success Manager"] * 2
