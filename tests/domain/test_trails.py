"""The trail: as much of the past as some condition asks for, one value a day (1.14 row 21)."""

from typing import Any

import hypothesis.strategies as st
from hypothesis import given

from keepwell.trails import AccountTrail, extended, recalled
from tests.domain.segments.telling import day

EMPTY = AccountTrail("A-1")
WEEK = {"NPS": 7}


def followed(*steps: tuple[int, Any], lookback: int = 7, told: bool = False) -> list[tuple[int, Any]]:
    """The trail of NPS after it was found so on these days, in days."""
    trail = EMPTY
    for number, value in steps:
        values = {} if value is None else {"NPS": value}
        since = {"NPS": day(number)} if told else {}
        trail = extended(trail, values, since, day(number), {"NPS": lookback})
    return [((each - day(0)).days, value) for each, value in trail.values["NPS"]]


def test_a_value_is_noted_when_it_differs_from_the_last() -> None:
    assert followed((0, 5), (1, 5), (2, 6), (3, None), (4, 6)) == [(0, 5), (2, 6), (3, None), (4, 6)]


def test_that_there_is_no_value_is_known_from_the_first_look_on() -> None:
    """So that `is empty for 7 days` can come true."""
    assert followed((0, None), (3, None), (5, 1)) == [(0, None), (5, 1)]


def test_the_last_value_of_a_day_is_its_value() -> None:
    assert followed((0, 5), (1, 6), (1, 7)) == [(0, 5), (1, 7)]
    assert followed((0, 5), (1, 6), (1, 5)) == [(0, 5)], "and so nothing happened on day 1"
    assert followed((0, 5), (0, None)) == [(0, None)]


def test_what_no_look_back_reaches_goes_but_for_the_value_it_began_with() -> None:
    """Of a week, day 3 is the first one asked for on day 10; what held then dates from day 2."""
    assert followed((0, 1), (2, 2), (5, 3), (10, 4)) == [(2, 2), (5, 3), (10, 4)]
    assert followed((0, 1), (3, 2), (10, 3)) == [(3, 2), (10, 3)]
    assert followed((0, 1), (99, 2)) == [(0, 1), (99, 2)]


def test_of_long_texts_that_change_daily_fewer_days_are_kept() -> None:
    """An item holds 400 KB: no text may keep an account from being judged."""
    days = [(number, f"{number:05d}" * 1_000) for number in range(20)]
    kept = followed(*days, lookback=1_000)
    assert kept == days[-len(kept) :]
    assert 1 < len(kept) < 10
    assert followed(*((number, number) for number in range(1_000)), lookback=1_100)[0] == (0, 0)


def test_time_alone_writes_nothing() -> None:
    """Money is in writes: what goes out of reach goes with the next change."""
    trail = extended(EMPTY, {"NPS": 5}, {}, day(0), WEEK)
    trail = extended(trail, {"NPS": 6}, {}, day(1), WEEK)
    assert extended(trail, {"NPS": 6}, {}, day(300), WEEK) is trail


def test_what_is_told_of_an_earlier_day_counts_from_then_on() -> None:
    trail = extended(EMPTY, {"NPS": 5}, {"NPS": day(2)}, day(9), WEEK)
    assert trail.values == {"NPS": ((day(2), 5),)}
    late = extended(trail, {"NPS": 6}, {"NPS": day(1)}, day(9), WEEK)
    assert late.values == {"NPS": ((day(2), 6),)}, "never before the entry it follows"
    future = extended(trail, {"NPS": 6}, {"NPS": day(30)}, day(9), WEEK)
    assert future.values == {"NPS": ((day(2), 5), (day(9), 6))}, "never after today"


def test_what_nothing_looks_back_on_any_more_is_dropped_at_once() -> None:
    """Kept, its gap would tell an old value of days on which nobody looked."""
    both = extended(EMPTY, {"NPS": 5, "Licenses": 3}, {}, day(0), {"NPS": 7, "Licenses": 3})
    assert extended(both, {"NPS": 5, "Licenses": 3}, {}, day(1), WEEK).values == {"NPS": ((day(0), 5),)}
    assert extended(both, {"NPS": 5, "Licenses": 3}, {}, day(1), {}).values == {}


def test_what_the_facts_tell_of_the_past_is_known_before_it_is_noted() -> None:
    """S3: or judging again after the trail is stored would give another answer."""
    assert recalled((), 5, day(2), day(9), 7) == ((day(2), 5),)
    stored = extended(EMPTY, {"NPS": 5}, {"NPS": day(2)}, day(9), WEEK)
    assert recalled(stored.values["NPS"], 5, day(2), day(9), 7) == stored.values["NPS"]


steps = st.lists(st.tuples(st.integers(0, 3), st.sampled_from([None, 1, 2, 3])), min_size=1, max_size=30)


@given(steps, st.integers(1, 10))
def test_every_day_within_reach_has_the_last_value_of_that_day(
    steps: list[tuple[int, Any]], lookback: int
) -> None:
    """The trail against a diary that forgets nothing."""
    diary, trail = list[Any](), EMPTY
    for wait, value in steps:
        diary += diary[-1:] * wait  # on days without a look, things are as they were
        diary[-1:] = [value]
        today, values = day(len(diary) - 1), {} if value is None else {"NPS": value}
        trail = extended(trail, values, {}, today, {"NPS": lookback})
        assert extended(trail, values, {}, today, {"NPS": lookback}) is trail, "repeating is harmless"
    entries = trail.values["NPS"]
    assert [each for each, _ in entries] == sorted({each for each, _ in entries})
    for number in range(max(0, len(diary) - 1 - lookback), len(diary)):
        noted = [value for since, value in entries if since <= day(number)]
        assert noted[-1] == diary[number]
