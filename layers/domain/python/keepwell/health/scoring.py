"""The two health models: Multidimensional (product HLT-02) and Account Health (HLT-01).

Where not one metric has a value there is nothing to judge, whatever a metric says of having none, and the
account is Unknown (1.14 row 14).
"""

from collections.abc import Mapping, Sequence
from datetime import date

from keepwell.attributes import Value
from keepwell.criteria.knowing import NO_TRAIL, Moment, Trail
from keepwell.health.metrics import POINTS, Metric, Verdict
from keepwell.health.profiles import STANDARD_BANDS, Bands, Dimension, MissingPolicy, Profile
from keepwell.health.results import DimensionResult, HealthResult, MetricResult
from keepwell.health.weights import shares, weighed
from keepwell.standings import Band

NEUTRAL_POINTS = POINTS[Band.AVERAGE]
NOTHING_TO_SCORE = "none of the metrics has a value"


def score_profile(
    profile: Profile,
    values: Mapping[str, Value],
    today: date,
    bands: Bands = STANDARD_BANDS,
    trail: Trail = NO_TRAIL,
) -> HealthResult:
    """The Multidimensional Health Model: 0-100, banded.

    A dimension's score is the weighted mean of its metrics' points, the overall score that of the rounded
    dimension scores, both rounded half up (1.14 row 13). What is missing is left out, the remaining weights
    keeping their proportions, or counts as 60 points where the profile says neutral (HLT-09).
    """
    moment = Moment(values, today, trail)
    judged = [[metric.judge(moment) for metric in part.metrics] for part in profile.dimensions]
    nothing = not any(verdict.has_value for verdicts in judged for verdict in verdicts)
    neutral = profile.missing is MissingPolicy.NEUTRAL and not nothing
    scored = [
        _score_dimension(dimension, verdicts, neutral=neutral, nothing=nothing)
        for dimension, verdicts in zip(profile.dimensions, judged, strict=True)
    ]
    scores = tuple(score for score, _ in scored)
    overall, weights = weighed(scores, profile.weights)
    dimensions = tuple(
        DimensionResult(dimension.name, score, weight)
        for dimension, score, weight in zip(profile.dimensions, scores, weights, strict=True)
    )
    metrics = tuple(metric for _, results in scored for metric in results)
    if overall is None:
        return HealthResult(Band.UNKNOWN, None, dimensions, metrics, NOTHING_TO_SCORE)
    return HealthResult(band_of(overall, bands), overall, dimensions, metrics)


def account_health(
    metrics: Sequence[Metric], values: Mapping[str, Value], today: date, trail: Trail = NO_TRAIL
) -> HealthResult:
    """The Account Health Model: all metrics weigh the same; poor if any is poor, good if all that have a
    value are good, else average. It gives no score."""
    moment = Moment(values, today, trail)
    verdicts = [metric.judge(moment) for metric in metrics]
    nothing = not any(verdict.has_value for verdict in verdicts)
    present = [not nothing and verdict.band is not Band.UNKNOWN for verdict in verdicts]
    weights = shares(tuple(map(int, present)))
    results = tuple(
        _result(metric, "", verdict, None, weight, missing=not counts)
        for metric, verdict, counts, weight in zip(metrics, verdicts, present, weights, strict=True)
    )
    if nothing:
        return HealthResult(Band.UNKNOWN, None, (), results, NOTHING_TO_SCORE)
    found = {verdict.band for verdict in verdicts} - {Band.UNKNOWN}
    band = Band.POOR if Band.POOR in found else Band.GOOD if found == {Band.GOOD} else Band.AVERAGE
    return HealthResult(band, None, (), results)


def band_of(score: int, bands: Bands) -> Band:
    """The band of a score 0-100 (HLT-08)."""
    return Band.GOOD if score >= bands.good else Band.AVERAGE if score >= bands.average else Band.POOR


def _score_dimension(
    dimension: Dimension, verdicts: Sequence[Verdict], *, neutral: bool, nothing: bool
) -> tuple[int | None, list[MetricResult]]:
    missing = [nothing or verdict.points is None for verdict in verdicts]
    instead = NEUTRAL_POINTS if neutral else None
    points = tuple(
        instead if absent else verdict.points for verdict, absent in zip(verdicts, missing, strict=True)
    )
    score, weights = weighed(points, dimension.weights)
    results = [
        _result(metric, dimension.name, verdict, point, weight, missing=absent)
        for metric, verdict, point, weight, absent in zip(
            dimension.metrics, verdicts, points, weights, missing, strict=True
        )
    ]
    return score, results


def _result(
    metric: Metric, dimension: str, verdict: Verdict, points: int | None, weight: float, *, missing: bool
) -> MetricResult:
    return MetricResult(
        name=metric.name,
        dimension=dimension,
        value=verdict.value,
        band=Band.UNKNOWN if missing else verdict.band,
        points=points,
        weight=weight,
        missing=missing,
        reasons=verdict.reasons,
    )
