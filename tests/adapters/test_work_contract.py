"""The contract of Work (reliability T1, S1, R5)."""

import json
from dataclasses import asdict, replace
from datetime import UTC, date, datetime, timedelta

import boto3
import pytest

from keepwell.accounts import Facts, Provenance
from keepwell.attributes import Value
from keepwell.errors import Conflict
from keepwell.in_memory import InMemoryWork
from keepwell.ports import Work
from keepwell.standings import Band, Passage, Reason, Silence, Transition
from keepwell.tasks import (
    Closing,
    Comment,
    Contact,
    FollowUp,
    LastChange,
    PlayRun,
    PostCompletion,
    Priority,
    RunState,
    StepTaken,
    Task,
    TaskStatus,
)
from keepwell_aws.work import DynamoWork
from tests.adapters.conftest import LoseAnswer
from tests.aws_tables import Names

NOON = datetime(2026, 11, 21, 12, tzinfo=UTC)
TASK = Task(
    task_id="task_1",
    facts=Facts(
        account_id="A1",
        values={
            "Title": "Call Harbor Labs",
            "Description": "Health fell to poor",
            "Assignee": "ann@example.com",
            "Due Date": date(2026, 11, 24),
            "Priority": "High",
            "Flow": "Risk",
            "Effort": 0.5,
            "Status": "Open",
        },
        provenance=Provenance("play:health-drop", NOON),
        created_at=NOON,
        created_by="A1/at-risk/1/entered",
        changed_by="A1/at-risk/1/entered",
    ),
    play="health-drop",
    reason="Health = Poor",
    post_completion=PostCompletion(require_touchpoint=True, set_attributes=(("Risk Status", "Engaged"),)),
)
RUN = PlayRun(
    run_id="health-drop/at-risk/1/entered",
    account_id="A1",
    play="health-drop",
    transition_id="A1/at-risk/1/entered",
    shadow=False,
    at=NOON,
    playbook="abc",
    outcomes=("task task_1",),
    deliveries=("email_1", "webhook_1"),
)


@pytest.fixture
def work(place: Names | None) -> Work:
    return DynamoWork(place.table("work")) if place else InMemoryWork()


def told(task: Task, revision: int, **values: Value) -> Task:
    """The task with other facts, at a revision."""
    facts = replace(task.facts, values={**task.facts.values, **values}, revision=revision)
    return replace(task, facts=facts)


STORED = told(TASK, 1)


def test_a_task_is_stored_once_and_comes_back_as_it_was(work: Work) -> None:
    assert work.put_task(TASK)
    assert not work.put_task(TASK)
    assert not work.put_task(told(TASK, 0, Title="Another"))
    assert list(work.tasks("A1")) == [STORED]
    assert work.tasks_of("A1", ["task_1", "task_2"]) == {"task_1": STORED}
    assert work.tasks_of("A1", []) == work.tasks_of("A2", ["task_1"]) == {}


def test_a_task_is_changed_where_nobody_else_wrote_first(work: Work) -> None:
    """S1; what was already written so is no conflict."""
    work.put_task(TASK)
    done = work.change_task(told(TASK, 1, Status="Completed"))
    assert done == told(TASK, 2, Status="Completed") == work.change_task(told(TASK, 1, Status="Completed"))
    assert list(work.tasks("A1")) == [done]
    with pytest.raises(Conflict):
        work.change_task(told(TASK, 1, Priority="Low"))
    with pytest.raises(Conflict):
        work.change_task(told(TASK, 0, Priority="Low"))


def test_many_tasks_are_changed_each_on_its_own(work: Work) -> None:
    work.put_task(TASK)
    new = Task("T-2", replace(TASK.facts, account_id="A2"))
    stored = work.change_tasks([told(TASK, 1, Status="Completed"), new, told(TASK, 0, Priority="Low")])
    assert stored[:2] == [told(TASK, 2, Status="Completed"), told(new, 1)]
    assert isinstance(stored[2], Conflict)
    assert list(work.tasks()) == stored[:2]


def test_all_that_became_of_a_task_comes_back(work: Work) -> None:
    """TSK-01, PLY-11."""
    task = replace(
        TASK,
        post_completion=PostCompletion(follow_up=FollowUp("Call again", due_in_working_days=2)),
        comments=(Comment(NOON, "ann@example.com", "They are on holiday 🏝"),),
        sla_at=NOON,
        escalated_at=NOON,
        escalated_to="lead@example.com",
        closing=Closing(
            NOON,
            "ann",
            Contact("Call", "All is well", "", date(2026, 11, 20), ("Kim Rao",), ("Renewal",)),
            settled=True,
        ),
        last_change=LastChange(1, NOON, "ann", "closed", (("Status", "Open"),), (("Status", "Completed"),)),
    )
    work.put_task(task)
    assert work.tasks_of("A1", ["task_1"]) == {"task_1": told(task, 1)}
    assert work.change_task(told(task, 1, Flow="Renewal")) == told(task, 2, Flow="Renewal")
    assert list(work.tasks("A1")) == list(work.agenda("ann@example.com")) == [told(task, 2, Flow="Renewal")]


def test_an_agenda_has_the_open_tasks_of_a_person_by_their_days(work: Work) -> None:
    """TSK-03; whatever way a task was stored."""
    for number, day in enumerate((date(2026, 12, 2), date(2026, 12, 1), date(2026, 12, 3))):
        work.put_task(replace(told(TASK, 0, **{"Due Date": day}), task_id=f"T-{number}"))
    values = {"Title": "Some day", "Assignee": "Ann@Example.com"}
    [some_day] = work.change_tasks([Task("T-9", replace(TASK.facts, account_id="A2", values=values))])
    work.put_task(replace(told(TASK, 0, Assignee="bo@example.com"), task_id="T-5"))
    work.put_task(replace(told(TASK, 0, Assignee=""), task_id="T-6"))
    mine = list(work.agenda("ANN@example.com"))
    assert [task.task_id for task in mine] == ["T-1", "T-0", "T-2", "T-9"]
    assert mine[-1] == some_day
    assert [task.task_id for task in work.agenda("bo@example.com")] == ["T-5"]
    assert not list(work.agenda(""))


def test_a_task_leaves_the_agenda_when_it_is_closed_or_given_away(work: Work) -> None:
    tasks = [replace(TASK, task_id=f"T-{number}") for number in range(4)]
    for task in tasks:
        work.put_task(task)
    work.change_task(replace(told(TASK, 1, Status="Completed"), task_id="T-0"))
    work.change_task(replace(told(TASK, 1, Assignee="bo@example.com"), task_id="T-1"))
    closed = replace(told(TASK, 1, Status="Cancelled"), task_id="T-2")
    given = replace(told(TASK, 1, Assignee="bo@example.com"), task_id="T-3")
    work.change_tasks([closed, given])
    assert not list(work.agenda("ann@example.com"))
    assert sorted(task.task_id for task in work.agenda("bo@example.com")) == ["T-1", "T-3"]
    work.change_tasks([replace(told(TASK, 2), task_id="T-2")])
    assert [task.task_id for task in work.agenda("ann@example.com")] == ["T-2"]


def test_a_follow_up_of_before_it_could_say_more_is_read(stack: Names) -> None:
    """R5."""
    work = DynamoWork(stack.table("work"))
    work.put_task(replace(TASK, post_completion=PostCompletion(follow_up=FollowUp("Call again"))))
    dynamodb, table = boto3.client("dynamodb"), stack.table("work")
    [item] = dynamodb.scan(TableName=table)["Items"]
    old = json.loads(item["document"]["S"])
    old["post_completion"]["follow_up"] = "Call again"
    dynamodb.put_item(TableName=table, Item={**item, "document": {"S": json.dumps(old)}})
    [found] = work.tasks("A1")
    assert found.post_completion.follow_up == FollowUp("Call again")


def test_a_task_of_a_file_is_stored_without_a_play(work: Work) -> None:
    facts = replace(TASK.facts, values={"Title": "Send the offer"}, provenance=Provenance("csv:tasks", NOON))
    stored = work.change_task(Task("T-1", facts))
    assert list(work.tasks("A1")) == [stored]
    assert (stored.facts.revision, stored.play, stored.due_date) == (1, "", None)
    assert (stored.priority, stored.status, stored.effort) == (Priority.NORMAL, TaskStatus.OPEN, 0)
    assert not work.put_task(Task("T-1", facts))


def test_a_task_of_before_tasks_had_facts_is_read_and_changed(stack: Names) -> None:
    """R5."""
    old = {
        "task_id": "task_1",
        "account_id": "A1",
        "title": "Call Harbor Labs",
        "description": "",
        "assignee": "ann@example.com",
        "due_date": "2026-11-24",
        "priority": "High",
        "flow": "Risk",
        "effort": 0.5,
        "status": "Open",
        "play": "health-drop",
        "reason": "Health = Poor",
        "created_at": NOON.isoformat(),
        "post_completion": asdict(TASK.post_completion),
    }
    boto3.client("dynamodb").put_item(
        TableName=stack.table("work"),
        Item={
            "account_id": {"S": "A1"},
            "item_id": {"S": "task#task_1"},
            "document": {"S": json.dumps(old)},
        },
    )
    work = DynamoWork(stack.table("work"))
    [found] = work.tasks("A1")
    assert not work.put_task(TASK)
    assert found.facts.values == {k: v for k, v in TASK.facts.values.items() if k != "Description"}
    assert (found.play, found.reason, found.created_at) == ("health-drop", "Health = Poor", NOON)
    assert found.post_completion == TASK.post_completion
    assert found.facts.provenance == TASK.facts.provenance

    [changed] = work.change_tasks([told(found, 0, Status="Completed")])
    assert list(work.tasks("A1")) == [changed]
    assert isinstance(work.change_tasks([told(found, 0, Status="Open")])[0], Conflict)
    with pytest.raises(Conflict):
        work.change_task(told(found, 0, Status="Open"))


def test_a_run_is_stored_once(work: Work) -> None:
    assert work.run("A1", RUN.run_id) is None
    assert work.put_run(RUN)
    assert not work.put_run(RUN)
    assert work.run("A1", RUN.run_id) == RUN
    assert work.run("A2", RUN.run_id) is None


def test_a_run_that_did_nothing_says_so(work: Work) -> None:
    work.put_run(replace(RUN, fired=False, deliveries=()))
    found = work.run("A1", RUN.run_id)
    assert found is not None
    assert (found.fired, found.deliveries) == (False, ())


def test_a_run_stored_before_runs_named_their_deliveries_is_read(stack: Names) -> None:
    """R5."""
    old = asdict(RUN) | {"at": RUN.at.isoformat()}
    for name in ("deliveries", "fired"):
        del old[name]
    boto3.client("dynamodb").put_item(
        TableName=stack.table("work"),
        Item={
            "account_id": {"S": "A1"},
            "item_id": {"S": f"run#{RUN.run_id}"},
            "document": {"S": json.dumps(old)},
        },
    )
    assert DynamoWork(stack.table("work")).run("A1", RUN.run_id) == replace(RUN, deliveries=())


def test_tasks_of_one_account_and_of_all(work: Work) -> None:
    work.put_run(RUN)
    for account_id in ("A1", "A2"):
        for number in range(30):
            facts = replace(TASK.facts, account_id=account_id)
            work.put_task(replace(TASK, facts=facts, task_id=f"task_{number:02}"))

    assert [task.task_id for task in work.tasks("A2")] == [f"task_{number:02}" for number in range(30)]
    assert len(list(work.tasks())) == 60
    assert not list(work.tasks("nobody"))


def test_the_runs_of_an_account_come_back_with_their_problems(work: Work) -> None:
    work.put_task(TASK)
    second = replace(RUN, run_id="second", problems=("email 1: the account has no contact",))
    for run in (RUN, second, replace(RUN, account_id="A2")):
        work.put_run(run)
    assert sorted(work.runs("A1"), key=lambda run: run.run_id) == [RUN, second]
    assert sorted(run.account_id for run in work.runs()) == ["A1", "A1", "A2"]
    assert not list(work.runs("nobody"))


def test_a_run_that_waits_comes_back_whole_and_goes_on_once(work: Work) -> None:
    transition = Transition(
        account_id="A1",
        segment="at-risk",
        passage=Passage.ENTERED,
        sequence=1,
        at=NOON,
        day=NOON.date(),
        health=Band.POOR,
        score=31,
        reasons=(
            Reason("Renewal Date within next 90 days", "2027-01-12", matches=True),
            Reason("NPS < 7", 2, matches=True),
        ),
        drivers=("NPS",),
        playbook="abc",
        silence=Silence.BASELINE,
        confidence=80,
    )
    waiting = replace(
        RUN,
        state=RunState.WAITING,
        place="2.then.1",
        until=NOON + timedelta(days=3),
        steps=(StepTaken("", "did", "task task_1", NOON), StepTaken("2", "yes", "NPS < 7: 2", NOON)),
        started=("call",),
        transition=transition,
    )
    assert work.put_run(waiting)
    read = work.run("A1", RUN.run_id)
    assert read == waiting
    assert read is not None
    done = replace(read, state=RunState.DONE, transition=None)
    assert work.change_run(done).revision == 2
    with pytest.raises(Conflict, match=RUN.run_id):
        work.change_run(done)
    assert work.run("A1", RUN.run_id) == done


def test_a_run_that_is_not_there_cannot_go_on(work: Work) -> None:
    with pytest.raises(Conflict):
        work.change_run(replace(RUN, revision=1))


def test_a_run_that_went_on_whose_answer_was_lost_is_no_conflict(
    stack: Names, lose_answer: LoseAnswer
) -> None:
    """Reliability 2.1."""
    work = DynamoWork(stack.table("work"))
    work.put_run(RUN)
    with lose_answer("UpdateItem"):
        assert work.change_run(replace(RUN, state=RunState.ENDED, revision=1)).revision == 2


def test_a_task_whose_answer_was_lost_is_new(stack: Names, lose_answer: LoseAnswer) -> None:
    """Reliability 2.1."""
    work = DynamoWork(stack.table("work"))
    with lose_answer("UpdateItem"):
        assert work.put_task(TASK)
