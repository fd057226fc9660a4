"""What is to happen to a task at a time, as wakes."""

from dataclasses import replace
from datetime import date, datetime, time
from enum import StrEnum
from zoneinfo import ZoneInfo

from keepwell.errors import Conflict
from keepwell.ports import Wakes, Work
from keepwell.tasks.task import Task
from keepwell.wakes import Purpose, Wake

ATTEMPTS = 5


class Reason(StrEnum):
    """Why a task is looked at again: its service level is over, its snooze ends, or a closing that was
    interrupted is to be ended."""

    SLA = "sla"
    SNOOZE = "snooze"
    CLOSING = "closing"


def add_task(task: Task, work: Work, wakes: Wakes) -> bool:
    """Store a task unless its id exists; whether it was new. Before it is stored something is there that
    wakes when its service level is over."""
    if task.sla_at:
        wakes.add(wake_of(task, Reason.SLA, task.sla_at))
    return work.put_task(task)


def wake_of(task: Task, reason: Reason, due_at: datetime) -> Wake:
    return Wake(
        wake_id=wake_id(task, reason),
        purpose=Purpose.TASK,
        due_at=due_at,
        account_id=task.account_id,
        content={"task_id": task.task_id, "reason": reason.value},
    )


def wake_id(task: Task, reason: Reason) -> str:
    return f"task/{task.account_id}/{task.task_id}/{reason}"


def wake_at(wakes: Wakes, wake: Wake) -> None:
    """Have it wake at its time, also where it was to wake at another. Raises Conflict if others keep moving
    it."""
    for _ in range(ATTEMPTS):
        if wakes.add(wake):
            return
        stored = wakes.get(wake.wake_id)
        if stored is None:
            continue
        try:
            wakes.put(replace(wake, revision=stored.revision))
        except Conflict:
            continue
        return
    raise Conflict(f"the wake {wake.wake_id!r} kept moving")


def start_of(day: date, zone: ZoneInfo) -> datetime:
    """The first moment of a tenant's day."""
    return datetime.combine(day, time(), zone)
