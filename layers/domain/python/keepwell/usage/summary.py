"""The summary of an account's use: all that an evaluation reads of it, small whatever the number of users.

It is written by the measuring step of the nightly run alone. Series go back from the day `through`: the value
at place k is that of the day k days before it; places that are not there are 0.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime

KEPT_DAYS = 64
"""How far back single days are kept: 14 days of a month ago, and 45 days for what comes late."""

WINDOWS = (1, 7, 14, 30)
"""The windows, in days, over which active users are counted."""


@dataclass(frozen=True)
class ActionUse:
    """The use of one action of one module: its count by day, and the first and last day it was ever used."""

    module: str
    action: str
    counts: tuple[int, ...]
    first: date
    last: date


@dataclass(frozen=True)
class UsageSummary:
    """What is known of an account's use.

    `first` and `through` are the first and the newest day with an event, `told_at` the time of the newest file
    that told of any. `last_seen[k]` counts the users whose latest active day is k days before `through`, which
    gives the active users of any window as of any later day; `active[window][k]` are those as of k days before
    `through`. `actions` counts all actions by day, `minutes` and `sessions` the minutes of use and how many
    events told them. `parts` is the number of items that hold the users' days; `batch` the newest batch of
    deltas folded in; `revision` counts the writes, 0: not stored yet.
    """

    account_id: str
    first: date
    through: date
    told_at: datetime
    last_seen: tuple[int, ...] = ()
    active: Mapping[int, tuple[int, ...]] = field(default_factory=dict)
    actions: tuple[int, ...] = ()
    sessions: tuple[int, ...] = ()
    minutes: tuple[float, ...] = ()
    uses: tuple[ActionUse, ...] = ()
    parts: int = 1
    batch: int = 0
    revision: int = 0
