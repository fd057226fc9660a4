"""Tasks of pools, and tasks that go along with a role, killed at every call (reliability T8, R1)."""

from dataclasses import replace

import pytest

from keepwell.accounts import Change, Provenance, merge
from keepwell.assignment.notices import QUARTER, Notices
from keepwell.assignment.pools import Logic, Pool
from keepwell.assignment.rules import OwnerChange, TaskMail
from keepwell.attributes import Value
from keepwell.deliveries import deliver as send
from keepwell.evaluation import evaluate
from keepwell.in_memory import FixedClock
from keepwell.noise.manners import Manners
from keepwell.playbook import Playbook
from keepwell.plays.play import TaskAction
from keepwell.tasks import Priority, Task
from keepwell_aws.accounts import DynamoAccounts
from keepwell_aws.control import DynamoControl
from keepwell_aws.deliveries import DynamoDeliveries
from keepwell_aws.history import DynamoHistory
from keepwell_aws.playbooks import ActivePlaybook
from keepwell_aws.team import DynamoTeam
from keepwell_aws.wakes import DynamoWakes
from keepwell_aws.work import DynamoWork
from tests.aws_tables import Names
from tests.crashes import Fault, enumerate_faults
from tests.domain.assignment.teams import member, task
from tests.domain.plays.entering import play, playbook
from tests.functions.invoking import (
    Log,
    deliver,
    invoke,
    of_changes,
    queued,
    sample_event,
    standing_of,
)
from tests.story import NOON, TODAY, account

NAME, CASE = "launch_plays", "pending_transitions"
CALL = TaskAction("Call", "", "pool:all", 1, Priority.NORMAL, "Risk", 1.0)
PLAYBOOK = replace(
    playbook(play("call", tasks=(CALL,))),
    pools={"all": Pool("all", "All", Logic.MOST_AVAILABLE, {}, {})},
    on_owner_change=OwnerChange.REASSIGN_ALL,
)
MEMBERS = ("ann", "bo", "cleo")


@pytest.fixture
def team(stack: Names, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ActivePlaybook, "get", lambda _: PLAYBOOK)
    for name in MEMBERS:
        DynamoTeam(stack.table("work")).put(member(name))


def tell(stack: Names, account_id: str, drop: str, **values: Value) -> None:
    """A drop of its own tells these values, and the account is judged."""
    accounts = DynamoAccounts(stack.table("accounts"))
    found = accounts.get(account_id)
    told = {name.replace("_", " "): value for name, value in values.items()}
    change = Change(account_id, told, "csv:accounts", NOON, TODAY, f"{drop}-{account_id}")
    before = found.facts if found else replace(account(account_id).facts, revision=0)
    facts = merge(before, change, PLAYBOOK.catalogue)
    assert facts is not None
    accounts.put_facts(facts)
    known = accounts.get(account_id)
    assert known is not None
    accounts.put_standing(evaluate(known, PLAYBOOK, NOON).standing)


@pytest.mark.usefixtures("team")
def test_a_task_of_a_pool_has_one_owner_whatever_is_killed(stack: Names) -> None:
    """What was noted for a launch that died is found again by the next, and counts once."""
    work, control = DynamoWork(stack.table("work")), DynamoControl(stack.table("control"))
    accounts = [f"A-{number}" for number in range(len(MEMBERS))]
    events = [of_changes(NAME, CASE, [name]) for name in accounts]
    for name in accounts:
        tell(stack, name, "drop", Active_Users=5)

    def story(_: str, place: int | None, fault: Fault) -> list[str]:
        made = deliver(NAME, events[0], place, fault)
        for event in [events[0], *events]:
            invoke(NAME, event)
        calls: dict[str, Task] = {}
        for name in accounts:
            [calls[name]] = work.tasks(name)
        assert sorted(str(call.assignee) for call in calls.values()) == sorted(
            f"{name}@example.com" for name in MEMBERS
        ), "a launch that died leaves nobody busier"
        row = control.get("pool#all")
        assert row is not None
        for name, call in calls.items():
            run = work.run(name, "call/quiet/1/entered")
            assert run is not None
            assert f"task {call.task_id} for {call.assignee} " in run.outcomes[0]
            assert row["reserved"][f"{name}/{call.task_id}"][0] == call.assignee
            assert standing_of(stack, name).pending == ()
        return made

    made = enumerate_faults(story)
    assert "dynamodb:Query" in made, "the agendas are read"


@pytest.mark.usefixtures("team")
def test_tasks_go_along_with_a_role_once_whatever_is_killed(stack: Names, log: Log) -> None:
    """TSK-09."""
    work, history = DynamoWork(stack.table("work")), DynamoHistory(stack.table("history"))

    def story(name: str, place: int | None, fault: Fault) -> list[str]:
        tell(stack, name, "drop-1", Success_Manager="ann@example.com", Active_Users=50)
        for number in range(2):
            work.put_task(task(f"T-{number}", "ann", account_id=name))
        tell(stack, name, "drop-2", Success_Manager="bo@example.com")
        event = of_changes(NAME, CASE, [name])
        made = deliver(NAME, event, place, fault)
        invoke(NAME, event)
        invoke(NAME, event)
        assert [each.assignee for each in work.tasks(name)] == ["bo@example.com"] * 2
        rows = history.of(name, "task")
        assert sorted(row.detail["task_id"] for row in rows) == ["T-0", "T-1"]
        assert standing_of(stack, name).pending == ()
        return made

    made = enumerate_faults(story)
    assert made[-1] == "dynamodb:UpdateItem", "the transition stays pending until all is handed over"
    assert [entry["task_id"] for entry in log.entries() if entry["message"] == "task handed over"][:2] == [
        "T-0",
        "T-1",
    ]


@pytest.mark.usefixtures("team")
def test_each_new_task_is_in_one_summary_whatever_is_killed(stack: Names, clock: FixedClock) -> None:
    """TSK-10, T2: told by launches that were repeated, one of them late, and sent by ticks that died."""
    work, deliveries = DynamoWork(stack.table("work")), DynamoDeliveries(stack.table("deliveries"))
    notices = Notices(
        DynamoAccounts(stack.table("accounts")),
        work,
        DynamoTeam(stack.table("work")),
        deliveries,
        {},
        DynamoWakes(stack.table("deliveries")),
        DynamoControl(stack.table("control")),
    )
    tick = sample_event("wake_due", "minute_tick")

    def story(name: str, place: int | None, fault: Fault) -> list[str]:
        notices.team.put(member(name.lower()))
        made, at = [task(f"T-{number}", name.lower(), account_id=name) for number in range(3)], clock.now()

        def tell(*tasks: Task) -> None:
            for each in tasks:
                stored = replace(each, facts=replace(each.facts, provenance=Provenance("play:call", at)))
                work.put_task(stored)
                notices.tell(stored, Manners(TaskMail.SUMMARY), clock.now())

        tell(*made[:2], *made[:2])
        clock.advance(QUARTER)
        calls = deliver("wake_due", tick, place, fault)
        tell(*made)
        for _ in range(2):
            clock.advance(QUARTER)
            invoke("wake_due", tick)
        ids = {message["delivery_id"] for message in queued(stack.queues["email_deliveries"])}
        found = [
            mail for each in ids if (mail := deliveries.get(each)) and mail.to.startswith(f"{name.lower()}@")
        ]
        told = sorted(line for mail in found for line in mail.body.splitlines() if line[:2] == "- ")
        assert told == ["- T-0", "- T-1", "- T-2"]
        assert list(notices.wakes.due(clock.now())) == []
        for delivery_id in ids:
            send(delivery_id, deliveries, lambda _: None, clock.now())
        return calls

    assert "dynamodb:BatchGetItem" in enumerate_faults(story), "the tasks are read again"


@pytest.mark.usefixtures("team")
def test_tasks_of_who_has_left_find_others_whatever_is_killed(stack: Names) -> None:
    """TSK-09: the daily sweep hands them over, and ends what was interrupted."""
    work, history = DynamoWork(stack.table("work")), DynamoHistory(stack.table("history"))
    daily = sample_event("sweep", "daily")
    DynamoTeam(stack.table("work")).put(member("dan", Active=False))

    def story(name: str, place: int | None, fault: Fault) -> list[str]:
        tell(stack, name, "drop", Active_Users=50)
        for number in range(2):
            given = replace(task(f"T-{number}", "dan", account_id=name), play="call")
            work.put_task(given)
        made = deliver("sweep", daily, place, fault)
        invoke("sweep", daily)
        invoke("sweep", daily)
        assert not list(work.agenda("dan@example.com"))
        owners = {each.assignee for each in work.tasks(name)}
        assert len(owners) == 2
        assert owners <= {f"{other}@example.com" for other in MEMBERS}
        told = [row.detail for row in history.of(name, "task")]
        assert {row["did"] for row in told} <= {"handed over"}
        return made

    assert "dynamodb:Query" in enumerate_faults(story)


@pytest.mark.usefixtures("team")
def test_the_log_tells_what_became_of_the_tasks_of_who_has_left(
    stack: Names, log: Log, monkeypatch: pytest.MonkeyPatch
) -> None:
    """TSK-09: which tasks, and no addresses."""
    work, daily = DynamoWork(stack.table("work")), sample_event("sweep", "daily")
    nobody = replace(PLAYBOOK, owner="dan@example.com", pools={})
    DynamoTeam(stack.table("work")).put(member("dan", Active=False))
    tell(stack, "A-1", "drop", Active_Users=50)
    work.put_task(task("T-1", "dan"))

    def told(book: Playbook) -> dict[str, object]:
        monkeypatch.setattr(ActivePlaybook, "get", lambda _: book)
        before = len(log.entries())
        invoke("sweep", daily)
        [entry] = log.entries()[before:]
        assert "example.com" not in str(entry)
        names = ("level", "message", "account_id", "task_id", "tasks", "reason")
        return {name: entry[name] for name in names if name in entry}

    assert told(replace(nobody, on_owner_change=OwnerChange.KEEP)) == {
        "level": "WARNING",
        "message": "tasks of who has left stay, see on_owner_change",
        "tasks": 1,
    }
    stuck = told(nobody)
    assert str(stuck.pop("reason")).endswith("name another owner in keepwell.yaml")
    of_task = {"account_id": "A-1", "task_id": "T-1"}
    assert stuck == {"level": "ERROR", "message": "task of who has left not handed over", **of_task}
    moved = told(replace(nobody, owner="bo@example.com"))
    assert moved == {"level": "INFO", "message": "task of who has left handed over", **of_task}
