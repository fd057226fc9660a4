"""Who does what the command is asked for, for the record."""

import getpass
from typing import Annotated

import typer

from keepwell.addresses import read_address
from keepwell.errors import RejectedInput
from keepwell.tasks import Task
from keepwell.team import why_not
from keepwell_cli.stack import Stack

By = Annotated[
    str | None, typer.Option(help="Who does it, by e-mail address. Default: the user of this machine.")
]


def acting(here: Stack, by: str | None = None, task: Task | None = None) -> str:
    """The address given, else the user of this machine. Raises RejectedInput for who is not of the team,
    where there is one, and for a member who may change nothing: a viewer (USR-01), or who is active no more.

    Who answers for the playbook or a play, and whose the `task` is, need not be of the team: plays give them
    tasks."""
    if by is None:
        return _user()
    who = read_address(by)
    named = here.playbooks.get().owners | ({task.assignee.lower()} if task else set())
    if why := why_not(who, here.team, named):
        raise RejectedInput(f"{who} {why}: name who does it by --by")
    return who


def _user() -> str:
    try:
        return getpass.getuser()
    except (KeyError, OSError):
        return "someone"
