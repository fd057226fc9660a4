"""Schedules: hourly, daily or a cron expression, in the tenant's time zone (product INT-06).

A cron expression is EventBridge's: minutes, hours, day of the month, month, day of the week, year, as in
`cron(0 6 ? * MON-FRI *)`. A time that the clocks jump over comes with the jump; one that they pass twice
comes twice.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from functools import cache
from zoneinfo import ZoneInfo

NAMED = {"hourly": "cron(0 * * * ? *)", "daily": "cron(0 2 * * ? *)"}
"""Daily is at two at night, so that the nightly run at four knows what came."""

FARTHEST_DAYS = 366 * 8 + 1
"""From one 29 February to the next where a century's leap year is left out."""

_MONTHS = ["JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC"]
_WEEKDAYS = ["SUN", "MON", "TUE", "WED", "THU", "FRI", "SAT"]
_EXAMPLE = "write hourly, daily or cron(0 6 * * ? *)"


@dataclass(frozen=True)
class _Field:
    name: str
    least: int
    most: int
    words: Sequence[str] = ()

    def read(self, text: str) -> frozenset[int]:
        """The numbers that a list such as `1,4-6,10/5` or `MON-FRI` stands for. Raises ValueError."""
        return frozenset(number for part in text.split(",") for number in self._range(part))

    def _range(self, text: str) -> Iterator[int]:
        span, slash, step = text.partition("/")
        first, dash, last = span.partition("-")
        if slash and not (step.isdecimal() and int(step)):
            raise ValueError(f"{self.name}: {step!r} is no step; write one such as 0/15")
        if span in ("*", "?"):
            start, end = self.least, self.most
        else:
            start = self._number(first)
            end = self._number(last) if dash else self.most if slash else start
        if start > end:
            raise ValueError(f"{self.name}: {span} runs backwards")
        yield from range(start, end + 1, int(step or 1))

    def _number(self, text: str) -> int:
        if text.upper() in self.words:
            return self.least + self.words.index(text.upper())
        if text.isdecimal() and self.least <= int(text) <= self.most:
            return int(text)
        raise ValueError(f"{self.name}: {text!r} is not between {self.least} and {self.most}")


_FIELDS = (
    _Field("minutes", 0, 59),
    _Field("hours", 0, 23),
    _Field("day of the month", 1, 31),
    _Field("month", 1, 12, _MONTHS),
    _Field("day of the week", 1, 7, _WEEKDAYS),
    _Field("year", 1970, 2199),
)


@dataclass(frozen=True)
class Schedule:
    """When something is due. Weekdays count from Sunday, which is 1."""

    minutes: frozenset[int]
    hours: frozenset[int]
    days: frozenset[int]
    months: frozenset[int]
    weekdays: frozenset[int]
    years: frozenset[int]

    @classmethod
    def of(cls, text: str) -> "Schedule":
        """Raises ValueError, with the mend, for a text that is no schedule."""
        return _schedule(text)

    def latest(self, now: datetime, zone: ZoneInfo) -> datetime | None:
        """The last moment it was due, `now` included, in UTC; None if there was none for years."""
        today = now.astimezone(zone).date()
        for back in range(-1, FARTHEST_DAYS):
            if past := [at for at in self._of_day(today - timedelta(days=back), zone) if at <= now]:
                return max(past)
        return None

    def next(self, now: datetime, zone: ZoneInfo) -> datetime | None:
        """The first moment after `now` that it is due, in UTC; None if there will be none for years."""
        today = now.astimezone(zone).date()
        for ahead in range(-1, FARTHEST_DAYS):
            if coming := [at for at in self._of_day(today + timedelta(days=ahead), zone) if at > now]:
                return min(coming)
        return None

    def _of_day(self, day: date, zone: ZoneInfo) -> Iterator[datetime]:
        if day.year not in self.years or day.month not in self.months or day.day not in self.days:
            return
        if day.isoweekday() % 7 + 1 not in self.weekdays:
            return
        for hour in sorted(self.hours):
            for minute in sorted(self.minutes):
                told = datetime(day.year, day.month, day.day, hour, minute, tzinfo=zone)
                first, second = (told.replace(fold=fold).astimezone(UTC) for fold in (0, 1))
                yield first
                if second > first:  # the clocks pass it twice
                    yield second


@cache
def _schedule(text: str) -> Schedule:
    found = re.fullmatch(r"cron\(([^()]*)\)", NAMED.get(text, text))
    if not found:
        raise ValueError(f"{text!r} is no schedule; {_EXAMPLE}")
    parts = found[1].split()
    if len(parts) != len(_FIELDS):
        names = ", ".join(field.name for field in _FIELDS)
        raise ValueError(f"{text} has {len(parts)} fields, not the six of a schedule ({names}); {_EXAMPLE}")
    if parts[2] not in ("*", "?") and parts[4] not in ("*", "?"):
        raise ValueError(f"{text} names days of the month and of the week; write ? for one of them")
    return Schedule(*(field.read(part) for field, part in zip(_FIELDS, parts, strict=True)))
