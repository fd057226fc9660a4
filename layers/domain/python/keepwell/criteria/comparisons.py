"""The forms of a comparison: what may follow an attribute, after its kind."""

from collections.abc import Callable
from typing import get_args

from keepwell.attributes import Attribute, Kind
from keepwell.criteria.comparing import (
    Between,
    Comparator,
    Comparison,
    Contains,
    Emptiness,
    OneOf,
    rank,
)
from keepwell.criteria.constants import constant, days
from keepwell.criteria.dates import Age, Within
from keepwell.criteria.reading import Reader
from keepwell.criteria.tree import Condition, Not
from keepwell.errors import FaultyCondition

_COMPARATORS: dict[tuple[str, ...], Comparator] = {
    ("is", "not"): "!=",
    ("is",): "=",
    ("at", "least"): ">=",
    ("at", "most"): "<=",
    **{(sign,): sign for sign in get_args(Comparator)},
}

_KIND_IN_WORDS = {
    Kind.TEXT: "a text",
    Kind.NUMBER: "a number",
    Kind.DATE: "a date",
    Kind.CHOICE: "a list without an order",
    Kind.ORDERED: "an ordered list",
    Kind.CHOICES: "a list of several values",
    Kind.YES_NO: "yes or no",
}


def comparison(reader: Reader, attribute: Attribute) -> Condition:
    """What follows `attribute`; raises FaultyCondition where it makes no sense for the attribute's kind."""
    start = reader.mark()
    for words, (kinds, mend, form) in _FORMS.items():
        if reader.take(*words):
            if attribute.kind not in kinds:
                raise _senseless(reader, attribute, " ".join(words), mend, start)
            return form(reader, attribute)
    for words, comparator in _COMPARATORS.items():
        if reader.take(*words):
            _check_comparable(reader, attribute, comparator, start)
            return _compared(reader, attribute, comparator)
    raise reader.unexpected("a comparison such as =, at least, between or is empty")


def _compared(reader: Reader, attribute: Attribute, comparator: Comparator) -> Condition:
    if attribute.kind is Kind.DATE and reader.at_days():
        return Age(attribute, comparator, days(reader))
    return Comparison(attribute, comparator, constant(reader, attribute))


def _empty(_reader: Reader, attribute: Attribute) -> Condition:
    return Emptiness(attribute, empty=True)


def _not_empty(_reader: Reader, attribute: Attribute) -> Condition:
    return Emptiness(attribute, empty=False)


def _between(reader: Reader, attribute: Attribute) -> Condition:
    start = reader.mark()
    low = constant(reader, attribute, in_range=True)
    if not (reader.take("and") or reader.take("-")):
        raise reader.unexpected("AND and the upper end")
    high = constant(reader, attribute)
    if rank(attribute, low) > rank(attribute, high):
        raise reader.fault("between takes the lower end first", at=start)
    return Between(attribute, low, high)


def _in(reader: Reader, attribute: Attribute) -> Condition:
    if not reader.take("("):
        raise reader.unexpected("a list in brackets such as (a, b)")
    constants = [constant(reader, attribute, in_list=True)]
    while reader.take(","):
        constants.append(constant(reader, attribute, in_list=True))
    if not reader.take(")"):
        raise reader.unexpected("a comma or a closing bracket")
    return OneOf(attribute, tuple(dict.fromkeys(constants)))


def _not_in(reader: Reader, attribute: Attribute) -> Condition:
    return Not(_in(reader, attribute))


def _contains(reader: Reader, attribute: Attribute) -> Condition:
    return Contains(attribute, str(constant(reader, attribute)))


def _does_not_contain(reader: Reader, attribute: Attribute) -> Condition:
    return Not(_contains(reader, attribute))


def _within(reader: Reader, attribute: Attribute) -> Condition:
    if reader.take("last"):
        return Within(attribute, "last", days(reader))
    reader.take("next")
    return Within(attribute, "next", days(reader))


def _more_than_ago(reader: Reader, attribute: Attribute) -> Condition:
    count = days(reader)
    if not reader.take("ago"):
        raise reader.unexpected('"ago"')
    return Age(attribute, ">", count)


_SCALES = frozenset({Kind.NUMBER, Kind.DATE, Kind.ORDERED})
_SINGLE = frozenset(Kind) - {Kind.CHOICES, Kind.YES_NO}
_HOLDING = frozenset({Kind.TEXT, Kind.CHOICES})
_DATES = frozenset({Kind.DATE})

_Form = Callable[[Reader, Attribute], Condition]
_FORMS: dict[tuple[str, ...], tuple[frozenset[Kind], str, _Form]] = {
    ("is", "empty"): (frozenset(Kind), "", _empty),
    ("is", "not", "empty"): (frozenset(Kind), "", _not_empty),
    ("between",): (_SCALES, "use = or in", _between),
    ("in",): (_SINGLE, "use = or contains", _in),
    ("not", "in"): (_SINGLE, "use != or does not contain", _not_in),
    ("contains",): (_HOLDING, "use = or in", _contains),
    ("does", "not", "contain"): (_HOLDING, "use != or not in", _does_not_contain),
    ("within",): (_DATES, "use <= or between", _within),
    ("more", "than"): (_DATES, "use >", _more_than_ago),
}
"""Each form's words, the kinds it makes sense for, what to use for another kind, and its reading."""

STARTS = frozenset(words[0] for words in (*_FORMS, *_COMPARATORS))
"""What a comparison starts with: the name of an attribute ends before it."""


def _check_comparable(reader: Reader, attribute: Attribute, comparator: Comparator, start: int) -> None:
    if attribute.kind is Kind.CHOICES:
        raise _senseless(reader, attribute, comparator, "use contains", start)
    if comparator not in ("=", "!=") and attribute.kind not in _SCALES:
        raise _senseless(reader, attribute, comparator, "use = or !=", start)


def _senseless(reader: Reader, attribute: Attribute, words: str, mend: str, start: int) -> FaultyCondition:
    kind = _KIND_IN_WORDS[attribute.kind]
    return reader.fault(f'"{words}" makes no sense for {attribute.name}, which is {kind}; {mend}', at=start)
