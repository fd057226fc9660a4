"""The forms about dates and today."""

from functools import partial
from typing import get_args

from keepwell.attributes import Attribute
from keepwell.criteria.comparing import Comparator, Comparison
from keepwell.criteria.constants import day, days, figure
from keepwell.criteria.dates import Age, Anniversary, Direction, Period, Unit, Which, Within
from keepwell.criteria.forms.form import DATES, Example, Form
from keepwell.criteria.lexer import TokenKind
from keepwell.criteria.reading import Reader
from keepwell.criteria.tree import Condition

MOST_MONTHS = 1_200


def take_period(reader: Reader, attribute: Attribute) -> Period | None:
    """The period that comes next, such as `this quarter`, if one does."""
    for which in get_args(Which):
        for unit in get_args(Unit):
            if reader.take(which, unit):
                return Period(attribute, which, unit)
    return None


def _period(which: Which, unit: Unit, _reader: Reader, attribute: Attribute) -> Condition:
    return Period(attribute, which, unit)


def _on(comparator: Comparator, reader: Reader, attribute: Attribute) -> Condition:
    words = reader.mark()
    if period := take_period(reader, attribute):
        message = f"expected a date such as 2026-01-12; a period stands by itself: {period}"
        raise reader.fault(message, at=words)
    if reader.token.folded == "today":
        raise reader.fault('expected a date such as 2026-01-12, found "today"', suggestion=_TODAY[comparator])
    return Comparison(attribute, comparator, day(reader))


_TODAY = {"=": "= 0 days", "<": "> 0 days", "<=": ">= 0 days", ">": "< 0 days", ">=": "<= 0 days"}


def take_window(reader: Reader, attribute: Attribute) -> Within | None:
    """The window that comes next, such as `the next 90 days`, if one does."""
    start = reader.mark()
    reader.take("the")
    if reader.token.folded in ("next", "last"):
        return Within(attribute, *_window(reader))
    reader.back(start)
    return None


def _within(reader: Reader, attribute: Attribute) -> Condition:
    return Within(attribute, *_window(reader))


def _window(reader: Reader) -> tuple[Direction, int]:
    reader.take("the")
    direction: Direction = "last" if reader.take("last") else "next"
    if direction == "next":
        reader.take("next")
    return direction, days(reader)


def _more_than_ago(reader: Reader, attribute: Attribute) -> Condition:
    count = days(reader)
    if not reader.take("ago"):
        raise reader.unexpected('"ago"')
    return Age(attribute, ">", count)


def _in_more_than(reader: Reader, attribute: Attribute) -> Condition:
    return Age(attribute, "<", -days(reader))


def _anniversary(reader: Reader, attribute: Attribute) -> Condition:
    months = _every(reader) if reader.take("every") else 12
    if not reader.take("within"):
        raise reader.unexpected("a window such as within 7 days", ("within", "every"))
    direction, count = _window(reader)
    return Anniversary(attribute, months, direction, count)


def _every(reader: Reader) -> int:
    for unit, months in _UNITS.items():
        if reader.take(unit):
            return months
    at = reader.mark()
    if reader.token.kind is not TokenKind.NUMBER:
        raise reader.unexpected("a number of months or years", _UNITS)
    count = figure(reader)
    for unit, months in _UNITS.items():
        if reader.take(f"{unit}s") or reader.take(unit):
            if not isinstance(count, int) or not 1 <= count * months <= MOST_MONTHS:
                raise reader.fault(f"expected whole {unit}s, from 1 to {MOST_MONTHS // months:,}", at=at)
            return count * months
    raise reader.unexpected('"months" or "years"', [f"{unit}s" for unit in _UNITS])


_UNITS = {"month": 1, "quarter": 3, "year": 12}

_PERIOD_EXAMPLES = (
    Example("Renewal Date this quarter", {"Renewal Date": "2026-12-31"}, answer=True),
    Example("Renewal Date is next month", {"Renewal Date": "2026-12-31"}, answer=True),
    Example("Renewal Date in this week", {"Renewal Date": "2026-11-23"}, answer=False),
)

DATE_FORMS: tuple[Form, ...] = (
    Form(
        ("within",),
        DATES,
        _within,
        "`within next N days`, `within N days`, `within last N days`",
        "both ends and today included; `in` may stand for `within` before `next` and `last`",
        (
            Example("Renewal Date within 90 days", {"Renewal Date": "2027-02-19"}, answer=True),
            Example("Renewal Date within next 90 days", {"Renewal Date": "2027-02-20"}, answer=False),
            Example("Create Date within last 30 days", {"Create Date": "2026-10-22"}, answer=True),
            Example("Renewal Date in the next 90 days", {"Renewal Date": "2026-11-21"}, answer=True),
        ),
        mend="use <= or between",
    ),
    Form(
        ("more than",),
        DATES,
        _more_than_ago,
        "`more than N days ago`, `> N days`",
        "older than that, so that day N is not; `>=`, `<`, `<=`, `=` and `!=` take an age as well",
        (
            Example("Last Activity > 30 days", {"Last Activity": "2026-10-22"}, answer=False),
            Example("Create Date more than 30 days ago", {"Create Date": "2026-10-21"}, answer=True),
            Example("Last Activity <= 30 days", {"Last Activity": "2026-10-22"}, answer=True),
        ),
        mend="use >",
    ),
    Form(
        ("in more than",),
        DATES,
        _in_more_than,
        "`in more than N days`",
        "ahead by more than that",
        (
            Example("Renewal Date in more than 90 days", {"Renewal Date": "2027-02-19"}, answer=False),
            Example("Renewal Date in more than 90 days", {"Renewal Date": "2027-02-20"}, answer=True),
        ),
        mend="use >",
    ),
    Form(
        ("before",),
        DATES,
        partial(_on, "<"),
        "`before D`",
        "earlier than that day",
        (Example("Renewal Date before 2027-01-01", {"Renewal Date": "2026-12-31"}, answer=True),),
        mend="use <",
    ),
    Form(
        ("after",),
        DATES,
        partial(_on, ">"),
        "`after D`",
        "later than that day",
        (Example("Renewal Date after 2027-01-01", {"Renewal Date": "2027-01-01"}, answer=False),),
        mend="use >",
    ),
    Form(
        ("on",),
        DATES,
        partial(_on, "="),
        "`on D`",
        "that day",
        (Example("Renewal Date on 2027-01-01", {"Renewal Date": "2027-01-01"}, answer=True),),
        mend="use =",
    ),
    Form(
        ("on or before",),
        DATES,
        partial(_on, "<="),
        "`on or before D`",
        "that day or earlier",
        (Example("Renewal Date on or before 2027-01-01", {"Renewal Date": "2027-01-01"}, answer=True),),
        mend="use <=",
    ),
    Form(
        ("on or after",),
        DATES,
        partial(_on, ">="),
        "`on or after D`",
        "that day or later",
        (Example("Renewal Date on or after 2027-01-02", {"Renewal Date": "2027-01-01"}, answer=False),),
        mend="use >=",
    ),
    *(
        Form(
            (f"{which} {unit}",),
            DATES,
            partial(_period, which, unit),
            "`this week`, `last month`, `next quarter`, `this year`",
            "in that period of the calendar; a week begins on Monday; `is` or `in` may stand before",
            _PERIOD_EXAMPLES if (which, unit) == ("this", "week") else (),
            mend="use between",
        )
        for which in get_args(Which)
        for unit in get_args(Unit)
    ),
    Form(
        ("anniversary",),
        DATES,
        _anniversary,
        "`anniversary every N months within N days`",
        "an anniversary of the date lies in the window, ahead unless it says `last`; every 12 months"
        " unless it says otherwise (`every year`, `every 3 months`, `every 2 years`)",
        (
            Example(
                "Contract Start Date anniversary every 3 months within 7 days",
                {"Contract Start Date": "2026-08-28"},
                answer=True,
            ),
            Example(
                "Contract Start Date anniversary within last 7 days",
                {"Contract Start Date": "2026-11-21"},
                answer=False,
            ),
        ),
        mend="use =",
    ),
)
