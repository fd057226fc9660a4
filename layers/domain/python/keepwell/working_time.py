"""Working time: the days on which a company works, and the hours in which nobody is disturbed."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

MIDNIGHT, NINE, FIVE = time(0), time(9), time(17)
MONDAY_TO_FRIDAY = frozenset(range(5))


@dataclass(frozen=True)
class Calendar:
    """The days on which people work: `working_days` of each week (0 is Monday, at least one), but for
    `holidays`, from `works_from` to `works_to`. With quiet hours, which may go over midnight, nobody is
    disturbed then, nor on other days."""

    working_days: frozenset[int] = MONDAY_TO_FRIDAY
    holidays: frozenset[date] = frozenset()
    quiet_from: time | None = None
    quiet_to: time | None = None
    works_from: time = NINE
    works_to: time = FIVE

    def is_working_day(self, day: date) -> bool:
        return day.weekday() in self.working_days and day not in self.holidays

    def working_day_after(self, day: date, count: int) -> date:
        """The working day that many working days after `day`, which itself may be none; after 0 it is `day`,
        or the first working day that follows."""
        while count or not self.is_working_day(day):
            day += timedelta(days=1)
            if count and self.is_working_day(day):
                count -= 1
        return day

    def due_on(self, day: date, in_days: int, in_working_days: int | None) -> date:
        """When something is due that is asked for on `day`; working days count before days."""
        if in_working_days is None:
            return day + timedelta(days=in_days)
        return self.working_day_after(day, in_working_days)

    def after_working_hours(self, at: datetime, hours: float, zone: ZoneInfo) -> datetime:
        """The moment at which so many hours, more than 0, have been worked since `at` in a time zone."""
        left, days = timedelta(hours=hours), self._working_days_from(at, zone)
        while True:
            day = next(days)
            begins, ends = (_at(day, each, zone) for each in (self.works_from, self.works_to))
            begins = max(begins, at)
            if left <= ends - begins:
                return begins + left
            left -= max(ends - begins, timedelta())

    def may_disturb_from(self, at: datetime, zone: ZoneInfo) -> datetime:
        """The first moment, not before `at`, at which people in a time zone may be disturbed (D6)."""
        if not self._is_quiet(at.astimezone(zone)):
            return at
        days = self._working_days_from(at, zone)
        starts = (start for day in days for start in _moments(day, self._ends, zone))
        return next(start for start in starts if start >= at and not self._is_quiet(start.astimezone(zone)))

    def morning_after(self, at: datetime, zone: ZoneInfo) -> datetime:
        """When the next working day begins in a zone: as its night's quiet hours end, else as work begins."""
        ends = self.quiet_to if self._is_quiet_at(MIDNIGHT) else None
        begins = ends or self.works_from
        days = self._working_days_from(at, zone)
        mornings = (_at(day, begins.replace(fold=fold), zone) for day in days for fold in (0, 1))
        return self.may_disturb_from(next(start for start in mornings if start > at), zone)

    @property
    def _ends(self) -> tuple[time, ...]:
        """The times at which quiet may end."""
        return (MIDNIGHT, self.quiet_to or MIDNIGHT)

    def _is_quiet(self, local: datetime) -> bool:
        if self.quiet_from is None:
            return False
        return self._is_quiet_at(local.time()) or not self.is_working_day(local.date())

    def _is_quiet_at(self, told: time) -> bool:
        if self.quiet_from is None or self.quiet_to is None:
            return False
        if self.quiet_from < self.quiet_to:
            return self.quiet_from <= told < self.quiet_to
        return told >= self.quiet_from or told < self.quiet_to

    def _working_days_from(self, at: datetime, zone: ZoneInfo) -> Iterator[date]:
        day = self.working_day_after(at.astimezone(zone).date(), 0)
        while True:
            yield day
            day = self.working_day_after(day, 1)


@dataclass(frozen=True)
class QuietTimes:
    """When somebody is not to be disturbed: by a calendar, in the time zone of that name."""

    calendar: Calendar
    time_zone: str

    def over_from(self, at: datetime) -> datetime:
        """The first moment, not before `at`, that is in none of them."""
        return self.calendar.may_disturb_from(at, ZoneInfo(self.time_zone))

    def told(self, until: datetime) -> str:
        """How somebody reads that a mail waits for them to be over."""
        return f"waits until {shown(until, ZoneInfo(self.time_zone))}: quiet hours"


def shown(at: datetime, zone: ZoneInfo) -> str:
    """A moment as it is told in a zone, such as `2026-11-23 08:00 (Europe/Berlin)`."""
    return f"{at.astimezone(zone):%Y-%m-%d %H:%M} ({zone.key})"


def _at(day: date, told: time, zone: ZoneInfo) -> datetime:
    """A time of a day, in UTC; one that the clock shows twice comes the second time with its fold."""
    return datetime.combine(day, told, zone).astimezone(UTC)


def _moments(day: date, times: tuple[time, ...], zone: ZoneInfo) -> list[datetime]:
    """When these times come on a day, each time that the clock shows them, and when the clock jumps."""
    shown = {_at(day, each.replace(fold=fold), zone) for each in times for fold in (0, 1)}
    return sorted({*shown, *_jumps(day, zone)})


def _jumps(day: date, zone: ZoneInfo) -> Iterator[datetime]:
    """When summer time begins or ends, on the day on which it does."""
    begins, ends = (_at(each, MIDNIGHT, zone) for each in (day, day + timedelta(days=1)))
    minutes = range((ends - begins) // timedelta(minutes=1) + 1)

    def has_jumped(minute: int) -> bool:
        after = (begins + timedelta(minutes=minute)).astimezone(zone)
        return after.utcoffset() != begins.astimezone(zone).utcoffset()

    if has_jumped(minutes[-1]):
        yield begins + timedelta(minutes=next(filter(has_jumped, minutes)))


PLAIN_CALENDAR = Calendar()
"""Monday to Friday from nine to five, without holidays."""
