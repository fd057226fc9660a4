"""`keepwell play run`: a play that has no trigger, for accounts that a person names (product PLY-18)."""

from collections.abc import Collection, Sequence
from typing import Annotated
from uuid import uuid4

import typer

from keepwell.errors import RejectedInput
from keepwell.plays.starting import run_id_of, start_wake, startable
from keepwell_cli.acting import By, acting
from keepwell_cli.output import Answer, plain
from keepwell_cli.stack import Stack, StackName

LONGEST_REQUEST = 100
"""It becomes part of the keys under which the run is kept."""


def play_run(
    play: Annotated[str, typer.Argument(metavar="PLAY", help="The play's id: the name of its file.")],
    accounts: Annotated[list[str], typer.Argument(metavar="ACCOUNT...", help="The ids of the accounts.")],
    request: Annotated[
        str | None,
        typer.Option(metavar="ID", help="Names this request: asked for again, it is not done again."),
    ] = None,
    by: By = None,
    stack: StackName = None,
) -> Answer:
    """Run a play for these accounts. It begins within a minute; `keepwell account ID` shows its run.

    The play has to be live, and must have no trigger: one with a trigger decides itself whom it is for. No
    brake holds what you ask for. It ends with 1 if there is no account of one of the ids.

    Example: `keepwell play run win-back A-001 A-002`
    """
    if request is not None and not 0 < len(request.strip()) <= LONGEST_REQUEST:
        raise RejectedInput(f"a request has a name of 1 to {LONGEST_REQUEST} characters")
    here, who = Stack.configured(stack), acting(by)
    name = startable(play, here.playbooks.get()).name
    request = request or uuid4().hex[:12]
    wanted = list(dict.fromkeys(accounts))
    known = here.accounts.facts_of(wanted)
    now = here.clock.now()
    for account_id in known:
        here.wakes.add(start_wake(play, account_id, request, who, now))
    document = {
        "play": play,
        "request": request,
        "by": who,
        "started": [
            {"account_id": each, "run": run_id_of(play, request)} for each in wanted if each in known
        ],
        "unknown": [each for each in wanted if each not in known],
    }
    return Answer(document, plain("\n".join(_lines(name, wanted, known))), findings=len(known) < len(wanted))


def _lines(name: str, wanted: Sequence[str], known: Collection[str]) -> list[str]:
    begins = [each for each in wanted if each in known]
    lines = [f"{name} begins within a minute for {', '.join(begins)}."] if begins else []
    return [*lines, *(f"There is no account {each!r}." for each in wanted if each not in known)]
