"""The tree of a condition: one class per form, each with its canonical text, its JSON form and its sense.

`str(condition)` is the canonical text; it parses back to an equal tree. A leaf asks one thing of one
attribute and says whether a known value holds; `matching` deals with values that are not known.
"""

import operator
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from typing import Any, ClassVar, Literal

from keepwell.attributes import Attribute, Kind, Value, show_cell

Comparator = Literal["=", "!=", "<", "<=", ">", ">="]
Constant = str | int | float | bool | date

RESERVED = frozenset({"and", "or", "for"})
"""Words that end a bare value; a value that holds one of them is written in quotes."""

_HOLDS: dict[Comparator, Callable[[Any, Any], bool]] = {
    "=": operator.eq,
    "!=": operator.ne,
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
}


@dataclass(frozen=True)
class Condition:
    """What can be asked of an account; the base of every form."""

    def leaves(self) -> "Iterator[Leaf]":
        """The leaves in the order of the text."""
        raise NotImplementedError

    def as_json(self) -> dict[str, Any]:
        """The JSON form: `and`, `or` (lists) and `not` over leaves of attribute, operator and values."""
        raise NotImplementedError


@dataclass(frozen=True)
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


@dataclass(frozen=True)
class And(_Joined):
    """Every term matches. Made by `all_of`."""

    word = "AND"


@dataclass(frozen=True)
class Or(_Joined):
    """Some term matches. Made by `any_of`."""

    word = "OR"


@dataclass(frozen=True)
class Not(Condition):
    """The term is known not to match."""

    term: Condition

    def __str__(self) -> str:
        return f"NOT ({self.term})" if isinstance(self.term, _Joined) else f"NOT {self.term}"

    def leaves(self) -> "Iterator[Leaf]":
        yield from self.term.leaves()

    def as_json(self) -> dict[str, Any]:
        return {"not": self.term.as_json()}


@dataclass(frozen=True)
class Leaf(Condition):
    """One question about one attribute; `by_the_calendar` if the answer depends on the day, too."""

    attribute: Attribute
    by_the_calendar: ClassVar[bool] = False

    @cached_property
    def canonical(self) -> str:
        """The canonical text, made once: every evaluation gives it as a reason."""
        return str(self)

    def leaves(self) -> "Iterator[Leaf]":
        yield self

    def holds(self, value: Value, today: date) -> bool:
        """Whether a known value, of the attribute's kind, is as asked on `today`."""
        raise NotImplementedError

    def _json(self, operator: str, **operands: Any) -> dict[str, Any]:
        return {"attribute": self.attribute.name, "operator": operator, **operands}


@dataclass(frozen=True)
class Comparison(Leaf):
    """`Contract Value >= 50000`, `Usage Frequency >= Weekly`, `Health = Good`."""

    comparator: Comparator
    constant: Constant

    def __str__(self) -> str:
        return f"{self.attribute.name} {self.comparator} {_show(self.attribute, self.constant)}"

    def as_json(self) -> dict[str, Any]:
        return self._json(self.comparator, value=_plain(self.constant))

    def holds(self, value: Value, _today: date) -> bool:
        return _HOLDS[self.comparator](rank(self.attribute, value), self._rank)

    @cached_property
    def _rank(self) -> Any:
        return rank(self.attribute, self.constant)


@dataclass(frozen=True)
class Between(Leaf):
    """`Health Score between 50 and 69`, both ends included (1.14 row 19)."""

    low: Constant
    high: Constant

    def __str__(self) -> str:
        low, high = _show(self.attribute, self.low), _show(self.attribute, self.high)
        return f"{self.attribute.name} between {low} and {high}"

    def as_json(self) -> dict[str, Any]:
        return self._json("between", low=_plain(self.low), high=_plain(self.high))

    def holds(self, value: Value, _today: date) -> bool:
        low, high = rank(self.attribute, self.low), rank(self.attribute, self.high)
        return bool(low <= rank(self.attribute, value) <= high)


@dataclass(frozen=True)
class OneOf(Leaf):
    """`Status in (Paying, Trial)`."""

    constants: tuple[Constant, ...]

    def __str__(self) -> str:
        return (
            f"{self.attribute.name} in ({', '.join(_show(self.attribute, each) for each in self.constants)})"
        )

    def as_json(self) -> dict[str, Any]:
        return self._json("in", values=[_plain(each) for each in self.constants])

    def holds(self, value: Value, _today: date) -> bool:
        return rank(self.attribute, value) in [rank(self.attribute, each) for each in self.constants]


@dataclass(frozen=True)
class Contains(Leaf):
    """A multi-select has the value `text` among its own, a text has it as a part."""

    text: str

    def __str__(self) -> str:
        return f"{self.attribute.name} contains {_show(self.attribute, self.text)}"

    def as_json(self) -> dict[str, Any]:
        return self._json("contains", value=self.text)

    def holds(self, value: Value, _today: date) -> bool:
        wanted = self.text.casefold()
        if isinstance(value, tuple):
            return wanted in [each.casefold() for each in value]
        return wanted in str(value).casefold()


@dataclass(frozen=True)
class Emptiness(Leaf):
    """`is empty` or `is not empty`: the one question that missing data answers."""

    empty: bool

    def __str__(self) -> str:
        return f"{self.attribute.name} is {'empty' if self.empty else 'not empty'}"

    def as_json(self) -> dict[str, Any]:
        return self._json("is empty" if self.empty else "is not empty")

    def holds(self, _value: Value, _today: date) -> bool:
        return not self.empty


@dataclass(frozen=True)
class Within(Leaf):
    """`Renewal Date within next 90 days`: both ends and today included (1.14 row 19)."""

    direction: Literal["next", "last"]
    days: int
    by_the_calendar = True

    def __str__(self) -> str:
        return f"{self.attribute.name} within {self.direction} {_days(self.days)}"

    def as_json(self) -> dict[str, Any]:
        return self._json(f"within {self.direction}", days=self.days)

    def holds(self, value: Value, today: date) -> bool:
        ahead = -_age(value, today)
        return 0 <= (ahead if self.direction == "next" else -ahead) <= self.days


@dataclass(frozen=True)
class Age(Leaf):
    """`Last Activity > 30 days`: how long ago the date is, strictly as the comparator says (1.14 row 19).

    A date ahead has a negative age.
    """

    comparator: Comparator
    days: int
    by_the_calendar = True

    def __str__(self) -> str:
        return f"{self.attribute.name} {self.comparator} {_days(self.days)}"

    def as_json(self) -> dict[str, Any]:
        return self._json(self.comparator, days=self.days)

    def holds(self, value: Value, today: date) -> bool:
        return _HOLDS[self.comparator](_age(value, today), self.days)


def all_of(*terms: Condition) -> Condition:
    """The conjunction, flat: one term stands for itself, an And among the terms is merged in."""
    flat = tuple(each for term in terms for each in (term.terms if isinstance(term, And) else (term,)))
    return flat[0] if len(flat) == 1 else And(flat)


def any_of(*terms: Condition) -> Condition:
    """The disjunction, flat."""
    flat = tuple(each for term in terms for each in (term.terms if isinstance(term, Or) else (term,)))
    return flat[0] if len(flat) == 1 else Or(flat)


def rank(attribute: Attribute, value: Value) -> Any:
    """What a value is compared by: a level, a text without case, or the value itself."""
    if attribute.kind is Kind.ORDERED:
        return attribute.level(str(value))
    return value.casefold() if isinstance(value, str) else value


def _age(value: Value, today: date) -> int:
    assert isinstance(value, date)
    return (today - value).days


def _plain(constant: Constant) -> str | int | float | bool:
    return constant.isoformat() if isinstance(constant, date) else constant


def _days(count: int) -> str:
    return "1 day" if count == 1 else f"{count} days"


_BARE = re.compile(r"[A-Za-z]+(?: [A-Za-z]+)*")


def _show(attribute: Attribute, constant: Constant) -> str:
    """A value as the parser reads it; only plain words of a list go without quotes."""
    if not isinstance(constant, str):
        return show_cell(constant)
    words = constant.casefold().split()
    if attribute.values and _BARE.fullmatch(constant) and RESERVED.isdisjoint(words):
        return constant
    escaped = constant.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'
