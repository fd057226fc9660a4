"""Whether a condition matches, and why: the plain interpreter that every faster way is tested against.

Missing data is three-valued: a leaf whose value is missing is unknown (None) unless it asks for emptiness;
unknown stays unknown through NOT; AND is False if a term is, OR is True if a term is, whatever is unknown.
"""

from collections.abc import Mapping
from datetime import date, datetime
from math import isfinite

from keepwell.attributes import Attribute, Kind, Value, show_cell
from keepwell.criteria.tree import And, Condition, Emptiness, Leaf, Not, Or
from keepwell.standings import Reason


def match(condition: Condition, values: Mapping[str, Value], today: date) -> bool | None:
    """Whether `condition` holds for `values` (by canonical attribute name) on `today`; None if unknown."""
    match condition:
        case Leaf():
            return _leaf_matches(condition, known(condition.attribute, values), today)
        case And(terms):
            answers = [match(term, values, today) for term in terms]
            return False if False in answers else None if None in answers else True
        case Or(terms):
            answers = [match(term, values, today) for term in terms]
            return True if True in answers else None if None in answers else False
        case Not(term):
            answer = match(term, values, today)
            return None if answer is None else not answer
        case _:
            raise TypeError(f"no condition: {condition!r}")


def explain(condition: Condition, values: Mapping[str, Value], today: date) -> tuple[Reason, ...]:
    """One reason per leaf, in the order of the text: its own answer, before any NOT around it."""
    return tuple(_reason(leaf, known(leaf.attribute, values), today) for leaf in condition.leaves())


def known(attribute: Attribute, values: Mapping[str, Value]) -> Value | None:
    """The attribute's value; None if there is none, or none of its kind (after a change of kind)."""
    value = values.get(attribute.reads or attribute.name)
    return None if value is None else _OF_KIND[attribute.kind](attribute, value)


def _number(_attribute: Attribute, value: Value) -> Value | None:
    return (
        value if isinstance(value, int | float) and not isinstance(value, bool) and isfinite(value) else None
    )


def _date(_attribute: Attribute, value: Value) -> Value | None:
    return value if isinstance(value, date) and not isinstance(value, datetime) else None


def _yes_no(_attribute: Attribute, value: Value) -> Value | None:
    return value if isinstance(value, bool) else None


def _text(_attribute: Attribute, value: Value) -> Value | None:
    return value if isinstance(value, str) and value.strip() else None


def _listed(attribute: Attribute, value: Value) -> Value | None:
    return attribute.allowed(value) if isinstance(value, str) else None


def _several(_attribute: Attribute, value: Value) -> Value | None:
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


def _reason(leaf: Leaf, value: Value | None, today: date) -> Reason:
    return Reason(leaf.canonical, _shown(value), _leaf_matches(leaf, value, today))


def _leaf_matches(leaf: Leaf, value: Value | None, today: date) -> bool | None:
    if value is None:
        return leaf.empty if isinstance(leaf, Emptiness) else None
    return leaf.holds(value, today)


def _shown(value: Value | None) -> str | int | float | bool | None:
    return show_cell(value) if isinstance(value, date | tuple) else value
