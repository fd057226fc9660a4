"""The population: what an account is compared with, a small table made once a night (architecture section 1).

Its version names its content, every standing keeps the version it was judged by, and the tables stay in S3,
so that a stored score can be computed again (reliability S3).
"""

import hashlib
import json
from bisect import bisect_left
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from functools import cached_property
from itertools import accumulate
from typing import Any

from keepwell.errors import ConfigurationError

FORMAT = 1
LEAST_AVERAGE = 1.0
"""Actions a day below which the Engagement Score is 0, whatever the others do (definitions 1.2)."""


@dataclass(frozen=True)
class Population:
    """Of the accounts of each Status, the averages of daily actions there are, ascending, each with how many
    accounts have a lower one, and how many accounts there are in all.

    `version` is a hash of the content, empty for the empty population; `day` the tenant's day it is of.
    """

    version: str = ""
    day: date | None = None
    averages: Mapping[str, Sequence[tuple[float, int]]] = field(default_factory=dict)
    sizes: Mapping[str, int] = field(default_factory=dict)

    def lower(self, status: str, average: float) -> int:
        """How many accounts of this Status have a lower average, be this one among them or not."""
        known, counts = self._columns.get(status, ((), ()))
        place = bisect_left(known, average)
        return counts[place] if place < len(counts) else self.sizes.get(status, 0)

    @cached_property
    def _columns(self) -> Mapping[str, tuple[tuple[float, ...], tuple[int, ...]]]:
        return {
            status: (tuple(average for average, _ in rows), tuple(lower for _, lower in rows))
            for status, rows in self.averages.items()
        }


NO_POPULATION = Population()


def engagement_score(population: Population, status: str, average: float) -> int | None:
    """The percentile, 0 to 100, of an average of daily actions among the accounts of the same Status
    (definitions 1.2).

    It is 100 x (accounts with a lower average) / (accounts - 1), rounded half up; 100 for the only one there
    is, 0 below one action a day. None where the population has no account of this Status.
    """
    size = population.sizes.get(status, 0)
    if size == 0:
        return None
    if average < LEAST_AVERAGE:
        return 0
    others = size - 1
    lower = min(population.lower(status, average), others)
    return 100 if others == 0 else (200 * lower + others) // (2 * others)


class Averages:
    """How many accounts of each Status have each average: a part of a population, which parts add up to."""

    def __init__(self, averages: Iterable[tuple[str, float]] = ()):
        self._counts: dict[str, Counter[float]] = {}
        for status, average in averages:
            self.add(status, average)

    def add(self, status: str, average: float) -> None:
        """Count one account."""
        self._counts.setdefault(status, Counter())[float(average)] += 1

    def include(self, other: "Averages") -> None:
        """Count the accounts of another part."""
        for status, counts in other._counts.items():
            self._counts.setdefault(status, Counter()).update(counts)

    def to_json(self) -> dict[str, list[list[float]]]:
        """By Status: [average, accounts], ascending."""
        return {
            status: [[average, counts[average]] for average in sorted(counts)]
            for status, counts in sorted(self._counts.items())
        }

    @classmethod
    def from_json(cls, parts: Mapping[str, Sequence[Sequence[float]]]) -> "Averages":
        read = cls()
        read._counts = {
            status: Counter({float(average): int(accounts) for average, accounts in rows})
            for status, rows in parts.items()
        }
        return read


def population_of(averages: Averages | Iterable[tuple[str, float]], day: date) -> Population:
    """The population of a day: of (status, average) pairs, or of parts added up.

    The order of the accounts, and how they were divided into parts, make no difference.
    """
    counted = averages if isinstance(averages, Averages) else Averages(averages)
    tables, sizes = dict[str, list[tuple[float, int]]](), dict[str, int]()
    for status, rows in counted.to_json().items():
        *lower, size = accumulate((int(accounts) for _, accounts in rows), initial=0)
        tables[status] = [(average, below) for (average, _), below in zip(rows, lower, strict=True)]
        sizes[status] = size
    return Population(_version_of(_body(day, tables, sizes)), day, tables, sizes)


def write_population(population: Population) -> str:
    """The canonical JSON text of a population: the same content is the same text everywhere."""
    assert population.day is not None  # the empty one is stored nowhere
    body = _body(population.day, population.averages, population.sizes)
    return _canonical({**body, "version": population.version})


def read_population(text: str) -> Population:
    """The population of a text that `write_population` made.

    Raises ConfigurationError for a text that is none, or whose content is not what its version names.
    """
    again = "Let the night rank the accounts again: keepwell nightly."
    try:
        body = json.loads(text)
        day = date.fromisoformat(body["day"])
        statuses = body["statuses"]
        tables = {
            status: [(float(average), int(lower)) for average, lower in part["averages"]]
            for status, part in statuses.items()
        }
        sizes = {status: int(part["size"]) for status, part in statuses.items()}
        version = body["version"]
    except (ValueError, KeyError, TypeError) as error:
        raise ConfigurationError(f"This is no population table: {error!r}. {again}") from error
    if (content := _version_of(_body(day, tables, sizes))) != version:
        raise ConfigurationError(
            f"The population table says it is {version}, but its content is {content}. {again}"
        )
    return Population(version, day, tables, sizes)


def _body(
    day: date, tables: Mapping[str, Sequence[tuple[float, int]]], sizes: Mapping[str, int]
) -> dict[str, Any]:
    statuses = {status: {"size": sizes[status], "averages": rows} for status, rows in tables.items()}
    return {"format": FORMAT, "day": day.isoformat(), "statuses": statuses}


def _version_of(body: Mapping[str, Any]) -> str:
    return hashlib.sha256(_canonical(body).encode()).hexdigest()[:12]


def _canonical(value: Mapping[str, Any]) -> str:
    return json.dumps(value, sort_keys=True, ensure_ascii=False, separators=(",", ":"), allow_nan=False)
