"""Who does what the command is asked for, for the record."""

import getpass
from typing import Annotated

import typer

from keepwell.addresses import read_address

By = Annotated[
    str | None, typer.Option(help="Who does it, by e-mail address. Default: the user of this machine.")
]


def acting(by: str | None = None) -> str:
    """The address given, else the user of this machine."""
    if by is not None:
        return read_address(by)
    try:
        return getpass.getuser()
    except (KeyError, OSError):
        return "someone"
