"""Health profiles: criteria that choose accounts plus the scorecard that rates them (product HLT-03)."""

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from functools import cached_property, partial

from keepwell.criteria import Condition
from keepwell.criteria.knowing import Moment
from keepwell.criteria.matching import reasons
from keepwell.criteria.remembering import remembered
from keepwell.health.metrics import Metric
from keepwell.health.weights import whole
from keepwell.standings import Reason


class MissingPolicy(StrEnum):
    """What a metric without a value does (product HLT-09): be left out, or count as Average (1.14 row 12)."""

    EXCLUDE = "exclude"
    NEUTRAL = "neutral"


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
    def choose(self) -> Callable[[Moment], tuple[bool, tuple[Reason, ...]]]:
        """Whether it takes an account as of a moment, and the leaves of its criteria."""
        if self.criteria is None:
            return lambda _moment: (True, ())
        return remembered(partial(_chosen, self.criteria), [self.criteria])


@dataclass(frozen=True)
class Bands:
    """The lowest scores of Good and Average (HLT-08)."""

    good: int = 75
    average: int = 50


STANDARD_BANDS = Bands()


def _chosen(criteria: Condition, moment: Moment) -> tuple[bool, tuple[Reason, ...]]:
    return criteria.answer(moment) is True, reasons(criteria, moment)
