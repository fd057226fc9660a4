"""Leaves that compare a value with constants: `=`, `between`, `in`, `contains`, `is empty`."""

import operator
from collections.abc import Callable, Iterable
from datetime import date
from functools import cached_property
from typing import Any, Literal

from keepwell.attributes import Attribute, Kind, Value, show_cell
from keepwell.criteria.knowing import Moment
from keepwell.criteria.tree import RESERVED, Leaf

Comparator = Literal["=", "!=", "<", "<=", ">", ">="]
Constant = str | int | float | bool | date

HOLDS: dict[Comparator, Callable[[Any, Any], bool]] = {
    "=": operator.eq,
    "!=": operator.ne,
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
}


class Comparison(Leaf):
    """`Contract Value >= 50000`, `Usage Frequency >= Weekly`, `Health = Good`."""

    comparator: Comparator
    constant: Constant

    def __str__(self) -> str:
        return f"{self.attribute.name} {self.comparator} {shown(self.attribute, self.constant)}"

    def as_json(self) -> dict[str, Any]:
        return self.as_operation(self.comparator, value=plain(self.constant))

    def holds(self, value: Value, _today: date) -> bool:
        return HOLDS[self.comparator](rank(self.attribute, value), self._rank)

    @cached_property
    def _rank(self) -> Any:
        return rank(self.attribute, self.constant)


class Between(Leaf):
    """`Health Score between 50 and 69`, both ends included (1.14 row 19)."""

    low: Constant
    high: Constant

    def __str__(self) -> str:
        low, high = shown(self.attribute, self.low), shown(self.attribute, self.high)
        return f"{self.attribute.name} between {low} and {high}"

    def as_json(self) -> dict[str, Any]:
        return self.as_operation("between", low=plain(self.low), high=plain(self.high))

    def holds(self, value: Value, _today: date) -> bool:
        low, high = rank(self.attribute, self.low), rank(self.attribute, self.high)
        return bool(low <= rank(self.attribute, value) <= high)


class OneOf(Leaf):
    """`Status in (Paying, Trial)`."""

    constants: tuple[Constant, ...]

    def __str__(self) -> str:
        return f"{self.attribute.name} in {_listed(self.attribute, self.constants)}"

    @property
    def denial(self) -> str:
        return f"{self.attribute.name} not in {_listed(self.attribute, self.constants)}"

    def as_json(self) -> dict[str, Any]:
        return self.as_operation("in", values=[plain(each) for each in self.constants])

    def holds(self, value: Value, _today: date) -> bool:
        return rank(self.attribute, value) in [rank(self.attribute, each) for each in self.constants]


class Contains(Leaf):
    """A multi-select has the value `text` among its own, a text has it as a part."""

    text: str

    def __str__(self) -> str:
        return f"{self.attribute.name} contains {shown(self.attribute, self.text)}"

    @property
    def denial(self) -> str:
        return f"{self.attribute.name} does not contain {shown(self.attribute, self.text)}"

    def as_json(self) -> dict[str, Any]:
        return self.as_operation("contains", value=self.text)

    def holds(self, value: Value, _today: date) -> bool:
        return _has(value, self.text)


class ContainsSeveral(Leaf):
    """`Risk Reason contains any (Price, Fit)`: some of `texts`, or all of them."""

    quantifier: Literal["all", "any"]
    texts: tuple[str, ...]

    def __str__(self) -> str:
        return f"{self.attribute.name} contains {self.quantifier} {_listed(self.attribute, self.texts)}"

    @property
    def denial(self) -> str:
        texts = _listed(self.attribute, self.texts)
        return f"{self.attribute.name} does not contain {self.quantifier} {texts}"

    def as_json(self) -> dict[str, Any]:
        return self.as_operation(f"contains {self.quantifier}", values=list(self.texts))

    def holds(self, value: Value, _today: date) -> bool:
        found = [_has(value, text) for text in self.texts]
        return all(found) if self.quantifier == "all" else any(found)


class StartsWith(Leaf):
    """`Account Name starts with "Acme"`."""

    text: str

    def __str__(self) -> str:
        return f"{self.attribute.name} starts with {shown(self.attribute, self.text)}"

    def as_json(self) -> dict[str, Any]:
        return self.as_operation("starts with", value=self.text)

    def holds(self, value: Value, _today: date) -> bool:
        return str(value).casefold().startswith(self.text.casefold())


class Emptiness(Leaf):
    """`is empty` or `is not empty`: the one question that missing data answers."""

    empty: bool

    def __str__(self) -> str:
        return f"{self.attribute.name} is {'empty' if self.empty else 'not empty'}"

    def as_json(self) -> dict[str, Any]:
        return self.as_operation("is empty" if self.empty else "is not empty")

    def answer(self, moment: Moment) -> bool:
        return (moment.value(self.attribute) is None) is self.empty


def rank(attribute: Attribute, value: Value) -> Any:
    """What a value is compared by: a level, a text without case, or the value itself."""
    if attribute.kind is Kind.ORDERED:
        return attribute.level(str(value))
    return value.casefold() if isinstance(value, str) else value


def plain(constant: Constant) -> str | int | float | bool:
    return constant.isoformat() if isinstance(constant, date) else constant


def _has(value: Value, text: str) -> bool:
    """Whether `text` is one of several values, or a part of a text, in any case."""
    wanted = text.casefold()
    if isinstance(value, tuple):
        return wanted in [each.casefold() for each in value]
    return wanted in str(value).casefold()


def shown(attribute: Attribute, constant: Constant) -> str:
    """A value as the parser reads it; only plain words of a list go without quotes."""
    if not isinstance(constant, str):
        return show_cell(constant)
    words = constant.casefold().split()
    plain_words = all(word.isascii() and word.isalpha() for word in words) and RESERVED.isdisjoint(words)
    return constant if attribute.values and plain_words else quoted(constant)


def quoted(text: str) -> str:
    """`text` in double quotes, as the parser reads it."""
    escaped = text.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'


def _listed(attribute: Attribute, constants: Iterable[Constant]) -> str:
    return f"({', '.join(shown(attribute, each) for each in constants)})"
