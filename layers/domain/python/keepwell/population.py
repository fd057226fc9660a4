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
from datetime import UTC, date, datetime
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
    `use_told_at` is when the newest file was told that told of anybody's use.
    """

    version: str = ""
    day: date | None = None
    averages: Mapping[str, Sequence[tuple[float, int]]] = field(default_factory=dict)
    sizes: Mapping[str, int] = field(default_factory=dict)
    use_told_at: datetime | None = None

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
    """How many accounts of each Status have each average, and when use was last told of: a part of a
    population, which parts add up to."""

    def __init__(self, averages: Iterable[tuple[str, float]] = (), use_told_at: datetime | None = None):
        self._counts: dict[str, Counter[float]] = {}
        self.use_told_at = use_told_at
        for status, average in averages:
            self.add(status, average)

    def add(self, status: str, average: float) -> None:
        """Count one account."""
        self._counts.setdefault(status, Counter())[float(average)] += 1

    def hear(self, use_told_at: datetime | None) -> None:
        """Take note of when use was told of."""
        if use_told_at is not None:
            self.use_told_at = max(use_told_at, self.use_told_at or use_told_at)

    def include(self, other: "Averages") -> None:
        """Count the accounts of another part."""
        for status, counts in other._counts.items():
            self._counts.setdefault(status, Counter()).update(counts)
        self.hear(other.use_told_at)

    @property
    def rows(self) -> dict[str, list[list[float]]]:
        """By Status: [average, accounts], ascending."""
        return {
            status: [[average, counts[average]] for average in sorted(counts)]
            for status, counts in sorted(self._counts.items())
        }

    def to_json(self) -> dict[str, Any]:
        return {"rows": self.rows, "use_told_at": _iso(self.use_told_at)}

    @classmethod
    def from_json(cls, part: Mapping[str, Any]) -> "Averages":
        read = cls(use_told_at=_moment(part["use_told_at"]))
        read._counts = {
            status: Counter({float(average): int(accounts) for average, accounts in rows})
            for status, rows in part["rows"].items()
        }
        return read


def population_of(averages: Averages | Iterable[tuple[str, float]], day: date) -> Population:
    """The population of a day: of (status, average) pairs, or of parts added up.

    The order of the accounts, and how they were divided into parts, make no difference.
    """
    counted = averages if isinstance(averages, Averages) else Averages(averages)
    tables, sizes = dict[str, list[tuple[float, int]]](), dict[str, int]()
    for status, rows in counted.rows.items():
        *lower, size = accumulate((int(accounts) for _, accounts in rows), initial=0)
        tables[status] = [(average, below) for (average, _), below in zip(rows, lower, strict=True)]
        sizes[status] = size
    told = counted.use_told_at
    return Population(_version_of(_body(day, tables, sizes, told)), day, tables, sizes, told)


def write_population(population: Population) -> str:
    """The canonical JSON text of a population: the same content is the same text everywhere."""
    assert population.day is not None  # the empty one is stored nowhere
    body = _body(population.day, population.averages, population.sizes, population.use_told_at)
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
        version, told = body["version"], _moment(body["use_told_at"])
    except (ValueError, KeyError, TypeError) as error:
        raise ConfigurationError(f"This is no population table: {error!r}. {again}") from error
    if (content := _version_of(_body(day, tables, sizes, told))) != version:
        raise ConfigurationError(
            f"The population table says it is {version}, but its content is {content}. {again}"
        )
    return Population(version, day, tables, sizes, told)


def _body(
    day: date,
    tables: Mapping[str, Sequence[tuple[float, int]]],
    sizes: Mapping[str, int],
    told: datetime | None,
) -> dict[str, Any]:
    statuses = {status: {"size": sizes[status], "averages": rows} for status, rows in tables.items()}
    return {"format": FORMAT, "day": day.isoformat(), "statuses": statuses, "use_told_at": _iso(told)}


def _iso(moment: datetime | None) -> str | None:
    return moment.astimezone(UTC).isoformat() if moment else None


def _moment(text: str | None) -> datetime | None:
    return datetime.fromisoformat(text) if text else None


def _version_of(body: Mapping[str, Any]) -> str:
    return hashlib.sha256(_canonical(body).encode()).hexdigest()[:12]


def _canonical(value: Mapping[str, Any]) -> str:
    return json.dumps(value, sort_keys=True, ensure_ascii=False, separators=(",", ":"), allow_nan=False)
