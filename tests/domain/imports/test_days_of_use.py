"""The day of an event is the tenant's day of its moment, in whatever way it is found (interfaces, "CSV")."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from keepwell.errors import UnreadableCell
from keepwell.imports.moments import read_moment
from keepwell.imports.objects.usage import DAYS_AHEAD, _day

# Clocks that change at midnight, at a minute past it, by half an hour, and by a day.
ZONES = (
    "UTC",
    "Europe/Berlin",
    "Asia/Kathmandu",
    "America/St_Johns",
    "America/Havana",
    "Australia/Lord_Howe",
    "Pacific/Apia",
)


@given(st.sampled_from(ZONES), st.integers(0, 36 * 365 * 86_400))
def test_an_instant_is_taken_to_the_tenants_day(zone: str, seconds: int) -> None:
    told_at = datetime(2026, 11, 21, 12, tzinfo=ZoneInfo(zone))
    moment = datetime(1990, 1, 1, tzinfo=UTC) + timedelta(seconds=seconds)
    text = f"{moment:%Y-%m-%dT%H:%M:%S}Z"
    assert _day(text, told_at) == moment.astimezone(told_at.tzinfo).date()
    assert _day(text.replace("T", " "), told_at) == _day(text, told_at)


def test_a_day_that_begins_twice_in_an_hour_does_so() -> None:
    """In St John's clocks went back at one minute past midnight, until 2011."""
    told_at = datetime(2026, 11, 21, 12, tzinfo=ZoneInfo("America/St_Johns"))
    times = ("02:29:59", "02:30:00", "02:31:00", "02:59:59", "03:30:00")
    days = [_day(f"2010-11-07T{each}Z", told_at).day for each in times]
    assert days == [6, 7, 6, 6, 7]


@pytest.mark.parametrize(
    "text",
    [
        "2026-11-20T10:15:60Z",
        "2026-11-20T10:60:00Z",
        "2026-11-20T24:00:00Z",
        "2026-11-31T10:00:00Z",
        "2026-11-20X10:00:00Z",
        "2026-11-23T10:00:00Z",
        "20.11.2026 10:00:00Z",
    ],
)
def test_what_is_no_moment_or_too_far_ahead_is_refused_in_its_own_words(text: str) -> None:
    told_at = datetime(2026, 11, 21, 12, tzinfo=UTC)
    for _ in range(2):
        with pytest.raises(UnreadableCell) as refused:
            _day(text, told_at)
        with pytest.raises(UnreadableCell) as expected:
            read_moment(text, told_at, DAYS_AHEAD)
        assert str(refused.value) == str(expected.value)
    assert _day("2026-11-22T23:59:59Z", told_at) == date(2026, 11, 22)
