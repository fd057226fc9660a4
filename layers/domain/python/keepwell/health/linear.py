"""Linear scoring: points between the thresholds of Good and Poor instead of one number for all in between."""

from fractions import Fraction
from typing import NamedTuple

from keepwell.attributes import Attribute, Kind
from keepwell.criteria import Condition
from keepwell.criteria.comparing import Comparison
from keepwell.errors import ConfigurationError


class Slope(NamedTuple):
    """A line over an attribute's numbers: 100 points at `good` and beyond, 0 at `poor` and beyond."""

    attribute: Attribute
    good: Fraction
    poor: Fraction

    def points(self, value: int | float) -> int:
        """The points of a value, rounded half up (product 1.14 row 13)."""
        part = (Fraction(str(value)) - self.poor) / (self.good - self.poor)
        return int(100 * min(max(part, Fraction()), Fraction(1)) + Fraction(1, 2))

    @property
    def more_is_better(self) -> bool:
        return self.good > self.poor


def slope_of(good: Condition, poor: Condition) -> Slope:
    """The line between two conditions; ConfigurationError, saying why, if there is none."""
    if not (isinstance(good, Comparison) and isinstance(poor, Comparison)):
        raise ConfigurationError(_WANTED)
    high, low = good.constant, poor.constant
    if good.attribute != poor.attribute or good.attribute.kind is not Kind.NUMBER:
        raise ConfigurationError(_WANTED)
    if not (isinstance(high, int | float) and isinstance(low, int | float)):
        raise ConfigurationError(_WANTED)
    slope = Slope(good.attribute, Fraction(str(high)), Fraction(str(low)))
    way = (good.comparator[0], poor.comparator[0])
    if slope.good == slope.poor or way != ((">", "<") if slope.more_is_better else ("<", ">")):
        raise ConfigurationError(
            f"linear scoring needs Good on one side and Poor on the other, not {good} and {poor}"
        )
    return slope


_WANTED = (
    "linear scoring needs one comparison of a number for good and one for poor, of the same attribute, "
    "such as License Utilization >= 50 and License Utilization < 20; leave scoring out where there is none"
)
