"""The agenda: what a person has to do, overdue, today and later, by priority (product DSH-03)."""

from collections.abc import Iterable
from datetime import date
from enum import StrEnum

from keepwell.tasks.task import Priority, Task


class When(StrEnum):
    """Where in an agenda a task stands."""

    OVERDUE = "overdue"
    TODAY = "today"
    LATER = "later"
    SNOOZED = "snoozed"
    CLOSED = "closed"


_URGENCY = {Priority.HIGH: 0, Priority.NORMAL: 1, Priority.LOW: 2}


def when(task: Task, today: date) -> When:
    """Where a task stands on the tenant's day `today`; one without a day comes later."""
    if not task.is_open:
        return When.CLOSED
    if task.snoozed_until and task.snoozed_until > today:
        return When.SNOOZED
    due = task.due_date or date.max
    if due < today:
        return When.OVERDUE
    return When.TODAY if due == today else When.LATER


def agenda_of(tasks: Iterable[Task], today: date) -> dict[When, list[Task]]:
    """The tasks by where they stand, in the order of `When`, each part by priority, then by day (TSK-03)."""
    found: dict[When, list[Task]] = {part: [] for part in When}
    for task in sorted(tasks, key=_order):
        found[when(task, today)].append(task)
    return found


def _order(task: Task) -> tuple[int, date, str, str]:
    return _URGENCY[task.priority], task.due_date or date.max, task.account_id, task.task_id
