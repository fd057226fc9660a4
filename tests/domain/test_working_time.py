"""The days on which a company works (TSK-01: due dates in working days), and its quiet hours (D6)."""

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import example, given, settings
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


OVERNIGHT = Calendar(holidays=CHRISTMAS, quiet_from=time(19), quiet_to=time(8))
SIESTA = Calendar(quiet_from=time(13), quiet_to=time(15, 30))
BERLIN, TOKYO = ZoneInfo("Europe/Berlin"), ZoneInfo("Asia/Tokyo")


@pytest.mark.parametrize(
    ("calendar", "at", "zone", "expected"),
    [
        (OVERNIGHT, "2026-11-20T08:00", BERLIN, "2026-11-20T08:00"),
        (OVERNIGHT, "2026-11-20T18:59", BERLIN, "2026-11-20T18:59"),
        (OVERNIGHT, "2026-11-19T19:00", BERLIN, "2026-11-20T08:00"),
        (OVERNIGHT, "2026-11-20T03:00", BERLIN, "2026-11-20T08:00"),
        (OVERNIGHT, "2026-11-20T19:00", BERLIN, "2026-11-23T08:00"),
        (OVERNIGHT, "2026-11-21T12:00", BERLIN, "2026-11-23T08:00"),
        (OVERNIGHT, "2026-12-23T20:00", BERLIN, "2026-12-28T08:00"),
        (OVERNIGHT, "2026-10-24T20:00", BERLIN, "2026-10-26T08:00"),
        (OVERNIGHT, "2026-11-20T20:00", TOKYO, "2026-11-23T08:00"),
        (SIESTA, "2026-11-20T13:00", BERLIN, "2026-11-20T15:30"),
        (SIESTA, "2026-11-20T23:00", BERLIN, "2026-11-20T23:00"),
        (SIESTA, "2026-11-21T23:00", BERLIN, "2026-11-23T00:00"),
        (PLAIN_CALENDAR, "2026-11-21T03:00", BERLIN, "2026-11-21T03:00"),
    ],
)
def test_nobody_is_disturbed_in_quiet_hours(
    calendar: Calendar, at: str, zone: ZoneInfo, expected: str
) -> None:
    """D6. Times are those of the zone: 8:00 stays 8:00 where summer time ends."""
    moment, found = (datetime.fromisoformat(each).replace(tzinfo=zone) for each in (at, expected))
    assert calendar.may_disturb_from(moment, zone) == found


@pytest.mark.parametrize(
    ("calendar", "at", "expected"),
    [
        (OVERNIGHT, "2026-11-19T10:00", "2026-11-20T08:00"),
        (OVERNIGHT, "2026-11-19T07:00", "2026-11-19T08:00"),
        (OVERNIGHT, "2026-11-19T08:00", "2026-11-20T08:00"),
        (OVERNIGHT, "2026-11-20T10:00", "2026-11-23T08:00"),
        (SIESTA, "2026-11-20T10:00", "2026-11-23T09:00"),
        (Calendar(quiet_from=time(0), quiet_to=time(7)), "2026-11-20T03:00", "2026-11-20T07:00"),
        (Calendar(quiet_from=time(6), quiet_to=time(9)), "2026-11-20T03:00", "2026-11-20T09:00"),
        (PLAIN_CALENDAR, "2026-11-21T10:00", "2026-11-23T09:00"),
    ],
)
def test_a_morning_is_when_the_next_working_day_begins(calendar: Calendar, at: str, expected: str) -> None:
    moment, found = (datetime.fromisoformat(each).replace(tzinfo=BERLIN) for each in (at, expected))
    assert calendar.morning_after(moment, BERLIN) == found


@given(
    st.datetimes(datetime(2026, 1, 1), datetime(2027, 1, 1)),  # noqa: DTZ001  the zone is that below
    st.sampled_from(
        ["UTC", "Europe/Berlin", "America/St_Johns", "Australia/Lord_Howe", "Pacific/Kiritimati"]
    ),
    st.tuples(st.times(), st.times()).filter(lambda hours: hours[0] != hours[1]),
    st.frozensets(st.integers(0, 6), min_size=1),
)
def test_who_waits_once_does_not_wait_again(
    at: datetime, zone_name: str, hours: tuple[time, time], working_days: frozenset[int]
) -> None:
    """The moment found is a working day's, is not before what was asked for, and is allowed itself."""
    calendar, zone = Calendar(working_days, frozenset(), *hours), ZoneInfo(zone_name)
    found = calendar.may_disturb_from(at.replace(tzinfo=UTC), zone)
    assert found >= at.replace(tzinfo=UTC)
    assert calendar.is_working_day(found.astimezone(zone).date())
    assert calendar.may_disturb_from(found, zone) == found


# In each of these zones the clock jumps within the days that follow.
JUMPS = (
    ("Europe/Berlin", datetime(2026, 10, 24, tzinfo=UTC)),
    ("Europe/Berlin", datetime(2026, 3, 28, tzinfo=UTC)),
    ("America/New_York", datetime(2026, 10, 31, tzinfo=UTC)),
    ("America/New_York", datetime(2026, 3, 7, tzinfo=UTC)),
    ("Australia/Lord_Howe", datetime(2026, 4, 4, tzinfo=UTC)),
    ("Australia/Lord_Howe", datetime(2026, 10, 3, tzinfo=UTC)),
    ("America/Havana", datetime(2026, 10, 31, tzinfo=UTC)),
    ("Africa/Cairo", datetime(2026, 4, 23, tzinfo=UTC)),
)
NIGHTLY = st.integers(0, 5 * 60).map(lambda n: (datetime(2026, 1, 1, 22, 30) + timedelta(minutes=n)).time())  # noqa: DTZ001  a time of day


@settings(max_examples=150)
@given(
    st.sampled_from(JUMPS),
    st.integers(0, 3 * 24 * 60),
    st.tuples(NIGHTLY, NIGHTLY).filter(lambda hours: hours[0] != hours[1]),
)
@example(("Europe/Berlin", datetime(2026, 10, 24, tzinfo=UTC)), 24 * 60 + 65, (time(22), time(2, 30)))
@example(("Australia/Lord_Howe", datetime(2026, 4, 4, tzinfo=UTC)), 15 * 60, (time(23), time(1, 45)))
@example(("Europe/Berlin", datetime(2026, 10, 24, tzinfo=UTC)), 24 * 60 + 45, (time(2, 30), time(9)))
@example(("Europe/Berlin", datetime(2026, 3, 28, tzinfo=UTC)), 20 * 60, (time(22), time(2, 30)))
def test_where_the_clock_jumps_the_wait_ends_with_the_quiet_hours(
    jump: tuple[str, datetime], minutes: int, hours: tuple[time, time]
) -> None:
    """D6: at the first minute that is not quiet by the clock on the wall, which shows some times twice in
    autumn, and others not at all in spring."""
    (name, begins), (quiet_from, quiet_to) = jump, hours
    zone, at = ZoneInfo(name), begins + timedelta(minutes=minutes)

    def is_quiet(moment: datetime) -> bool:
        shown = moment.astimezone(zone).time()
        if quiet_from < quiet_to:
            return quiet_from <= shown < quiet_to
        return shown >= quiet_from or shown < quiet_to

    expected = at
    while is_quiet(expected):
        expected += timedelta(minutes=1)
    calendar = Calendar(frozenset(range(7)), frozenset(), quiet_from, quiet_to)
    assert calendar.may_disturb_from(at, zone) == expected


def test_the_morning_that_comes_twice_is_no_day_later() -> None:
    """At 2:10, for the second time: quiet hours end at 2:30, once more."""
    calendar = Calendar(frozenset(range(7)), quiet_from=time(22), quiet_to=time(2, 30))
    assert calendar.morning_after(datetime(2026, 10, 25, 1, 10, tzinfo=UTC), BERLIN) == datetime(
        2026, 10, 25, 1, 30, tzinfo=UTC
    )


MOMENTS = st.integers(0, 2 * 365 * 24 * 60).map(
    lambda n: datetime(2026, 1, 1, tzinfo=UTC) + timedelta(minutes=n)
)
BERLIN, NEW_YORK = ZoneInfo("Europe/Berlin"), ZoneInfo("America/New_York")


@pytest.mark.parametrize(
    ("at", "hours", "zone", "expected"),
    [
        (datetime(2026, 11, 20, 12, tzinfo=UTC), 4, ZoneInfo("UTC"), datetime(2026, 11, 20, 16, tzinfo=UTC)),
        (datetime(2026, 11, 20, 12, tzinfo=UTC), 5, ZoneInfo("UTC"), datetime(2026, 11, 20, 17, tzinfo=UTC)),
        (
            datetime(2026, 11, 20, 12, tzinfo=UTC),
            5.5,
            ZoneInfo("UTC"),
            datetime(2026, 11, 23, 9, 30, tzinfo=UTC),
        ),
        (datetime(2026, 11, 20, 3, tzinfo=UTC), 1, ZoneInfo("UTC"), datetime(2026, 11, 20, 10, tzinfo=UTC)),
        (datetime(2026, 11, 20, 20, tzinfo=UTC), 8, ZoneInfo("UTC"), datetime(2026, 11, 23, 17, tzinfo=UTC)),
        (datetime(2026, 11, 20, 15, tzinfo=UTC), 2, BERLIN, datetime(2026, 11, 23, 9, tzinfo=UTC)),
        (datetime(2026, 11, 20, 15, tzinfo=UTC), 2, NEW_YORK, datetime(2026, 11, 20, 17, tzinfo=UTC)),
        (datetime(2026, 12, 23, 16, tzinfo=UTC), 2, ZoneInfo("UTC"), datetime(2026, 12, 28, 10, tzinfo=UTC)),
    ],
)
def test_working_hours_leave_out_nights_weekends_and_holidays(
    at: datetime, hours: float, zone: ZoneInfo, expected: datetime
) -> None:
    """D10: of a service level."""
    assert Calendar(holidays=CHRISTMAS).after_working_hours(at, hours, zone) == expected


@given(
    MOMENTS,
    st.integers(1, 90),
    st.integers(1, 90),
    st.sampled_from([BERLIN, NEW_YORK, ZoneInfo("Asia/Kolkata")]),
)
def test_hours_that_are_worked_one_after_the_other_are_worked_together(
    at: datetime, first: int, then: int, zone: ZoneInfo
) -> None:
    calendar = Calendar(holidays=CHRISTMAS)
    between = calendar.after_working_hours(at, first, zone)
    assert calendar.after_working_hours(between, then, zone) == calendar.after_working_hours(
        at, first + then, zone
    )
    local = between.astimezone(zone)
    assert calendar.is_working_day(local.date())
    assert time(9) < local.time() <= time(17)
