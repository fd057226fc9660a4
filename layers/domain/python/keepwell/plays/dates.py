"""Plays that a date triggers: so many days before or after it."""

from keepwell.attributes import Attribute
from keepwell.criteria import Condition
from keepwell.criteria.dates import Age, Within
from keepwell.criteria.tree import all_of


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
