"""`keepwell why`: why a play fired for an account, or why not (definitions.md D5)."""

from typing import Annotated

import typer
from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from keepwell.errors import RejectedInput
from keepwell.plays.tracing import Line, Trace, trace
from keepwell_cli.check import day_of
from keepwell_cli.ids import read_id
from keepwell_cli.launching import launcher_of
from keepwell_cli.output import Answer, plain
from keepwell_cli.stack import Stack, StackName


def why(
    play: Annotated[str, typer.Option(metavar="PLAY", help="The play's id, as `keepwell plays` lists it.")],
    account: Annotated[str, typer.Option(metavar="ID", help="The account's id.")],
    user: Annotated[
        str, typer.Option(metavar="ID", help="Of a play about people, whose: the user's id.")
    ] = "",
    on: Annotated[
        str | None,
        typer.Option(metavar="DAY", help="As it was at the end of a day, or as it will be."),
    ] = None,
    stack: StackName = None,
) -> Answer:
    """Tell why a play fired for an account, or a user there, or why it did not: every stage that it has to
    pass, in order.

    It is about the latest passage that the play answers, from what is stored, and changes nothing.

    Example: `keepwell why --play identify-risk --account ACC-0003`
    """
    day = day_of(on) if on else None
    read_id(account, "account")
    if user:
        read_id(user, "user")
    here = Stack.configured(stack)
    found = here.accounts.get(account)
    if found is None:
        raise RejectedInput(f"there is no account {account!r}; ids are written as in the file, case included")
    playbook = here.playbooks.get()
    if playbook.reads_people or user:
        found = here.directory.with_people(found)
    now, population = here.clock.now(), here.populations.current()
    told = trace(play, found, playbook, launcher_of(here, {}), now, day, population, user)
    return Answer(told.as_json(), _view(told))


def _view(told: Trace) -> RenderableType:
    table = Table(box=None, padding=(0, 2, 0, 0), show_header=False)
    before = ""
    for line in told.because:
        table.add_row(line.step if line.step != before else "", _marked(line, told), plain(_detail(line)))
        before = line.step
    return Group(plain(_headline(told)), "", table, "", plain(f"Times are of {told.time_zone.key}."))


def _headline(told: Trace) -> str:
    of_user = f"{told.user_id} of " if told.user_id else ""
    who, stop = f"{told.play} for {of_user}{told.account_id}", told.stopped_by
    if stop is None:
        return f"{who}: it fired."
    return f"{who}: it did not fire. {stop.step.capitalize()}: {stop.outcome}; {stop.detail}"


def _marked(line: Line, told: Trace) -> Text:
    """What it stopped at is red."""
    outcome = plain(line.outcome)
    if line.stops and not told.fired:
        outcome.stylize("red")
    return outcome


def _detail(line: Line) -> str:
    tells = line.playbook and line.step in ("play", "transition", "run")
    return f"{line.detail} (playbook {line.playbook})" if tells else line.detail
