"""Conditions and accounts at random, for property tests (hypothesis strategies)."""

from datetime import timedelta
from typing import get_args

from hypothesis import strategies as st

from keepwell.attributes import Attribute, Catalogue, Kind, Value, standard_catalogue
from keepwell.criteria import Condition
from keepwell.criteria.comparing import (
    Between,
    Comparator,
    Comparison,
    Constant,
    Contains,
    Emptiness,
    OneOf,
    rank,
)
from keepwell.criteria.dates import Age, Within
from keepwell.criteria.tree import Not, all_of, any_of
from tests.domain.criteria.accounts_by_condition import TODAY

CATALOGUE: Catalogue = standard_catalogue().extended(
    [
        Attribute(
            "Plan", Kind.CHOICE, values=("Auto", "Auto and more", "x (y), z", 'the "big" one', "Not", "7-9")
        ),
        Attribute("Grade", Kind.ORDERED, values=("C-", "C", "B", "1", "For free")),
        Attribute("Modules", Kind.CHOICES, values=("Core", "Core Plus", "Billing/Tax")),
    ]
)
COMPARATORS = st.sampled_from(get_args(Comparator))
NUMBERS = st.integers(-(10**6), 10**6) | st.integers(-(10**15) + 1, 10**15 - 1).map(lambda n: n / 1000)
DATES = st.integers(-2000, 2000).map(lambda days: TODAY + timedelta(days=days))
TEXTS = st.text(min_size=1, max_size=12).filter(str.strip)
DAYS = st.integers(0, 400)

_VALUES: dict[Kind, st.SearchStrategy[Value]] = {Kind.NUMBER: NUMBERS, Kind.DATE: DATES, Kind.TEXT: TEXTS}


def values_of(attribute: Attribute) -> st.SearchStrategy[Value]:
    """Values an account may have."""
    match attribute.kind:
        case Kind.CHOICE | Kind.ORDERED:
            return st.sampled_from(attribute.values)
        case Kind.CHOICES:
            part = st.sampled_from(attribute.values) if attribute.values else TEXTS
            return st.lists(part, min_size=1, max_size=3).map(tuple)
        case Kind.YES_NO:
            return st.booleans()
        case _:
            return _VALUES[attribute.kind]


ACCOUNTS: st.SearchStrategy[dict[str, Value]] = st.fixed_dictionaries(
    {}, optional={attribute.name: values_of(attribute) for attribute in CATALOGUE}
)


def _equalities(attribute: Attribute) -> st.SearchStrategy[Condition]:
    sign = st.sampled_from(("=", "!="))
    return st.builds(Comparison, st.just(attribute), sign, values_of(attribute))


def _choices(attribute: Attribute) -> st.SearchStrategy[Condition]:
    listed = st.lists(values_of(attribute), min_size=1, max_size=4, unique=True).map(tuple)
    return _equalities(attribute) | st.builds(OneOf, st.just(attribute), listed)


def _single(value: Value) -> Constant:
    assert not isinstance(value, tuple)
    return value


def _scales(attribute: Attribute) -> st.SearchStrategy[Condition]:
    ends = st.tuples(values_of(attribute), values_of(attribute)).map(
        lambda pair: sorted(pair, key=lambda value: rank(attribute, value))
    )
    return (
        st.builds(Comparison, st.just(attribute), COMPARATORS, values_of(attribute))
        | ends.map(lambda pair: Between(attribute, *map(_single, pair)))
        | _choices(attribute)
    )


def _dates(attribute: Attribute) -> st.SearchStrategy[Condition]:
    direction = st.sampled_from(("next", "last"))
    return (
        st.builds(Within, st.just(attribute), direction, DAYS)
        | st.builds(Age, st.just(attribute), COMPARATORS, DAYS)
        | _scales(attribute)
    )


def _holding(attribute: Attribute) -> st.SearchStrategy[Condition]:
    part = st.sampled_from(attribute.values) if attribute.values else TEXTS
    return st.builds(Contains, st.just(attribute), part)


def _asked_of(attribute: Attribute) -> st.SearchStrategy[Condition]:
    by_kind = {
        Kind.NUMBER: _scales,
        Kind.ORDERED: _scales,
        Kind.DATE: _dates,
        Kind.CHOICE: _choices,
        Kind.YES_NO: _equalities,
        Kind.CHOICES: _holding,
    }
    if attribute.kind is Kind.TEXT:
        own = _choices(attribute) | _holding(attribute)
    else:
        own = by_kind[attribute.kind](attribute)
    return own | st.builds(Emptiness, st.just(attribute), st.booleans())


LEAVES = st.one_of(
    [_asked_of(attribute) for attribute in CATALOGUE if attribute.name != "Days in Current Stage"]
)

CONDITIONS: st.SearchStrategy[Condition] = st.recursive(
    LEAVES,
    lambda inner: (
        st.lists(inner, min_size=2, max_size=4).map(lambda terms: all_of(*terms))
        | st.lists(inner, min_size=2, max_size=4).map(lambda terms: any_of(*terms))
        | inner.map(Not)
    ),
    max_leaves=8,
)
