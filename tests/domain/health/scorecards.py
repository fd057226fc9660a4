"""A small catalogue and scorecards for the tests of health."""

from collections.abc import Sequence

from keepwell.attributes import Attribute, Catalogue, Kind
from keepwell.criteria import parse
from keepwell.health import Dimension, Metric, MissingPolicy, Profile

NAMES = ("Alpha", "Beta", "Gamma", "Delta", "Epsilon", "Zeta")
CATALOGUE = Catalogue([Attribute(name, Kind.NUMBER) for name in NAMES])

# What a metric's attribute holds for each verdict: good from 50, poor below 20.
GOOD, AVERAGE, POOR = 50, 20, 19


def metric(name: str, weight: float = 1.0) -> Metric:
    return Metric(
        name, name, parse(f"{name} >= 50", CATALOGUE), parse(f"{name} < 20", CATALOGUE), weight=weight
    )


def profile(
    *dimensions: tuple[float, Sequence[Metric]], missing: MissingPolicy = MissingPolicy.EXCLUDE
) -> Profile:
    """A profile for every account, of dimensions D0, D1, ..."""
    parts = tuple(
        Dimension(f"D{number}", weight, tuple(metrics)) for number, (weight, metrics) in enumerate(dimensions)
    )
    return Profile("test", "Test", None, parts, missing)
