"""A condition in the language of a peer: the same question, with missing values guarded by hand.

Texts are compared without case and ordered lists by their level, so accounts are handed over that way
(`plain`); a metric or a segment matches where the peer says true.
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
from keepwell.criteria.tree import And, Not, Or
from keepwell.criteria.tree import Leaf as AnyLeaf
from keepwell.plays.context import snake

TODAY = "today"


@dataclass(frozen=True)
class Dialect:
    """How a peer writes an attribute, no value, equality with it, and so many days."""

    name: str
    nothing: str
    present: str
    absent: str
    days: str

    def attribute(self, attribute: Attribute) -> str:
        return self.name.format(snake(attribute.reads or attribute.name))


RULE_ENGINE = Dialect("{}", "null", "{} != null", "{} == null", 't"P{}D"')
PYTHON = Dialect("a.{}", "None", "{} is not None", "{} is None", "days({})")


def translated(condition: Condition, dialect: Dialect) -> str:
    """An expression that is true where `condition` matches."""
    match condition:
        case And(terms):
            return " and ".join(f"({translated(term, dialect)})" for term in terms)
        case Or(terms):
            return " or ".join(f"({translated(term, dialect)})" for term in terms)
        case Not(term) if isinstance(term, AnyLeaf):
            name = dialect.attribute(term.attribute)
            return f"{dialect.present.format(name)} and not ({translated(term, dialect)})"
        case Emptiness(attribute, empty):
            return (dialect.absent if empty else dialect.present).format(dialect.attribute(attribute))
        case AnyLeaf():
            name = dialect.attribute(condition.attribute)
            return f"{dialect.present.format(name)} and {_asks(condition, name, dialect)}"
        case _:
            raise TypeError(f"cannot be translated: {condition}")


def _asks(leaf: AnyLeaf, name: str, dialect: Dialect) -> str:
    attribute = leaf.attribute
    match leaf:
        case Comparison(comparator=comparator, constant=constant):
            sign = "==" if comparator == "=" else comparator
            return f"{name} {sign} {_literal(attribute, constant)}"
        case Between(low=low, high=high):
            return f"{name} >= {_literal(attribute, low)} and {name} <= {_literal(attribute, high)}"
        case OneOf(constants=constants):
            return f"{name} in [{', '.join(_literal(attribute, each) for each in constants)}]"
        case Contains(text=text):
            return f"{_literal(attribute, text)} in {name}"
        case Within(direction=direction, days=days):
            span = dialect.days.format(days)
            if direction == "next":
                return f"{name} >= {TODAY} and {name} <= {TODAY} + {span}"
            return f"{name} <= {TODAY} and {name} >= {TODAY} - {span}"
        case Age(comparator=comparator, days=days):
            mirrored = {"<": ">", "<=": ">=", ">": "<", ">=": "<=", "=": "==", "!=": "!="}[comparator]
            return f"{name} {mirrored} {TODAY} - {dialect.days.format(days)}"
        case _:
            raise TypeError(f"cannot be translated: {leaf}")


def _literal(attribute: Attribute, constant: Value) -> str:
    ranked = rank(attribute, constant)
    return str(ranked).lower() if isinstance(ranked, bool) else repr(ranked).replace("'", '"')


def plain(values: Mapping[str, Value], attributes: Mapping[str, Attribute]) -> dict[str, Any]:
    """The values of `attributes` under the names a peer uses, None where there is none."""
    return {name: _plain(attribute, values) for name, attribute in attributes.items()}


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
