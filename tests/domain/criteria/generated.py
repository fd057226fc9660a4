"""Conditions, accounts and trails at random, for property tests (hypothesis strategies).

CONDITIONS holds every form of the language; `moments(condition)` are accounts of which something is often
known, today and on the days before.
"""

from datetime import UTC, date, datetime, time, timedelta
from functools import cache
from typing import get_args

from hypothesis import settings
from hypothesis import strategies as st

from keepwell.attributes import SEGMENTS, TAGS, Attribute, Catalogue, Kind, Value, standard_catalogue
from keepwell.attributes.people import standard_user_catalogue
from keepwell.criteria import Condition
from keepwell.criteria.belonging import HasTag, InSegment
from keepwell.criteria.beside import Beside, Sought, found_beside, sought_by
from keepwell.criteria.changes import Change, Changed, Held, Least, Way
from keepwell.criteria.comparing import (
    Between,
    Comparator,
    Comparison,
    Constant,
    Contains,
    ContainsSeveral,
    Emptiness,
    OneOf,
    StartsWith,
    rank,
)
from keepwell.criteria.dates import Age, Anniversary, Direction, Period, Unit, Which, Within
from keepwell.criteria.forms import GROUPS
from keepwell.criteria.knowing import Moment, Trail, name_read
from keepwell.criteria.performing import (
    IN_WORDS,
    LONGEST_WINDOW,
    Performed,
    PerformedEver,
    ever_performed,
    first_performed,
    last_performed,
    times_performed,
)
from keepwell.criteria.tree import Leaf, Not, all_of, any_of
from keepwell.criteria.users import AnyUser, CountOfUsers, UsersWhere, counted, users_where
from keepwell.usage import UsageSummary
from keepwell.usage.events import UsageEvent, by_account
from keepwell.usage.folding import fold
from tests.domain.criteria.accounts_by_condition import TODAY

CATALOGUE: Catalogue = standard_catalogue().extended(
    [
        Attribute(
            "Plan", Kind.CHOICE, values=("Auto", "Auto and more", "x (y), z", 'the "big" one', "Not", "7-9")
        ),
        Attribute("Grade", Kind.ORDERED, values=("C-", "C", "B", "1", "For free")),
        Attribute("Step", Kind.CHOICE, values=("Go", "Go to Market", "Market", "In", "By 3"), lifecycle=True),
        Attribute("Modules", Kind.CHOICES, values=("Core", "Core Plus", "Billing/Tax")),
    ]
)
USUAL = settings().max_examples
"""How many examples a property is tried on; mutation testing asks for fewer (tests/mutation)."""

COMPARATORS = st.sampled_from(get_args(Comparator))
NUMBERS = st.integers(-(10**6), 10**6) | st.integers(-(10**15) + 1, 10**15 - 1).map(lambda n: n / 1000)
DATES = st.integers(-2000, 2000).map(lambda days: TODAY + timedelta(days=days))
TEXTS = st.text(min_size=1, max_size=12).filter(str.strip)
DAYS = st.integers(0, 400)
WINDOWS = st.integers(1, 30)
AMOUNTS = st.integers(1, 200) | st.integers(1, 10**6).map(lambda n: n / 1000)
NAMES = st.sampled_from(("at-risk", "Watch List", "VIP")) | TEXTS

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
    its = st.just(attribute)
    direction = st.sampled_from(get_args(Direction))
    return (
        st.builds(Within, its, direction, DAYS)
        | st.builds(Age, its, COMPARATORS, DAYS)
        | st.builds(Age, its, st.just("<"), DAYS.map(int.__neg__))
        | st.builds(Period, its, st.sampled_from(get_args(Which)), st.sampled_from(get_args(Unit)))
        | st.builds(Anniversary, its, st.integers(1, 40), direction, DAYS)
        | _scales(attribute)
    )


def _holding(attribute: Attribute) -> st.SearchStrategy[Condition]:
    part = st.sampled_from(attribute.values) if attribute.values else TEXTS
    several = st.lists(part, min_size=1, max_size=3, unique=True).map(tuple)
    return st.builds(Contains, st.just(attribute), part) | st.builds(
        ContainsSeveral, st.just(attribute), st.sampled_from(("all", "any")), several
    )


def _texts(attribute: Attribute) -> st.SearchStrategy[Condition]:
    starts = st.builds(StartsWith, st.just(attribute), TEXTS)
    return _choices(attribute) | _holding(attribute) | starts


@cache
def _of_today(attribute: Attribute) -> st.SearchStrategy[Condition]:
    by_kind = {
        Kind.NUMBER: _scales,
        Kind.ORDERED: _scales,
        Kind.DATE: _dates,
        Kind.CHOICE: _choices,
        Kind.YES_NO: _equalities,
        Kind.CHOICES: _holding,
        Kind.TEXT: _texts,
    }
    return by_kind[attribute.kind](attribute) | st.builds(Emptiness, st.just(attribute), st.booleans())


@cache
def _changes(attribute: Attribute) -> st.SearchStrategy[Condition]:
    its = st.just(attribute)
    changed = st.builds(Changed, its, st.none(), st.none(), WINDOWS)
    if attribute.kind is not Kind.CHOICES:
        end = st.none() | values_of(attribute)
        changed |= st.builds(Changed, its, end, end, WINDOWS)
    if attribute.kind not in (Kind.NUMBER, Kind.ORDERED):
        return changed
    percent = st.booleans() if attribute.kind is Kind.NUMBER else st.just(value=False)
    direction = st.sampled_from(get_args(Way))
    comparator = st.sampled_from(get_args(Least))
    no_more = (st.just(">"), st.just(0), st.just(value=False))
    return (
        changed
        | st.builds(Change, its, direction, comparator, AMOUNTS, percent, WINDOWS)
        | st.builds(Change, its, direction, *no_more, WINDOWS)
    )


def _held(comparison: Condition, days: int) -> Condition:
    assert isinstance(comparison, Leaf)
    return Held(comparison.attribute, comparison, days)


def _not_held(comparison: Condition, days: int) -> Condition:
    """The forms that have words of their own for their denial."""
    deniable = OneOf | Contains | ContainsSeveral | Period | HasTag | InSegment
    assert isinstance(comparison, Leaf)
    return Held(
        comparison.attribute, Not(comparison) if isinstance(comparison, deniable) else comparison, days
    )


def _over_time(comparisons: st.SearchStrategy[Condition]) -> st.SearchStrategy[Condition]:
    return comparisons | st.builds(_held, comparisons, WINDOWS) | st.builds(_not_held, comparisons, WINDOWS)


_ASKED_OF = [
    attribute for attribute in CATALOGUE if attribute.name not in ("Days in Current Stage", SEGMENTS.name)
]
_BELONGING: st.SearchStrategy[Condition] = st.builds(HasTag, st.just(TAGS), NAMES) | st.builds(
    InSegment, st.just(SEGMENTS), NAMES
)

OF_TODAY: st.SearchStrategy[Condition] = st.sampled_from(_ASKED_OF).flatmap(_of_today) | _BELONGING
"""One leaf that asks of today alone."""

OF_FACTS: st.SearchStrategy[Condition] = (
    OF_TODAY | _over_time(OF_TODAY) | st.sampled_from(_ASKED_OF).flatmap(_changes)
)
"""One leaf that asks of the facts, today's or past."""


def _joined(leaves: st.SearchStrategy[Condition], most: int) -> st.SearchStrategy[Condition]:
    return st.recursive(
        leaves,
        lambda inner: (
            st.lists(inner, min_size=2, max_size=4).map(lambda terms: all_of(*terms))
            | st.lists(inner, min_size=2, max_size=4).map(lambda terms: any_of(*terms))
            | inner.map(Not)
        ),
        max_leaves=most,
    )


USERS = standard_user_catalogue()
ON_PEOPLE: st.SearchStrategy[Condition] = _joined(
    st.sampled_from(list(USERS)).flatmap(_of_today) | st.builds(HasTag, st.just(TAGS), NAMES), 3
)
"""Conditions on one person."""

ACTIONS = st.sampled_from(("Reports", "Reports/Export", "reports/view", "Admin/Invite", 'a "b"/c'))
WHOLE = st.integers(0, 4)


def _counting(users: UsersWhere) -> st.SearchStrategy[Condition]:
    number = st.just(counted(users))
    ends = st.tuples(WHOLE, WHOLE).map(sorted)
    comparison = st.builds(Comparison, number, COMPARATORS, WHOLE)
    between = ends.map(lambda pair: Between(counted(users), *pair))
    return st.builds(CountOfUsers, st.just(users), comparison | between)


def _used(action: str) -> st.SearchStrategy[Condition]:
    times = st.builds(times_performed, st.just(action), st.integers(1, LONGEST_WINDOW))
    often = st.builds(Performed, times, st.sampled_from(tuple(IN_WORDS)), st.integers(1, 4))
    days = st.sampled_from((first_performed(action), last_performed(action))).flatmap(_dates)
    return often | st.just(PerformedEver(ever_performed(action))) | days.filter(_not_ahead)


def _not_ahead(condition: Condition) -> bool:
    """What was done is asked for in the past alone."""
    return not (isinstance(condition, Within) and condition.direction == "next")


BESIDE: st.SearchStrategy[Condition] = ON_PEOPLE.map(users_where).flatmap(
    lambda users: st.just(AnyUser(users)) | _counting(users)
) | ACTIONS.flatmap(_used)
"""One leaf that asks of people or use."""

LEAVES: st.SearchStrategy[Condition] = OF_FACTS | BESIDE

CONDITIONS: st.SearchStrategy[Condition] = _joined(LEAVES, 8)


def _past(attribute: Attribute) -> st.SearchStrategy[tuple[tuple[date, Value | None], ...]]:
    """Values on some days of the last weeks, oldest first."""
    days = st.integers(0, 40).map(lambda back: TODAY - timedelta(days=back))
    return st.dictionaries(days, st.none() | values_of(attribute), max_size=5).map(
        lambda entries: tuple(sorted(entries.items()))
    )


def usage(counts: dict[tuple[str, str], dict[date, int]]) -> UsageSummary | None:
    """The use of an account that did each action so often on these days."""
    events = [
        UsageEvent("A-1", "ann", *action, day, times)
        for action, days in counts.items()
        for day, times in days.items()
    ]
    told_at = datetime.combine(TODAY, time(), UTC)
    return fold(None, "A-1", by_account(events)["A-1"], (), told_at) if events else None


PEOPLE: st.SearchStrategy[list[dict[str, Value]]] = st.lists(
    st.fixed_dictionaries({}, optional={attribute.name: values_of(attribute) for attribute in USERS}),
    max_size=4,
)
USAGES: st.SearchStrategy[UsageSummary | None] = st.dictionaries(
    st.sampled_from((("Reports", "Export"), ("Reports", "View"), ("Admin", "Invite"), ("Other", "Thing"))),
    st.dictionaries(
        st.integers(-1, 90).map(lambda back: TODAY - timedelta(days=back)), st.integers(1, 3), max_size=4
    ),
).map(usage)
BESIDES: st.SearchStrategy[Beside] = st.builds(Beside, st.none() | PEOPLE, USAGES)


def moments(condition: Condition) -> st.SearchStrategy[Moment]:
    """What may be known of an account on TODAY, as far as `condition` asks."""
    sought = sought_by([condition])
    asked = {
        name_read(leaf.attribute): leaf.attribute
        for leaf in condition.leaves()
        if not isinstance(leaf.attribute, Sought)
    }
    values: st.SearchStrategy[dict[str, Value]] = st.fixed_dictionaries(
        {}, optional={name: values_of(attribute) for name, attribute in asked.items()}
    )
    trails: st.SearchStrategy[Trail] = st.fixed_dictionaries(
        {}, optional={name: _past(attribute) for name, attribute in asked.items()}
    )
    if not sought:
        return st.builds(Moment, values, st.just(TODAY), trails)
    return st.builds(
        lambda facts, beside, trail: Moment({**facts, **found_beside(sought, beside, TODAY)}, TODAY, trail),
        values,
        BESIDES,
        trails,
    )


ASKED: st.SearchStrategy[tuple[Condition, Moment]] = _joined(OF_FACTS, 8).flatmap(
    lambda condition: st.tuples(st.just(condition), moments(condition))
)
"""A condition on facts with an account to ask it of."""

_WORDS = tuple(words for group in GROUPS.values() for form in group for words in form.begins)
_SIGNS = (
    "30",
    "days",
    "50,000",
    "1.5M",
    "2026-01-12",
    "Poor",
    *"()<>=,-+$%\"'\\\n",
    "for",
    "in",
    "to",
    "every",
)

SCRAPS = (
    st.sampled_from([attribute.name for attribute in CATALOGUE])
    | st.sampled_from(("AND", "OR", "NOT", *_WORDS))
    | st.sampled_from(_SIGNS)
)
"""Pieces of conditions, of which nonsense can be made."""
