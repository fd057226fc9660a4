"""A condition in the language of a peer: the same question, with missing values guarded by hand.

Texts are compared without case, ordered lists by their level and dates as the peer can, so accounts are
handed over that way (`plain`); a metric or a segment matches where the peer says true. NOT is carried to the
leaves, and a guard is left out where the peer needs none: that is how it is fastest.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any

from keepwell.attributes import Attribute, Value
from keepwell.criteria import Condition
from keepwell.criteria.comparing import Between, Comparison, Contains, Emptiness, OneOf, rank
from keepwell.criteria.dates import Age, Within
from keepwell.criteria.knowing import known
from keepwell.criteria.tree import And, Leaf, Not, Or
from keepwell.plays.context import snake

TODAY = "today"


@dataclass(frozen=True)
class Dialect:
    """How a peer writes an attribute, no value, and so many days; None: it has dates as their age in days."""

    name: str
    present: str
    absent: str
    days: str | None

    def attribute(self, attribute: Attribute) -> str:
        return self.name.format(snake(attribute.reads or attribute.name))


RULE_ENGINE = Dialect("{}", "{} != null", "{} == null", 't"P{}D"')
ZEN = Dialect("{}", "{} != null", "{} == null", None)
PYTHON = Dialect("a.{}", "{} is not None", "{} is None", "days({})")

_OPPOSITE = {"=": "!=", "!=": "=", "<": ">=", ">=": "<", ">": "<=", "<=": ">"}
_MIRRORED = {"<": ">", "<=": ">=", ">": "<", ">=": "<=", "=": "=", "!=": "!="}


def translated(condition: Condition, dialect: Dialect, *, holds: bool = True) -> str:
    """An expression that is true where `condition` matches (or, unless `holds`, is known not to)."""
    match condition:
        case And(terms) | Or(terms):
            word = " and " if isinstance(condition, And) is holds else " or "
            return word.join(f"({translated(term, dialect, holds=holds)})" for term in terms)
        case Not(term):
            return translated(term, dialect, holds=not holds)
        case Emptiness(attribute, empty):
            return (dialect.absent if empty is holds else dialect.present).format(
                dialect.attribute(attribute)
            )
        case Leaf():
            name = dialect.attribute(condition.attribute)
            asked = _asked(condition, name, dialect, holds)
            return asked if _is_safe(condition, holds) else f"{dialect.present.format(name)} and {asked}"
        case _:
            raise TypeError(f"cannot be translated: {condition}")


def _is_safe(leaf: Leaf, holds: bool) -> bool:
    """Whether no value answers false by itself."""
    return holds and (isinstance(leaf, OneOf) or (isinstance(leaf, Comparison) and leaf.comparator == "="))


def _asked(leaf: Leaf, name: str, dialect: Dialect, holds: bool) -> str:
    attribute = leaf.attribute
    match leaf:
        case Comparison(comparator=comparator, constant=constant):
            return f"{name} {_sign(comparator, holds)} {_literal(attribute, constant)}"
        case Between(low=low, high=high):
            return _range(name, _literal(attribute, low), _literal(attribute, high), holds)
        case OneOf(constants=constants):
            listed = f"{name} in [{', '.join(_literal(attribute, each) for each in constants)}]"
            return listed if holds else f"not ({listed})"
        case Contains(text=text):
            part = f"{_literal(attribute, text)} in {name}"
            return part if holds else f"not ({part})"
        case Within(direction=direction, days=count):
            ends = (0, count) if direction == "next" else (-count, 0)
            if dialect.days is None:
                return _range(name, str(-ends[1]), str(-ends[0]), holds)
            first, last = (_day(end, dialect.days) for end in ends)
            return _range(name, first, last, holds)
        case Age(comparator=comparator, days=count):
            if dialect.days is None:
                return f"{name} {_sign(comparator, holds)} {count}"
            return f"{name} {_sign(_MIRRORED[comparator], holds)} {_day(-count, dialect.days)}"
        case _:
            raise TypeError(f"cannot be translated: {leaf}")


def _sign(comparator: str, holds: bool) -> str:
    sign = comparator if holds else _OPPOSITE[comparator]
    return "==" if sign == "=" else sign


def _range(name: str, low: str, high: str, holds: bool) -> str:
    return f"{name} >= {low} and {name} <= {high}" if holds else f"({name} < {low} or {name} > {high})"


def _day(ahead: int, days: str) -> str:
    return f"{TODAY} {'-' if ahead < 0 else '+'} {days.format(abs(ahead))}"


def _literal(attribute: Attribute, constant: Value) -> str:
    ranked = rank(attribute, constant)
    return str(ranked).lower() if isinstance(ranked, bool) else repr(ranked).replace("'", '"')


def plain(values: Mapping[str, Value], attributes: Mapping[str, Attribute]) -> dict[str, Any]:
    """The values of `attributes` under the names a peer uses, dates as moments, None where there is none."""
    return {name: _plain(attribute, values) for name, attribute in attributes.items()}


def with_ages(plain_values: Mapping[str, Any], today: date) -> dict[str, Any]:
    """Dates as their age in days."""
    return {
        name: (today - value.date()).days if isinstance(value, datetime) else value
        for name, value in plain_values.items()
    }


def _plain(attribute: Attribute, values: Mapping[str, Value]) -> Any:
    value = known(attribute, values)
    if value is None:
        return None
    ranked = rank(attribute, value)
    return midnight(ranked) if isinstance(ranked, date) else ranked


def midnight(day: date) -> datetime:
    """rule-engine knows moments only."""
    return datetime.combine(day, time())


def days(count: int) -> timedelta:
    return timedelta(days=count)
