"""What every computed attribute means, for the reference: the registry of all that Keepwell computes."""

from collections.abc import Iterator
from typing import NamedTuple

from keepwell.attributes import STANDARD_ATTRIBUTES, standard_catalogue
from keepwell.attributes.catalogue import CURRENT_STAGE, MAIN_LIFECYCLE, days_in
from keepwell.metrics.counts import DAYS_SINCE
from keepwell.metrics.recipe import ENGAGEMENT, FIRST_VALUE
from keepwell.metrics.usage import USAGE_METRICS


class Definition(NamedTuple):
    """How an attribute is computed, and of what."""

    name: str
    definition: str
    source: str


def definitions() -> tuple[Definition, ...]:
    """Those of all standard attributes that are computed, health and segments left out."""
    return (*_of_use(), *_of_formulas(), *_of_days())


def _of_use() -> Iterator[Definition]:
    for metric in USAGE_METRICS:
        yield Definition(metric.name, metric.definition, "use")
    yield Definition(
        ENGAGEMENT,
        "percentile, 0 to 100, of the actions a day in the last 14 full days among the accounts of the same "
        "Status: the share of the others that have fewer; 0 below one action a day",
        "use, Status, the night's population",
    )
    yield Definition(
        FIRST_VALUE, "whole days from Create Date to the first use of `first_value`", "use, Create Date"
    )


def _of_formulas() -> Iterator[Definition]:
    for attribute in STANDARD_ATTRIBUTES:
        if attribute.formula:
            yield Definition(attribute.name, f"`{attribute.formula}`", "formula")


def _of_days() -> Iterator[Definition]:
    for name, source in DAYS_SINCE.items():
        yield Definition(name, f"whole days since {source}", source)
    for lifecycle in standard_catalogue():
        if lifecycle.lifecycle:
            ends = f"; none at {', '.join(lifecycle.end_stages)}" if lifecycle.end_stages else ""
            definition = f"whole days in the present stage{ends}"
            yield Definition(days_in(lifecycle.name), definition, lifecycle.name)
    yield Definition(
        CURRENT_STAGE,
        f"those of the lifecycle that the same condition names, else of {MAIN_LIFECYCLE}",
        "the lifecycle",
    )
