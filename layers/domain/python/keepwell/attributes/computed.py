"""The attributes Keepwell computes itself from other facts and the day, unless the facts supply them."""

from collections.abc import Mapping
from datetime import date

from keepwell.attributes.catalogue import Attribute, Value, days_in

__all__ = ["CURRENT_STAGE", "changes_with_time", "counts_days", "days_in", "sources_of", "with_computed"]

CURRENT_STAGE = "Days in Current Stage"
_MAIN_LIFECYCLE = "Customer Journey Stage"

_DAYS_SINCE = {"Days Since Last Touch": "Last Touch", "Days Since Last QBR": "Last QBR"}

_JUDGED = frozenset({"Health", "Health Score", "Segments"})
"""Attributes that rest on conditions, which may ask of the calendar."""


def counts_days(attribute: Attribute) -> bool:
    """Whether it grows by one from day to day while no fact is written."""
    return attribute.computed and attribute.name.startswith(("Days in ", "Days Since "))


def changes_with_time(attribute: Attribute) -> bool:
    """Whether its value can change from one day to the next with no fact written."""
    return counts_days(attribute) or attribute.name in _JUDGED


def with_computed(values: Mapping[str, Value], since: Mapping[str, date], today: date) -> dict[str, Value]:
    """`values` and what follows from them on `today`; what the facts supply wins (product 1.14 row 22).

    `since` gives the day on which each lifecycle's present stage was first observed. Its days stand under
    `days_in(lifecycle)`; those of Customer Journey Stage also under Days in Current Stage. A supplied Days in
    Current Stage is about whichever lifecycle a condition asks for. Days are whole and never negative,
    License Utilization is in percent to two decimals.
    """
    computed: dict[str, Value] = {}
    for count, source in _DAYS_SINCE.items():
        if isinstance(day := values.get(source), date):
            computed[count] = _days(day, today)
    for lifecycle, day in since.items():
        computed[days_in(lifecycle)] = _days(day, today)
    if _MAIN_LIFECYCLE in since:
        computed[CURRENT_STAGE] = _days(since[_MAIN_LIFECYCLE], today)
    if CURRENT_STAGE in values:
        computed |= {days_in(name): values[CURRENT_STAGE] for name in since}
    active, licenses = values.get("Active Users"), values.get("Licenses")
    if isinstance(active, int | float) and isinstance(licenses, int | float) and licenses > 0:
        computed["License Utilization"] = round(100 * active / licenses, 2)
    return {**computed, **values}


def sources_of(name: str) -> tuple[str, ...]:
    """The facts that `with_computed` makes the attribute of, beside one of its own name.

    A lifecycle stands for its `since`, too.
    """
    if name in _DAYS_SINCE:
        return (_DAYS_SINCE[name],)
    if name == "License Utilization":
        return ("Active Users", "Licenses")
    if name == CURRENT_STAGE:
        return (_MAIN_LIFECYCLE,)
    return (name.removeprefix(days_in("")), CURRENT_STAGE) if name.startswith(days_in("")) else ()


def _days(day: date, today: date) -> int:
    return max(0, (today - day).days)
