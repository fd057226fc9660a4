"""The population: what an account is compared with, a small table made once a night (architecture section 1).

Its version names its content, every standing keeps the version it was judged by, and the tables stay in S3, so
that a stored score can be computed again (reliability S3).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date


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


NO_POPULATION = Population()
