"""Two hundred entries into one pool at the same moment (reliability T8, issue 6)."""

from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import replace
from heapq import heappop, heappush
from threading import Barrier, Event, Lock
from typing import Any
from unittest.mock import patch

import pytest
from botocore.client import BaseClient

from keepwell.assignment.assigning import Assignee, Assigner
from keepwell.assignment.pools import Logic, Pool
from keepwell.errors import Conflict
from keepwell.in_memory import InMemoryControl, InMemoryTeam, InMemoryWork
from keepwell_aws.control import DynamoControl
from keepwell_aws.team import DynamoTeam
from keepwell_aws.work import DynamoWork
from tests.aws_tables import Names
from tests.domain.assignment.teams import facts, member, task
from tests.story import NOON

ENTRIES = 200
MEMBERS = ("ann", "bo", "cleo", "dan", "eve")
EARLIER_TASKS = {"ann": 7, "bo": 3}
REDELIVERIES = 100


@contextmanager
def one_call_at_a_time() -> Iterator[None]:
    """DynamoDB changes an item as a whole; moto does so as long as it is asked by one thread at a time."""
    original, lock = BaseClient._make_api_call, Lock()  # type: ignore[attr-defined]

    def call(self: BaseClient, operation: str, arguments: dict[str, Any]) -> Any:
        with lock:
            return original(self, operation, arguments)

    with patch.object(BaseClient, "_make_api_call", call):
        yield


class Patience:
    """Pauses without a clock: once everybody pauses, those go on whose pauses would be over first."""

    together = 8

    def __init__(self, threads: int):
        self.running, self.lock = threads, Lock()
        self.pausing: list[tuple[float, int, Event]] = []

    def pause(self, seconds: float) -> None:
        over = Event()
        with self.lock:
            heappush(self.pausing, (seconds, id(over), over))
        self.leave()
        over.wait()

    def leave(self) -> None:
        with self.lock:
            self.running -= 1
            while not self.running and self.pausing:
                first = [heappop(self.pausing)[2] for _ in self.pausing[: self.together]]
                self.running = len(first)
                for each in first:
                    each.set()


def office(place: Names | None, logic: Logic) -> Assigner:
    pool = Pool("all", "All", logic, {}, {})
    team = DynamoTeam(place.table("work")) if place else InMemoryTeam()
    work = DynamoWork(place.table("work")) if place else InMemoryWork()
    control = DynamoControl(place.table("control")) if place else InMemoryControl()
    for name in MEMBERS:
        team.put(member(name))
        for number in range(EARLIER_TASKS.get(name, 0)):
            work.put_task(task(f"earlier-{name}-{number}", name))
    return Assigner(team, work, control, {"all": pool}, "head@example.com")


def entered(assigner: Assigner, account_id: str) -> Assignee:
    """What a launch does about one account, delivered again as long as others are faster."""
    for _ in range(REDELIVERIES):
        try:
            found = assigner.assign("call", "pool:all", 1.0, facts(account_id), "owner@example.com", NOON)
        except Conflict:
            continue
        assigner.work.put_task(task("call", found.email.partition("@")[0], account_id=account_id))
        return found
    raise AssertionError(f"{account_id} was never served")


def all_at_once(assigner: Assigner, account_ids: list[str]) -> list[Assignee]:
    start, patience = Barrier(len(account_ids)), Patience(len(account_ids))
    patient = replace(assigner, pause=patience.pause)

    def enter(account_id: str) -> Assignee:
        start.wait()
        try:
            return entered(patient, account_id)
        finally:
            patience.leave()

    with ThreadPoolExecutor(len(account_ids)) as threads, one_call_at_a_time():
        return list(threads.map(enter, account_ids))


@pytest.mark.parametrize(
    ("place", "logic"),
    [
        ("in memory", Logic.MOST_AVAILABLE),
        ("in memory", Logic.ROUND_ROBIN),
        ("moto", Logic.MOST_AVAILABLE),
    ],
    indirect=["place"],
)
def test_two_hundred_entries_at_once_have_one_owner_each_and_are_even(
    place: Names | None, logic: Logic
) -> None:
    """Every tenth is delivered twice at the same moment. Whoever has more to do already gets less by most
    available, which is even in the end; round robin deals evenly what comes."""
    assigner = office(place, logic)
    account_ids = [f"A-{number}" for number in range(ENTRIES)]
    told = all_at_once(assigner, [*account_ids, *account_ids[::10]])

    owners = {task.account_id: task.assignee for task in assigner.work.tasks() if task.task_id == "call"}
    assert sorted(owners) == sorted(account_ids)
    for account_id, found in zip([*account_ids, *account_ids[::10]], told, strict=True):
        assert found.email == owners[account_id]
    allocated = {
        name: sum(task.effort for task in assigner.work.agenda(f"{name}@example.com")) for name in MEMBERS
    }
    assert sum(allocated.values()) == ENTRIES + sum(EARLIER_TASKS.values())
    even = allocated if logic is Logic.MOST_AVAILABLE else Counter(owners.values())
    assert max(even.values()) - min(even.values()) <= 1
    row = assigner.control.get("pool#all")
    assert row is not None
    assert len(row["reserved"]) == ENTRIES
