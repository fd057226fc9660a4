"""Leaves that compare today with the days before: `dropped 25% in 7 days`, `changed`, `... for 14 days`.

They look back through the trail (`Moment.on`). A window of N days includes both ends: today and N days ago.
"""

from datetime import timedelta
from typing import Any, Literal, Self

from keepwell.attributes import Attribute, Value, show_cell
from keepwell.attributes.cells import show_number
from keepwell.criteria.comparing import Constant, plain, quoted, rank, shown
from keepwell.criteria.dates import in_days
from keepwell.criteria.knowing import Moment
from keepwell.criteria.tree import Leaf, Not, shown_value

DEFAULT_WINDOW = 7  # days

Way = Literal["dropped", "increased"]
Least = Literal[">=", ">"]


class _Past(Leaf):
    """Today's value against that of N days ago; unknown where either is missing."""

    by_the_calendar = True

    def answer(self, moment: Moment) -> bool | None:
        then, now = self._ends(moment)
        return None if then is None or now is None else self.differs(then, now)

    def differs(self, then: Value, now: Value) -> bool | None:
        """Whether two known values differ as asked."""
        raise NotImplementedError

    def seen(self, moment: Moment) -> str | None:
        then, now = (shown_value(value) for value in self._ends(moment))
        return None if now is None and then is None else f"{_told(then)} -> {_told(now)}"

    def _ends(self, moment: Moment) -> tuple[Value | None, Value | None]:
        then = moment.today - timedelta(days=self.lookback_days)
        return moment.value_on(self.attribute, then), moment.value(self.attribute)


class Change(_Past):
    """`Engagement Score dropped at least 50% in 14 days`, `NPS increased by more than 3 in 30 days`.

    `amount` is in percent of the value of then, whose sign does not count, or else in points (levels of an
    ordered list); any change that way is one of more than 0 points.
    """

    direction: Way
    comparator: Least
    amount: int | float
    percent: bool
    days: int

    def __str__(self) -> str:
        figure = show_number(self.amount)
        words = "at least" if self.comparator == ">=" else "more than"
        if self.percent:
            extent = f" {words} {figure}%"
        elif self.amount == 0:
            extent = ""
        else:
            extent = f" by {words} {figure}"
        return f"{self.attribute.name} {self.direction}{extent} in {in_days(self.days)}"

    def as_json(self) -> dict[str, Any]:
        unit = "percent" if self.percent else "points"
        extent = {"comparator": self.comparator, "amount": self.amount, "unit": unit}
        return self.as_operation(self.direction, **extent, days=self.days)

    @property
    def lookback_days(self) -> int:
        return self.days

    def differs(self, then: Value, now: Value) -> bool | None:
        before, after = rank(self.attribute, then), rank(self.attribute, now)
        moved = before - after if self.direction == "dropped" else after - before
        if self.percent:
            if before == 0:
                return None
            moved, asked = 100 * moved, self.amount * abs(before)
        else:
            asked = self.amount
        return bool(moved >= asked if self.comparator == ">=" else moved > asked)


class Changed(_Past):
    """`Health changed from Good to Poor in 7 days`: the ends of the window count, not what lay between."""

    before: Constant | None
    after: Constant | None
    days: int

    def __str__(self) -> str:
        start = "" if self.before is None else f" from {_end(self.attribute, self.before)}"
        end = "" if self.after is None else f" to {_end(self.attribute, self.after)}"
        return f"{self.attribute.name} changed{start}{end} in {in_days(self.days)}"

    def as_json(self) -> dict[str, Any]:
        ends = {"from": self.before, "to": self.after}
        given = {name: plain(value) for name, value in ends.items() if value is not None}
        return self.as_operation("changed", **given, days=self.days)

    @property
    def lookback_days(self) -> int:
        return self.days

    def differs(self, then: Value, now: Value) -> bool:
        before, after = _same(self.attribute, then), _same(self.attribute, now)
        return bool(
            before != after
            and (self.before is None or before == rank(self.attribute, self.before))
            and (self.after is None or after == rank(self.attribute, self.after))
        )


class Held(Leaf):
    """`License Utilization < 50 for 14 days`: it held on every day of the window (dwell).

    A day on which it did not answers no; else a day of which nothing is known answers unknown (1.14 row 21).
    `comparison` is a leaf, or the denial of one (`Status not in (Trial) for 14 days`).
    """

    comparison: Leaf | Not
    days: int
    by_the_calendar = True

    def __str__(self) -> str:
        return f"{self.comparison} for {in_days(self.days)}"

    @property
    def denial(self) -> str:
        return f"NOT ({self})"  # NOT in segment "A" for 3 days would say not in it for 3 days

    def as_json(self) -> dict[str, Any]:
        return {**self.comparison.as_json(), "for_days": self.days}

    @property
    def lookback_days(self) -> int:
        return self.days

    def about(self, attribute: Attribute) -> Self:
        return type(self)(attribute, _about(self.comparison, attribute), self.days)

    def answer(self, moment: Moment) -> bool | None:
        known = True
        for back in range(self.days + 1):
            past = moment.on(moment.today - timedelta(days=back), self.attribute)
            answer = None if past is None else self.comparison.answer(past)
            if answer is False:
                return False
            known = known and answer is not None
        return True if known else None


def _about(comparison: Leaf | Not, attribute: Attribute) -> Leaf | Not:
    if isinstance(comparison, Leaf):
        return comparison.about(attribute)
    assert isinstance(comparison.term, Leaf)
    return Not(comparison.term.about(attribute))


def _end(attribute: Attribute, constant: Constant) -> str:
    """A value as the parser reads it, though "to" may follow: Go is quoted where Go to Market is a value."""
    longer = f"{constant} ".casefold()
    if isinstance(constant, str) and any(value.casefold().startswith(longer) for value in attribute.values):
        return quoted(constant)
    return shown(attribute, constant)


def _same(attribute: Attribute, value: Value) -> Any:
    """What two values are the same by: several values without order or case."""
    return (
        frozenset(each.casefold() for each in value) if isinstance(value, tuple) else rank(attribute, value)
    )


def _told(value: str | int | float | bool | None) -> str:
    if value is None:
        return "unknown"
    return show_cell(value)
