"""`keepwell tasks` and `keepwell task …`: the agenda, what becomes of a task (DSH-03, PLY-11, D6, D10)."""

import re
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest

from keepwell.attributes import Value
from keepwell.errors import RejectedInput
from keepwell.tasks import FollowUp, PostCompletion, Task
from keepwell.team import Member
from keepwell_cli.account import account
from keepwell_cli.output import Answer
from keepwell_cli.reference import ANSWERS
from keepwell_cli.task import (
    task_assign,
    task_cancel,
    task_comment,
    task_done,
    task_reopen,
    task_show,
    task_snooze,
)
from keepwell_cli.task_asked import task_add, task_change
from keepwell_cli.tasks import tasks
from tests.cli.in_memory_stack import InMemoryStack, shown
from tests.domain.tasks.office import a_playbook, facts
from tests.story import NOON, TODAY

ANN, BO = "ann@example.com", "bo@example.com"
FRIDAY, SUNDAY, MONDAY = (datetime(2026, 11, day) for day in (20, 22, 23))  # noqa: DTZ001  as typer reads days
AFTER = PostCompletion(require_touchpoint=True, follow_up=FollowUp("Ask again", due_in_days=7))


@pytest.fixture
def here(monkeypatch: pytest.MonkeyPatch) -> InMemoryStack:
    monkeypatch.setattr("getpass.getuser", lambda: "ann")
    stack = InMemoryStack.installed(monkeypatch)
    stack.accounts.put_facts(facts("A-1", NOON - timedelta(days=9), Success_Manager=BO))
    return stack


def asks(here: InMemoryStack, task_id: str = "T-1", account_id: str = "A-1", **fields: Any) -> None:
    values: dict[str, Value] = {"Title": f"Do {task_id}", "Assignee": ANN, "Due Date": TODAY, "Effort": 2}
    told = facts(account_id, NOON - timedelta(days=1))
    values |= fields.pop("values", {})
    here.work.put_task(Task(task_id, type(told)(**{**vars(told), "values": values}), **fields))


def test_the_agenda_has_three_parts_each_by_priority(here: InMemoryStack) -> None:
    """DSH-03, TSK-03."""
    asks(here, "T-today")
    asks(here, "T-late", values={"Due Date": TODAY - timedelta(days=1), "Priority": "Low"})
    asks(here, "T-urgent", values={"Due Date": TODAY - timedelta(days=1), "Priority": "High"})
    asks(here, "T-some-day", values={"Due Date": TODAY + timedelta(days=9)})
    asks(here, "T-done", values={"Status": "Completed"})
    asks(here, "T-asleep", values={"Snoozed Until": TODAY + timedelta(days=1)})
    answer = tasks(mine="ANN@example.com")
    listed = [(task["agenda"], task["task_id"]) for task in answer.document["tasks"]]
    assert listed == [
        ("overdue", "T-urgent"),
        ("overdue", "T-late"),
        ("today", "T-today"),
        ("later", "T-some-day"),
    ]
    lines = [line.split() for line in shown(answer).splitlines()]
    assert [line[0] for line in lines if len(line) == 1] == ["Overdue", "Today", "Later"]
    assert tasks().document == answer.document
    every = [task["agenda"] for task in tasks(all_=True).document["tasks"]]
    assert every == ["overdue", "overdue", "today", "later", "snoozed", "closed"]
    assert shown(tasks(mine=BO)).strip() == "No tasks."


def test_a_misspelt_person_or_account_is_not_taken_for_one_without_tasks(here: InMemoryStack) -> None:
    assert shown(tasks(account="A-1")).strip() == "No tasks."
    with pytest.raises(RejectedInput, match="no account 'a-1'; ids are written as in the file"):
        tasks(account="a-1")
    with pytest.raises(RejectedInput, match=r'one e-mail address such as ann@example\.com, found "ann"'):
        tasks(mine="ann")
    here.team.put(Member(facts(BO, NOON)))
    assert shown(tasks(mine="Bo@Example.com")).strip() == "No tasks."
    with pytest.raises(RejectedInput, match=r"^ann@example\.com is not of the team, and has no task"):
        tasks(mine=ANN)
    asks(here)
    assert [task["task_id"] for task in tasks(mine=ANN).document["tasks"]] == ["T-1"]


def test_a_task_that_nobody_has_is_on_the_agenda_of_all_and_says_why(here: InMemoryStack) -> None:
    """PLY-10, TSK-09: so that it is not lost."""
    why = "nobody can have it: nobody is CSM; name another owner in keepwell.yaml"
    asks(here, values={"Assignee": ""}, why_assigned=why)
    assert re.search(r"A-1 +Do T-1 +nobody +2 h", shown(tasks()))
    assert f"nobody ({why})" in " ".join(shown(task_show("T-1")).split())
    task_assign("T-1", to=BO, by=ANN)
    [given] = here.work.tasks("A-1")
    assert (given.assignee, given.why_assigned) == (BO, "")


def test_the_agenda_may_be_of_one_flow(here: InMemoryStack) -> None:
    """TSK-02."""
    asks(here, "T-1", values={"Flow": "Renewal"})
    asks(here, "T-2")
    for found in (tasks(flow="renewal"), tasks(mine=ANN, flow="Renewal"), tasks(all_=True, flow="Renewal")):
        assert [task["task_id"] for task in found.document["tasks"]] == ["T-1"]
    with pytest.raises(RejectedInput, match="flow"):
        tasks(flow=" ")


def test_the_agenda_may_be_of_one_play_or_of_what_is_overdue(here: InMemoryStack) -> None:
    """DSH-03."""
    here.playbooks.active = a_playbook()
    asks(here, "T-1", play="rescue")
    asks(here, "T-0", play="of-before")
    asks(here, "T-2", values={"Due Date": TODAY - timedelta(days=1)})
    asks(here, "T-3", values={"Due Date": TODAY - timedelta(days=1), "Status": "Completed"})
    assert [task["task_id"] for task in tasks(play="Rescue").document["tasks"]] == ["T-1"]
    assert [task["task_id"] for task in tasks(play="of-before").document["tasks"]] == ["T-0"]
    assert [task["task_id"] for task in tasks(overdue=True).document["tasks"]] == ["T-2"]
    assert tasks(overdue=True, play="rescue").document == {"tasks": []}
    with pytest.raises(RejectedInput, match="--overdue or widened by --all"):
        tasks(overdue=True, all_=True)
    with pytest.raises(RejectedInput, match="no play is called 'rescu'; did you mean rescue"):
        tasks(play="rescu")


def test_the_agenda_tells_the_accounts_apart(here: InMemoryStack) -> None:
    asks(here)
    asks(here, account_id="A-2")
    assert re.findall(r"(\S+) +Do T-1", shown(tasks())) == ["A-1", "A-2"]


def test_a_person_asks_for_a_task(here: InMemoryStack) -> None:
    """TSK-01: and the same request is one task."""
    title = "Send the\nprice list"
    for _ in range(2):
        answer = task_add("A-1", title, "New", in_days=3, priority="high", flow="Renewal", request="r")
    [task] = here.work.tasks("A-1")
    assert (task.title, task.description, task.flow) == ("Send the price list", "New", "Renewal")
    assert (task.assignee, task.created_by, task.priority.value, task.effort) == (BO, "ann", "High", 1)
    assert task.due_date == TODAY + timedelta(days=3)
    assert answer.document["task"]["task_id"] == task.task_id
    assert task_show(task.task_id).document["history"][0]["did"] == "created"
    assert shown(task_show(task.task_id)).rstrip().endswith("created by ann")
    task_add("A-1", "Call", to=ANN, due=MONDAY)
    assert {each.assignee for each in here.work.tasks("A-1")} == {ANN, BO}


@pytest.mark.parametrize(
    ("account_id", "options", "mend"),
    [
        ("A-9", {}, "there is no account 'A-9'"),
        ("A-1", {"title": " "}, "--title"),
        ("A-1", {"title": "x" * 501}, "--title: expected at most 500 characters, found 501"),
        ("A-1", {"to": "Sucess Manager"}, "'Sucess Manager' is nobody"),
        ("A-1", {"to": "pool:emea"}, "'pool:emea' is nobody"),
        ("A-1", {"due": FRIDAY}, "2026-11-20 is before 2026-11-21"),
        ("A-1", {"due": MONDAY, "in_days": 2}, "either by --due or by --in-days"),
        ("A-1", {"priority": "urgent"}, "--priority: "),
        ("A-1", {"effort": -1.0}, "--effort"),
        ("A-1", {"request": ""}, "a request has a name"),
    ],
)
def test_a_task_that_cannot_be_is_refused(
    here: InMemoryStack, account_id: str, options: dict[str, Any], mend: str
) -> None:
    with pytest.raises(RejectedInput, match=mend):
        task_add(account_id, **{"title": "Call", **options})
    assert not list(here.work.tasks())


def test_an_open_task_is_changed(here: InMemoryStack) -> None:
    asks(here)
    answer = task_change("T-1", due=MONDAY, priority="low", effort=3.0, title="Write")
    [task] = here.work.tasks("A-1")
    assert (task.title, task.due_date, task.priority.value, task.effort) == ("Write", MONDAY.date(), "Low", 3)
    assert answer.document["task"]["due_date"] == "2026-11-23"
    assert "changed by ann (Due Date: 2026-11-21 > 2026-11-23; " in shown(task_show("T-1"))
    with pytest.raises(RejectedInput, match="say what is to change"):
        task_change("T-1")
    with pytest.raises(RejectedInput, match="is before"):
        task_change("T-1", due=FRIDAY)
    task_done("T-1")
    with pytest.raises(RejectedInput, match="nothing to change"):
        task_change("T-1", priority="high")


def test_a_task_that_was_closed_by_mistake_is_opened_again(here: InMemoryStack) -> None:
    asks(here)
    task_done("T-1")
    assert task_reopen("T-1").document["task"]["status"] == "Open"
    assert [task["task_id"] for task in tasks().document["tasks"]] == ["T-1"]
    with pytest.raises(RejectedInput, match="is open"):
        task_reopen("T-1")


def test_a_task_is_closed_with_what_came_of_it_and_of_which_contact(here: InMemoryStack) -> None:
    """PLY-11."""
    asks(here, post_completion=AFTER)
    with pytest.raises(RejectedInput, match="--touchpoint"):
        task_done("T-1", comment="They were glad")
    assert not here.work.tasks_of("A-1", ["T-1"])["T-1"].comments
    answer = task_done("T-1", "reached", "They renew", "Web Meeting", on=FRIDAY, by="Ann@Example.com")
    assert (answer.document["task"]["status"], answer.document["task"]["outcome"]) == ("Completed", "Reached")
    assert answer.document["follow_up"]["title"] == "Ask again"
    assert not answer.findings
    assert "next: Ask again, ann@example.com, 2026-11-28" in shown(answer)
    [touchpoint] = here.touchpoints.touchpoints("A-1")
    assert (touchpoint.type, touchpoint.created_by) == ("Web Meeting", ANN)
    assert touchpoint.day.isoformat() == "2026-11-20"


def test_a_contact_has_participants_and_reasons_as_a_file_tells_them(here: InMemoryStack) -> None:
    """TCH-01: the fields of a touchpoint."""
    asks(here)
    renewal = "Renewal, Escalation"
    task_done("T-1", touchpoint="They renew", participants="Kim Rao, Ann Lee", reasons=renewal)
    [touchpoint] = here.touchpoints.touchpoints("A-1")
    assert touchpoint.participants == ("Kim Rao", "Ann Lee")
    assert touchpoint.reasons == ("Renewal", "Escalation")
    asks(here, "T-2")
    with pytest.raises(RejectedInput, match="name it by --touchpoint"):
        task_done("T-2", reasons="Renewal")
    task_done("T-2", touchpoint="They are well")
    plain = next(each for each in here.touchpoints.touchpoints("A-1") if each.subject == "They are well")
    assert (plain.participants, plain.reasons) == ((), ())


def test_what_closing_could_not_do_is_a_finding(here: InMemoryStack) -> None:
    asks(here, post_completion=PostCompletion(set_attributes=(("Health", "Good"),)))
    answer = task_done("T-1", comment="All is well")
    assert answer.findings
    assert answer.document["problems"] == ["set Health: Keepwell computes it"]
    assert [each["by"] for each in task_show("T-1").document["task"]["comments"]] == ["ann", "keepwell"]


@pytest.mark.parametrize(
    ("options", "mend"),
    [
        ({"touchpoint": " "}, "--touchpoint"),
        ({"touchpoint": "x" * 501}, "--touchpoint: expected at most 500 characters"),
        ({"touchpoint": "Met", "type_": " "}, "--type names the kind of the contact: "),
        ({"content": "Much"}, "name it by --touchpoint"),
        ({"touchpoint": "Met", "on": SUNDAY}, "today is 2026-11-21"),
    ],
)
def test_a_contact_has_to_be_one(here: InMemoryStack, options: dict[str, Any], mend: str) -> None:
    asks(here)
    with pytest.raises(RejectedInput, match=mend):
        task_done("T-1", **options)
    assert here.work.tasks_of("A-1", ["T-1"])["T-1"].is_open


def test_a_task_is_handed_over_commented_snoozed_and_cancelled(here: InMemoryStack) -> None:
    asks(here)
    assert task_assign("T-1", "Success Manager").document["task"]["assignee"] == BO
    task_comment("T-1", "They call back")
    asleep = task_snooze("T-1", "They are on holiday", MONDAY)
    assert (asleep.document["task"]["agenda"], asleep.document["task"]["snoozed_until"]) == (
        "snoozed",
        "2026-11-23",
    )
    assert "sleeps until 2026-11-23: They are on holiday" in shown(asleep)
    assert task_cancel("T-1", "They left").document["task"]["status"] == "Cancelled"
    answer = task_show("T-1")
    assert [row["did"] for row in answer.document["history"]] == [
        "assigned",
        "commented",
        "snoozed",
        "cancelled",
    ]
    assert "assigned by ann (Assignee: ann@example.com > bo@example.com)" in shown(answer)


def test_a_closed_task_tells_what_became_of_it_and_asks_for_nothing(here: InMemoryStack) -> None:
    asks(here, "T-1", post_completion=AFTER, sla_at=NOON)
    asks(here, "T-2")
    seen = shown(task_show("T-1"))
    assert "to be done by" in seen
    assert "asks for a touchpoint" in seen
    task_done("T-1", "Reached", "They renew")
    closed = shown(task_show("T-1"))
    assert "Completed: Reached by ann on 2026-11-21" in closed
    assert "to be done by" not in closed
    assert "closing it" not in closed
    task_comment("T-2", "They call back")
    task_cancel("T-2", "They left")
    assert "Cancelled: They left, by ann on 2026-11-21" in shown(task_show("T-2"))


def test_viewers_change_no_task(here: InMemoryStack) -> None:
    """USR-01."""
    asks(here)
    here.team.put(Member(facts("eye@example.com", NOON, Licence="Viewer")))
    eye: Any = {"by": "Eye@Example.com"}
    changes: tuple[Callable[[], Answer], ...] = (
        lambda: task_done("T-1", **eye),
        lambda: task_cancel("T-1", "They left", **eye),
        lambda: task_assign("T-1", BO, **eye),
        lambda: task_snooze("T-1", "They are on holiday", MONDAY, **eye),
        lambda: task_comment("T-1", "They call back", **eye),
        lambda: task_change("T-1", priority="High", **eye),
        lambda: task_reopen("T-1", **eye),
        lambda: task_add("A-1", "Send the invoice", **eye),
    )
    for change in changes:
        with pytest.raises(RejectedInput, match="may only look"):
            change()
    assert here.work.tasks_of("A-1", ["T-1"])["T-1"].facts.revision == 1
    assert task_show("T-1").document["task"]["status"] == "Open"


def test_an_account_tells_what_became_of_its_tasks(here: InMemoryStack) -> None:
    asks(here)
    task_done("T-1", "Reached")
    [row] = account("A-1").document["history"]
    assert row["in_words"] == (
        "task T-1 closed by ann (Closed At: none > 2026-11-21T12:00:00+00:00; Closed By: none > ann; "
        "Outcome: none > Reached; Status: none > Completed)"
    )


def test_an_id_that_several_accounts_use_takes_the_account(here: InMemoryStack) -> None:
    asks(here)
    asks(here, account_id="A-2", values={"Assignee": BO})
    with pytest.raises(RejectedInput, match="A-1, A-2 each have a task 'T-1': say which by --account"):
        task_comment("T-1", "Which one?")
    assert task_comment("T-1", "This one", account="A-2").document["task"]["account_id"] == "A-2"
    assert task_comment("T-1", "Mine", by=BO).document["task"]["account_id"] == "A-2"
    with pytest.raises(RejectedInput, match="no task 'T-9'"):
        task_show("T-9")
    with pytest.raises(RejectedInput, match="'A-3' has no task 'T-1'"):
        task_show("T-1", account="A-3")


def test_the_verbs_answer_as_documented(here: InMemoryStack) -> None:
    asks(here, post_completion=AFTER, sla_at=NOON)
    documented = {verb: answer["document"] for verb, answer in ANSWERS.items()}
    listed = documented["tasks"]["tasks"][0].keys()
    assert tasks().document["tasks"][0].keys() == listed
    for verb, answer in (
        ("assign", task_assign("T-1", BO)),
        ("snooze", task_snooze("T-1", "Wait", MONDAY)),
        ("comment", task_comment("T-1", "Hello")),
        ("show", task_show("T-1")),
        ("change", task_change("T-1", priority="High")),
        ("done", task_done("T-1", touchpoint="Met")),
        ("reopen", task_reopen("T-1")),
        ("add", task_add("A-1", "Send the invoice")),
    ):
        assert answer.document.keys() == documented[f"task {verb}"].keys()
        if verb != "show":
            assert answer.document["task"].keys() == listed
    said, shape = task_show("T-1").document, documented["task show"]
    assert said["task"].keys() == shape["task"].keys()
    assert said["history"][0].keys() == shape["history"][0].keys()
    assert said["task"]["comments"][0].keys() == shape["task"]["comments"][0].keys()
    assert said["task"]["post_completion"].keys() == shape["task"]["post_completion"].keys()
