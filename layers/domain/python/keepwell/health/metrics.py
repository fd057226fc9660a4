"""Metrics, and the verdict on an account by one of them.

A metric is poor if its poor condition matches; else good if its good condition matches; else average if both
say no; else missing. So `CSM Risk is 0 OR CSM Risk is empty` makes an empty CSM Risk good (HLT-17).
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from functools import cached_property

from keepwell.attributes import Value
from keepwell.criteria import Condition
from keepwell.criteria.knowing import Moment
from keepwell.criteria.matching import reasons
from keepwell.criteria.remembering import remembered
from keepwell.standings import Band, Reason

POINTS = {Band.GOOD: 100, Band.AVERAGE: 60, Band.POOR: 0}

JsonValue = str | int | float | bool | None


@dataclass(frozen=True)
class Verdict:
    """What a metric says of an account: `value` is its attribute's as JSON, `reasons` are the leaves of the
    conditions that decided. `band` is unknown where it cannot say."""

    band: Band
    value: JsonValue
    reasons: tuple[Reason, ...]

    @cached_property
    def points(self) -> int | None:
        """What it counts (HLT-02); None where it cannot say."""
        return POINTS.get(self.band)

    @cached_property
    def has_value(self) -> bool:
        """Whether it rests on a value, not on the lack of one."""
        return self.band is not Band.UNKNOWN and any(reason.value is not None for reason in self.reasons)


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

    @cached_property
    def judge(self) -> Callable[[Moment], Verdict]:
        """The verdict on an account as of a moment."""
        return remembered(self._verdict, (self.good, self.poor), self.attribute)

    def _verdict(self, moment: Moment) -> Verdict:
        value = _as_json(moment.values.get(self.attribute))
        poor = self.poor.answer(moment)
        if poor:
            return Verdict(Band.POOR, value, reasons(self.poor, moment))
        good = self.good.answer(moment)
        if good:
            return Verdict(Band.GOOD, value, reasons(self.good, moment))
        both = reasons(self.good, moment) + reasons(self.poor, moment)
        return Verdict(Band.AVERAGE if good is False and poor is False else Band.UNKNOWN, value, both)


def _as_json(value: Value | None) -> JsonValue:
    if isinstance(value, date):
        return value.isoformat()
    return ", ".join(value) if isinstance(value, tuple) else value
