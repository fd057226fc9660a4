"""Weighted means and shares are exact (product 1.14 rows 12, 13 and 16)."""

from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from keepwell.health.weights import mean, shares, whole

weights = st.lists(st.integers(1, 1000), min_size=1, max_size=12)


@given(weights)
def test_shares_sum_to_exactly_100(parts: list[int]) -> None:
    assert sum(Decimal(str(share)) for share in shares(tuple(parts))) == 100


@given(weights)
def test_a_share_is_within_a_hundredth_of_the_truth(parts: list[int]) -> None:
    for part, share in zip(parts, shares(tuple(parts)), strict=True):
        assert abs(Fraction(str(share)) - Fraction(100 * part, sum(parts))) < Fraction(1, 100)


@given(weights)
def test_what_does_not_count_has_no_share(parts: list[int]) -> None:
    assert shares((0, *parts, 0)) == (0.0, *shares(tuple(parts)), 0.0)


def test_thirds_give_the_left_over_hundredth_to_the_first() -> None:
    assert shares((1, 1, 1)) == (33.34, 33.33, 33.33)


def test_nothing_has_no_shares() -> None:
    assert shares((0, 0)) == (0.0, 0.0)


@pytest.mark.parametrize(
    ("values", "parts", "rounded"),
    [
        ((100, 0), (1, 1), 50),
        ((100, 99), (1, 1), 100),  # 99.5 rounds up
        ((60, 61), (1, 1), 61),  # 60.5 rounds up, though 60 is the even neighbour
        ((100, 60, 0), (1, 1, 1), 53),
        ((100, 0), (33, 67), 33),
    ],
)
def test_means_are_rounded_half_up(values: tuple[int, ...], parts: tuple[int, ...], rounded: int) -> None:
    assert mean(values, parts) == rounded


def test_decimal_weights_mean_what_is_written() -> None:
    assert whole((0.1, 0.2, 0.7)) == (1, 2, 7)
    assert whole((33.3, 66.7)) == (333, 667)


@given(st.lists(st.tuples(st.integers(0, 100), st.integers(1, 500)), min_size=1))
def test_a_mean_is_the_exact_one_rounded_half_up(pairs: list[tuple[int, int]]) -> None:
    exact = Fraction(sum(v * w for v, w in pairs), sum(w for _, w in pairs))
    assert mean([v for v, _ in pairs], [w for _, w in pairs]) == (exact + Fraction(1, 2)).__floor__()
