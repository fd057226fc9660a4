"""The sweep relaunches what was missed, counts it, and finds nothing in a healthy system (reliability R6)."""

from datetime import timedelta
from functools import partialmethod

import boto3
import pytest

from keepwell.in_memory import FixedClock
from keepwell.plays.braking import Brake, Decision
from keepwell_aws.accounts import DynamoAccounts
from keepwell_aws.control import DynamoControl
from keepwell_aws.work import DynamoWork
from tests.aws_tables import Names
from tests.crashes import Fault, enumerate_faults
from tests.functions.invoking import (
    Context,
    Log,
    deliver,
    dropped_alone,
    forget,
    invoke,
    judge,
    of_changes,
    queued,
    sample_event,
    spoil,
    standing_of,
)
from tests.story import NOON, account, poor_account

NAME = "sweep"
DAILY = sample_event(NAME, "daily")
TEN = [f"A-{number:03}" for number in range(10)]
LONG_AGO = NOON - timedelta(hours=3)


def tasks(stack: Names, account_id: str) -> int:
    return len(list(DynamoWork(stack.table("work")).tasks(account_id)))


def test_tasks_of_before_there_were_agendas_come_onto_them_once(stack: Names, log: Log) -> None:
    """R5: DSH-03."""
    judge(stack, poor_account("A-001"), LONG_AGO)
    invoke("launch_plays", of_changes("launch_plays", "pending_transitions", ["A-001"]))
    work, table = DynamoWork(stack.table("work")), boto3.resource("dynamodb").Table(stack.table("work"))
    [task] = work.tasks("A-001")
    key = {"account_id": "A-001", "item_id": f"task#{task.task_id}"}
    table.update_item(Key=key, UpdateExpression="REMOVE assignee, due")
    assert not list(work.agenda(task.assignee))

    invoke(NAME, DAILY)
    assert [each.task_id for each in work.agenda(task.assignee)] == [task.task_id]
    assert [entry["tasks"] for entry in log.entries() if entry["message"] == "agendas made"] == [1]
    table.update_item(Key=key, UpdateExpression="REMOVE assignee, due")
    invoke(NAME, DAILY)
    assert not list(work.agenda(task.assignee))


def test_a_healthy_system_shows_no_repairs(stack: Names, log: Log) -> None:
    judge(stack, account("A-000"), LONG_AGO)
    judge(stack, poor_account("A-001"), LONG_AGO)
    invoke("launch_plays", of_changes("launch_plays", "pending_transitions", ["A-001"]))
    before = len(log.entries())
    assert invoke(NAME, DAILY) == {"looked_at": 2, "relaunched": 0, "held": 0}
    assert len(log.entries()) == before, "nothing to tell"


def test_an_overdue_transition_is_relaunched_and_counted(stack: Names, log: Log) -> None:
    """Its stream record was lost, for instance while the mapping was switched off."""
    judge(stack, poor_account("A-001"), LONG_AGO)
    assert invoke(NAME, DAILY) == {"looked_at": 1, "relaunched": 1, "held": 0}
    assert tasks(stack, "A-001") == 1
    assert len(list(queued(stack.queues["email_deliveries"]))) == 1
    assert len(list(queued(stack.queues["webhook_deliveries"]))) == 2
    assert standing_of(stack, "A-001").pending == ()
    [told] = log.entries()
    assert (told["level"], told["message"], told["relaunched"]) == ("ERROR", "the sweep found work", 1)
    assert invoke(NAME, DAILY) == {"looked_at": 1, "relaunched": 0, "held": 0}


def test_a_transition_on_its_way_is_left_alone(stack: Names, clock: FixedClock) -> None:
    judge(stack, poor_account("A-001"))
    clock.advance(timedelta(minutes=14))
    assert invoke(NAME, DAILY)["relaunched"] == 0
    clock.advance(timedelta(minutes=1))
    assert invoke(NAME, DAILY)["relaunched"] == 1


def test_one_broken_account_among_ten_hides_no_other(stack: Names, log: Log) -> None:
    """R2."""
    for account_id in TEN:
        judge(stack, poor_account(account_id), LONG_AGO)
    spoil(stack, TEN[0], "standing")
    assert invoke(NAME, DAILY) == {"looked_at": 9, "relaunched": 9, "held": 0}
    assert [tasks(stack, account_id) for account_id in TEN] == [0] + [1] * 9
    broken = [entry for entry in log.entries() if entry["message"] == "account could not be swept"]
    assert [(entry["level"], entry["account_id"]) for entry in broken] == [("ERROR", TEN[0])]


def test_with_little_time_left_it_stops_and_says_so(
    stack: Names, log: Log, monkeypatch: pytest.MonkeyPatch
) -> None:
    """R4."""
    monkeypatch.setattr(DynamoAccounts, "scan", partialmethod(DynamoAccounts.scan, limit=4))
    for account_id in TEN:
        judge(stack, account(account_id), LONG_AGO)
    answer = invoke(NAME, DAILY, Context(60_000, 40_000, 29_999))
    assert 0 < answer["looked_at"] < len(TEN)
    [told] = log.entries()
    assert (told["level"], told["finished"]) == ("ERROR", False)
    assert invoke(NAME, DAILY)["looked_at"] == len(TEN)


def test_what_waits_for_a_person_is_neither_missed_nor_relaunched_until_released(
    stack: Names, log: Log
) -> None:
    for number in range(27):
        judge(stack, poor_account(f"A-{number:03}"), LONG_AGO)
    assert invoke(NAME, DAILY) == {"looked_at": 27, "relaunched": 25, "held": 2}
    before = len(log.entries())
    assert invoke(NAME, DAILY) == {"looked_at": 27, "relaunched": 0, "held": 2}
    [told] = log.entries()[before:]
    assert (told["level"], told["held"]) == ("INFO", 2)
    brake = Brake(DynamoControl(stack.table("control")))
    brake.decide("health-drop-to-poor", "drop-1", Decision.RELEASED, "ann")
    assert invoke(NAME, DAILY) == {"looked_at": 27, "relaunched": 0, "held": 0}
    assert sum(tasks(stack, f"A-{number:03}") for number in range(27)) == 27


def test_killed_at_any_call_the_next_sweep_ends_it(stack: Names) -> None:
    def story(name: str, place: int | None, fault: Fault) -> list[str]:
        judge(stack, dropped_alone(name), LONG_AGO)
        made = deliver(NAME, DAILY, place, fault)
        invoke(NAME, DAILY)
        assert invoke(NAME, DAILY)["relaunched"] == 0
        assert standing_of(stack, name).pending == ()
        assert tasks(stack, name) == 1
        queues = (stack.queues["email_deliveries"], stack.queues["webhook_deliveries"])
        assert len({message["delivery_id"] for queue in queues for message in queued(queue)}) == 3
        forget(stack, name)
        return made

    enumerate_faults(story)
