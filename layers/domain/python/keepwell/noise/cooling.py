"""The cool-down of a play: after it fired for an account it does nothing there for so many days (D6)."""

from collections.abc import Iterable
from datetime import date, timedelta
from zoneinfo import ZoneInfo

from keepwell.tasks import PlayRun


def cool_until(runs: Iterable[PlayRun], days: int, time_zone: ZoneInfo) -> date | None:
    """The first day, as the tenant counts, on which a play may fire again after these runs of it; None where
    none of them fired."""
    fired = [run.at.astimezone(time_zone).date() for run in runs if run.fired]
    return max(fired) + timedelta(days=days) if fired else None
