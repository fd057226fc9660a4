"""Working time: the days on which a company works."""

from dataclasses import dataclass
from datetime import date, timedelta

MONDAY_TO_FRIDAY = frozenset(range(5))


@dataclass(frozen=True)
class Calendar:
    """The days on which people work: `working_days` of each week (0 is Monday, at least one), but for
    `holidays`."""

    working_days: frozenset[int] = MONDAY_TO_FRIDAY
    holidays: frozenset[date] = frozenset()

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


PLAIN_CALENDAR = Calendar()
"""Monday to Friday, without holidays."""
