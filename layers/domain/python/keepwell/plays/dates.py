"""Plays that a date triggers: so many days before or after it."""

from datetime import date

from keepwell.attributes import Attribute
from keepwell.criteria import Condition
from keepwell.criteria.dates import Age, Within
from keepwell.criteria.tree import Leaf, all_of


def window(
    attribute: Attribute, days_before: int | None, days_after: int | None, catch_up_days: int
) -> Condition:
    """The days on which the play is triggered: the day that is so many days before or after the date, and as
    many more as it takes to catch up; never the other side of the date."""
    if days_before is not None:
        last = days_before - catch_up_days
        starts = Within(attribute=attribute, direction="next", days=days_before)
        if last <= 0:
            return starts
        return all_of(starts, Age(attribute=attribute, comparator="<", days=1 - last))
    first = days_after or 0
    ends = Within(attribute=attribute, direction="last", days=first + catch_up_days)
    if first == 0:
        return ends
    return all_of(ends, Age(attribute=attribute, comparator=">", days=first - 1))


def has_begun(criteria: Condition, value: date, today: date) -> bool:
    """Whether the days of a `window` have come for the date `value`, or are over: it triggers nothing more
    where the account has it only now. Days before a date never come once it has passed itself."""
    return all(_first_day_has_come(leaf, value, today) for leaf in criteria.leaves())


def _first_day_has_come(leaf: Leaf, value: date, today: date) -> bool:
    """As far as one part of the window tells; that which ends it tells nothing."""
    if isinstance(leaf, Within):
        return value <= today if leaf.direction == "last" else leaf.holds(value, today)
    return not (isinstance(leaf, Age) and leaf.comparator == ">") or leaf.holds(value, today)
