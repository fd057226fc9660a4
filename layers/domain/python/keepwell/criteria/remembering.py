"""Asking leaves about a value once, and remembering their answers as bits of a circuit.

The answer of a leaf that does not look back follows from its attribute's value and, if it goes by the
calendar, from the day. Lists have few values, and dates are few. Numbers are not; but between two neighbours
among the constants of an attribute's leaves all have the same answers. It is always the leaf that is asked:
what is remembered is what the interpreter says.

What is concluded from several leaves, with its reasons, is `remembered` by all values that they read.
"""

from bisect import bisect_left
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import date
from functools import lru_cache, reduce
from math import inf, isfinite
from operator import or_
from typing import NamedTuple, TypeVar

from keepwell.attributes import Attribute, Kind, Value
from keepwell.criteria.circuit import Input
from keepwell.criteria.comparing import Between, Comparison, Constant, Emptiness, OneOf
from keepwell.criteria.knowing import NO_TRAIL, Moment, name_read
from keepwell.criteria.tree import Condition, Leaf

MOST_REMEMBERED = 2048
"""Values of an attribute, or dates on a day; what was not asked for longest is forgotten first."""

MOST_COMBINATIONS = 1024
"""Combinations of values that one conclusion is remembered for."""

_ANY_DAY = date(2000, 1, 1)

T = TypeVar("T")


class Reading(NamedTuple):
    """Answers leaves of one attribute: `bits(value)`, or `bits(value, today)` if they go `by_the_calendar`.

    The value is that under `name`, None if there is none; a bit is set where a leaf answers as wanted.
    """

    name: str
    by_the_calendar: bool
    bits: Callable[..., int]

    def of(self, values: Mapping[str, Value | None], today: date) -> int:
        """The bits for an account's values."""
        value = values.get(self.name)
        return self.bits(value, today) if self.by_the_calendar else self.bits(value)


class Question(NamedTuple):
    """One leaf, however many conditions ask it: what to set where it holds, where it does not, and of which
    conditions the outputs rest on it."""

    leaf: Leaf
    where_true: int
    where_false: int
    outputs: int

    def bits(self, moment: Moment) -> int:
        """What the answer at `moment` sets."""
        answer = self.leaf.answer(moment)
        return 0 if answer is None else self.where_true if answer else self.where_false


def questions_of(inputs: Iterable[Input]) -> tuple[Question, ...]:
    """The different leaves of `inputs`."""
    by_leaf: dict[Leaf, list[Input]] = {}
    for each in inputs:
        by_leaf.setdefault(each.leaf, []).append(each)
    return tuple(
        Question(
            leaf,
            where_true=sum(each.bit for each in same if each.wanted),
            where_false=sum(each.bit for each in same if not each.wanted),
            outputs=reduce(or_, (each.output for each in same)),
        )
        for leaf, same in by_leaf.items()
    )


def readings(inputs: Iterable[Input]) -> tuple[Reading, ...]:
    """What answers the leaves of `inputs`, none of which looks back: one per attribute, or two."""
    alike: dict[tuple[Attribute, bool], list[Input]] = {}
    for each in inputs:
        attribute = each.leaf.attribute
        ranged = attribute.kind is Kind.NUMBER and _bounds(each.leaf) is not None
        alike.setdefault((attribute, ranged), []).append(each)
    return tuple(
        _by_range(attribute, asked) if ranged else _by_value(attribute, asked)
        for (attribute, ranged), asked in alike.items()
    )


def remembered(
    conclude: Callable[[Moment], T], conditions: Sequence[Condition], *attributes: str
) -> Callable[[Moment], T]:
    """`conclude`, which reads what `conditions` ask for and `attributes`, remembering what it says of them.

    Where a condition looks back on the trail it is asked each time.
    """
    leaves = [leaf for condition in conditions for leaf in condition.leaves()]
    if any(leaf.lookback_days for leaf in leaves):
        return conclude
    names = tuple(dict.fromkeys([*attributes, *(name_read(leaf.attribute) for leaf in leaves)]))
    by_the_calendar = any(leaf.by_the_calendar for leaf in leaves)

    @lru_cache(MOST_COMBINATIONS, typed=True)  # typed: 1 is not yes
    def by_values(today: date, *read: Value | None) -> T:
        values = {name: value for name, value in zip(names, read, strict=True) if value is not None}
        return conclude(Moment(values, today, NO_TRAIL))

    def by_moment(moment: Moment) -> T:
        read = map(moment.values.get, names)
        return by_values(moment.today if by_the_calendar else _ANY_DAY, *read)

    return by_moment


def _by_value(attribute: Attribute, inputs: Sequence[Input]) -> Reading:
    by_the_calendar = any(each.leaf.by_the_calendar for each in inputs)
    bits = lru_cache(MOST_REMEMBERED, typed=True)(_asking(attribute, inputs))  # typed: 1 is not yes
    return Reading(name_read(attribute), by_the_calendar, bits)


def _by_range(attribute: Attribute, inputs: Sequence[Input]) -> Reading:
    """Remembers what holds for each constant, for the numbers between two neighbours and for what is none."""
    ask = _asking(attribute, inputs)
    bounds = [*sorted({bound for each in inputs for bound in _bounds(each.leaf) or ()}), inf]
    remembered: list[int | None] = [None] * (2 * len(bounds))

    def bits(value: Value | None) -> int:
        place = -1
        if type(value) is int or (type(value) is float and isfinite(value)):
            place = bisect_left(bounds, value)
            place += place + (bounds[place] == value)
        answers = remembered[place]
        if answers is None:
            answers = remembered[place] = ask(value)
        return answers

    return Reading(name_read(attribute), by_the_calendar=False, bits=bits)


def _bounds(leaf: Leaf) -> tuple[int | float, ...] | None:
    """The numbers at which the answer of a leaf may turn; None if that is not known."""
    constants: tuple[Constant, ...]
    match leaf:
        case Comparison(constant=constant) if type(leaf) is Comparison:
            constants = (constant,)
        case Between(low=low, high=high) if type(leaf) is Between:
            constants = (low, high)
        case OneOf(constants=constants) if type(leaf) is OneOf:
            pass
        case Emptiness() if type(leaf) is Emptiness:
            constants = ()
        case _:
            return None
    return tuple(each for each in constants if isinstance(each, int | float))


def _asking(attribute: Attribute, inputs: Sequence[Input]) -> Callable[..., int]:
    name = name_read(attribute)
    questions = questions_of(inputs)

    def ask(value: Value | None, today: date = _ANY_DAY) -> int:
        moment = Moment({name: value}, today, NO_TRAIL)
        return sum(question.bits(moment) for question in questions)

    return ask
