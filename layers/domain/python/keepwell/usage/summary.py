"""The summary of an account's use: all that an evaluation reads of it, small whatever the number of users.

It is written by the measuring step of the nightly run alone. Series go back from the day `through`: the value
at place k is that of the day k days before it; places that are not there are 0.

What is asked of it is asked as of a day `on`, which may be today, later, or earlier: so a past day has its
values also where its events were told late, or the account is new here. A window of n days are the n full
days before `on`; `on` itself is never in it. None means that single days are not kept so far back.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import NamedTuple

KEPT_DAYS = 64
"""How far back single days are kept: 14 days of a month ago, and 45 days for what comes late."""

WINDOWS = (1, 7, 14, 30)
"""The windows, in days, over which active users are counted."""


class ActionUse(NamedTuple):
    """The use of one action of one module: its count by day, and the first and last day it was ever used."""

    module: str
    action: str
    counts: tuple[int, ...]
    first: date
    last: date

    @property
    def name(self) -> str:
        """As a playbook writes it: `Reports/Export`."""
        return f"{self.module}/{self.action}"


@dataclass(frozen=True)
class UsageSummary:
    """What is known of an account's use.

    `first` and `through` are the first and the newest day with an event, `told_at` the time of the newest
    file that told of any. `last_seen[k]` counts the users whose latest active day is k days before `through`,
    which gives the active users of any window as of any later day; `active[window][k]` are those of the
    window that ends k days before `through`, that day included. `actions` counts all actions by day;
    `sessions` counts the events that told minutes, `seconds` are what these told. `uses` are sorted by module
    and action. `parts` is the number of items that hold the users' days; `batch` the newest batch of deltas
    folded in; `revision` counts the writes, 0: not stored yet.
    """

    account_id: str
    first: date
    through: date
    told_at: datetime
    last_seen: tuple[int, ...] = ()
    active: Mapping[int, tuple[int, ...]] = field(default_factory=dict)
    actions: tuple[int, ...] = ()
    sessions: tuple[int, ...] = ()
    seconds: tuple[int, ...] = ()
    uses: tuple[ActionUse, ...] = ()
    parts: int = 1
    batch: int = 0
    revision: int = 0

    def active_users(self, window: int, on: date) -> int | None:
        """How many users were active in the window, one of `WINDOWS`, before `on`."""
        if not self._reaches(window, on, self.first):
            return None
        ago = self._ago(on)
        if ago <= 0:
            return sum(self.last_seen[: max(0, ago + window)])
        series = self.active[window]
        return series[ago] if ago < len(series) else 0

    def active_days(self, window: int, on: date) -> int | None:
        """On how many days of the window anyone did anything."""
        counts = self._within(self.actions, window, on)
        return None if counts is None else sum(map(bool, counts))

    def actions_in(self, window: int, on: date) -> int | None:
        """How often anything was done in the window."""
        counts = self._within(self.actions, window, on)
        return None if counts is None else sum(counts)

    def times(self, name: str, window: int, on: date) -> int | None:
        """How often the action of this name (`Reports/Export`) was done in the window."""
        use = self.use_of(name)
        if use is None:
            return 0
        counts = self._within(use.counts, window, on, use.first)
        return None if counts is None else sum(counts)

    def use_of(self, name: str) -> ActionUse | None:
        """The use of the action of this name (`Reports/Export`), None if it was never used."""
        return next((use for use in self.uses if use.name == name), None)

    def used_in(self, window: int, on: date) -> tuple[ActionUse, ...] | None:
        """The actions that were done in the window."""
        if not self._reaches(window, on, self.first):
            return None
        oldest = on - timedelta(days=window)
        return tuple(
            [
                use
                for use in self.uses
                if use.last >= oldest and (use.last < on or any(self._cut(use.counts, window, on)))
            ]
        )

    def mean_minutes(self, window: int, on: date) -> float | None:
        """Minutes per event of the window that told any; None also where none did."""
        sessions = self._within(self.sessions, window, on)
        if not sessions or not any(sessions):
            return None
        return sum(self._cut(self.seconds, window, on)) / 60 / sum(sessions)

    def last_activity(self, on: date) -> date | None:
        """The newest day with an event, `on` itself included; None also before the first use."""
        ago = max(0, (self.through - on).days)
        for place, count in enumerate(self.actions[ago:], ago):
            if count:
                return self.through - timedelta(days=place)
        return None

    def _within(
        self, series: Sequence[int], window: int, on: date, first: date | None = None
    ) -> Sequence[int] | None:
        """The window's part of a series; None if its days are not kept. `first` is the first day that the
        series would tell of."""
        return self._cut(series, window, on) if self._reaches(window, on, first or self.first) else None

    def _cut(self, series: Sequence[int], window: int, on: date) -> Sequence[int]:
        ago = self._ago(on)
        return series[max(0, ago) : max(0, ago + window)]

    def _reaches(self, window: int, on: date, first: date) -> bool:
        """Whether every day of the window is kept, or nothing was before those that are."""
        oldest = self.through - timedelta(days=KEPT_DAYS - 1)
        return on - timedelta(days=window) >= oldest or first >= oldest

    def _ago(self, on: date) -> int:
        """How many days before `through` the newest day of a window before `on` is; may be below 0."""
        return (self.through - on).days + 1
