"""Choosing one of a pool. Pure: the same question has the same answer (TSK-05 to TSK-08)."""

import hashlib
import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from keepwell.assignment.pools import Logic
from keepwell.tasks import Task
from keepwell.team import Member

FULL_WEEK = 40.0
"""The hours a week of a member whose availability nobody told."""


@dataclass(frozen=True)
class Workload:
    """What somebody has to do: the hours a week there are for tasks, and the effort of each open task in
    hours."""

    email: str
    available: float
    efforts: tuple[float, ...] = ()

    @property
    def allocated(self) -> float:
        """Hours of all open tasks (TSK-08)."""
        return math.fsum(self.efforts)

    @property
    def remaining(self) -> float:
        """Hours left; below 0 where there is more to do than a week has."""
        return self.available - self.allocated

    def share_with(self, effort: float) -> float:
        """Of the hours a week, how much would be taken with one more task; only for who has any."""
        return (self.allocated + effort) / self.available

    def with_task(self, effort: float) -> "Workload":
        return Workload(self.email, self.available, (*self.efforts, effort))


def workload_of(member: Member, tasks: Sequence[Task]) -> Workload:
    """What a member has to do, by the open tasks."""
    available = FULL_WEEK if member.availability is None else member.availability
    return Workload(member.email, available, tuple(task.effort for task in tasks))


def choose(
    logic: Logic, task_id: str, effort: float, candidates: Sequence[Workload], last: str = ""
) -> Workload | None:
    """Who gets the task, None if nobody can have it. `last` is who got the one before."""
    if logic is Logic.ROUND_ROBIN:
        return min(candidates, key=lambda each: (each.email <= last, each.email), default=None)
    if logic is Logic.MOST_AVAILABLE:
        working = [each for each in candidates if each.available > 0]
        return min(working, key=_busy_with(effort), default=None)
    able = [each for each in candidates if logic is Logic.NEXT_IN_LINE or _has_room(each, effort)]
    return max(able, key=lambda each: _lot(task_id, each.email), default=None)


def _busy_with(effort: float) -> Callable[[Workload], tuple[float, float, str]]:
    """How busy somebody would be with the task; where that is the same, how many tasks there would be."""
    return lambda each: (each.share_with(effort), (len(each.efforts) + 1) / each.available, each.email)


def _has_room(workload: Workload, effort: float) -> bool:
    return workload.remaining > 0 and workload.remaining >= effort


def _lot(task_id: str, email: str) -> bytes:
    """Each task draws a lot for everybody. Whoever comes or goes changes nothing between the others."""
    return hashlib.sha256(f"{task_id}\n{email}".encode()).digest()
