"""What can be said of a condition before any account is asked: what it depends on, and when it can change."""

from collections.abc import Iterable, Iterator
from datetime import date
from math import ceil, floor
from typing import Any

from keepwell.attributes import Value
from keepwell.attributes.catalogue import counts_days
from keepwell.criteria.belonging import InSegment
from keepwell.criteria.beside import Sought
from keepwell.criteria.changes import Held
from keepwell.criteria.comparing import Between, Comparison, Constant, OneOf
from keepwell.criteria.knowing import Moment, name_read
from keepwell.criteria.performing import Performed
from keepwell.criteria.tree import Condition, Leaf

_LAST_DAY = date.max.toordinal()


def attributes_of(condition: Condition) -> tuple[str, ...]:
    """The canonical names of the attributes it asks about, sorted; Users and Usage for what is asked of the
    account's people and of its use."""
    asked = (leaf.attribute for leaf in condition.leaves())
    return tuple(sorted({each.topic if isinstance(each, Sought) else each.name for each in asked}))


def segments_of(condition: Condition) -> tuple[str, ...]:
    """The names of the segments it asks about, sorted."""
    asked = map(_compared, condition.leaves())
    return tuple(sorted({leaf.segment for leaf in asked if isinstance(leaf, InSegment)}))


def lookbacks(condition: Condition) -> dict[str, int]:
    """How many days back it asks, by the name under which the attribute's value stands (`name_read`).

    Attributes of which today's value is enough are left out.
    """
    by_days = sorted(condition.leaves(), key=lambda leaf: leaf.lookback_days)
    return {name_read(leaf.attribute): leaf.lookback_days for leaf in by_days if leaf.lookback_days}


def furthest_lookbacks(conditions: Iterable[Condition]) -> dict[str, int]:
    """How many days back any of the conditions asks, by name."""
    furthest = dict[str, int]()
    for condition in conditions:
        for name, days in lookbacks(condition).items():
            furthest[name] = max(days, furthest.get(name, 0))
    return furthest


def lookback_days(condition: Condition) -> int:
    """How many days back it asks of any attribute; 0 where today's values are enough."""
    return max(lookbacks(condition).values(), default=0)


def time_dependent(condition: Condition) -> bool:
    """Whether the answer can change from one day to the next with no fact written."""
    return any(leaf.by_the_calendar or leaf.attribute.daily for leaf in condition.leaves())


def next_change(condition: Condition, moment: Moment) -> date | None:
    """The first day after today on which some leaf can answer otherwise though no fact is written, if any.

    Exact for leaves about dates, else never too late. Health and segments change when the conditions that
    they rest on do: whoever depends on them asks those too.
    """
    days = (day for leaf in condition.leaves() for day in _turns(leaf, moment))
    first = min((day for day in days if day > moment.today.toordinal()), default=_LAST_DAY + 1)
    return date.fromordinal(first) if first <= _LAST_DAY else None


def to_json(condition: Condition) -> dict[str, Any]:
    """The tree as JSON: `and`, `or` (lists) and `not` over leaves of attribute, operator and values."""
    return condition.as_json()


def hash_of(condition: Condition) -> str:
    """Twelve hexadecimal digits that conditions share only if their canonical texts are the same."""
    from hashlib import sha256  # 2 ms to load, and only a playbook's versions ask for it

    return sha256(str(condition).encode(errors="surrogatepass")).hexdigest()[:12]


def _turns(leaf: Leaf, moment: Moment) -> Iterator[int]:
    """Days (as ordinals), some of them past, that hold the first after today on which `leaf` may turn."""
    if leaf.lookback_days:
        yield from _turns_of_the_past(leaf, moment)
        return
    value = moment.value(leaf.attribute)
    if value is None:
        return
    if isinstance(leaf.attribute, Sought) and leaf.attribute.daily:
        yield from _turns_beside(leaf, value, moment.today)
    if counts_days(leaf.attribute):
        yield from _turns_of_a_count(leaf, value, moment.today)
    now = moment.today.toordinal()
    for day in sorted(day for day in leaf.turns(value, moment.today) if now < day <= _LAST_DAY):
        if leaf.holds(value, date.fromordinal(day)) != leaf.holds(value, moment.today):
            yield day
            return


def _turns_of_the_past(leaf: Leaf, moment: Moment) -> Iterator[int]:
    """The days on which a value of the trail gets to the end of the window, or today's becomes a past one."""
    tomorrow = moment.today.toordinal() + 1
    inner = _compared(leaf)
    if counts_days(leaf.attribute) or (inner is not leaf and inner.by_the_calendar):
        yield tomorrow
    name = name_read(leaf.attribute)
    known = moment.trail.get(name, ())
    for since, _ in known:
        yield since.toordinal() + leaf.lookback_days
    if moment.values.get(name) != (known[-1][1] if known else None):
        yield moment.today.toordinal() + leaf.lookback_days
        if isinstance(leaf, Held):
            yield tomorrow


def _turns_of_a_count(leaf: Leaf, value: Value, today: date) -> Iterator[int]:
    """The days on which a count of days, one more each day, reaches or passes what it is compared with."""
    assert isinstance(value, int | float)
    for figure in _figures(leaf):
        assert isinstance(figure, int | float)
        for days in (ceil(figure - value), floor(figure - value) + 1):
            if leaf.holds(value + days, today) != leaf.holds(value + days - 1, today):
                yield today.toordinal() + days


def _turns_beside(leaf: Leaf, value: Value, today: date) -> Iterator[int]:
    """Tomorrow, but for what was done: with nothing told it can only become less."""
    if isinstance(leaf, Performed):
        assert isinstance(value, int)
        assert isinstance(leaf.constant, int)
        answers = {leaf.holds(count, today) for count in (0, leaf.constant, value) if count <= value}
        if len(answers) == 1:
            return
    yield today.toordinal() + 1


def _figures(leaf: Leaf) -> tuple[Constant, ...]:
    match leaf:
        case Comparison(constant=constant):
            return (constant,)
        case Between(low=low, high=high):
            return low, high
        case OneOf(constants=constants):
            return constants
        case _:
            return ()


def _compared(leaf: Leaf) -> Leaf:
    """What a dwell asks each day."""
    return next(leaf.comparison.leaves()) if isinstance(leaf, Held) else leaf
