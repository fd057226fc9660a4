"""`keepwell clock`: show or move the clock of a practice stack."""

import re
from datetime import UTC, date, datetime, timedelta
from typing import Annotated

import typer

from keepwell.errors import ConfigurationError, RejectedInput
from keepwell_aws.clock import OFFSET
from keepwell_cli.output import Answer, progress
from keepwell_cli.stack import Stack, StackName

BACKWARDS = (
    "the clock went backwards. What was concluded of later days stays as it is, and accounts with such a "
    "standing are skipped until that day comes again."
)
FARTHEST = timedelta(days=36_525)

To = Annotated[str | None, typer.Argument(metavar="[DATE|+DAYS|reset]", help="Default: show the clock.")]


def clock(to: To = None, stack: StackName = None) -> Answer:
    """Show or move the clock of a practice stack (the local cloud is one); refused elsewhere.

    Example: `keepwell clock +30`
    """
    if to is not None:
        moved(to, timedelta(0), datetime.now(UTC))  # wrong usage is told before any cloud is looked for
    found = Stack.configured(stack)
    if not found.is_practice:
        raise ConfigurationError(
            f"{found.name} is not a practice stack: its clock cannot be moved. The local cloud's can."
        )
    row = found.control.get(OFFSET)
    ahead = timedelta(seconds=row["seconds"] if row else 0)
    if to is not None:
        before, ahead = ahead, moved(to, ahead, datetime.now(UTC))
        if ahead < before:
            progress.print(f"[yellow]Warning:[/] {BACKWARDS}", soft_wrap=True)
        found.control.put(OFFSET, {"seconds": int(ahead.total_seconds())})
    now = (datetime.now(UTC) + ahead).replace(microsecond=0)
    document = {"now": now.isoformat(), "seconds": int(ahead.total_seconds())}
    return Answer(document, f"{now:%Y-%m-%d %H:%M} UTC, {ahead.days} days ahead of the real clock")


def moved(to: str, ahead: timedelta, now: datetime) -> timedelta:
    """How far ahead the clock is once moved: to a date at the present time of day, by days, or back.

    Raises RejectedInput for what cannot be read and for a time more than a hundred years away.
    """
    if to == "reset":
        return timedelta(0)
    try:
        by_days = re.fullmatch(r"[+-][0-9]{1,5}", to)
        after = ahead + timedelta(days=int(to)) if by_days else date.fromisoformat(to) - now.date()
    except ValueError:
        raise RejectedInput(
            f"{to!r} is no time for the clock: give a date (2026-11-21), days (+30), or reset."
        ) from None
    if abs(after) > FARTHEST:
        raise RejectedInput(f"{to!r} is more than a hundred years away; give a nearer date, or reset.")
    return after
