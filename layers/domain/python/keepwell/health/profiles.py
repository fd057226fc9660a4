"""Health profiles: criteria that choose accounts plus the scorecard that rates them (product HLT-03)."""

from dataclasses import dataclass
from enum import StrEnum

from keepwell.criteria import Condition


class MissingPolicy(StrEnum):
    """What a metric without a value does (product HLT-09): be left out, or count as Average (1.14 row 12)."""

    EXCLUDE = "exclude"
    NEUTRAL = "neutral"


@dataclass(frozen=True)
class Metric:
    """One metric: good if `good` matches, poor if `poor` does, average if both say no, missing otherwise.

    `attribute` is the one whose value is shown. `weight` is its share within the dimension (1.14 row 16).
    """

    name: str
    attribute: str
    good: Condition
    poor: Condition
    weight: float = 1.0


@dataclass(frozen=True)
class Dimension:
    """A weighted group of metrics."""

    name: str
    weight: float
    metrics: tuple[Metric, ...]


@dataclass(frozen=True)
class Profile:
    """A profile with `dimensions` uses the Multidimensional Health Model (HLT-02), one without them the
    Account Health Model (HLT-01) over the playbook's `account_model`. `criteria` None takes every account."""

    id: str
    name: str
    criteria: Condition | None
    dimensions: tuple[Dimension, ...] = ()
    missing: MissingPolicy = MissingPolicy.EXCLUDE


@dataclass(frozen=True)
class Bands:
    """The lowest scores of Good and Average (HLT-08)."""

    good: int = 75
    average: int = 50


STANDARD_BANDS = Bands()
