"""What plays ask of who has left finds somebody else, or says that nobody is left (TSK-09, PLY-10)."""

from dataclasses import replace
from typing import Any

import pytest

from keepwell.assignment.pools import Logic, Pool
from keepwell.deliveries import Channel
from keepwell.plays import PlayState
from keepwell.plays.play import EmailAction, TaskAction
from keepwell.plays.tracing import trace
from keepwell.tasks import Priority
from tests.domain.assignment.teams import member
from tests.domain.plays.entering import Town, play

CALL = TaskAction("Call", "", "Success Manager", 1, Priority.NORMAL, "Risk", 2.0)
NOBODY = (
    "nobody can have it: ann@example.com is active no more; risk@example.com, the owner of the play, is "
    "active no more; head@example.com, the owner of the playbook, is active no more; name another owner in "
    "keepwell.yaml"
)


def town(*left: str, **fields: Any) -> Town:
    """Ann is the success manager, Lea leads her; of them, of who owns the play (risk), and of who owns the
    playbook (head), some have left."""
    made = Town(play("call", owner="risk@example.com", **fields))
    pools = {"all": Pool("all", "All", Logic.ROUND_ROBIN, {"Region": ("EMEA",)}, {}, "desk@example.com")}
    made.playbook = replace(made.playbook, owner="head@example.com", pools=pools)
    for name in ("ann", "lea", "risk", "head", "desk"):
        made.team.put(member(name, Active=name not in left, Manager="lea@example.com"))
    return made


def enters(made: Town) -> Town:
    made.tell(active_users=5, success_manager="ann@example.com")
    made.launch()
    return made


def mailed(made: Town) -> list[str]:
    """To whom what the play writes is."""
    return [each.to for each in made.deliveries.all() if each.channel is Channel.EMAIL and each.play]


def look(to: str) -> EmailAction:
    return EmailAction(to, "Look", "Now")


@pytest.mark.parametrize(
    ("left", "assignee"),
    [
        ((), "ann@example.com"),
        (("ann",), "risk@example.com"),
        (("ann", "risk"), "head@example.com"),
    ],
)
def test_a_task_goes_to_the_first_who_is_still_there(left: tuple[str, ...], assignee: str) -> None:
    made = enters(town(*left, tasks=(CALL,)))
    assert made.task("Call").assignee == assignee
    assert made.run("call").problems == ()


def test_a_task_that_nobody_can_have_is_there_and_the_run_says_what_to_mend() -> None:
    made = enters(town("ann", "risk", "head", tasks=(CALL,)))
    task = made.task("Call")
    assert (task.assignee, task.why_assigned, task.is_open) == ("", NOBODY, True)
    run = made.run("call")
    assert run.problems == (f"task 1: {NOBODY}",)
    assert run.outcomes == (f"task {task.task_id} for nobody ({NOBODY}): Call",)
    assert made.deliveries.all() == []


def test_why_tells_the_problem() -> None:
    made = enters(town("ann", "risk", "head", tasks=(CALL,)))
    told = trace("call", made.known(), made.playbook, made.launcher, made.now)
    assert [line.detail for line in told.because if line.outcome == "problem"] == [f"task 1: {NOBODY}"]
    [task] = [line.detail for line in told.because if line.step == "task"]
    assert f"for nobody ({NOBODY})" in task


def test_a_shadow_says_it_too() -> None:
    made = enters(town("ann", "risk", "head", state=PlayState.SHADOW, tasks=(CALL,)))
    assert made.run("call").problems == (f"task 1: {NOBODY}",)
    assert made.titles() == []


@pytest.mark.parametrize(
    ("to", "left", "receiver"),
    [
        ("Success Manager", (), "ann@example.com"),
        ("Success Manager", ("ann",), "risk@example.com"),
        ("Success Manager", ("ann", "risk"), "head@example.com"),
        ("ann@example.com", ("ann",), "risk@example.com"),
        ("Sponsor", ("risk",), "head@example.com"),
        ("manager:Success Manager", (), "lea@example.com"),
        ("manager:Success Manager", ("lea",), "risk@example.com"),
        ("manager:Success Manager", ("ann",), "lea@example.com"),
    ],
)
def test_a_mail_goes_to_the_first_who_is_still_there(to: str, left: tuple[str, ...], receiver: str) -> None:
    assert mailed(enters(town(*left, emails=(look(to),)))) == [receiver]


@pytest.mark.parametrize(("left", "receiver"), [((), "desk@example.com"), (("desk",), "risk@example.com")])
def test_a_mail_to_a_pool_goes_where_its_task_goes(left: tuple[str, ...], receiver: str) -> None:
    pooled = replace(CALL, assign_to="pool:all")
    made = enters(town(*left, tasks=(pooled,), emails=(look("pool:all"),)))
    assert [made.task("Call").assignee, made.deliveries.all()[-1].to] == [receiver, receiver]


def test_a_mail_that_nobody_can_have_is_a_problem_of_the_run() -> None:
    made = enters(town("ann", "risk", "head", emails=(look("Success Manager"),)))
    assert mailed(made) == []
    assert made.run("call").problems == (f"email 1: {NOBODY}",)


def test_a_mail_may_go_to_who_only_looks_and_to_who_is_not_of_the_team() -> None:
    """USR-01: a viewer has no tasks, and reads."""
    made = town(emails=(look("Success Manager"), look("zoe@example.com"), look("Sponsor")))
    [ann] = made.team.members_of(["ann@example.com"]).values()
    made.team.put(replace(ann, facts=replace(ann.facts, values={**ann.facts.values, "Licence": "Viewer"})))
    made.tell(active_users=5, success_manager="ann@example.com", Sponsor="Kim@example.com")
    made.launch()
    assert sorted(mailed(made)) == ["Kim@example.com", "ann@example.com", "zoe@example.com"]
