"""`keepwell noise`: what plays ask for, what holds them back, and what becomes of it (definitions.md D6)."""

from collections.abc import Mapping
from typing import Annotated, Any

import typer
from rich.console import Group
from rich.table import Table

from keepwell.noise.reasons import Reason
from keepwell.noise.report import Period, PlayNoise, noise_of_members, noise_of_plays
from keepwell.sweeping import find_held
from keepwell_cli.launching import launcher_of
from keepwell_cli.output import Answer, plain, step
from keepwell_cli.stack import Stack, StackName


def noise(
    days: Annotated[int, typer.Option(help="Of so many days up to now.", min=1, max=3650)] = 30,
    stack: StackName = None,
) -> Answer:
    """Show how often each play fired, what was held back and why, and what became of its tasks.

    `ignored` are tasks that were cancelled, or are overdue for more than 14 days. What the brake holds now
    counts as held back by it. `came of it` are the outcomes with which tasks were closed.

    Example: `keepwell noise --days 7`
    """
    here = Stack.configured(stack)
    playbook, now = here.playbooks.get(), here.clock.now()
    period = Period(now, days, playbook.time_zone)
    with step("Looking at every account"):
        runs = [run for run in here.work.runs() if period.has(run.at)]
        tasks = [task for task in here.work.tasks() if period.has(task.created_at)]
        held = find_held(here.accounts, here.people, launcher_of(here, {}), playbook, now)
        waiting = [each.play for each in held]
    plays = [play.id for play in playbook.plays if play.state.answers]
    members = [member.email for member in here.team.members()]
    document = {
        "days": days,
        "plays": [_document(each) for each in noise_of_plays(plays, runs, tasks, waiting, period)],
        "members": [vars(each) for each in noise_of_members(members, runs, tasks, period)],
    }
    return Answer(document, _view(document))


def _document(noise: PlayNoise) -> dict[str, Any]:
    return {**vars(noise), "held": {reason.value: count for reason, count in noise.held.items()}}


def _view(document: Mapping[str, Any]) -> Group:
    plays = Table("play", box=None, padding=(0, 2, 0, 0))
    for name in ("fired", "completed", "ignored", "open", "days to close"):
        plays.add_column(name, justify="right")
    plays.add_column("held back")
    any_outcomes = any(each["outcomes"] for each in document["plays"])
    if any_outcomes:
        plays.add_column("came of it")
    for each in document["plays"]:
        median = each["median_days_to_close"]
        numbers = (f"{each[name]:,}" for name in ("fired", "completed", "ignored", "open"))
        held = ", ".join(f"{reason} {each['held'][reason]:,}" for reason in Reason if each["held"][reason])
        came = ", ".join(f"{outcome} {count:,}" for outcome, count in each["outcomes"].items())
        more = (plain(came),) if any_outcomes else ()
        plays.add_row(plain(each["play"]), *numbers, "" if median is None else f"{median:g}", held, *more)
    members = Table("who", box=None, padding=(0, 2, 0, 0))
    for name in ("alerts", "a week"):
        members.add_column(name, justify="right")
    for each in document["members"]:
        members.add_row(plain(each["email"]), f"{each['alerts']:,}", f"{each['alerts_per_week']:g}")
    shown = plays if document["plays"] else "The playbook has no plays that act."
    return Group(shown, *(("", members) if document["members"] else ()))
