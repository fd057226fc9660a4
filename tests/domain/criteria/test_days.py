"""Arithmetic of days: windows, ages, calendar periods and anniversaries against plain enumerations."""

from calendar import monthrange
from collections.abc import Callable
from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from keepwell.attributes import standard_catalogue
from keepwell.criteria import match, parse

CATALOGUE = standard_catalogue()
DAYS = st.dates(date(2019, 12, 1), date(2029, 3, 1))
NEAR = st.integers(-45, 45)


def ask(form: str, value: date, today: date) -> bool | None:
    return match(parse(f"Renewal Date {form}", CATALOGUE), {"Renewal Date": value}, today)


def days_between(first: date, count: int) -> list[date]:
    return [first + timedelta(days=each) for each in range(count)]


@given(DAYS, NEAR, st.integers(0, 40))
def test_windows_and_ages(today: date, away: int, days: int) -> None:
    """1.14 row 19: windows include both ends and today, older than is strict."""
    value = today + timedelta(days=away)
    window = days_between(today, days + 1)
    assert ask(f"within next {days} days", value, today) is (value in window)
    assert ask(f"within {days} days", value, today) is (value in window)
    back = days_between(today - timedelta(days=days), days + 1)
    assert ask(f"within last {days} days", value, today) is (value in back)
    assert ask(f"more than {days} days ago", value, today) is (value < back[0])
    assert ask(f"> {days} days", value, today) is (value < back[0])
    assert ask(f"in more than {days} days", value, today) is (value > window[-1])


def period(day: date, unit: str) -> list[date]:
    """Every day of the week, month, quarter or year that holds `day`."""
    around = days_between(day - timedelta(days=366), 733)
    return [other for other in around if KEYS[unit](other) == KEYS[unit](day)]


KEYS: dict[str, Callable[[date], tuple[int, ...]]] = {
    "week": lambda day: day.isocalendar()[:2],
    "month": lambda day: (day.year, day.month),
    "quarter": lambda day: (day.year, (day.month + 2) // 3),
    "year": lambda day: (day.year,),
}


@given(DAYS, st.integers(-800, 800), st.sampled_from(("week", "month", "quarter", "year")))
def test_calendar_periods(today: date, away: int, unit: str) -> None:
    value = today + timedelta(days=away)
    this = period(today, unit)
    following = period(this[-1] + timedelta(days=1), unit)
    before = period(this[0] - timedelta(days=1), unit)
    assert ask(f"this {unit}", value, today) is (value in this)
    assert ask(f"next {unit}", value, today) is (value in following)
    assert ask(f"last {unit}", value, today) is (value in before)
    assert ask(f"is not this {unit}", value, today) is (value not in this)


def anniversaries(start: date, months: int) -> list[date]:
    """The first ones, counted month by month on the calendar."""
    found = []
    year, month = start.year, start.month
    for count in range(1, 12 * 12):
        year, month = (year + 1, 1) if month == 12 else (year, month + 1)
        if count % months == 0:
            found.append(date(year, month, min(start.day, monthrange(year, month)[1])))
    return found


@given(DAYS, st.integers(-40, 1500), st.sampled_from((1, 2, 3, 6, 12, 24)), st.integers(0, 45))
def test_anniversaries(start: date, since: int, months: int, days: int) -> None:
    """SEG-13."""
    today = start + timedelta(days=since)
    coming = [(day - today).days for day in anniversaries(start, months)]
    form = f"anniversary every {months} months within"
    assert ask(f"{form} {days} days", start, today) is any(0 <= ahead <= days for ahead in coming)
    assert ask(f"{form} last {days} days", start, today) is any(0 <= -ahead <= days for ahead in coming)


@pytest.mark.parametrize(
    ("start", "every", "today", "matches"),
    [
        ("2024-01-31", "month", "2024-02-29", True),
        ("2023-01-31", "month", "2023-02-28", True),
        ("2023-01-31", "month", "2023-03-31", True),
        ("2023-01-31", "month", "2023-03-28", False),
        ("2023-01-31", "3 months", "2023-04-30", True),
        ("2024-02-29", "year", "2025-02-28", True),
        ("2024-02-29", "year", "2025-03-01", False),
        ("2024-02-29", "year", "2028-02-29", True),
        ("2024-02-29", "year", "2028-02-28", False),
        ("2024-02-29", "2 years", "2025-02-28", False),
        ("2024-02-29", "year", "2024-02-29", False),
        ("2023-11-30", "quarter", "2024-02-29", True),
        ("9999-12-31", "month", "2024-02-29", False),
        ("0001-01-31", "year", "2024-01-31", True),
    ],
)
def test_an_anniversary_of_a_month_s_end_is_at_the_month_s_end(
    start: str, every: str, today: str, matches: bool
) -> None:
    on = date.fromisoformat(today)
    assert ask(f"anniversary every {every} within 0 days", date.fromisoformat(start), on) is matches


@pytest.mark.parametrize(
    ("form", "today", "first", "last"),
    [
        ("this week", "2026-11-22", "2026-11-16", "2026-11-22"),
        ("next week", "2026-11-22", "2026-11-23", "2026-11-29"),
        ("last week", "2027-01-04", "2026-12-28", "2027-01-03"),
        ("this month", "2028-02-10", "2028-02-01", "2028-02-29"),
        ("last month", "2027-01-31", "2026-12-01", "2026-12-31"),
        ("next quarter", "2026-11-21", "2027-01-01", "2027-03-31"),
        ("last quarter", "2026-01-01", "2025-10-01", "2025-12-31"),
        ("next year", "2027-12-31", "2028-01-01", "2028-12-31"),
    ],
)
def test_the_ends_of_a_period(form: str, today: str, first: str, last: str) -> None:
    on, day = date.fromisoformat(today), timedelta(days=1)
    start, end = date.fromisoformat(first), date.fromisoformat(last)
    assert [ask(form, value, on) for value in (start - day, start, end, end + day)] == [
        False,
        True,
        True,
        False,
    ]


@pytest.mark.parametrize(
    ("text", "day", "today", "answer"),
    [
        ("anniversary every month within 7 days", date(1, 1, 5), date(1, 2, 1), True),
        ("anniversary every month within 7 days", date(9999, 9, 5), date(9999, 10, 1), True),
        ("anniversary every year within 20 days", date(9998, 12, 10), date(9999, 12, 1), False),
    ],
)
def test_anniversaries_at_the_ends_of_the_calendar(text: str, day: date, today: date, answer: bool) -> None:
    """Those in its last month are beyond what is counted."""
    assert match(parse(f"Create Date {text}", standard_catalogue()), {"Create Date": day}, today) is answer
