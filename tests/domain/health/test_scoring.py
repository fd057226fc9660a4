"""The two health models (product HLT-01, HLT-02, HLT-09; readings 1.14 rows 11 to 16)."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from keepwell.attributes import Value, standard_catalogue
from keepwell.criteria import parse
from keepwell.health import Bands, Metric, MissingPolicy, Profile, account_health, band_of, score_profile
from keepwell.standings import Band
from tests.domain.health.scorecards import AVERAGE, CATALOGUE, GOOD, NAMES, POOR, metric, profile

TODAY = date(2026, 11, 21)

held = st.sampled_from([GOOD, AVERAGE, POOR, None])
facts = st.fixed_dictionaries(dict.fromkeys(NAMES, held)).map(
    lambda drawn: {name: value for name, value in drawn.items() if value is not None}
)
weight = st.integers(1, 20).map(float)
policies = st.sampled_from(MissingPolicy)


@st.composite
def profiles(draw: st.DrawFn, policy: st.SearchStrategy[MissingPolicy] = policies) -> Profile:
    metrics = [metric(name, draw(weight)) for name in NAMES]
    cut = draw(st.integers(1, len(metrics) - 1))
    return profile((draw(weight), metrics[:cut]), (draw(weight), metrics[cut:]), missing=draw(policy))


def test_points_are_100_60_and_0() -> None:
    """HLT-02."""
    result = score_profile(
        profile((100, [metric("Alpha"), metric("Beta"), metric("Gamma")])),
        {"Alpha": GOOD, "Beta": AVERAGE, "Gamma": POOR},
        TODAY,
    )
    assert [(m.band, m.points) for m in result.metrics] == [
        (Band.GOOD, 100),
        (Band.AVERAGE, 60),
        (Band.POOR, 0),
    ]
    assert result.score == 53  # 160 / 3


def test_dimensions_are_rounded_before_they_are_weighed() -> None:
    """1.14 row 13: 53.33 and 66.67 are 53 and 67, hence 60.0, and 59.5 rounds up."""
    scorecard = profile(
        (50, [metric("Alpha"), metric("Beta"), metric("Gamma")]),
        (50, [metric("Delta"), metric("Epsilon"), metric("Zeta")]),
    )
    values = {"Alpha": GOOD, "Beta": AVERAGE, "Gamma": POOR, "Delta": GOOD, "Epsilon": GOOD, "Zeta": POOR}
    result = score_profile(scorecard, values, TODAY)
    assert [d.score for d in result.dimensions] == [53, 67]
    assert result.score == 60


@pytest.mark.parametrize(
    ("score", "band"),
    [(100, Band.GOOD), (75, Band.GOOD), (74, Band.AVERAGE), (50, Band.AVERAGE), (49, Band.POOR)],
)
def test_bands_start_at_75_and_50(score: int, band: Band) -> None:
    """HLT-08."""
    assert band_of(score, Bands()) is band


def test_bands_can_be_adjusted() -> None:
    """HLT-08."""
    assert band_of(70, Bands(good=70, average=40)) is Band.GOOD


def test_a_missing_metric_is_left_out_and_the_rest_renormalised() -> None:
    """HLT-09: an account that lacks a value is not pulled down by it."""
    usage = [metric("Alpha", 3), metric("Beta", 1), metric("Gamma", 1)]
    scorecard = profile((70, usage), (30, [metric("Delta")]))
    result = score_profile(scorecard, {"Alpha": GOOD, "Beta": POOR}, TODAY)
    assert [(m.name, m.missing, m.weight, m.points) for m in result.metrics] == [
        ("Alpha", False, 75.0, 100),
        ("Beta", False, 25.0, 0),
        ("Gamma", True, 0.0, None),
        ("Delta", True, 0.0, None),
    ]
    assert [(d.score, d.weight) for d in result.dimensions] == [(75, 100.0), (None, 0.0)]
    assert result.score == 75


def test_a_missing_metric_can_count_as_average() -> None:
    """HLT-09, 1.14 row 12."""
    scorecard = profile((100, [metric("Alpha"), metric("Beta")]), missing=MissingPolicy.NEUTRAL)
    result = score_profile(scorecard, {"Alpha": GOOD}, TODAY)
    assert result.score == 80
    assert [(m.missing, m.points, m.weight) for m in result.metrics] == [(False, 100, 50.0), (True, 60, 50.0)]


@pytest.mark.parametrize("policy", MissingPolicy)
def test_nothing_to_score_is_unknown_and_says_why(policy: MissingPolicy) -> None:
    """1.14 row 14, under either policy."""
    result = score_profile(profile((100, [metric("Alpha")]), missing=policy), {}, TODAY)
    assert (result.band, result.score) == (Band.UNKNOWN, None)
    assert result.why == "none of the metrics has a value"
    assert all(m.missing for m in result.metrics)


def csm_risk() -> Metric:
    """HLT-17: Good needs no known risk."""
    catalogue = standard_catalogue()
    return Metric(
        "CSM Risk",
        "CSM Risk",
        parse('CSM Risk is "0 - NO RISK" OR CSM Risk is empty', catalogue),
        parse('CSM Risk in ("3 - HIGH", "4 - CRITICAL")', catalogue),
    )


@pytest.mark.parametrize(
    ("values", "band"),
    [
        ({}, Band.GOOD),
        ({"CSM Risk": "0 - NO RISK"}, Band.GOOD),
        ({"CSM Risk": "1 - MINOR"}, Band.AVERAGE),
        ({"CSM Risk": "2 - MAJOR"}, Band.AVERAGE),
        ({"CSM Risk": "3 - CRITICAL"}, Band.POOR),
    ],
)
def test_an_empty_csm_risk_is_good(values: dict[str, Value], band: Band) -> None:
    """HLT-17, HLT-18, 1.14 row 1."""
    result = score_profile(profile((100, [csm_risk(), metric("Alpha")])), {**values, "Alpha": GOOD}, TODAY)
    assert (result.metrics[0].band, result.metrics[0].missing) == (band, False)


def test_an_empty_csm_risk_alone_is_no_ground_for_good() -> None:
    """1.14 row 14: not one value is known, so there is nothing to judge."""
    result = score_profile(profile((100, [csm_risk()])), {}, TODAY)
    assert (result.band, result.score, result.metrics[0].missing) == (Band.UNKNOWN, None, True)
    assert account_health([csm_risk()], {}, TODAY).band is Band.UNKNOWN


def test_a_metric_says_why() -> None:
    """Every decision carries its reason: the leaf that decided and the value it met."""
    scorecard = profile((100, [metric("Alpha"), metric("Beta")]))
    result = score_profile(scorecard, {"Alpha": 12, "Beta": 30}, TODAY)
    poor, average = result.metrics
    assert [(r.condition, r.value, r.matches) for r in poor.reasons] == [("Alpha < 20", 12, True)]
    said = [(r.condition, r.matches) for r in average.reasons]
    assert said == [("Beta >= 50", False), ("Beta < 20", False)]


@pytest.mark.parametrize(
    ("values", "band"),
    [
        ({"Alpha": GOOD, "Beta": GOOD}, Band.GOOD),
        ({"Alpha": GOOD}, Band.GOOD),  # those with a value are all good
        ({"Alpha": GOOD, "Beta": AVERAGE}, Band.AVERAGE),
        ({"Alpha": AVERAGE}, Band.AVERAGE),
        ({"Alpha": GOOD, "Beta": POOR}, Band.POOR),  # any single poor metric
        ({}, Band.UNKNOWN),
    ],
)
def test_the_account_health_model_is_a_traffic_light(values: dict[str, Value], band: Band) -> None:
    """HLT-01."""
    result = account_health([metric("Alpha"), metric("Beta")], values, TODAY)
    assert (result.band, result.score) == (band, None)
    assert [m.points for m in result.metrics] == [None, None]


@given(profiles(), facts)
def test_weights_in_force_sum_to_100(scorecard: Profile, values: Mapping[str, Value]) -> None:
    result = score_profile(scorecard, values, TODAY)
    if result.score is None:
        return
    assert sum(Decimal(str(d.weight)) for d in result.dimensions) == 100
    for dimension in result.dimensions:
        within = sum(Decimal(str(m.weight)) for m in result.metrics if m.dimension == dimension.name)
        assert within == (0 if dimension.score is None else 100)


@given(profiles(), facts, st.sampled_from(NAMES))
def test_a_better_value_never_lowers_the_score(
    scorecard: Profile, values: Mapping[str, Value], name: str
) -> None:
    scores = [score_profile(scorecard, {**values, name: v}, TODAY).score for v in (POOR, AVERAGE, GOOD)]
    assert scores == sorted(scores, key=lambda score: -1 if score is None else score)


@given(profiles(), facts)
def test_the_order_of_metrics_and_dimensions_does_not_matter(
    scorecard: Profile, values: Mapping[str, Value]
) -> None:
    turned = replace(
        scorecard,
        dimensions=tuple(replace(d, metrics=d.metrics[::-1]) for d in reversed(scorecard.dimensions)),
    )
    one, other = score_profile(scorecard, values, TODAY), score_profile(turned, values, TODAY)
    assert (one.score, one.band) == (other.score, other.band)
    assert {d.name: d.score for d in one.dimensions} == {d.name: d.score for d in other.dimensions}


@given(profiles(st.just(MissingPolicy.EXCLUDE)), facts)
def test_leaving_a_missing_metric_out_is_as_if_it_were_not_in_the_scorecard(
    scorecard: Profile, values: Mapping[str, Value]
) -> None:
    """HLT-09: the others keep their weights relative to each other."""
    present = [
        replace(d, metrics=tuple(m for m in d.metrics if m.attribute in values)) for d in scorecard.dimensions
    ]
    without = replace(scorecard, dimensions=tuple(d for d in present if d.metrics))
    whole, reduced = score_profile(scorecard, values, TODAY), score_profile(without, values, TODAY)
    assert (whole.score, whole.band) == (reduced.score, reduced.band)
    assert [m for m in whole.metrics if not m.missing] == list(reduced.metrics)


@given(profiles(), facts)
def test_scores_stay_between_0_and_100_and_in_their_band(
    scorecard: Profile, values: Mapping[str, Value]
) -> None:
    result = score_profile(scorecard, values, TODAY)
    if result.score is None:
        assert result.band is Band.UNKNOWN
    else:
        assert 0 <= result.score <= 100
        assert result.band is band_of(result.score, Bands())


def pair(good: str, poor: str) -> Metric:
    return Metric("Pair", "Alpha", parse(good, CATALOGUE), parse(poor, CATALOGUE))


def test_where_both_conditions_match_poor_counts() -> None:
    """HLT-01: any poor metric makes an account poor, so an overlap is never glossed over."""
    overlapping = pair("Alpha >= 0", "Alpha < 20")
    assert account_health([overlapping], {"Alpha": POOR}, TODAY).band is Band.POOR


@pytest.mark.parametrize("alpha", [GOOD, POOR])
def test_a_metric_that_half_is_known_is_missing(alpha: int) -> None:
    """HLT-09: where the rest of its conditions is unknown, it is neither average nor a ground to judge by."""
    both = pair("Alpha >= 50 AND Beta >= 50", "Alpha < 20 AND Beta < 20")
    for result in (
        account_health([both], {"Alpha": alpha}, TODAY),
        score_profile(profile((100, [both])), {"Alpha": alpha}, TODAY),
    ):
        assert result.band is Band.UNKNOWN
        assert result.metrics[0].missing
    assert account_health([both], {"Alpha": AVERAGE}, TODAY).band is Band.AVERAGE
