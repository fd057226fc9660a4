"""Whether a condition matches, and why: the plain interpreter that every faster way is tested against."""

from collections.abc import Mapping
from datetime import date
from typing import TYPE_CHECKING

from keepwell.attributes import Value
from keepwell.criteria.knowing import NO_TRAIL, Moment, Trail
from keepwell.criteria.tree import Condition

if TYPE_CHECKING:
    from keepwell.standings import Reason


def match(
    condition: Condition, values: Mapping[str, Value | None], today: date, trail: Trail = NO_TRAIL
) -> bool | None:
    """Whether `condition` holds for `values` (by canonical attribute name) on `today`; None if unknown."""
    return condition.answer(Moment(values, today, trail))


def explain(
    condition: Condition, values: Mapping[str, Value | None], today: date, trail: Trail = NO_TRAIL
) -> "tuple[Reason, ...]":
    """One reason per leaf, in the order of the text: its own answer, before any NOT around it."""
    return reasons(condition, Moment(values, today, trail))


def reasons(condition: Condition, moment: Moment) -> "tuple[Reason, ...]":
    """One reason per leaf at `moment`."""
    from keepwell.standings import Reason  # most of the domain hangs on it; the language does not need it

    return tuple(
        Reason(leaf.canonical, leaf.seen(moment), leaf.answer(moment)) for leaf in condition.leaves()
    )
