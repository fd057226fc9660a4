"""`keepwell tasks`: what people are asked to do."""

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
    found = [
        task for task in Stack.configured(stack).work.tasks(account) if assignee in (None, task.assignee)
    ]
    found.sort(key=lambda task: (task.due_date, ORDER[task.priority], task.task_id))
    table = Table("due", "priority", "task", "assignee", "effort", box=None, padding=(0, 2, 0, 0))
    for task in found:
        table.add_row(
            task.due_date.isoformat(),
            task.priority.value,
            plain(task.title),
            plain(task.assignee),
            f"{task.effort:g} h",
        )
    return Answer({"tasks": [_document(task) for task in found]}, table if found else "No tasks.")


def _document(task: Task) -> dict[str, str | float]:
    return {
        "task_id": task.task_id,
        "account_id": task.account_id,
        "title": task.title,
        "assignee": task.assignee,
        "due_date": task.due_date.isoformat(),
        "priority": task.priority.value,
        "flow": task.flow,
        "effort": task.effort,
        "status": task.status.value,
        "play": task.play,
        "reason": task.reason,
    }
