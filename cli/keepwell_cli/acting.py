"""Who does what the command is asked for, for the record."""

import getpass
from typing import Annotated

import typer

from keepwell.addresses import read_address
from keepwell.errors import RejectedInput
from keepwell.team import barred
from keepwell_cli.stack import Stack

By = Annotated[
    str | None, typer.Option(help="Who does it, by e-mail address. Default: the user of this machine.")
]


def acting(here: Stack, by: str | None = None) -> str:
    """The address given, else the user of this machine. Raises RejectedInput for an address that is not of
    the team, where there is one, and for a member who may change nothing: a viewer (USR-01), or who is active
    no more."""
    if by is None:
        return _user()
    who = read_address(by)
    if why := barred(who, here.team):
        raise RejectedInput(f"{who} {why}: name who does it by --by")
    return who


def _user() -> str:
    try:
        return getpass.getuser()
    except (KeyError, OSError):
        return "someone"
