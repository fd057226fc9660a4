"""Who changes something by the command is told, and may change it (product USR-01); ids are read first."""

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime

import pytest

from infra.vocabulary import Resource
from keepwell.assignment.pools import Logic, Pool
from keepwell.attributes import Value, standard_catalogue
from keepwell.criteria import parse
from keepwell.errors import RejectedInput
from keepwell.in_memory import InMemoryQueue
from keepwell.plays import TaskAction
from keepwell.plays.play import Deeds
from keepwell.plays.steps import Branch
from keepwell.tasks import FollowUp, PostCompletion, Priority
from keepwell_cli.account import account
from keepwell_cli.acting import acting
from keepwell_cli.deliveries import deliver_again, endpoints
from keepwell_cli.held import discard, release
from keepwell_cli.ids import LONGEST, LONGEST_OF_ACCOUNT, read_id
from keepwell_cli.imports import imports
from keepwell_cli.output import Answer
from keepwell_cli.play import play_run
from keepwell_cli.task import (
    task_assign,
    task_cancel,
    task_comment,
    task_done,
    task_reopen,
    task_show,
    task_snooze,
)
from keepwell_cli.tasks import tasks
from keepwell_cli.undo import undo
from keepwell_cli.why import why
from tests.cli.in_memory_stack import InMemoryStack
from tests.domain.assignment.teams import member, task
from tests.domain.tasks.office import BOSS, LEAD, RESCUE, a_playbook

MONDAY = datetime.fromisoformat("2026-11-23")
CHANGES: dict[str, Callable[..., Answer]] = {
    "play run": lambda **by: play_run("win-back", ["A-1"], **by),
    "release": lambda **by: release("win-back", **by),
    "discard": lambda **by: discard("win-back", **by),
    "deliver again": lambda **by: deliver_again(["email_1"], **by),
    "endpoints --enable": lambda **by: endpoints("slack", **by),
    "task done": lambda **by: task_done("T-1", **by),
    "task cancel": lambda **by: task_cancel("T-1", "They left", **by),
    "task assign": lambda **by: task_assign("T-1", "bo@example.com", **by),
    "task snooze": lambda **by: task_snooze("T-1", "They are away", MONDAY, **by),
    "task comment": lambda **by: task_comment("T-1", "They call back", **by),
}


class QueueingStack(InMemoryStack):
    def named(self, resource: Resource) -> str:
        return resource.name


@pytest.fixture
def stack(monkeypatch: pytest.MonkeyPatch) -> InMemoryStack:
    stack = QueueingStack.installed(monkeypatch)
    for module in ("deliveries", "held"):
        monkeypatch.setattr(f"keepwell_cli.{module}.SqsQueue", lambda _: InMemoryQueue())
    monkeypatch.setattr("getpass.getuser", lambda: "ann")
    stack.work.put_task(task("T-1", "ann"))
    return stack


@pytest.mark.parametrize(
    ("told", "why"),
    [
        ({"Licence": "Viewer"}, r"eye@example.com may only look \(licence Viewer\)"),
        ({"Active": False}, "eye@example.com is active no more"),
    ],
)
@pytest.mark.parametrize("verb", CHANGES)
def test_who_may_only_look_changes_nothing(
    stack: InMemoryStack, verb: str, told: dict[str, Value], why: str
) -> None:
    """USR-01: the same rule, in the same words, for whatever changes something."""
    stack.team.put(member("eye", **told))
    with pytest.raises(RejectedInput, match=f"^{why}: name who does it by --by$"):
        CHANGES[verb](by="Eye@Example.com")


@pytest.mark.parametrize("verb", CHANGES)
def test_where_there_is_a_team_who_is_not_of_it_changes_nothing(stack: InMemoryStack, verb: str) -> None:
    stack.team.put(member("bo"))
    with pytest.raises(
        RejectedInput, match=r"^dan@example\.com is not of the team .*: name who does it by --by$"
    ):
        CHANGES[verb](by="Dan@Example.com")


def test_who_answers_for_the_playbook_or_a_play_may_act(stack: InMemoryStack) -> None:
    """Plays and failures give them tasks, and they need not be of the team; viewers stay viewers."""
    stack.team.put(member("bo"))
    stack.playbooks.active = a_playbook(owner="Dan@Example.com")
    for owner in ("dan@example.com", BOSS):
        assert task_done("T-1", by=owner).document["task"]["status"] == "Completed"
        assert task_reopen("T-1", by=owner).document["task"]["status"] == "Open"
        [slack] = [each for each in endpoints("slack", by=owner).document["endpoints"] if each["enabled"]]
        assert slack["enabled"].startswith(f"{owner} at ")
    stack.team.put(member("dan", Licence="Viewer"))
    with pytest.raises(RejectedInput, match="may only look"):
        acting(stack, "dan@example.com")


def test_whose_task_it_is_may_close_it_and_nobody_else_who_is_not_of_the_team(stack: InMemoryStack) -> None:
    """Who is named in a play, or leads somebody, is given tasks."""
    stack.team.put(member("bo"))
    stack.work.put_task(task("T-2", "dan"))
    with pytest.raises(RejectedInput, match="not of the team"):
        task_done("T-1", by="dan@example.com")
    assert task_done("T-2", by="Dan@Example.com").document["task"]["status"] == "Completed"
    assert task_reopen("T-2", by="dan@example.com").document["task"]["status"] == "Open"
    stack.team.put(member("dan", Active=False))
    with pytest.raises(RejectedInput, match="active no more"):
        task_done("T-2", by="dan@example.com")


def test_members_the_user_of_the_machine_and_without_a_team_all_may_act(stack: InMemoryStack) -> None:
    assert acting(stack, "dan@example.com") == "dan@example.com"
    stack.team.put(member("bo", Licence="Contributor"))
    assert acting(stack, "Bo@Example.com") == "bo@example.com"
    assert acting(stack) == "ann"


def test_no_task_is_given_to_who_is_not_of_the_team(stack: InMemoryStack) -> None:
    """As plays would not (PLY-10)."""
    stack.team.put(member("ann"))
    with pytest.raises(RejectedInput, match=r"^bo@example\.com is not of the team .*: name somebody who may"):
        task_assign("T-1", "Bo@Example.com")
    stack.team.put(member("bo"))
    assert task_assign("T-1", "Bo@Example.com").document["task"]["assignee"] == "bo@example.com"


def test_a_task_is_given_to_whom_the_playbook_names(stack: InMemoryStack) -> None:
    """Owners, who gets what a pool cannot give, and who is named by a play, anywhere in it."""
    stack.team.put(member("ann"))
    asked = TaskAction("Call", "", "Eve@Example.com", 0, Priority.NORMAL, "", 1.0)
    after = PostCompletion(follow_up=FollowUp("Ask again", assign_to="fay@example.com"))
    later = replace(asked, assign_to="Success Manager", post_completion=after)
    steps = (Branch(parse("Health = Poor", standard_catalogue()), then=(Deeds(tasks=(later,)),)),)
    pool = Pool("emea", "EMEA", Logic.ROUND_ROBIN, {}, {}, "gus@example.com")
    plays = (replace(RESCUE, tasks=(asked,), steps=steps),)
    stack.playbooks.active = a_playbook(plays=plays, pools={"emea": pool})
    for to in (LEAD, BOSS, "eve@example.com", "fay@example.com", "gus@example.com"):
        assert task_assign("T-1", to).document["task"]["assignee"] == to
    with pytest.raises(RejectedInput, match=r"^dan@example\.com is not of the team"):
        task_assign("T-1", "dan@example.com")


@pytest.mark.parametrize("wrong", ["", "  ", "x" * (LONGEST_OF_ACCOUNT + 1)], ids=["none", "blank", "long"])
def test_what_can_be_no_id_is_refused_before_anything_is_looked_up(stack: InMemoryStack, wrong: str) -> None:
    said = "an id is not blank" if not wrong.strip() else "bytes at most, this one 2,049"
    reads: dict[str, Callable[[], Answer]] = {
        "account": lambda: account(wrong),
        "why": lambda: why("win-back", wrong),
        "task show": lambda: task_show(wrong),
        "task show --account": lambda: task_show("T-1", wrong),
        "task done": lambda: task_done(wrong),
        "undo": lambda: undo(wrong),
        "imports": lambda: imports(wrong),
    }
    for read in reads.values():
        with pytest.raises(RejectedInput, match=said):
            read()
    again = deliver_again([wrong])
    assert again.findings
    assert said in again.document["problems"][0]["reason"]
    if wrong.strip():
        with pytest.raises(RejectedInput, match=said):
            tasks(mine=wrong)
        with pytest.raises(RejectedInput, match=said):
            tasks(account=wrong)


def test_an_id_is_as_long_as_a_key_takes() -> None:
    """In bytes, and told in short."""
    assert read_id("ü" * (LONGEST // 2), "task") == "ü" * (LONGEST // 2)
    assert read_id("x" * LONGEST_OF_ACCOUNT, "account")
    with pytest.raises(RejectedInput) as refused:
        read_id("ü" * LONGEST, "task")
    assert str(refused.value).startswith("there is no task ")
    assert len(str(refused.value)) < 200
