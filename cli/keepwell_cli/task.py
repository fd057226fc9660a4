"""`keepwell task show`, `done`, `cancel`, `reopen`, `assign`, `snooze`, `comment`: what becomes of a task."""

from datetime import datetime
from typing import Annotated

import typer

from keepwell.tasks.changing import KIND
from keepwell.tasks.closing import Closed
from keepwell.tasks.snoozing import Snoozer
from keepwell.touchpoints import TYPES
from keepwell_cli.acting import By
from keepwell_cli.days import read_day
from keepwell_cli.desk import Desk
from keepwell_cli.output import Answer, plain
from keepwell_cli.stack import Stack, StackName
from keepwell_cli.task_view import document_of, task_view, whole_document

TaskId = Annotated[str, typer.Argument(metavar="ID", help="The task's id, as `keepwell tasks` shows it.")]
AccountId = Annotated[
    str | None, typer.Option(metavar="ID", help="Its account, where several accounts have a task of that id.")
]
ROWS = 500


def task_show(task_id: TaskId, account: AccountId = None, stack: StackName = None) -> Answer:
    """Show a task: what it asks for, its comments, and what became of it.

    Example: `keepwell task show T-1`
    """
    desk = Desk(Stack.configured(stack))
    task = desk.find(task_id, account)
    rows = desk.stack.history.of(task.account_id, KIND, limit=ROWS)
    history = [row for row in reversed(rows) if row.detail["task_id"] == task_id]
    document = {
        "task": whole_document(task, desk.today),
        "history": [{"at": row.at.isoformat(), **row.detail} for row in history],
    }
    return Answer(document, task_view(task, history, desk.today))


def task_done(
    task_id: TaskId,
    outcome: Annotated[
        str, typer.Option(help="What came of it: Done, Reached, No Answer, Resolved, or one of your own.")
    ] = "Done",
    touchpoint: Annotated[
        str | None, typer.Option(metavar="TEXT", help="What was said with the customer, in one line.")
    ] = None,
    type_: Annotated[
        str, typer.Option("--type", help=f"Of what kind that was: {', '.join(TYPES)}, or any other.")
    ] = "Call",
    content: Annotated[str, typer.Option(help="More of what was said.")] = "",
    on: Annotated[
        datetime | None, typer.Option(parser=read_day, metavar="DAY", help="The day of it.")
    ] = None,
    participants: Annotated[
        str, typer.Option(metavar="NAMES", help="Who took part, with commas between.")
    ] = "",
    reasons: Annotated[
        str, typer.Option(metavar="TEXTS", help="What it was about, with commas between.")
    ] = "",
    comment: Annotated[str | None, typer.Option(help="A comment under the task.")] = None,
    by: By = None,
    account: AccountId = None,
    stack: StackName = None,
) -> Answer:
    """Close a task, with what came of it. If the task asks for it, say what was said with the customer.

    It ends with 1 if not all could be done that closing it asks for. Interrupted, it is ended within minutes,
    or by the same command once more.

    Example: `keepwell task done T-1 --outcome Reached --touchpoint "They renew in June"`
    """
    desk = Desk(Stack.configured(stack))
    task = desk.find(task_id, account, by)
    who = desk.acting(by, task)
    contact = desk.contact(touchpoint, type_, content, on.date() if on else None, participants, reasons)
    closed = desk.closer.close(task, outcome, who, desk.now, desk.playbook, contact, comment or "")
    return _closed(closed, desk)


def task_cancel(
    task_id: TaskId,
    reason: Annotated[str, typer.Option(help="Why it is not to be done.")],
    by: By = None,
    account: AccountId = None,
    stack: StackName = None,
) -> Answer:
    """Take a task off the agenda that is not to be done. Nothing follows of it.

    Example: `keepwell task cancel T-1 --reason "They left"`
    """
    desk = Desk(Stack.configured(stack))
    task = desk.find(task_id, account, by)
    return desk.changed(desk.closer.cancel(task, reason, desk.acting(by, task), desk.now, desk.playbook))


def task_reopen(task_id: TaskId, by: By = None, account: AccountId = None, stack: StackName = None) -> Answer:
    """Open a task again that was closed or cancelled by mistake. What closing it did stays done.

    Example: `keepwell task reopen T-1`
    """
    desk = Desk(Stack.configured(stack))
    task = desk.find(task_id, account, by)
    return desk.changed(desk.closer.reopen(task, desk.acting(by, task), desk.now, desk.playbook))


def task_assign(
    task_id: TaskId,
    to: Annotated[
        str, typer.Option(help="An e-mail address, a role at the account, `manager:<role>` or `pool:<id>`.")
    ],
    by: By = None,
    account: AccountId = None,
    stack: StackName = None,
) -> Answer:
    """Give a task to somebody else.

    Example: `keepwell task assign T-1 --to bo@example.com`
    """
    desk = Desk(Stack.configured(stack))
    task = desk.find(task_id, account, by)
    after, assignee = desk.hand_over.assign(task, to, desk.acting(by, task), desk.now, desk.playbook)
    why = f"{assignee.email}: {assignee.why}" if assignee.why else ""
    return desk.changed(after, {"why": assignee.why}, why)


def task_snooze(
    task_id: TaskId,
    reason: Annotated[str, typer.Option(help="What it waits for.")],
    until: Annotated[
        datetime,
        typer.Option(parser=read_day, metavar="DAY", help="The day on which it is on the agenda again."),
    ],
    by: By = None,
    account: AccountId = None,
    stack: StackName = None,
) -> Answer:
    """Take a task off the agenda until a day. The time of its service level runs on.

    Example: `keepwell task snooze T-1 --until 2027-03-08 --reason "They are on holiday"`
    """
    desk = Desk(Stack.configured(stack))
    task = desk.find(task_id, account, by)
    snoozer = Snoozer(desk.book, desk.stack.wakes)
    return desk.changed(
        snoozer.snooze(task, until.date(), reason, desk.acting(by, task), desk.now, desk.playbook)
    )


def task_comment(
    task_id: TaskId,
    text: Annotated[str, typer.Argument(help="What to write.")],
    by: By = None,
    account: AccountId = None,
    stack: StackName = None,
) -> Answer:
    """Write a comment under a task, open or closed.

    Example: `keepwell task comment T-1 "They call back on Monday"`
    """
    desk = Desk(Stack.configured(stack))
    task = desk.find(task_id, account, by)
    return desk.changed(desk.book.comment(task, text, desk.acting(by, task), desk.now))


def _closed(closed: Closed, desk: Desk) -> Answer:
    follow_up = document_of(closed.follow_up, desk.today) if closed.follow_up else None
    document = {
        "task": document_of(closed.task, desk.today),
        "follow_up": follow_up,
        "problems": list(closed.problems),
    }
    lines = [f"{closed.task.title}: {closed.task.outcome}"]
    if closed.follow_up:
        next_ = closed.follow_up
        lines.append(f"next: {next_.title}, {next_.assignee or 'nobody'}, {next_.due_date} ({next_.task_id})")
    lines += [f"not done: {problem}" for problem in closed.problems]
    return Answer(document, plain("\n".join(lines)), findings=bool(closed.problems))
