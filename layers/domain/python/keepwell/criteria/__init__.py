"""The language of conditions: what profiles, segments, plays and lists are made of.

>>> condition = parse("Renewal Date within next 90 days AND Health = Good", standard_catalogue())
>>> match(condition, {"Renewal Date": date(2026, 12, 1), "Health": "Good"}, date(2026, 11, 21))
True
"""

from keepwell.criteria.analysis import (
    attributes_of,
    hash_of,
    lookback_days,
    lookbacks,
    next_change,
    segments_of,
    time_dependent,
    to_json,
)
from keepwell.criteria.matching import explain, match
from keepwell.criteria.parser import parse
from keepwell.criteria.tree import Condition

__all__ = [
    "Condition",
    "attributes_of",
    "explain",
    "hash_of",
    "lookback_days",
    "lookbacks",
    "match",
    "next_change",
    "parse",
    "segments_of",
    "time_dependent",
    "to_json",
]
