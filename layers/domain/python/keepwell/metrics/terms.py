"""The terms of a formula: what each computes, and its canonical text."""

from collections.abc import Callable, Iterator
from datetime import timedelta
from functools import partial
from math import floor, isfinite
from operator import add, mul, sub, truediv
from typing import Any, ClassVar, NamedTuple

from keepwell.attributes import Attribute, Kind
from keepwell.attributes.cells import show_number
from keepwell.criteria.knowing import Moment, name_read
from keepwell.metrics.usage import times
from keepwell.usage import UsageSummary
from keepwell.values import Record

Figure = int | float


SIGNIFICANT_DIGITS = 12
"""Of a formula's value: so many are sure whatever the order of the operations was."""


class Inputs(NamedTuple):
    """What a formula may read: the values of a moment, what they were, and the use of the product."""

    moment: Moment
    usage: UsageSummary | None


class Unknown(Exception):
    """Some input of a formula is not known."""


Computed = Callable[[Inputs], Figure]
"""The value; raises Unknown, or what arithmetic does."""


class Term(Record):
    """A part of a formula."""

    tightness: ClassVar[int] = 3
    """How tightly it holds together: 1 a sum, 2 a product, 3 what needs no brackets anywhere."""

    def compiled(self) -> Computed:
        """What computes it, made once."""
        raise NotImplementedError

    def parts(self) -> "Iterator[Term]":
        """It and all terms within it."""
        yield self

    def within(self, tightness: int) -> str:
        """Its text as an operand that has to hold together so tightly."""
        return str(self) if self.tightness >= tightness else f"({self})"


class Number(Term):
    """`30`, `0.5`."""

    figure: Figure

    def __str__(self) -> str:
        return show_number(self.figure)

    def compiled(self) -> Computed:
        figure = self.figure
        return lambda _inputs: figure


class Read(Term):
    """The value of an attribute; of an ordered list its level, from 0 (1.14 row 15)."""

    attribute: Attribute

    def __str__(self) -> str:
        return self.attribute.name

    def compiled(self) -> Computed:
        attribute, name = self.attribute, name_read(self.attribute)
        return lambda inputs: figure_of(attribute, inputs.moment.values.get(name))


class Negative(Term):
    """`-A`."""

    term: Term

    def __str__(self) -> str:
        return f"-{self.term.within(3)}"

    def compiled(self) -> Computed:
        inner = self.term.compiled()
        return lambda inputs: -inner(inputs)

    def parts(self) -> Iterator[Term]:
        yield self
        yield from self.term.parts()


class Chain(Term):
    """`A + B - C` or `A * B / C`, from left to right: the first operand, then signs and operands."""

    first: Term
    rest: tuple[tuple[str, Term], ...]

    @property
    def tightness(self) -> int:  # type: ignore[override]
        return 1 if self.rest[0][0] in "+-" else 2

    def __str__(self) -> str:
        own = self.tightness
        return self.first.within(own) + "".join(f" {sign} {term.within(own + 1)}" for sign, term in self.rest)

    def compiled(self) -> Computed:
        first = self.first.compiled()
        rest = tuple((_OPERATIONS[sign], term.compiled()) for sign, term in self.rest)

        def chain(inputs: Inputs) -> Figure:
            value = first(inputs)
            for operation, operand in rest:
                value = operation(value, operand(inputs))
            return value

        return chain

    def parts(self) -> Iterator[Term]:
        yield self
        yield from self.first.parts()
        for _, term in self.rest:
            yield from term.parts()


_OPERATIONS: dict[str, Callable[[Any, Any], Figure]] = {"+": add, "-": sub, "*": mul, "/": truediv}


class Choice(Term):
    """`min(A, B)`, `max(A, B, 0)`; unknown if one of them is."""

    function: str
    terms: tuple[Term, ...]

    def __str__(self) -> str:
        return f"{self.function}({', '.join(map(str, self.terms))})"

    def compiled(self) -> Computed:
        best: Callable[[list[Figure]], Figure] = min if self.function == "min" else max
        terms = tuple(term.compiled() for term in self.terms)
        return lambda inputs: best([term(inputs) for term in terms])

    def parts(self) -> Iterator[Term]:
        yield self
        for term in self.terms:
            yield from term.parts()


class Rounded(Term):
    """`round(A, 2)`: to so many decimals, halves up."""

    term: Term
    places: int

    def __str__(self) -> str:
        return f"round({self.term}, {self.places})" if self.places else f"round({self.term})"

    def compiled(self) -> Computed:
        inner, scale = self.term.compiled(), 10**self.places
        return lambda inputs: floor(tidy(inner(inputs) * scale) + 0.5) / scale

    def parts(self) -> Iterator[Term]:
        yield self
        yield from self.term.parts()


class Past(Term):
    """What became of an attribute's value in so many days, today and N days ago included.

    `change` is in percent of the value of then, whose sign does not count; `difference` is in points; `trend`
    is the slope per day of the straight line nearest to the values of all days on which one is known (least
    squares), two at least.
    """

    function: str
    attribute: Attribute
    days: int

    def __str__(self) -> str:
        return f"{self.function}({self.attribute.name}, {self.days})"

    def compiled(self) -> Computed:
        compute = {"change": _change, "difference": _difference, "trend": _trend}[self.function]
        return partial(compute, self.attribute, self.days)


class Actions(Term):
    """`actions("Reports/Export", 30)`: how often it was done in so many full days."""

    feature: str
    days: int

    def __str__(self) -> str:
        quoted = self.feature.replace("\\", "\\\\").replace('"', '\\"')
        return f'actions("{quoted}", {self.days})'

    def compiled(self) -> Computed:
        feature, days = self.feature, self.days

        def actions(inputs: Inputs) -> Figure:
            if inputs.usage is None:
                raise Unknown
            done = times(inputs.usage, feature, days, inputs.moment.today)
            if done is None:
                raise Unknown
            return done

        return actions


def tidy(value: Figure) -> Figure:
    """The number without what is but an error of rounding: 0.1 + 0.2 is 0.3; a whole one is an int."""
    if isinstance(value, int):
        return value
    near = float(f"{value:.{SIGNIFICANT_DIGITS}g}")
    return int(near) if near.is_integer() else near


def figure_of(attribute: Attribute, value: object) -> Figure:
    """A value as a number. Raises Unknown for None, and for what is none."""
    if type(value) is int or (type(value) is float and isfinite(value)):
        return value
    if attribute.kind is Kind.ORDERED and isinstance(value, str):
        return attribute.level(value)
    raise Unknown


def _ends(attribute: Attribute, days: int, inputs: Inputs) -> tuple[Figure, Figure]:
    """The values of then and of today."""
    moment, name = inputs.moment, name_read(attribute)
    now = figure_of(attribute, moment.values.get(name))
    then = moment.today - timedelta(days=days)
    known = (value for since, value in reversed(moment.trail.get(name, ())) if since <= then)
    return figure_of(attribute, next(known, None)), now


def _change(attribute: Attribute, days: int, inputs: Inputs) -> Figure:
    then, now = _ends(attribute, days, inputs)
    return 100 * (now - then) / abs(then)


def _difference(attribute: Attribute, days: int, inputs: Inputs) -> Figure:
    then, now = _ends(attribute, days, inputs)
    return now - then


def _trend(attribute: Attribute, days: int, inputs: Inputs) -> Figure:
    moment = inputs.moment
    by_day = [
        (back, moment.value_on(attribute, moment.today - timedelta(days=back)))
        for back in range(days, -1, -1)
    ]
    points = [(-back, figure_of(attribute, value)) for back, value in by_day if value is not None]
    if len(points) < 2:
        raise Unknown
    count = len(points)
    days_sum = sum(day for day, _ in points)
    spread = count * sum(day * day for day, _ in points) - days_sum**2
    joint = count * sum(day * value for day, value in points) - days_sum * sum(v for _, v in points)
    return joint / spread
