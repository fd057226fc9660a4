"""What keeps health from flapping: the dead band and the days a change has to hold (HLT-08, S2, T4)."""

from datetime import date, timedelta
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from keepwell.health import Bands, band_of
from keepwell.health.settling import Settled, settled
from keepwell.standings import Band

START = date(2026, 11, 1)
GOOD, AVERAGE, POOR, UNKNOWN = Band.GOOD, Band.AVERAGE, Band.POOR, Band.UNKNOWN


def lived(bands: Bands, *scores: int | None, days: list[int] | None = None) -> list[Settled]:
    """What counts, day by day, of an account with these scores (None: nothing to score)."""
    at = days or list(range(len(scores)))
    before: Settled | None = None
    found = []
    for number, score in zip(at, scores, strict=True):
        band = UNKNOWN if score is None else band_of(score, bands)
        before = settled(before, band, score, bands, START + timedelta(days=number))
        found.append(before)
    return found


def healths(bands: Bands, *scores: int | None) -> list[Band]:
    return [each.health for each in lived(bands, *scores)]


def test_with_neither_option_health_is_the_band_of_the_score() -> None:
    assert healths(Bands(), 75, 74, 49, 50, 100) == [GOOD, AVERAGE, POOR, AVERAGE, GOOD]


def test_a_score_leaves_its_band_only_beyond_the_dead_band() -> None:
    """75 and 50, 3 points either way: Good down to 72, Average from 47 to 77, Poor up to 52."""
    bands = Bands(dead_band=3)
    assert healths(bands, 75, 72, 71) == [GOOD, GOOD, AVERAGE]
    assert healths(bands, 74, 77, 78) == [AVERAGE, AVERAGE, GOOD]
    assert healths(bands, 50, 47, 46) == [AVERAGE, AVERAGE, POOR]
    assert healths(bands, 49, 52, 53) == [POOR, POOR, AVERAGE]
    assert healths(bands, 49, 77) == [POOR, AVERAGE]
    assert healths(bands, 49, 78) == [POOR, GOOD]
    assert healths(bands, 80, 46) == [GOOD, POOR]


@pytest.mark.parametrize(("held", "health"), [(0, GOOD), (1, GOOD), (2, GOOD), (3, AVERAGE), (4, AVERAGE)])
def test_a_change_counts_once_it_has_held_for_the_days_to_settle(held: int, health: Band) -> None:
    found = lived(Bands(settle_days=3), 80, 60, 60, days=[0, 5, 5 + held])[-1]
    assert found.health is health
    waiting = (AVERAGE, START + timedelta(days=5)) if health is GOOD else (None, None)
    assert (found.leaning, found.leaning_since) == waiting


def test_a_score_that_comes_back_starts_no_change() -> None:
    bands = Bands(settle_days=2)
    assert healths(bands, 80, 60, 80, 60, 60) == [GOOD] * 5
    assert healths(bands, 80, 60, 60, 60) == [GOOD, GOOD, GOOD, AVERAGE]


def test_what_falls_further_is_average_first_and_then_holds_its_own_days() -> None:
    bands = Bands(settle_days=2)
    assert healths(bands, 80, 60, 40, 40, 40, 40) == [GOOD, GOOD, GOOD, AVERAGE, AVERAGE, POOR]
    assert healths(bands, 40, 60, 80, 80, 80, 80) == [POOR, POOR, POOR, AVERAGE, AVERAGE, GOOD]


@pytest.mark.parametrize(("first", "around"), [(80, (49, 50)), (40, (74, 75))])
def test_who_swings_between_two_other_bands_does_not_keep_the_old_one(
    first: int, around: tuple[int, int]
) -> None:
    found = lived(Bands(settle_days=3), first, *around * 4)
    assert [each.health for each in found[3:]] == [found[0].health, *[AVERAGE] * 5]
    assert (found[3].leaning, found[3].leaning_since) == (AVERAGE, START + timedelta(days=1))


def test_a_change_that_swings_to_the_other_side_starts_the_days_anew() -> None:
    assert healths(Bands(settle_days=2), 60, 40, 80, 40, 80, 80, 80) == [*[AVERAGE] * 6, GOOD]


def test_days_that_are_not_asked_for_any_more_hold_nothing() -> None:
    waiting = Settled(GOOD, AVERAGE, START)
    assert settled(waiting, POOR, 40, Bands(), START) == Settled(POOR)


def test_unknown_changes_at_once_either_way() -> None:
    """1.14 row 14: a contract that ends, or a first value, has no edge to hold at."""
    bands = Bands(dead_band=10, settle_days=5)
    assert healths(bands, 80, None, 49, None) == [GOOD, UNKNOWN, POOR, UNKNOWN]


def test_the_account_model_settles_too() -> None:
    """HLT-01 has no score, hence no dead band; a change has to hold all the same."""
    bands = Bands(dead_band=9, settle_days=1)
    first = settled(Settled(GOOD), POOR, None, bands, START)
    assert first == Settled(GOOD, POOR, START)
    assert settled(first, POOR, None, bands, START + timedelta(days=1)) == Settled(POOR)


# Up to half of what is between the edges: where dead bands overlap, a score is within both.
bands_with_a_dead_band = st.integers(1, 12).map(lambda points: Bands(dead_band=points))


@given(bands_with_a_dead_band, st.sampled_from(["good", "average"]), st.data())
def test_a_score_that_flaps_within_the_dead_band_never_changes_health(
    bands: Bands, edge: str, data: st.DataObject
) -> None:
    around = getattr(bands, edge)
    within = st.integers(around - bands.dead_band, around + bands.dead_band - 1)
    first, *rest = healths(bands, data.draw(st.integers(0, 100)), *data.draw(st.lists(within, max_size=20)))
    entered = rest[:1] or [first]  # a first score far away may come in from there
    assert set(rest) <= set(entered)


@given(st.integers(0, 5), st.integers(0, 10), st.lists(st.integers(0, 100), min_size=1, max_size=30))
def test_health_never_changes_before_the_days_to_settle(days: int, dead: int, scores: list[int]) -> None:
    bands = Bands(settle_days=days, dead_band=dead)
    found = healths(bands, *scores)
    changes = [number for number in range(1, len(found)) if found[number] is not found[number - 1]]
    for change in changes:
        assert change >= days, "the first change takes so long, too"
    assert all(after - before >= days for before, after in pairwise(changes))


@given(st.integers(0, 4), st.lists(st.integers(0, 100), min_size=1, max_size=12), st.data())
def test_looking_more_often_at_the_same_days_changes_nothing(
    settle: int, scores: list[int], data: st.DataObject
) -> None:
    """S2, T4: it goes by stored days."""
    bands = Bands(settle_days=settle, dead_band=2)
    times = [data.draw(st.integers(1, 3)) for _ in scores]
    often = lived(
        bands,
        *(score for score, count in zip(scores, times, strict=True) for _ in range(count)),
        days=[number for number, count in enumerate(times) for _ in range(count)],
    )
    ends = [sum(times[: number + 1]) - 1 for number in range(len(times))]
    assert [often[end] for end in ends] == lived(bands, *scores)
