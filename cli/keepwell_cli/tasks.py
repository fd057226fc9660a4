"""`keepwell tasks`: what people are asked to do."""

from datetime import date
from typing import Annotated

import typer
from rich.table import Table

from keepwell.errors import RejectedInput
from keepwell.tasks import Priority, Task
from keepwell_cli.output import Answer, plain
from keepwell_cli.stack import Stack, StackName

ORDER = {Priority.HIGH: 0, Priority.NORMAL: 1, Priority.LOW: 2}


def tasks(
    account: Annotated[str | None, typer.Option(help="Only those of this account.")] = None,
    assignee: Annotated[str | None, typer.Option(help="Only those of this person.")] = None,
    stack: StackName = None,
) -> Answer:
    """List the tasks, most urgent first.

    Example: `keepwell tasks --assignee csm.south@example.com`
    """
    if any(given is not None and not given.strip() for given in (account, assignee)):
        raise RejectedInput("name an account or a person, or leave the option out to see all tasks")
    tasks = Stack.configured(stack).work.tasks(account)
    mine = assignee.strip().casefold() if assignee else None
    found = [task for task in tasks if mine in (None, task.assignee.casefold())]
    found.sort(key=lambda task: (task.due_date or date.max, ORDER[task.priority], task.task_id))
    table = Table("due", "priority", "task", "assignee", "effort", box=None, padding=(0, 2, 0, 0))
    for task in found:
        table.add_row(
            _day(task) or "",
            task.priority.value,
            plain(task.title),
            plain(task.assignee),
            f"{task.effort:g} h",
        )
    return Answer({"tasks": [_document(task) for task in found]}, table if found else "No tasks.")


def _day(task: Task) -> str | None:
    return task.due_date.isoformat() if task.due_date else None


def _document(task: Task) -> dict[str, str | float | None]:
    return {
        "task_id": task.task_id,
        "account_id": task.account_id,
        "title": task.title,
        "assignee": task.assignee,
        "due_date": _day(task),
        "priority": task.priority.value,
        "flow": task.flow,
        "effort": task.effort,
        "status": task.status.value,
        "play": task.play,
        "reason": task.reason,
    }
