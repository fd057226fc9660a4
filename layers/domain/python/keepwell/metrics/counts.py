"""Counts of days: since the last touch and review, and in the present stage of every lifecycle (DAT-02)."""

from collections.abc import Mapping
from datetime import date

from keepwell.attributes import Value
from keepwell.attributes.catalogue import CURRENT_STAGE, MAIN_LIFECYCLE, days_in

DAYS_SINCE = {"Days Since Last Touch": "Last Touch", "Days Since Last QBR": "Last QBR"}
"""By count: the date it counts from."""


def day_counts(
    values: Mapping[str, Value], since: Mapping[str, date], ends: Mapping[str, frozenset[str]], today: date
) -> dict[str, Value]:
    """The whole days, never negative, that follow from an account's facts on `today` (product 1.14 row 22).

    `since` gives the day on which each lifecycle's present stage was first observed, `ends` the stages at
    which a lifecycle is over: nothing is counted there, and leaving one starts anew. The days stand under
    `days_in(lifecycle)`; those of Customer Journey Stage also under Days in Current Stage. A supplied Days in
    Current Stage is about whichever lifecycle a condition asks for.
    """
    counted: dict[str, Value] = {}
    for count, source in DAYS_SINCE.items():
        day = values.get(source)
        if isinstance(day, date):
            counted[count] = _days(day, today)
    for lifecycle, day in since.items():
        if values.get(lifecycle) not in ends.get(lifecycle, _NOWHERE):
            counted[days_in(lifecycle)] = _days(day, today)
    if days_in(MAIN_LIFECYCLE) in counted:
        counted[CURRENT_STAGE] = counted[days_in(MAIN_LIFECYCLE)]
    if CURRENT_STAGE in values:
        counted |= {days_in(lifecycle): values[CURRENT_STAGE] for lifecycle in since}
    return counted


_NOWHERE: frozenset[str] = frozenset()


def _days(day: date, today: date) -> int:
    return max(0, (today - day).days)
