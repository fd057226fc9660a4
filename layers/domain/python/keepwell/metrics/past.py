"""What an account's values were on the days before: what was remembered, and what can be found out.

What was told is known since the day it was so. Use of the product is measured again as of each day that is
kept, so that events that come late, or all at once, count on the day they happened. A formula is computed
again from the past of what it reads. So none of these has to be kept in the trail.
"""

from collections.abc import Container, Iterator, Mapping, Sequence
from datetime import date, timedelta
from itertools import pairwise
from typing import Any, NamedTuple

from keepwell.attributes import Value
from keepwell.criteria.knowing import Moment, Trail
from keepwell.metrics.formulas import Formula
from keepwell.metrics.recipe import Recipe
from keepwell.metrics.terms import Inputs
from keepwell.metrics.usage import BY_NAME, past_values
from keepwell.trails import Entry, recalled
from keepwell.usage import UsageSummary


class Remembered(NamedTuple):
    """What the past is found out from, beside the values of `today`.

    `stored` is the trail; `told` gives the day since which a fact has stood as it does; `lookbacks` the days
    that each attribute is looked back on; `supplied` holds the names of what others told us, so that nothing
    is to be computed of it.
    """

    today: date
    stored: Trail
    told: Mapping[str, date]
    lookbacks: Mapping[str, int]
    supplied: Container[str]
    usage: UsageSummary | None = None


class Past(Mapping[str, Sequence[Entry]]):
    """A trail whose parts are found out once somebody asks for them; `values` are those of today."""

    def __init__(self, values: Mapping[str, Value], recipe: Recipe, remembered: Remembered):
        self._values = values
        self._recipe = recipe
        self._remembered = remembered
        self._found: dict[str, Sequence[Entry]] = {}

    def __getitem__(self, name: str) -> Sequence[Entry]:
        found: Sequence[Entry] = self.get(name, ())
        if not found:
            raise KeyError(name)
        return found

    def get(self, name: str, default: Any = None) -> Any:
        """As any mapping's, but without an exception on the way: most of what is asked for is not there."""
        found = self._found.get(name)
        if found is None:
            found = self._found[name] = self._find(name)
        return found or default

    def __iter__(self) -> Iterator[str]:
        return (name for name in {**self._remembered.stored, **self._remembered.lookbacks} if name in self)

    def __len__(self) -> int:
        return sum(1 for _ in self)

    def _find(self, name: str) -> Sequence[Entry]:
        today, stored, told, lookbacks, supplied, usage = self._remembered
        days = lookbacks.get(name, 0)
        if days and name not in supplied:
            if formula := self._recipe.formula.get(name):
                return self._derived(formula, days)
            if usage and name in BY_NAME:
                return self._measured(name, days, usage)
        known = stored.get(name, ())
        if days and name in told:
            return recalled(known, self._values.get(name), told[name], today, days)
        return known

    def _measured(self, name: str, days: int, usage: UsageSummary) -> Sequence[Entry]:
        """The use as of each day that is kept, after what was remembered of the days before those."""
        measured = past_values(name, usage, self._recipe.product, self._days(days))
        remembered = self._remembered.stored.get(name, ())
        older = [entry for entry in remembered if not measured or entry[0] < measured[0][0]]
        return _changes([*older, *measured])

    def _derived(self, formula: Formula, days: int) -> Sequence[Entry]:
        """The formula's value as of the days on which it may have changed, from the first that is known."""
        read = {name: self.get(name, ()) for name in formula.reads}
        today = self._remembered.today
        oldest = today - timedelta(days=days)
        entered = {day for past in read.values() for day, _ in past}
        changing = sorted({oldest, *(day for day in entered if oldest < day < today)})
        daily = formula.lookbacks or formula.actions
        derived: list[Entry] = []
        for day in self._days(days) if daily else changing:
            values = {name: _as_of(day, past) for name, past in read.items()}
            value = formula.value(Inputs(Moment(values, day, self), self._remembered.usage))
            if derived or value is not None:
                derived.append((day, value))
        return _changes(derived)

    def _days(self, count: int) -> list[date]:
        today = self._remembered.today.toordinal()
        return [date.fromordinal(day) for day in range(today - count, today)]


def _as_of(day: date, past: Sequence[Entry]) -> Value | None:
    return next((value for since, value in reversed(past) if since <= day), None)


def _changes(entries: Sequence[Entry]) -> Sequence[Entry]:
    """The entries that tell of another value than the one before."""
    changed = [after for before, after in pairwise(entries) if after[1] != before[1]]
    return (*entries[:1], *changed)
