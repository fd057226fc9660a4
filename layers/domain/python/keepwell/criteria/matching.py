"""Whether a condition matches, and why: the plain interpreter that every faster way is tested against.

Missing data is three-valued: a leaf whose value is missing is unknown (None) unless it asks for emptiness;
unknown stays unknown through NOT; AND is False if a term is, OR is True if a term is, whatever is unknown.
"""

from collections.abc import Mapping
from datetime import date

from keepwell.attributes import Value, show_cell
from keepwell.criteria.knowing import NO_TRAIL, Moment, Trail
from keepwell.criteria.tree import And, Condition, Leaf, Not, Or
from keepwell.standings import Reason


def match(
    condition: Condition, values: Mapping[str, Value], today: date, trail: Trail = NO_TRAIL
) -> bool | None:
    """Whether `condition` holds for `values` (by canonical attribute name) on `today`; None if unknown."""
    return _match(condition, Moment(values, today, trail))


def explain(
    condition: Condition, values: Mapping[str, Value], today: date, trail: Trail = NO_TRAIL
) -> tuple[Reason, ...]:
    """One reason per leaf, in the order of the text: its own answer, before any NOT around it."""
    moment = Moment(values, today, trail)
    return tuple(
        Reason(leaf.canonical, _shown(moment.value(leaf.attribute)), leaf.answer(moment))
        for leaf in condition.leaves()
    )


def _match(condition: Condition, moment: Moment) -> bool | None:
    match condition:
        case Leaf():
            return condition.answer(moment)
        case And(terms):
            answers = [_match(term, moment) for term in terms]
            return False if False in answers else None if None in answers else True
        case Or(terms):
            answers = [_match(term, moment) for term in terms]
            return True if True in answers else None if None in answers else False
        case Not(term):
            answer = _match(term, moment)
            return None if answer is None else not answer
        case _:
            raise TypeError(f"no condition: {condition!r}")


def _shown(value: Value | None) -> str | int | float | bool | None:
    return show_cell(value) if isinstance(value, date | tuple) else value
