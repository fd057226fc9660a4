"""What a metric may ask for: points on a line, a policy of its own, fresh values; and confidence."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import date

import pytest

from keepwell.attributes import Attribute, Catalogue, Kind, Value
from keepwell.criteria import parse
from keepwell.errors import ConfigurationError
from keepwell.health import MissingPolicy, Scoring, account_health, score_profile
from keepwell.health.linear import slope_of
from keepwell.standings import Band
from tests.domain.health.scorecards import AVERAGE, CATALOGUE, GOOD, POOR, metric, profile

TODAY = date(2026, 11, 21)


@pytest.mark.parametrize(
    ("value", "band", "points"),
    [
        (50, Band.GOOD, 100),
        (70, Band.GOOD, 100),
        (35, Band.AVERAGE, 50),  # halfway from 20 to 50
        (20, Band.AVERAGE, 0),  # at the poor threshold
        (19, Band.POOR, 0),
        (20.15, Band.AVERAGE, 1),  # 0.15 / 30 = 0.5 of a point, rounded half up
        (20.14, Band.AVERAGE, 0),
        (49.9, Band.AVERAGE, 100),  # 99.67
    ],
)
def test_linear_points_lie_between_the_thresholds(value: float, band: Band, points: int) -> None:
    """HLT-02 as a line; rounded half up (1.14 row 13)."""
    linear = replace(metric("Alpha"), scoring=Scoring.LINEAR)
    result = score_profile(profile((100, [linear])), {"Alpha": value}, TODAY)
    assert (result.metrics[0].band, result.metrics[0].points, result.score) == (band, points, points)


def test_a_line_falls_where_less_is_better() -> None:
    slope = slope_of(parse("Alpha <= 2", CATALOGUE), parse("Alpha > 6", CATALOGUE))
    assert [slope.points(value) for value in (0, 2, 3, 4, 5, 6, 9)] == [100, 100, 75, 50, 25, 0, 0]


@pytest.mark.parametrize(
    ("good", "poor"),
    [
        ("Alpha >= 50", "Beta < 20"),
        ("Alpha >= 50 AND Beta > 1", "Alpha < 20"),
        ("Alpha >= 50", "Alpha between 0 and 20"),
        ("Alpha = 50", "Alpha < 20"),
        ("Alpha >= 50", "Alpha < 50"),
        ("Alpha >= 50", "Alpha > 20"),
        ("Alpha <= 50", "Alpha < 20"),
        ("Alpha >= 50", "Alpha < 60"),
    ],
)
def test_there_is_no_line_but_between_two_thresholds_of_one_number(good: str, poor: str) -> None:
    with pytest.raises(ConfigurationError, match="linear scoring needs"):
        slope_of(parse(good, CATALOGUE), parse(poor, CATALOGUE))


def test_there_is_no_line_between_levels() -> None:
    levels = Catalogue([Attribute("Mood", Kind.ORDERED, values=("Bad", "Fair", "Fine"))])
    with pytest.raises(ConfigurationError, match="linear scoring needs"):
        slope_of(parse("Mood >= Fine", levels), parse("Mood < Fair", levels))


@pytest.mark.parametrize(
    ("of_profile", "of_metric", "score"),
    [
        # Alpha 100 alone; or Alpha 100 and Beta 60 by the same weight: 80.
        (MissingPolicy.EXCLUDE, None, 100),
        (MissingPolicy.NEUTRAL, None, 80),
        (MissingPolicy.EXCLUDE, MissingPolicy.NEUTRAL, 80),
        (MissingPolicy.NEUTRAL, MissingPolicy.EXCLUDE, 100),
    ],
)
def test_a_metric_overrides_the_policy_of_its_profile(
    of_profile: MissingPolicy, of_metric: MissingPolicy | None, score: int
) -> None:
    """HLT-09, 1.14 row 12."""
    beta = replace(metric("Beta"), missing=of_metric)
    scorecard = profile((100, [metric("Alpha"), beta]), missing=of_profile)
    assert score_profile(scorecard, {"Alpha": GOOD}, TODAY).score == score


@pytest.mark.parametrize(("age", "stale"), [(29, False), (30, False), (31, True)])
def test_what_is_older_than_a_metric_allows_is_missing_and_said_to_be_stale(age: int, stale: bool) -> None:
    aging = replace(metric("Beta"), max_age_days=30)
    values: Mapping[str, Value] = {"Alpha": GOOD, "Beta": POOR}
    result = score_profile(profile((100, [metric("Alpha"), aging])), values, TODAY, ages={"Beta": age})
    beta = result.metrics[1]
    assert (beta.stale, beta.missing, beta.age, beta.value) == (stale, stale, age, POOR)
    assert (result.score, result.confidence) == ((100, 50) if stale else (50, 100))


def test_stale_counts_as_the_policy_says() -> None:
    """HLT-09: as what is missing does."""
    aging = replace(metric("Beta"), max_age_days=30, missing=MissingPolicy.NEUTRAL)
    scorecard = profile((100, [metric("Alpha"), aging]))
    result = score_profile(scorecard, {"Alpha": GOOD, "Beta": POOR}, TODAY, ages={"Beta": 31})
    assert (result.score, result.confidence) == (80, 50)


def test_nothing_fresh_is_nothing_to_score() -> None:
    """1.14 row 14: a stale feed never silently scores, whatever the policy."""
    aging = replace(metric("Alpha"), max_age_days=30)
    for policy in MissingPolicy:
        result = score_profile(
            profile((100, [aging]), missing=policy), {"Alpha": GOOD}, TODAY, ages={"Alpha": 31}
        )
        assert (result.band, result.score, result.confidence) == (Band.UNKNOWN, None, None)
        assert result.why == "none of the metrics has a value that is fresh"


def test_a_stale_metric_is_not_poor_in_the_account_health_model() -> None:
    """HLT-01."""
    aging = replace(metric("Beta"), max_age_days=30)
    values: Mapping[str, Value] = {"Alpha": GOOD, "Beta": POOR}
    assert account_health([metric("Alpha"), aging], values, TODAY, ages={"Beta": 30}).band is Band.POOR
    late = account_health([metric("Alpha"), aging], values, TODAY, ages={"Beta": 31})
    assert (late.band, late.confidence) == (Band.GOOD, 50)


def test_confidence_is_the_share_of_the_weight_as_configured() -> None:
    """60 x 3/4 of what is there, and 40 x 0 of what is not: 45 percent; neutral points are no knowledge."""
    parts = ((60, [metric("Alpha", 3), metric("Beta", 1)]), (40, [metric("Gamma")]))
    for policy in MissingPolicy:
        assert score_profile(profile(*parts, missing=policy), {"Alpha": AVERAGE}, TODAY).confidence == 45


def test_contributions_sum_to_the_score() -> None:
    """HLT-02: 60 x (100 x 3/4 + 0 x 1/4) + 40 x 60 = 45 + 24."""
    parts = ((60, [metric("Alpha", 3), metric("Beta", 1)]), (40, [metric("Gamma")]))
    result = score_profile(profile(*parts), {"Alpha": GOOD, "Beta": POOR, "Gamma": AVERAGE}, TODAY)
    assert [each.contribution for each in result.metrics] == [45, 0, 24]
    assert result.score == 69
