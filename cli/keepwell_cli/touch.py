"""`keepwell touch`: tell of a contact with a customer that no task asked for."""

from datetime import datetime
from typing import Annotated

import typer

from keepwell.attributes import show_cell
from keepwell.tasks.contacting import ContactBook
from keepwell.touchpoints import LAST_TOUCH, TOUCHPOINT_ATTRIBUTES, TYPES
from keepwell_cli import relations
from keepwell_cli.acting import By
from keepwell_cli.days import read_day
from keepwell_cli.desk import Desk
from keepwell_cli.output import Answer, plain
from keepwell_cli.request import Request, read_request
from keepwell_cli.stack import Stack, StackName
from keepwell_cli.texts import read_text


def touch(
    account: Annotated[str, typer.Argument(metavar="ACCOUNT", help="The account's id.")],
    subject: Annotated[str, typer.Option(metavar="TEXT", help="What was said, in one line.")],
    type_: Annotated[
        str, typer.Option("--type", help=f"Of what kind it was: {', '.join(TYPES)}, or any other.")
    ] = "Call",
    content: Annotated[str, typer.Option(help="More of what was said.")] = "",
    on: Annotated[
        datetime | None, typer.Option(parser=read_day, metavar="DAY", help="The day of it. Default: today.")
    ] = None,
    flow: Annotated[str, typer.Option(help="The stage of the journey it belongs to.")] = "",
    participants: Annotated[
        str, typer.Option(metavar="NAMES", help="Who took part, with commas between.")
    ] = "",
    reasons: Annotated[
        str, typer.Option(metavar="TEXTS", help="What it was about, with commas between.")
    ] = "",
    request: Request = None,
    by: By = None,
    stack: StackName = None,
) -> Answer:
    """Log a contact with a customer. It moves the account's Last Touch, unless it is an Internal Note or of
    an earlier day.

    Of a contact that a task asked for, tell with `keepwell task done`.

    Example: `keepwell touch A-001 --type Meeting --subject "They plan to grow" --on 2027-02-26`
    """
    request, desk = read_request(request), Desk(Stack.configured(stack))
    who, account = desk.acting(by), desk.account(account)
    contact = desk.told(
        subject, type_, content, on.date() if on else None, participants, reasons, "--subject"
    )
    flow = read_text(TOUCHPOINT_ATTRIBUTES["Flow"], flow, "--flow")
    contacts = ContactBook(desk.stack.accounts, desk.stack.touchpoints)
    touchpoint, facts = contacts.log(contact, account, flow, who, request, desk.now, desk.playbook)
    last = facts.values.get(LAST_TOUCH) if facts else None
    last_touch = None if last is None else show_cell(last)
    document = {
        "account_id": account,
        "request": request,
        "touchpoint": relations.contact(touchpoint),
        "last_touch": last_touch,
    }
    lines = [
        f"{touchpoint.type} of {touchpoint.day}: {touchpoint.subject}",
        f"{LAST_TOUCH} of {account}: {last_touch or 'none'}",
    ]
    return Answer(document, plain("\n".join(lines)))
