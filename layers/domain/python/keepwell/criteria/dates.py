"""Leaves about dates and today: windows, ages, calendar periods, anniversaries.

Days of the calendar are counted as ordinals (`date.toordinal`), so that no window runs out of the calendar.
"""

from collections.abc import Callable, Iterable, Iterator
from datetime import MAXYEAR, date
from typing import Any, Literal

from keepwell.attributes import Value
from keepwell.criteria.comparing import HOLDS, Comparator
from keepwell.criteria.tree import Leaf

Direction = Literal["next", "last"]
Which = Literal["last", "this", "next"]
Unit = Literal["week", "month", "quarter", "year"]


class Within(Leaf):
    """`Renewal Date within next 90 days`: both ends and today included (1.14 row 19)."""

    direction: Direction
    days: int
    by_the_calendar = True

    def __str__(self) -> str:
        return f"{self.attribute.name} within {self.direction} {in_days(self.days)}"

    def as_json(self) -> dict[str, Any]:
        return self.as_operation(f"within {self.direction}", days=self.days)

    def holds(self, value: Value, today: date) -> bool:
        ahead = -_age(value, today)
        return 0 <= (ahead if self.direction == "next" else -ahead) <= self.days

    def turns(self, value: Value, _today: date) -> Iterable[int]:
        return _ends(_ordinal(value), self.direction, self.days)


class Age(Leaf):
    """`Last Activity > 30 days`: how long ago the date is, strictly as the comparator says (1.14 row 19).

    A date ahead has a negative age: `in more than 30 days` is `<` with -30 days.
    """

    comparator: Comparator
    days: int
    by_the_calendar = True

    def __str__(self) -> str:
        if self.days < 0:
            return f"{self.attribute.name} in more than {in_days(-self.days)}"
        return f"{self.attribute.name} {self.comparator} {in_days(self.days)}"

    def as_json(self) -> dict[str, Any]:
        return self.as_operation(self.comparator, days=self.days)

    def holds(self, value: Value, today: date) -> bool:
        return HOLDS[self.comparator](_age(value, today), self.days)

    def turns(self, value: Value, _today: date) -> Iterable[int]:
        reached = _ordinal(value) + self.days
        return reached, reached + 1


class Period(Leaf):
    """`Renewal Date this quarter`: the calendar's week (from Monday), month, quarter or year around today."""

    which: Which
    unit: Unit
    by_the_calendar = True

    def __str__(self) -> str:
        return f"{self.attribute.name} {self.which} {self.unit}"

    @property
    def denial(self) -> str:
        return f"{self.attribute.name} not in {self.which} {self.unit}"

    def as_json(self) -> dict[str, Any]:
        return self.as_operation(f"{self.which} {self.unit}")

    def holds(self, value: Value, today: date) -> bool:
        assert isinstance(value, date)
        number, _ = _PERIODS[self.unit]
        return number(value) - number(today) == _AWAY[self.which]

    def turns(self, value: Value, _today: date) -> Iterator[int]:
        assert isinstance(value, date)
        number, first_day = _PERIODS[self.unit]
        period = number(value) - _AWAY[self.which]
        for each in (period, period + 1):
            if (day := first_day(each)) is not None:
                yield day


class Anniversary(Leaf):
    """`Contract Start Date anniversary every 3 months within next 7 days` (SEG-13).

    The k-th anniversary (k >= 1) is k times `months` later, on the month's last day where it is shorter.
    """

    months: int
    direction: Direction
    days: int
    by_the_calendar = True

    def __str__(self) -> str:
        every = "month" if self.months == 1 else f"{self.months} months"
        window = f"within {self.direction} {in_days(self.days)}"
        return f"{self.attribute.name} anniversary every {every} {window}"

    def as_json(self) -> dict[str, Any]:
        return self.as_operation(f"anniversary within {self.direction}", months=self.months, days=self.days)

    def holds(self, value: Value, today: date) -> bool:
        assert isinstance(value, date)
        now = today.toordinal()
        nearest = self._latest(value, today)
        for count in (nearest - 1, nearest, nearest + 1):
            day = self._anniversary(value, count)
            if day is not None and 0 <= (day - now if self.direction == "next" else now - day) <= self.days:
                return True
        return False

    def turns(self, value: Value, today: date) -> Iterator[int]:
        assert isinstance(value, date)
        nearest = self._latest(value, today)
        window = self.days // (28 * self.months) + 2
        for count in range(nearest - window, nearest + window + _LEAP_CYCLE // self.months + 1):
            if (day := self._anniversary(value, count)) is not None:
                yield from _ends(day, self.direction, self.days)

    def _latest(self, start: date, today: date) -> int:
        """The number of the last anniversary whose month is not after today's; at least 1."""
        return max(1, (_month(today) - _month(start)) // self.months)

    def _anniversary(self, start: date, count: int) -> int | None:
        """The day of an anniversary; None for none, and beyond the calendar (its last month)."""
        month = _month(start) + count * self.months
        first, following = _first_of(month), _first_of(month + 1)
        if count < 1 or first is None or following is None:
            return None
        return min(first + start.day, following) - 1


_LEAP_CYCLE = 12 * 9  # months in which a window as long as its period shows its gap, if it has one

_AWAY: dict[Which, int] = {"last": -1, "this": 0, "next": 1}


def _month(day: date) -> int:
    return day.year * 12 + day.month - 1


def _first_of(month: int) -> int | None:
    year, month = divmod(month, 12)
    return date(year, month + 1, 1).toordinal() if 1 <= year <= MAXYEAR else None


_PERIODS: dict[Unit, tuple[Callable[[date], int], Callable[[int], int | None]]] = {
    "week": (lambda day: (day.toordinal() - 1) // 7, lambda number: number * 7 + 1),
    "month": (_month, _first_of),
    "quarter": (lambda day: _month(day) // 3, lambda number: _first_of(number * 3)),
    "year": (lambda day: day.year, lambda number: _first_of(number * 12)),
}
"""Each unit's number of the period that holds a day, counted from the calendar's start, and its first day."""


def _ends(day: int, direction: Direction, days: int) -> tuple[int, int]:
    """The first day on which `day` is within the window, and the first after."""
    return (day - days, day + 1) if direction == "next" else (day, day + days + 1)


def _ordinal(value: Value) -> int:
    assert isinstance(value, date)
    return value.toordinal()


def _age(value: Value, today: date) -> int:
    return today.toordinal() - _ordinal(value)


def in_days(count: int) -> str:
    return "1 day" if count == 1 else f"{count} days"
