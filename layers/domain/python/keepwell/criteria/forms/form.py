"""What the registry of the grammar holds of each form.

The parser reads by it, and the tables of docs/reference/conditions.md and a test are made of it.
"""

from collections.abc import Callable, Mapping
from datetime import date
from typing import Any, NamedTuple

from keepwell.attributes import Attribute, Kind
from keepwell.criteria.reading import Reader
from keepwell.criteria.tree import Condition

EXAMPLE_DAY = date(2026, 11, 21)
"""Today, for every example."""

ALL = frozenset(Kind)
SCALES = frozenset({Kind.NUMBER, Kind.DATE, Kind.ORDERED})
SINGLE = ALL - {Kind.CHOICES}
DATES = frozenset({Kind.DATE})

KIND_IN_WORDS = {
    Kind.TEXT: "a text",
    Kind.NUMBER: "a number",
    Kind.DATE: "a date",
    Kind.CHOICE: "a list without an order",
    Kind.ORDERED: "an ordered list",
    Kind.CHOICES: "a list of several values",
    Kind.YES_NO: "yes or no",
}


class Example(NamedTuple):
    """A condition, facts as `keepwell check --facts` takes them, and the answer on EXAMPLE_DAY."""

    text: str
    facts: Mapping[str, Any]
    answer: bool | None


class Form(NamedTuple):
    """One form: the words it begins with, after the attribute unless it is `about` one by itself.

    `kinds` are those it makes sense for; `mend` says what to use for another, if one can be asked. `read`
    reads on after the words. `written` and `means` are how the reference shows it.
    """

    begins: tuple[str, ...]
    kinds: frozenset[Kind]
    read: Callable[[Reader, Attribute], Condition]
    written: str
    means: str
    examples: tuple[Example, ...]
    mend: str = ""
    about: Attribute | None = None
