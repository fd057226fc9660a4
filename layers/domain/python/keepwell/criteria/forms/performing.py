"""The forms about the use of the product: how often, when first and when last an action was done."""

from collections.abc import Callable
from functools import cache, partial
from typing import get_args

from keepwell.attributes import Attribute, Kind
from keepwell.criteria.beside import Sought
from keepwell.criteria.comparing import Comparator
from keepwell.criteria.constants import days, figure
from keepwell.criteria.dates import Within
from keepwell.criteria.forms.dates import DATE_FORMS
from keepwell.criteria.forms.form import Example, Form
from keepwell.criteria.forms.values import COMPARING, LISTING, take_form
from keepwell.criteria.lexer import Names, TokenKind, unquoted
from keepwell.criteria.performing import (
    IN_WORDS,
    LONGEST_WINDOW,
    TOPIC,
    Performed,
    PerformedEver,
    ever_performed,
    first_performed,
    last_performed,
    times_performed,
)
from keepwell.criteria.reading import Reader
from keepwell.criteria.tree import Condition, Not

USAGE = Attribute(TOPIC, Kind.CHOICES)
"""What the forms are about."""

_WINDOW = ("in", "within", "over")
_TIMES = {"once": 1, "twice": 2}
_OFTEN: dict[str, Comparator] = {
    **{words: sign for sign, words in IN_WORDS.items()},
    **{sign: sign for sign in get_args(Comparator) if sign in IN_WORDS},
    "fewer than": "<",
}
_OF_DAYS = (*COMPARING, *LISTING, *DATE_FORMS)


def _performed(reader: Reader, _usage: Attribute) -> Condition:
    action = _action(reader)
    start = reader.mark()
    comparator = reader.take_name(_often())
    times = 1 if comparator is None else _times(reader)
    if not any(reader.take(word) for word in _WINDOW):
        if comparator is None:
            _no_bare_count(reader)
            return PerformedEver(ever_performed(action))
        raise reader.unexpected("in how many days, such as in 30 days")
    if comparator == ">=" and times == 0:
        raise reader.fault("at least 0 times is always so", at=start)
    return Performed(times_performed(action, _days(reader)), comparator or ">=", times)


def _no_bare_count(reader: Reader) -> None:
    """`performed "A" 3 times in 9 days` could ask for 3 or for 3 and more."""
    token = reader.token
    if token.kind is TokenKind.NUMBER or token.folded in _TIMES:
        counted = reader.raw(token) if token.folded in _TIMES else f"{reader.raw(token)} times"
        message = f"{counted} could be the least or all: write at least, exactly or at most before it"
        raise reader.fault(message, suggestion=f"at least {counted}")


def _did_not_perform(reader: Reader, _usage: Attribute) -> Condition:
    action = _action(reader)
    if not any(reader.take(word) for word in _WINDOW):
        raise reader.unexpected("in how many days, such as in 30 days (or write never performed)")
    return Not(Performed(times_performed(action, _days(reader)), ">=", 1))


def _never_performed(reader: Reader, _usage: Attribute) -> Condition:
    return Not(PerformedEver(ever_performed(_action(reader))))


def _when(day_of: Callable[[str], Sought], reader: Reader, _usage: Attribute) -> Condition:
    day = day_of(_action(reader))
    at = reader.mark()
    form = take_form(reader, _of_days())
    if form is None:
        raise reader.unexpected(
            "a comparison of a date such as within last 7 days or > 30 days",
            (words for each in _OF_DAYS for words in each.begins),
        )
    condition = form.read(reader, day)
    if isinstance(condition, Within) and condition.direction == "next":
        raise reader.fault("what was done lies in the past, not ahead", at=at, suggestion="within last")
    return condition


def _action(reader: Reader) -> str:
    token = reader.take_kind(TokenKind.STRING)
    if token is None:
        raise reader.unexpected('a module or an action in quotes, such as "Reports" or "Reports/Export"')
    action = " ".join(unquoted(reader.raw(token)).split())
    if not action:
        raise reader.fault("an empty text names no action", at=reader.mark() - 1)
    return action


def _times(reader: Reader) -> int:
    at = reader.mark()
    for word, count in _TIMES.items():
        if reader.take(word):
            return count
    times = figure(reader)
    if not isinstance(times, int) or times < 0:
        raise reader.fault("expected a whole number of times, from 0", at=at)
    if not (reader.take("times") or reader.take("time")):
        raise reader.unexpected('"times"', ("times",))
    return times


def _days(reader: Reader) -> int:
    reader.take("the")
    reader.take("last")
    at = reader.mark()
    count = days(reader, least=1, options=("last",))
    if count > LONGEST_WINDOW:
        message = (
            f"the use of single days is kept for {LONGEST_WINDOW} days: ask for so many at most, or for "
            "first performed, last performed or never performed"
        )
        raise reader.fault(message, at=at)
    return count


@cache
def _often() -> Names[Comparator]:
    return Names(_OFTEN)


@cache
def _of_days() -> Names[Form]:
    return Names({words: form for form in _OF_DAYS for words in form.begins})


_USED = frozenset({Kind.CHOICES})


PERFORMING: tuple[Form, ...] = (
    Form(
        ("performed",),
        _USED,
        _performed,
        '`performed "a"`, `performed "a" in N days`, `performed "a" at least 3 times in N days`;'
        " also `more than`, `at most`, `less than`, `exactly`, and `once` or `twice` for times",
        "the action (`Module/Action`), or anything of the module, was done so often in the last N days, today"
        " and day N included, once at least if it says no number; without `in N days` at any time",
        (
            Example(
                'performed "Reports/Export" at least 3 times in 30 days',
                {"usage": {"Reports/Export": {"2026-10-22": 2, "2026-11-21": 1}}},
                answer=True,
            ),
            Example(
                'performed "Reports/Export" at least 3 times in 30 days',
                {"usage": {"Reports/Export": {"2026-10-21": 2, "2026-11-21": 1}}},
                answer=False,
            ),
            Example(
                'performed "reports" in 7 days', {"usage": {"Reports/Export": {"2026-11-14": 1}}}, answer=True
            ),
            Example('performed "Reports/Export" in 7 days', {}, answer=None),
        ),
        about=USAGE,
    ),
    Form(
        ("did not perform",),
        _USED,
        _did_not_perform,
        '`did not perform "a" in N days`',
        "it was not done in the last N days",
        (
            Example(
                'did not perform "Reports" in 7 days',
                {"usage": {"Reports/Export": {"2026-11-13": 1}}},
                answer=True,
            ),
        ),
        about=USAGE,
    ),
    Form(
        ("never performed",),
        _USED,
        _never_performed,
        '`never performed "a"`',
        "it was never done, though the account's use is told",
        (
            Example(
                'never performed "Admin/Invite"',
                {"usage": {"Reports/Export": {"2026-11-13": 1}}},
                answer=True,
            ),
            Example('never performed "Admin/Invite"', {}, answer=None),
        ),
        about=USAGE,
    ),
    Form(
        ("first performed",),
        _USED,
        partial(_when, first_performed),
        '`first performed "a"`, then any form for dates but `within next N days`',
        "the day on which it was done for the first time; unknown if it never was",
        (
            Example(
                'first performed "Reports/Export" within last 7 days',
                {"usage": {"Reports/Export": {"2026-11-14": 1, "2026-11-21": 4}}},
                answer=True,
            ),
            Example(
                'first performed "Admin/Invite" within last 7 days',
                {"usage": {"Reports/Export": {"2026-11-14": 1}}},
                answer=None,
            ),
        ),
        about=USAGE,
    ),
    Form(
        ("last performed",),
        _USED,
        partial(_when, last_performed),
        '`last performed "a"`, then any form for dates but `within next N days`',
        "the day on which it was done for the last time",
        (
            Example(
                'last performed "Reports" > 30 days',
                {"usage": {"Reports/Export": {"2026-10-21": 1}}},
                answer=True,
            ),
        ),
        about=USAGE,
    ),
)
