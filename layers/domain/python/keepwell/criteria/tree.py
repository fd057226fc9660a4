"""The tree of a condition: what joins leaves, and what every leaf is.

A leaf asks one thing of one attribute. Its forms are in `comparing` (values), `dates`, `changes`
(values over time) and `belonging` (tags and segments): one class per form, each with its canonical text, its
JSON form and its sense. `str(condition)` is the canonical text; it parses back to an equal tree.

Missing data is three-valued: a leaf whose value is missing is unknown (None) unless it asks for emptiness;
unknown stays unknown through NOT; AND is False if a term is, OR is True if a term is, whatever is unknown.
"""

from collections.abc import Iterable, Iterator
from datetime import date
from functools import cached_property
from typing import Any, ClassVar, Self

from keepwell.attributes import Attribute, Value, show_cell
from keepwell.criteria.knowing import Moment
from keepwell.values import Record

RESERVED = frozenset({"and", "or", "for"})
"""Words that end a bare value; a value that holds one of them is written in quotes."""


class Condition(Record):
    """What can be asked of an account; the base of every form."""

    def __repr__(self) -> str:
        return f"{type(self).__name__}({str(self)!r})"

    def leaves(self) -> "Iterator[Leaf]":
        """The leaves in the order of the text."""
        raise NotImplementedError

    def as_json(self) -> dict[str, Any]:
        """The JSON form: `and`, `or` (lists) and `not` over leaves of attribute, operator and values."""
        raise NotImplementedError

    def answer(self, moment: Moment) -> bool | None:
        """Whether it holds at `moment`; None if that is unknown."""
        raise NotImplementedError


class _Joined(Condition):
    """Terms joined by one word."""

    terms: tuple[Condition, ...]
    word: ClassVar[str]

    def __str__(self) -> str:
        bracketed = (f"({term})" if isinstance(term, _Joined) else str(term) for term in self.terms)
        return f" {self.word} ".join(bracketed)

    def leaves(self) -> "Iterator[Leaf]":
        for term in self.terms:
            yield from term.leaves()

    def as_json(self) -> dict[str, Any]:
        return {self.word.lower(): [term.as_json() for term in self.terms]}


class And(_Joined):
    """Every term matches. Made by `all_of`."""

    word = "AND"

    def answer(self, moment: Moment) -> bool | None:
        answers = [term.answer(moment) for term in self.terms]
        return False if False in answers else None if None in answers else True


class Or(_Joined):
    """Some term matches. Made by `any_of`."""

    word = "OR"

    def answer(self, moment: Moment) -> bool | None:
        answers = [term.answer(moment) for term in self.terms]
        return True if True in answers else None if None in answers else False


class Not(Condition):
    """The term is known not to match."""

    term: Condition

    def __str__(self) -> str:
        match self.term:
            case Leaf():
                return self.term.denial
            case _Joined():
                return f"NOT ({self.term})"
            case _:
                return f"NOT {self.term}"

    def answer(self, moment: Moment) -> bool | None:
        answer = self.term.answer(moment)
        return None if answer is None else not answer

    def leaves(self) -> "Iterator[Leaf]":
        yield from self.term.leaves()

    def as_json(self) -> dict[str, Any]:
        return {"not": self.term.as_json()}


class Leaf(Condition):
    """One question about one attribute.

    `by_the_calendar`: the answer can change from one day to the next though no value does.
    """

    attribute: Attribute
    by_the_calendar: ClassVar[bool] = False

    @cached_property
    def canonical(self) -> str:
        """The canonical text, made once: every evaluation gives it as a reason."""
        return str(self)

    @property
    def denial(self) -> str:
        """The canonical text of its negation."""
        return f"NOT {self}"

    @property
    def lookback_days(self) -> int:
        """How many days back from today it asks for past values; 0 where only today's value counts."""
        return 0

    def leaves(self) -> "Iterator[Leaf]":
        yield self

    def about(self, attribute: Attribute) -> Self:
        """The same question about another attribute."""
        return self.but(attribute=attribute)

    def answer(self, moment: Moment) -> bool | None:
        """Whether it holds at `moment`; None (unknown) where there is no value."""
        value = moment.value(self.attribute)
        return None if value is None else self.holds(value, moment.today)

    def holds(self, value: Value, today: date) -> bool:
        """Whether a known value, of the attribute's kind, is as asked on `today`."""
        raise NotImplementedError

    def seen(self, moment: Moment) -> str | int | float | bool | None:
        """What the answer rests on, as a reason shows it; None where it is unknown."""
        return shown_value(moment.value(self.attribute))

    def turns(self, _value: Value, _today: date) -> Iterable[int]:
        """The days (as ordinals) from about today on, before any of which the answer for `value` may turn."""
        return ()

    def as_operation(self, operator: str, **operands: Any) -> dict[str, Any]:
        """The JSON form of a leaf."""
        return {"attribute": self.attribute.name, "operator": operator, **operands}


def shown_value(value: Value | None) -> str | int | float | bool | None:
    """A value as a reason shows it: dates as ISO text, several values as comma-separated text."""
    return show_cell(value) if isinstance(value, date | tuple) else value


def all_of(*terms: Condition) -> Condition:
    """The conjunction, flat: one term stands for itself, an And among the terms is merged in."""
    flat = tuple(each for term in terms for each in (term.terms if isinstance(term, And) else (term,)))
    return flat[0] if len(flat) == 1 else And(flat)


def any_of(*terms: Condition) -> Condition:
    """The disjunction, flat."""
    flat = tuple(each for term in terms for each in (term.terms if isinstance(term, Or) else (term,)))
    return flat[0] if len(flat) == 1 else Or(flat)
