"""Metrics, and the verdict on an account by one of them.

A metric is poor if its poor condition matches; else good if its good condition matches; else average if both
say no; else missing. So `CSM Risk is 0 OR CSM Risk is empty` makes an empty CSM Risk good (HLT-17).
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from functools import cached_property

from keepwell.attributes import Value
from keepwell.criteria import Condition
from keepwell.criteria.comparing import Emptiness
from keepwell.criteria.knowing import Moment, name_read
from keepwell.criteria.matching import reasons
from keepwell.criteria.remembering import remembered
from keepwell.criteria.tree import any_of
from keepwell.health.linear import Slope, slope_of
from keepwell.standings import Band, Reason

POINTS = {Band.GOOD: 100, Band.AVERAGE: 60, Band.POOR: 0}

JsonValue = str | int | float | bool | None


class MissingPolicy(StrEnum):
    """What a metric without a value does (product HLT-09): be left out, or count as Average (1.14 row 12)."""

    EXCLUDE = "exclude"
    NEUTRAL = "neutral"


class Scoring(StrEnum):
    """How many points a metric gives: those of its band (HLT-02), or of a line between its thresholds."""

    BANDS = "bands"
    LINEAR = "linear"


@dataclass(frozen=True)
class Verdict:
    """What a metric says of an account.

    `value` is its attribute's as JSON, `reasons` are the leaves of the conditions that decided. `band` is
    unknown and `points` is None where it cannot say. `has_value` tells whether it rests on a value, not on
    the lack of one.
    """

    band: Band
    points: int | None
    value: JsonValue
    reasons: tuple[Reason, ...]
    has_value: bool


@dataclass(frozen=True)
class Metric:
    """One metric: good if `good` matches, poor if `poor` does, average if both say no, missing otherwise.

    `attribute` is the one whose value is shown. `weight` is its share within the dimension (1.14 row 16).
    `missing` is its own policy, None that of the profile. Where something it reads is older than
    `max_age_days`, it counts as missing.
    """

    name: str
    attribute: str
    good: Condition
    poor: Condition
    weight: float = 1.0
    scoring: Scoring = Scoring.BANDS
    missing: MissingPolicy | None = None
    max_age_days: int | None = None

    @cached_property
    def judge(self) -> Callable[[Moment], Verdict]:
        """The verdict on an account as of a moment."""
        return remembered(self._verdict, (self.good, self.poor), self.attribute)

    @cached_property
    def slope(self) -> Slope | None:
        """The line its points are on; None where they are those of its band."""
        return slope_of(self.good, self.poor) if self.scoring is Scoring.LINEAR else None

    @cached_property
    def reads(self) -> tuple[str, ...]:
        """The names of the values that its conditions ask for."""
        leaves = (leaf for condition in (self.good, self.poor) for leaf in condition.leaves())
        return tuple(dict.fromkeys(name_read(leaf.attribute) for leaf in leaves))

    @cached_property
    def valued(self) -> Condition:
        """That something it asks about has a value."""
        leaves = (leaf for condition in (self.good, self.poor) for leaf in condition.leaves())
        return any_of(
            *(Emptiness(each, empty=False) for each in dict.fromkeys(leaf.attribute for leaf in leaves))
        )

    def age(self, ages: Mapping[str, int]) -> int | None:
        """The age in days of the oldest value that it reads, as far as that is known (`ages` by name)."""
        return max((ages[name] for name in self.reads if name in ages), default=None)

    def is_stale(self, ages: Mapping[str, int]) -> bool:
        """Whether something it reads is older than it allows."""
        return self.max_age_days is not None and (self.age(ages) or 0) > self.max_age_days

    def points(self, band: Band, value: Value | None) -> int | None:
        """What it counts; None where it cannot say. `value` is that of the slope's attribute, if any."""
        if self.slope is None or band is Band.UNKNOWN:
            return POINTS.get(band)
        assert isinstance(value, int | float)  # or the conditions, which compare it, could not say
        return self.slope.points(value)

    def _verdict(self, moment: Moment) -> Verdict:
        poor, good = self.poor.answer(moment), self.good.answer(moment)
        if poor:
            band, because = Band.POOR, reasons(self.poor, moment)
        elif good:
            band, because = Band.GOOD, reasons(self.good, moment)
        else:
            band = Band.AVERAGE if good is False and poor is False else Band.UNKNOWN
            because = reasons(self.good, moment) + reasons(self.poor, moment)
        compared = moment.value(self.slope.attribute) if self.slope else None
        return Verdict(
            band=band,
            points=self.points(band, compared),
            value=_as_json(moment.values.get(self.attribute)),
            reasons=because,
            has_value=band is not Band.UNKNOWN and self.valued.answer(moment) is True,
        )


def _as_json(value: Value | None) -> JsonValue:
    if isinstance(value, date):
        return value.isoformat()
    return ", ".join(value) if isinstance(value, tuple) else value
