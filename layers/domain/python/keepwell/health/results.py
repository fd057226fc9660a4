"""What scoring concludes, with everything it was concluded from.

What an account has by the dozen is a named tuple: those are made in half the time.
"""

from dataclasses import dataclass
from functools import cached_property
from typing import NamedTuple

from keepwell.attributes.cells import show_cell, show_number
from keepwell.health.metrics import JsonValue
from keepwell.standings import Band, Reason


class MetricResult(NamedTuple):
    """One metric's verdict.

    `value` is the attribute's value as JSON (a date as ISO text). `band` is unknown where the metric is
    `missing`. `points` are 100, 60 or 0, None where the metric does not count or the model gives no points.
    `weight` is the share in force within its dimension, in percent; 0 where the metric is left out.
    `reasons` are the leaves of the conditions that decided.
    """

    name: str
    dimension: str
    value: JsonValue
    band: Band
    points: int | None
    weight: float
    missing: bool
    reasons: tuple[Reason, ...]


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
    """

    band: Band
    score: int | None
    dimensions: tuple[DimensionResult, ...] = ()
    metrics: tuple[MetricResult, ...] = ()
    why: str = ""


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
    def account_model(self) -> Band:
        return self.beside.band

    def reasons(self) -> tuple[Reason, ...]:
        """Why this profile and why this band: the leaves of every condition that decided."""
        return self.choice + tuple(reason for metric in self.result.metrics for reason in metric.reasons)

    @cached_property
    def drivers(self) -> tuple[str, ...]:
        """What cost the most points, worst first, in words: `License Utilization 12 (poor)`."""
        shares = {dimension.name: dimension.weight for dimension in self.result.dimensions}
        costs = [
            (_LOSS.get(metric.band, 0) * metric.weight * shares.get(metric.dimension, 1.0), metric)
            for metric in self.result.metrics
        ]
        worst = sorted((pair for pair in costs if pair[0] > 0), key=lambda pair: -pair[0])
        return tuple(_in_words(metric) for _, metric in worst[:MOST_DRIVERS])


MOST_DRIVERS = 3

_LOSS = {Band.AVERAGE: 40, Band.POOR: 100}


def _in_words(metric: MetricResult) -> str:
    value = metric.value
    if value is None:
        return f"{metric.name} ({metric.band})"
    shown = show_number(round(value, 1)) if isinstance(value, float) else show_cell(value)
    return f"{metric.name} {shown} ({metric.band})"
