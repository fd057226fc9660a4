"""`keepwell task add` and `change`: what a person asks for."""

from datetime import date, datetime, timedelta
from typing import Annotated

import typer

from keepwell.attributes import Value
from keepwell.errors import RejectedInput
from keepwell.tasks import TASK_ATTRIBUTES, Priority
from keepwell.tasks.creating import Creator, Wanted
from keepwell_cli.acting import By
from keepwell_cli.days import read_day
from keepwell_cli.desk import Desk
from keepwell_cli.output import Answer
from keepwell_cli.request import Request, read_request
from keepwell_cli.stack import Stack, StackName
from keepwell_cli.task import AccountId, TaskId
from keepwell_cli.texts import read_line, read_text

MOST_HOURS = 1_000
MOST_DAYS = 3_650


def task_add(
    account: Annotated[str, typer.Argument(metavar="ACCOUNT", help="The account's id.")],
    title: Annotated[str, typer.Option(help="What to do, in one line.")],
    description: Annotated[str, typer.Option(help="More of it.")] = "",
    to: Annotated[
        str, typer.Option(help="An e-mail address, a role at the account, `manager:<role>` or `pool:<id>`.")
    ] = "Success Manager",
    due: Annotated[
        datetime | None, typer.Option(parser=read_day, metavar="DAY", help="Its day. Default: today.")
    ] = None,
    in_days: Annotated[
        int | None, typer.Option(help="Its day, so many days from today.", min=0, max=MOST_DAYS)
    ] = None,
    priority: Annotated[str, typer.Option(help=f"{', '.join(Priority)}.")] = Priority.NORMAL.value,
    flow: Annotated[str, typer.Option(help="The stage of the journey it belongs to.")] = "",
    effort: Annotated[float, typer.Option(help="In hours.")] = 1.0,
    request: Request = None,
    by: By = None,
    stack: StackName = None,
) -> Answer:
    """Ask somebody to do something for an account. Whose task it is hears of it.

    Example: `keepwell task add A-001 --title "Send the new price list" --to "Success Manager" --in-days 3`
    """
    request = read_request(request)
    desk = Desk(Stack.configured(stack))
    who, account = desk.acting(by), desk.account(account)
    if due and in_days is not None:
        raise RejectedInput("a task is due either by --due or by --in-days")
    wanted = Wanted(
        title=_title(title),
        due=_due(due, desk.today) if due else desk.today + timedelta(days=in_days or 0),
        description=read_text(TASK_ATTRIBUTES["Description"], description, "--description"),
        priority=_priority(priority),
        flow=read_text(TASK_ATTRIBUTES["Flow"], flow, "--flow"),
        effort=_effort(effort),
    )
    task = Creator(desk.hand_over).create(account, wanted, to, request, who, desk.now, desk.playbook)
    return desk.changed(task, {"request": request, "why": task.why_assigned})


def task_change(
    task_id: TaskId,
    title: Annotated[str | None, typer.Option(help="What to do, in one line.")] = None,
    due: Annotated[datetime | None, typer.Option(parser=read_day, metavar="DAY", help="Its day.")] = None,
    priority: Annotated[str | None, typer.Option(help=f"{', '.join(Priority)}.")] = None,
    effort: Annotated[float | None, typer.Option(help="In hours.")] = None,
    by: By = None,
    account: AccountId = None,
    stack: StackName = None,
) -> Answer:
    """Change what an open task asks for, or when. Its service level stays as it is.

    Example: `keepwell task change T-1 --due 2027-03-08 --priority High`
    """
    desk = Desk(Stack.configured(stack))
    asked: dict[str, Value | None] = {
        "Title": None if title is None else _title(title),
        "Due Date": _due(due, desk.today) if due else None,
        "Priority": None if priority is None else _priority(priority).value,
        "Effort": None if effort is None else _effort(effort),
    }
    values = {name: value for name, value in asked.items() if value is not None}
    if not values:
        raise RejectedInput("say what is to change, by --title, --due, --priority or --effort")
    task = desk.find(task_id, account, by)
    return desk.changed(desk.book.revise(task, values, desk.acting(by, task), desk.now))


def _title(text: str) -> str:
    title = read_line(text, "--title")
    if not title:
        raise RejectedInput('a task says what to do, as in --title "Send the new price list"')
    return title


def _priority(text: str) -> Priority:
    return Priority(read_text(TASK_ATTRIBUTES["Priority"], text, "--priority") or Priority.NORMAL)


def _due(day: datetime, today: date) -> date:
    if day.date() < today:
        raise RejectedInput(f"a task is due on a day to come: {day.date()} is before {today}")
    return day.date()


def _effort(hours: float) -> float:
    if not 0 <= hours <= MOST_HOURS:
        raise RejectedInput(f"--effort: expected hours, 0 to {MOST_HOURS:,}, found {hours:g}")
    return hours
