"""What is known of an account: its values on a day, and what they were on the days before."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from math import isfinite
from typing import NamedTuple

from keepwell.attributes import Attribute, Kind, Value

Trail = Mapping[str, Sequence[tuple[date, Value | None]]]
"""By attribute name: the values it took and from which day on, oldest first; None: from then on, no value."""

NO_TRAIL: Trail = {}


class Moment(NamedTuple):
    """An account on the day `today`: `values` by canonical attribute name, and the `trail` behind them."""

    values: Mapping[str, Value | None]
    today: date
    trail: Trail

    def value(self, attribute: Attribute) -> Value | None:
        """Today's value; None if there is none, or none of the attribute's kind."""
        return known(attribute, self.values)

    def value_on(self, attribute: Attribute, day: date) -> Value | None:
        """The value as of `day`: the last one known on or before it (product 1.14 row 21)."""
        past = self.on(day, attribute)
        return None if past is None else past.value(attribute)

    def on(self, day: date, attribute: Attribute) -> "Moment | None":
        """The account as of `day`, as far as `attribute` goes; None if nothing is known that far back.

        A moment whose value is None says that there was none; today's values are those of this moment.
        """
        if day >= self.today:
            return self
        name = name_read(attribute)
        past = [value for since, value in self.trail.get(name, ()) if since <= day]
        if not past:
            return None
        return Moment({name: past[-1]}, day, NO_TRAIL)


def known(attribute: Attribute, values: Mapping[str, Value | None]) -> Value | None:
    """The attribute's value; None if there is none, or none of its kind (after a change of kind)."""
    return _OF_KIND[attribute.kind](attribute, values.get(name_read(attribute)))


def name_read(attribute: Attribute) -> str:
    """The name under which the attribute's value stands."""
    return attribute.reads or attribute.name


def _number(_attribute: Attribute, value: Value | None) -> Value | None:
    return (
        value if isinstance(value, int | float) and not isinstance(value, bool) and isfinite(value) else None
    )


def _date(_attribute: Attribute, value: Value | None) -> Value | None:
    return value if isinstance(value, date) and not isinstance(value, datetime) else None


def _yes_no(_attribute: Attribute, value: Value | None) -> Value | None:
    return value if isinstance(value, bool) else None


def _text(_attribute: Attribute, value: Value | None) -> Value | None:
    return value if isinstance(value, str) and value.strip() else None


def _listed(attribute: Attribute, value: Value | None) -> Value | None:
    return attribute.allowed(value) if isinstance(value, str) else None


def _several(_attribute: Attribute, value: Value | None) -> Value | None:
    return value if isinstance(value, tuple) and value else None


_OF_KIND = {
    Kind.NUMBER: _number,
    Kind.DATE: _date,
    Kind.YES_NO: _yes_no,
    Kind.TEXT: _text,
    Kind.CHOICE: _listed,
    Kind.ORDERED: _listed,
    Kind.CHOICES: _several,
}
