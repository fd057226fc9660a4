"""Judging once what many accounts have in common.

What conditions say of an account follows from the values they read, and from the day where they go by the
calendar. Most of what health asks about (levels, yes or no, small counts) is alike in many accounts.
"""

from collections.abc import Callable, Sequence
from datetime import date
from functools import lru_cache
from typing import TypeVar

from keepwell.attributes import Value
from keepwell.criteria import Condition
from keepwell.criteria.knowing import NO_TRAIL, Moment, name_read

MOST_REMEMBERED = 1024
"""Combinations of values; what was not asked for longest is forgotten first."""

_ANY_DAY = date(2000, 1, 1)

T = TypeVar("T")


def remembered(
    judge: Callable[[Moment], T], conditions: Sequence[Condition], *attributes: str
) -> Callable[[Moment], T]:
    """`judge`, which reads what `conditions` ask for and `attributes`, remembering what it says of them.

    Where a condition looks back on the trail it is asked each time.
    """
    leaves = [leaf for condition in conditions for leaf in condition.leaves()]
    if any(leaf.lookback_days for leaf in leaves):
        return judge
    names = tuple(dict.fromkeys([*attributes, *(name_read(leaf.attribute) for leaf in leaves)]))
    by_the_calendar = any(leaf.by_the_calendar for leaf in leaves)

    @lru_cache(MOST_REMEMBERED, typed=True)  # typed: 1 is not yes
    def by_values(today: date, *read: Value | None) -> T:
        values = {name: value for name, value in zip(names, read, strict=True) if value is not None}
        return judge(Moment(values, today, NO_TRAIL))

    def by_moment(moment: Moment) -> T:
        read = map(moment.values.get, names)
        return by_values(moment.today if by_the_calendar else _ANY_DAY, *read)

    return by_moment
