"""Weighted means and shares in whole numbers, so that no rounding surprise can move a score."""

from collections.abc import Sequence
from fractions import Fraction
from functools import lru_cache
from math import lcm


def whole(weights: Sequence[float]) -> tuple[int, ...]:
    """`weights`, read as the decimals they are written as, in the least whole numbers of the same ratio."""
    exact = [Fraction(str(weight)) for weight in weights]
    scale = lcm(*(weight.denominator for weight in exact))
    return tuple(int(weight * scale) for weight in exact)


@lru_cache(maxsize=4096)
def weighed(values: tuple[int | None, ...], weights: tuple[int, ...]) -> tuple[int | None, tuple[float, ...]]:
    """The weighted mean of the values there are, None if there are none, and the shares then in force."""
    in_force = tuple(0 if value is None else weight for value, weight in zip(values, weights, strict=True))
    overall = mean([value or 0 for value in values], in_force) if any(in_force) else None
    return overall, shares(in_force)


def mean(values: Sequence[int], weights: Sequence[int]) -> int:
    """The weighted mean, rounded half up (product 1.14 row 13). `values` are not negative."""
    total = sum(weights)
    weighted = sum(value * weight for value, weight in zip(values, weights, strict=True))
    return (2 * weighted + total) // (2 * total)


@lru_cache(maxsize=4096)
def shares(weights: tuple[int, ...]) -> tuple[float, ...]:
    """What each of `weights` is of 100, to two decimals, summing to exactly 100: the hundredths that rounding
    down leaves over go to the largest remainders, the earlier of equals first. Nothing gives nothing."""
    total = sum(weights)
    if total == 0:
        return (0.0,) * len(weights)
    parts = [divmod(weight * 10_000, total) for weight in weights]
    left_over = 10_000 - sum(part for part, _ in parts)
    by_remainder = sorted(range(len(parts)), key=lambda place: -parts[place][1])
    raised = set(by_remainder[:left_over])
    return tuple((part + (place in raised)) / 100 for place, (part, _) in enumerate(parts))
