"""When a pull is due: hourly, daily or by cron, in the tenant's time zone (INT-06)."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from keepwell.imports.schedules import Schedule

BERLIN, KOLKATA = ZoneInfo("Europe/Berlin"), ZoneInfo("Asia/Kolkata")
NEW_YORK = ZoneInfo("America/New_York")


def utc(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def follow(schedule: str, start: str, zone: ZoneInfo, times: int) -> list[str]:
    """The next so many moments, as the zone's clocks tell them."""
    at, told = utc(start), []
    for _ in range(times):
        following = Schedule.of(schedule).next(at, zone)
        assert following is not None
        at = following
        told.append(at.astimezone(zone).strftime("%m-%d %H:%M"))
    return told


@pytest.mark.parametrize(
    ("schedule", "zone", "expected"),
    [
        ("hourly", BERLIN, ["11-21 14:00", "11-21 15:00"]),
        ("hourly", KOLKATA, ["11-21 18:00", "11-21 19:00"]),
        ("daily", BERLIN, ["11-22 02:00", "11-23 02:00"]),
        ("cron(0/15 * * * ? *)", BERLIN, ["11-21 13:15", "11-21 13:30"]),
        ("cron(30 6,18 * * ? *)", BERLIN, ["11-21 18:30", "11-22 06:30"]),
        ("cron(0 6 ? * MON-FRI *)", BERLIN, ["11-23 06:00", "11-24 06:00"]),
        ("cron(0 6 ? * 1 *)", BERLIN, ["11-22 06:00", "11-29 06:00"]),
        ("cron(5 0 1 JAN,jul ? *)", BERLIN, ["01-01 00:05", "07-01 00:05"]),
        ("cron(0 12 29 2 ? *)", BERLIN, ["02-29 12:00", "02-29 12:00"]),
        ("cron(10-12 0 * * ? 2027)", BERLIN, ["01-01 00:10", "01-01 00:11"]),
    ],
)
def test_the_next_moments_are_the_tenants(schedule: str, zone: ZoneInfo, expected: list[str]) -> None:
    """INT-06. It is Saturday 2026-11-21 12:00 UTC."""
    assert follow(schedule, "2026-11-21T12:00", zone, 2) == expected


def test_a_time_the_clocks_jump_over_comes_with_the_jump() -> None:
    """2027-03-14, New York: after 01:59 comes 03:00."""
    assert follow("cron(30 2 * * ? *)", "2027-03-13T12:00", NEW_YORK, 2) == ["03-14 03:30", "03-15 02:30"]


def test_no_hour_is_left_out_when_the_clocks_go_back() -> None:
    """2026-11-01, New York: 01:00 comes twice."""
    assert follow("hourly", "2026-11-01T04:30", NEW_YORK, 3) == ["11-01 01:00", "11-01 01:00", "11-01 02:00"]


def test_what_is_over_is_due_no_more() -> None:
    schedule = Schedule.of("cron(0 6 * * ? 2025)")
    assert schedule.next(utc("2026-01-01T00:00"), BERLIN) is None
    assert schedule.latest(utc("2026-01-01T00:00"), BERLIN) == utc("2025-12-31T05:00")


def test_it_is_due_at_the_moment_itself() -> None:
    moment = utc("2026-11-21T06:00")
    assert Schedule.of("cron(0 6 * * ? *)").latest(moment, ZoneInfo("UTC")) == moment
    assert Schedule.of("cron(0 6 * * ? *)").next(moment, ZoneInfo("UTC")) == moment + timedelta(days=1)


@given(
    st.sampled_from(["hourly", "daily", "cron(7/20 3-5 * * ? *)", "cron(0 2 ? * SUN *)"]),
    st.sampled_from([BERLIN, KOLKATA, NEW_YORK, ZoneInfo("Australia/Lord_Howe")]),
    st.datetimes(datetime(2026, 1, 1), datetime(2028, 1, 1), timezones=st.just(UTC)),  # noqa: DTZ001
)
def test_between_the_latest_and_the_next_nothing_is_due(schedule: str, zone: ZoneInfo, now: datetime) -> None:
    read = Schedule.of(schedule)
    latest, following = read.latest(now, zone), read.next(now, zone)
    assert latest is not None
    assert following is not None
    assert latest <= now < following
    assert read.next(latest, zone) == following
    assert read.latest(following - timedelta(minutes=1), zone) == latest


@pytest.mark.parametrize(
    ("text", "mend"),
    [
        ("weekly", "write hourly, daily or cron"),
        ("rate(1 hour)", "write hourly, daily or cron"),
        ("cron(0 6 * * *)", "5 fields, not the six"),
        ("cron(0 24 * * ? *)", "hours: '24' is not between 0 and 23"),
        ("cron(0 6 ? * FUN *)", "day of the week: 'FUN'"),
        ("cron(0 6 L * ? *)", "day of the month: 'L'"),
        ("cron(0 6 1 * MON *)", "write . for one of them"),
        ("cron(0 8-6 * * ? *)", "runs backwards"),
        ("cron(0/0 * * * ? *)", "'0' is no step"),
    ],
)
def test_what_is_no_schedule_says_the_mend(text: str, mend: str) -> None:
    with pytest.raises(ValueError, match=mend):
        Schedule.of(text)
