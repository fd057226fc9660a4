"""What scoring concludes, with everything it was concluded from.

What an account has by the dozen is a named tuple: those are made in half the time.
"""

from dataclasses import dataclass
from functools import cached_property
from typing import NamedTuple

from keepwell.attributes.cells import show_cell, show_number
from keepwell.health.metrics import JsonValue
from keepwell.standings import Band, Reason

LOSS = {Band.AVERAGE: 40, Band.POOR: 100}


class MetricResult(NamedTuple):
    """One metric's verdict.

    `value` is the attribute's value as JSON (a date as ISO text). `band` is unknown where the metric is
    `missing`. `points` are 0-100, None where the metric does not count or the model gives no points.
    `weight` is the share in force within its dimension, in percent; 0 where the metric is left out.
    `reasons` are the leaves of the conditions that decided. `contribution` is what it adds to the score.
    `age` is that of the oldest value it reads, in days (None: not known); `stale`: that is more than it
    allows, so that it is missing.
    """

    name: str
    dimension: str
    value: JsonValue
    band: Band
    points: int | None
    weight: float
    missing: bool
    reasons: tuple[Reason, ...]
    contribution: float = 0.0
    stale: bool = False
    age: int | None = None

    def cost(self, share: float) -> float:
        """The points of the score that it costs, in a dimension that has a `share` of it in percent; under
        the Account Health Model, which gives no points, how bad it is."""
        if self.missing:
            return 0.0
        lost = LOSS.get(self.band, 0) if self.points is None else 100 - self.points
        return lost * self.weight * share / 10_000

    @property
    def in_words(self) -> str:
        """`License Utilization 12 (poor)`."""
        if self.value is None:
            return f"{self.name} ({self.band})"
        return f"{self.name} {shown(self.value)} ({self.band})"


def shown(value: JsonValue) -> str:
    """A value for people: numbers to two decimals, as shares are computed."""
    if value is None:
        return "none"
    return show_number(round(value, 2)) if isinstance(value, float) else show_cell(value)


class DimensionResult(NamedTuple):
    """One dimension's score 0-100, None where it has nothing to score, and its share in force in percent."""

    name: str
    score: int | None
    weight: float


@dataclass(frozen=True)
class HealthResult:
    """One model's verdict on one account.

    The weights of `dimensions` that have a score sum to 100, as do those of the metrics of one dimension.
    `score` is None under the Account Health Model and where `band` is unknown; `why` then says why.
    `confidence` is how much of the weight, as configured, is that of metrics whose values are there and
    fresh, in whole percent; None where `band` is unknown.
    """

    band: Band
    score: int | None
    dimensions: tuple[DimensionResult, ...] = ()
    metrics: tuple[MetricResult, ...] = ()
    why: str = ""
    confidence: int | None = None

    def share(self, dimension: str) -> float:
        """What a dimension is of the score, in percent; the Account Health Model has no dimensions."""
        return next((each.weight for each in self.dimensions if each.name == dimension), 100.0)

    @cached_property
    def costliest(self) -> tuple[tuple[MetricResult, float], ...]:
        """The metrics that cost points, each with how many, the worst first."""
        costs = [(metric, metric.cost(self.share(metric.dimension))) for metric in self.metrics]
        return tuple(sorted((each for each in costs if each[1] > 0), key=lambda each: -each[1]))


@dataclass(frozen=True)
class Assessment:
    """An account's health: the verdict of its profile's model, and of the Account Health Model beside it.

    `profile` is the chosen profile's id (None without an active contract), `choice` the reasons it was
    chosen: the leaves of its criteria and of those of every profile before it.
    """

    result: HealthResult
    profile: str | None
    choice: tuple[Reason, ...]
    beside: HealthResult

    @property
    def health(self) -> Band:
        return self.result.band

    @property
    def score(self) -> int | None:
        return self.result.score

    @property
    def confidence(self) -> int | None:
        return self.result.confidence

    @property
    def account_model(self) -> Band:
        return self.beside.band

    def reasons(self) -> tuple[Reason, ...]:
        """Why this profile and why this band: the leaves of every condition that decided."""
        return self.choice + tuple(reason for metric in self.result.metrics for reason in metric.reasons)

    @cached_property
    def drivers(self) -> tuple[str, ...]:
        """What cost the most points, worst first, in words: `License Utilization 12 (poor)`."""
        return tuple(metric.in_words for metric, _ in self.result.costliest[:MOST_DRIVERS])


MOST_DRIVERS = 3
