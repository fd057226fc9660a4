"""The cheapest change that brings an account to its next band: the fewest metrics, then the smallest gain."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import combinations, product
from typing import NamedTuple

from keepwell.criteria.analysis import attributes_of
from keepwell.health.metrics import POINTS, Metric, Scoring
from keepwell.health.profiles import Bands, Profile
from keepwell.health.results import HealthResult, MetricResult, shown
from keepwell.health.settling import beyond_the_edges
from keepwell.health.wanting import unwanted, wanted
from keepwell.health.weights import weighed
from keepwell.standings import Band

MOST_TRIED = 3
"""Up to so many metrics every combination is tried; beyond that those that gain most are taken."""

_BETTER = {Band.POOR: Band.AVERAGE, Band.AVERAGE: Band.GOOD}


class Step(NamedTuple):
    """One metric brought to a band: what its value has to become, in words, and what it is now."""

    metric: str
    to: Band
    wanted: str
    now: str


@dataclass(frozen=True)
class Improvement:
    """What brings an account to `band`; `score` is what it would be then (None: the model gives none)."""

    band: Band
    steps: tuple[Step, ...]
    score: int | None = None

    @property
    def in_words(self) -> str:
        """`License Utilization to 50 or more (now 12) makes it Average`."""
        steps = [f"{step.wanted} (now {step.now})" for step in self.steps]
        listed = ", ".join(steps[:-1]) + " and " + steps[-1] if steps[1:] else steps[0]
        score = "" if self.score is None else f" {self.score}"
        return f"{listed} make{'' if steps[1:] else 's'} it {self.band.value.capitalize()}{score}"


def cheapest(profile: Profile, result: HealthResult, health: Band, bands: Bands) -> Improvement | None:
    """What it takes under the Multidimensional Model, by the present weights; None where health is Good or
    Unknown, or no metric that has a value could do it. `health` is the band that counts now."""
    if result.score is None or health not in _BETTER:
        return None
    card = _Card(profile, result)
    for taken in card.combinations():
        reached = [
            (score, number, steps)
            for number, steps in enumerate(taken)
            if _is_better(beyond_the_edges(health, score := card.score(steps), bands), health)
        ]
        if reached:
            score, _, steps = min(reached, key=lambda each: each[:2])
            to = beyond_the_edges(health, score, bands)
            return Improvement(to, tuple(card.step(each) for each in steps), score)
    return None


def cheapest_beside(metrics: Sequence[Metric], result: HealthResult) -> Improvement | None:
    """What it takes under the Account Health Model: no metric may be poor, or none less than good."""
    if result.band not in _BETTER:
        return None
    to = _BETTER[result.band]
    found = zip(metrics, result.metrics, strict=True)
    return Improvement(
        to, tuple(_step(metric, each, to) for metric, each in found if each.band is result.band)
    )


def _is_better(band: Band, than: Band) -> bool:
    return band is not than and (than is Band.POOR or band is Band.GOOD)


class _Gain(NamedTuple):
    """A metric, by its place, with more points."""

    place: int
    to: Band
    points: int


class _Card:
    """A scored scorecard whose points can be played with. What is missing stays so: nobody knows it."""

    def __init__(self, profile: Profile, result: HealthResult):
        self._profile = profile
        self._metrics = list(zip(profile.metrics, result.metrics, strict=True))
        self._points = [each.points for each in result.metrics]
        self._gains = [
            [gain for gain in _gains(place, metric) if gain.points > (each.points or 0)]
            for place, (metric, each) in enumerate(self._metrics)
            if not each.missing
        ]

    def combinations(self) -> Iterator[list[tuple[_Gain, ...]]]:
        """What may be tried, the fewest metrics first, all of one number at once."""
        some = [gains for gains in self._gains if gains]
        for number in range(1, min(MOST_TRIED, len(some)) + 1):
            yield [steps for chosen in combinations(some, number) for steps in product(*chosen)]
        most = sorted((gains[0] for gains in some), key=lambda gain: -self.score([gain]))
        for number in range(MOST_TRIED + 1, len(most) + 1):
            yield [tuple(most[:number])]

    def score(self, steps: Sequence[_Gain]) -> int:
        """The score with these gains."""
        points = list(self._points)
        for step in steps:
            points[step.place] = step.points
        left = iter(points)
        scores = [
            weighed(tuple(next(left) for _ in part.metrics), part.weights)[0]
            for part in self._profile.dimensions
        ]
        score, _ = weighed(tuple(scores), self._profile.weights)
        assert score is not None  # it has been scored
        return score

    def step(self, gain: _Gain) -> Step:
        metric, result = self._metrics[gain.place]
        return _step(metric, result, gain.to)


def _gains(place: int, metric: Metric) -> Iterator[_Gain]:
    """What a metric may rise to, most first: on a line Good alone is a goal one can name."""
    yield _Gain(place, Band.GOOD, POINTS[Band.GOOD])
    if metric.scoring is Scoring.BANDS:
        yield _Gain(place, Band.AVERAGE, POINTS[Band.AVERAGE])


def _step(metric: Metric, result: MetricResult, to: Band) -> Step:
    return Step(metric.name, to, _goal(metric, result.band, to), shown(result.value))


def _goal(metric: Metric, present: Band, to: Band) -> str:
    """In words. What makes a metric good may leave it poor, where the two are about different values."""
    if to is not Band.GOOD:
        return unwanted(metric.poor)
    also_poor = present is Band.POOR and attributes_of(metric.good) != attributes_of(metric.poor)
    return f"{wanted(metric.good)} with {unwanted(metric.poor)}" if also_poor else wanted(metric.good)
