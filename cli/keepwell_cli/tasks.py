"""`keepwell tasks`: the agenda, what people are asked to do."""

from typing import Annotated

import typer

from keepwell.addresses import read_address
from keepwell.attributes.catalogue import key_of
from keepwell.errors import RejectedInput
from keepwell.plays.finding import find_play, play_called
from keepwell.tasks.agenda import When, agenda_of
from keepwell.team import is_stranger
from keepwell_cli.ids import read_id
from keepwell_cli.output import Answer
from keepwell_cli.stack import Stack, StackName
from keepwell_cli.task_view import agenda_view, document_of


def tasks(
    mine: Annotated[
        str | None, typer.Option("--mine", "--assignee", help="Only those of this person.", metavar="EMAIL")
    ] = None,
    account: Annotated[str | None, typer.Option(help="Only those of this account.")] = None,
    flow: Annotated[str | None, typer.Option(help="Only those of this stage of the journey.")] = None,
    play: Annotated[str | None, typer.Option(help="Only those of this play, by id or name.")] = None,
    overdue: Annotated[bool, typer.Option("--overdue", help="Only those whose day has passed.")] = False,
    all_: Annotated[bool, typer.Option("--all", help="Also those that sleep, and closed ones.")] = False,
    stack: StackName = None,
) -> Answer:
    """Show the agenda: what is overdue, what is due today, what comes later, each by priority.

    Example: `keepwell tasks --mine csm.south@example.com`
    """
    if any(given is not None and not given.strip() for given in (account, mine, flow, play)):
        raise RejectedInput(
            "name an account, a person, a flow or a play, or leave the option out to see all tasks"
        )
    if overdue and all_:
        raise RejectedInput("the agenda is narrowed by --overdue or widened by --all: say one of them")
    if account is not None:
        read_id(account, "account")
    here = Stack.configured(stack)
    today = here.clock.now().astimezone(here.playbooks.get().time_zone).date()
    owner = read_id(mine, "person").strip().casefold() if mine else None
    if owner and not (account or all_):
        found = list(here.work.agenda(owner))
    else:
        found = [task for task in here.work.tasks(account) if owner in (None, task.assignee.casefold())]
    if play:
        called = play_called(play, here.playbooks.get().plays)
        found = [task for task in found if task.play == (called.id if called else play)]
    if not found:
        _require_known(here, account, owner, play)
    if flow:
        found = [task for task in found if key_of(task.flow) == key_of(flow)]
    parts = agenda_of(found, today)
    if overdue:
        parts = {When.OVERDUE: parts[When.OVERDUE]}
    elif not all_:
        parts = {part: those for part, those in parts.items() if part not in (When.SNOOZED, When.CLOSED)}
    listed = [task for those in parts.values() for task in those]
    return Answer({"tasks": [document_of(task, today) for task in listed]}, agenda_view(listed, today))


def _require_known(here: Stack, account: str | None, owner: str | None, play: str | None) -> None:
    """RejectedInput for an account, a person or a play that there is not: somebody misspelt it."""
    if account is not None and account not in here.accounts.facts_of([account]):
        raise RejectedInput(f"there is no account {account!r}; ids are written as in the file, case included")
    if owner and is_stranger(read_address(owner), here.team):
        raise RejectedInput(f"{owner} is not of the team, and has no task; `keepwell team` lists who is")
    if play:
        find_play(play, here.playbooks.get().plays)
