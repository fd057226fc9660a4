"""Moments: a day, or an instant, which is taken to the tenant's day (interfaces, "CSV")."""

import re
from datetime import date, datetime, timedelta

from keepwell.attributes.cells import quoted
from keepwell.errors import UnreadableCell

_MOMENT = re.compile(
    r"[0-9]{4}-[0-9]{2}-[0-9]{2}"
    r"([T ][0-9]{2}:[0-9]{2}(:[0-9]{2}(\.[0-9]+)?)?(Z|[+-][0-9]{2}:?[0-9]{2})?)?"
)


def read_moment(text: str, told_at: datetime, days_ahead: int = 0) -> str:
    """A day as it is written, or an instant in the tenant's time zone, which begins with its day.

    `told_at` is the file's time in that zone; an instant that names no zone is in it. Raises UnreadableCell
    for anything else, and for what is more than `days_ahead` days after the file's day.
    """
    try:
        moment = _read(text, told_at)
    except (ValueError, OverflowError):
        raise UnreadableCell(f"{quoted(text)} is not a moment of the calendar") from None
    day = date.fromisoformat(moment[:10])
    if day > told_at.date() + timedelta(days=days_ahead):
        raise UnreadableCell(f"{quoted(text)} is in the future: the file is of {told_at.date()}")
    return moment


def _read(text: str, told_at: datetime) -> str:
    if not _MOMENT.fullmatch(text):
        raise UnreadableCell(
            f"expected a day such as 2026-01-12 or a time such as 2026-01-12T09:30:00Z, found {quoted(text)}"
        )
    if len(text) == len("2026-01-12"):
        return date.fromisoformat(text).isoformat()
    instant = datetime.fromisoformat(text)
    if instant.tzinfo is None:
        instant = instant.replace(tzinfo=told_at.tzinfo)
    return instant.astimezone(told_at.tzinfo).isoformat()
