"""What can be said of a condition without any account."""

from typing import Any

from keepwell.attributes.computed import CHANGE_WITH_TIME
from keepwell.criteria.tree import Condition


def attributes_of(condition: Condition) -> tuple[str, ...]:
    """The canonical names of the attributes it asks about, sorted."""
    return tuple(sorted({leaf.attribute.name for leaf in condition.leaves()}))


def time_dependent(condition: Condition) -> bool:
    """Whether the answer can change from one day to the next with no fact written."""
    return any(leaf.by_the_calendar or leaf.attribute.name in CHANGE_WITH_TIME for leaf in condition.leaves())


def to_json(condition: Condition) -> dict[str, Any]:
    """The tree as JSON: `and`, `or` (lists) and `not` over leaves of attribute, operator and values."""
    return condition.as_json()
