"""Health profiles: criteria that choose accounts plus the scorecard that rates them (product HLT-03)."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cached_property, partial
from math import lcm

from keepwell.criteria import Condition
from keepwell.criteria.knowing import Moment
from keepwell.criteria.matching import reasons
from keepwell.criteria.remembering import remembered
from keepwell.health.metrics import Metric, MissingPolicy
from keepwell.health.weights import whole
from keepwell.standings import Reason


@dataclass(frozen=True)
class Dimension:
    """A weighted group of metrics."""

    name: str
    weight: float
    metrics: tuple[Metric, ...]

    @cached_property
    def weights(self) -> tuple[int, ...]:
        """The weights of its metrics in whole numbers."""
        return whole([metric.weight for metric in self.metrics])


@dataclass(frozen=True)
class Profile:
    """A profile with `dimensions` uses the Multidimensional Health Model (HLT-02), one without them the
    Account Health Model (HLT-01) over the playbook's `account_model`. `criteria` None takes every account."""

    id: str
    name: str
    criteria: Condition | None
    dimensions: tuple[Dimension, ...] = ()
    missing: MissingPolicy = MissingPolicy.EXCLUDE

    @cached_property
    def weights(self) -> tuple[int, ...]:
        """The weights of its dimensions in whole numbers."""
        return whole([dimension.weight for dimension in self.dimensions])

    @cached_property
    def metric_weights(self) -> tuple[tuple[int, ...], ...]:
        """What each metric weighs in the whole, by dimension, in whole numbers: for the confidence."""
        scale = lcm(*(sum(dimension.weights) for dimension in self.dimensions))
        return tuple(
            tuple(weight * each * scale // sum(dimension.weights) for each in dimension.weights)
            for dimension, weight in zip(self.dimensions, self.weights, strict=True)
        )

    @property
    def metrics(self) -> Iterator[Metric]:
        """Those of all its dimensions, in order."""
        return (metric for dimension in self.dimensions for metric in dimension.metrics)

    def policy(self, metric: Metric) -> MissingPolicy:
        """What one of its metrics does where it has no value: its own policy comes first (HLT-09)."""
        return metric.missing or self.missing

    @cached_property
    def choose(self) -> Callable[[Moment], tuple[bool, tuple[Reason, ...]]]:
        """Whether it takes an account as of a moment, and the leaves of its criteria."""
        if self.criteria is None:
            return lambda _moment: (True, ())
        return remembered(partial(_chosen, self.criteria), [self.criteria])


@dataclass(frozen=True)
class Bands:
    """The lowest scores of Good and Average (HLT-08), and what keeps an account from flapping between them.

    Health leaves its band only where the score is `dead_band` points beyond the edge, and a change of band
    counts only once it has held for `settle_days` days.
    """

    good: int = 75
    average: int = 50
    dead_band: int = 0
    settle_days: int = 0


STANDARD_BANDS = Bands()


def _chosen(criteria: Condition, moment: Moment) -> tuple[bool, tuple[Reason, ...]]:
    return criteria.answer(moment) is True, reasons(criteria, moment)
