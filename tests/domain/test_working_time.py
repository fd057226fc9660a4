"""The days on which a company works (TSK-01: due dates in working days)."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from keepwell.working_time import PLAIN_CALENDAR, Calendar

FRIDAY, SATURDAY, MONDAY = date(2026, 11, 20), date(2026, 11, 21), date(2026, 11, 23)
CHRISTMAS = frozenset({date(2026, 12, 24), date(2026, 12, 25)})


@pytest.mark.parametrize(
    ("day", "count", "expected"),
    [
        (FRIDAY, 0, FRIDAY),
        (SATURDAY, 0, MONDAY),
        (FRIDAY, 1, MONDAY),
        (SATURDAY, 1, MONDAY),
        (FRIDAY, 5, date(2026, 11, 27)),
        (FRIDAY, 6, date(2026, 11, 30)),
        (date(2026, 12, 23), 1, date(2026, 12, 28)),
        (date(2026, 12, 24), 0, date(2026, 12, 28)),
    ],
)
def test_working_days_leave_out_weekends_and_holidays(day: date, count: int, expected: date) -> None:
    assert Calendar(holidays=CHRISTMAS).working_day_after(day, count) == expected


def test_a_company_may_work_on_other_days() -> None:
    sunday_to_thursday = Calendar(working_days=frozenset({6, 0, 1, 2, 3}))
    assert sunday_to_thursday.working_day_after(date(2026, 11, 19), 1) == date(2026, 11, 22)


def test_without_working_days_every_day_counts() -> None:
    assert PLAIN_CALENDAR.due_on(FRIDAY, 1, None) == SATURDAY
    assert PLAIN_CALENDAR.due_on(FRIDAY, 9, 1) == MONDAY


@given(
    st.dates(date(2026, 1, 1), date(2028, 1, 1)),
    st.integers(0, 60),
    st.frozensets(st.integers(0, 6), min_size=1),
    st.frozensets(st.dates(date(2026, 1, 1), date(2026, 3, 1)), max_size=20),
)
def test_as_many_working_days_lie_between_as_were_asked_for(
    day: date, count: int, working_days: frozenset[int], holidays: frozenset[date]
) -> None:
    calendar = Calendar(working_days, holidays)
    found = calendar.working_day_after(day, count)
    assert calendar.is_working_day(found)
    between = [day + timedelta(days=n) for n in range(1, (found - day).days + 1)]
    assert sum(map(calendar.is_working_day, between)) == (count or (found != day))
