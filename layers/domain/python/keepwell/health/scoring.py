"""The two health models, Multidimensional (product HLT-02) and Account Health (HLT-01), with their grounds.

Where not one metric has a value there is nothing to judge, whatever a metric says of having none, and the
account is Unknown (1.14 row 14). What is older than its metric allows counts as missing. `judging` concludes
the same, without the reasons.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from typing import NamedTuple

from keepwell.attributes import Value
from keepwell.criteria.knowing import NO_TRAIL, Moment, Trail
from keepwell.health.metrics import POINTS, Metric, MissingPolicy, Verdict
from keepwell.health.profiles import STANDARD_BANDS, Bands, Profile
from keepwell.health.results import DimensionResult, HealthResult, MetricResult
from keepwell.health.weights import mean, shares, weighed
from keepwell.standings import Band

NEUTRAL_POINTS = POINTS[Band.AVERAGE]
NOTHING_TO_SCORE = "none of the metrics has a value"
NOTHING_FRESH = "none of the metrics has a value that is fresh"

NO_AGES: Mapping[str, int] = {}


def score_profile(
    profile: Profile,
    values: Mapping[str, Value],
    today: date,
    bands: Bands = STANDARD_BANDS,
    trail: Trail = NO_TRAIL,
    ages: Mapping[str, int] = NO_AGES,
) -> HealthResult:
    """The Multidimensional Health Model: 0-100, banded.

    A dimension's score is the weighted mean of its metrics' points, the overall score that of the rounded
    dimension scores, both rounded half up (1.14 row 13). What is missing is left out, the remaining weights
    keeping their proportions, or counts as 60 points where the metric, or else the profile, says neutral
    (HLT-09). `ages` are those of the values in days, by name.
    """
    moment = Moment(values, today, trail)
    judged = [[_look(metric, moment, ages) for metric in part.metrics] for part in profile.dimensions]
    every = [look for looks in judged for look in looks]
    if why := _nothing(every):
        judged = [[look.left_out() for look in looks] for looks in judged]
    points = [
        tuple(_points(look, profile.policy(look.metric), nothing=bool(why)) for look in looks)
        for looks in judged
    ]
    parts = [
        weighed(each, dimension.weights) for each, dimension in zip(points, profile.dimensions, strict=True)
    ]
    scores = tuple(score for score, _ in parts)
    overall, of_whole = weighed(scores, profile.weights)
    dimensions = tuple(
        DimensionResult(dimension.name, score, share)
        for dimension, score, share in zip(profile.dimensions, scores, of_whole, strict=True)
    )
    metrics = tuple(
        metric
        for dimension, looks, each, (_, within) in zip(dimensions, judged, points, parts, strict=True)
        for metric in _results(dimension, looks, each, within)
    )
    if overall is None:
        return HealthResult(Band.UNKNOWN, None, dimensions, metrics, why)
    confidence = _confidence(judged, profile.metric_weights)
    return HealthResult(band_of(overall, bands), overall, dimensions, metrics, confidence=confidence)


def account_health(
    metrics: Sequence[Metric],
    values: Mapping[str, Value],
    today: date,
    trail: Trail = NO_TRAIL,
    ages: Mapping[str, int] = NO_AGES,
) -> HealthResult:
    """The Account Health Model: all metrics weigh the same; poor if any is poor, good if all that have a
    value are good, else average. It gives no score."""
    moment = Moment(values, today, trail)
    judged = [_look(metric, moment, ages) for metric in metrics]
    if why := _nothing(judged):
        judged = [look.left_out() for look in judged]
    weights = shares(tuple(int(look.counts) for look in judged))
    everything = DimensionResult("", None, 100.0)
    results = tuple(_results(everything, judged, [None] * len(judged), weights))
    if why:
        return HealthResult(Band.UNKNOWN, None, (), results, why)
    band = worst_of({look.verdict.band for look in judged if look.counts})
    return HealthResult(band, None, (), results, confidence=_confidence([judged], [[1] * len(judged)]))


def band_of(score: int, bands: Bands) -> Band:
    """The band of a score 0-100 (HLT-08)."""
    return Band.GOOD if score >= bands.good else Band.AVERAGE if score >= bands.average else Band.POOR


def worst_of(found: set[Band]) -> Band:
    """The band of the Account Health Model where its metrics say `found`."""
    return Band.POOR if Band.POOR in found else Band.GOOD if found == {Band.GOOD} else Band.AVERAGE


class _Look(NamedTuple):
    """A metric's verdict, and whether it counts: it can say something, and what it reads is fresh."""

    metric: Metric
    verdict: Verdict
    counts: bool
    stale: bool
    age: int | None

    def left_out(self) -> "_Look":
        return self._replace(counts=False)


def _look(metric: Metric, moment: Moment, ages: Mapping[str, int]) -> _Look:
    verdict, stale = metric.judge(moment), metric.is_stale(ages)
    counts = verdict.band is not Band.UNKNOWN and not stale
    return _Look(metric, verdict, counts, stale, metric.age(ages))


def _nothing(looks: Iterable[_Look]) -> str:
    """Why there is nothing to score; empty if there is something."""
    valued = [look for look in looks if look.verdict.has_value]
    if any(look.counts for look in valued):
        return ""
    return NOTHING_FRESH if valued else NOTHING_TO_SCORE


def _points(look: _Look, policy: MissingPolicy, *, nothing: bool) -> int | None:
    if look.counts:
        return look.verdict.points
    return NEUTRAL_POINTS if policy is MissingPolicy.NEUTRAL and not nothing else None


def _confidence(judged: Sequence[Sequence[_Look]], weights: Sequence[Sequence[int]]) -> int:
    """How much of the weight rests on what is there and fresh, in whole percent, rounded half up."""
    counts = [100 * look.counts for looks in judged for look in looks]
    return mean(counts, [weight for each in weights for weight in each])


def _results(
    dimension: DimensionResult, looks: Iterable[_Look], points: Sequence[int | None], shares: Sequence[float]
) -> Iterable[MetricResult]:
    for (metric, verdict, counts, stale, age), each, share in zip(looks, points, shares, strict=True):
        yield MetricResult(
            name=metric.name,
            dimension=dimension.name,
            value=verdict.value,
            band=verdict.band if counts else Band.UNKNOWN,
            points=each,
            weight=share,
            missing=not counts,
            reasons=verdict.reasons,
            contribution=round((each or 0) * share * dimension.weight / 10_000, 2),
            stale=stale,
            age=age,
        )
