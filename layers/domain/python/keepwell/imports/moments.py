"""Moments: a day, or an instant, which is taken to the tenant's day (interfaces, "CSV")."""

import re
from datetime import UTC, date, datetime, timedelta

from keepwell.attributes.cells import quoted
from keepwell.errors import UnreadableCell, UnreadableDate

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


def read_observed(text: str, told_at: datetime) -> datetime:
    """When a row was so, in UTC: an instant, or a day, which counts from its start in the tenant's time zone.

    `told_at` is the file's time in that zone. Raises UnreadableCell for anything else, and for what is after
    the file's time: nothing could be told of it yet.
    """
    try:
        _check(text)
        observed = _instant(text, told_at).astimezone(UTC)
    except (ValueError, OverflowError):
        raise UnreadableCell(f"{quoted(text)} is not a moment of the calendar") from None
    if observed > told_at:
        told = told_at.isoformat(timespec="seconds")
        raise UnreadableCell(
            f"{quoted(text)} is in the future: the file is of {told}. A time of another time zone names it, "
            "as in 2026-01-12T09:30:00Z"
        )
    return observed


def _check(text: str) -> None:
    if not _MOMENT.fullmatch(text):
        raise UnreadableDate(
            f"expected a day such as 2026-01-12 or a time such as 2026-01-12T09:30:00Z, found {quoted(text)}"
        )


def _read(text: str, told_at: datetime) -> str:
    _check(text)
    if len(text) == len("2026-01-12"):
        return date.fromisoformat(text).isoformat()
    return _instant(text, told_at).astimezone(told_at.tzinfo).isoformat()


def _instant(text: str, told_at: datetime) -> datetime:
    instant = datetime.fromisoformat(text)
    return instant.replace(tzinfo=told_at.tzinfo) if instant.tzinfo is None else instant
