"""Who does what the command is asked for, for the record."""

import getpass
from typing import Annotated

import typer

from keepwell.addresses import read_address
from keepwell.errors import RejectedInput
from keepwell_cli.stack import Stack

By = Annotated[
    str | None, typer.Option(help="Who does it, by e-mail address. Default: the user of this machine.")
]


def acting(here: Stack, by: str | None = None) -> str:
    """The address given, else the user of this machine. Raises RejectedInput for a member of the team who may
    change nothing: a viewer (USR-01), or who is active no more."""
    who = _user() if by is None else read_address(by)
    member = here.team.members_of([who]).get(who)
    if member and member.barred:
        raise RejectedInput(f"{who} {member.barred}: name who does it by --by")
    return who


def _user() -> str:
    try:
        return getpass.getuser()
    except (KeyError, OSError):
        return "someone"
