"""Usage events, and what those of one account add up to."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import NamedTuple

from keepwell.usage.rolling import ActiveDays, Daily, active_on, added, daily, joined


class UsageEvent(NamedTuple):
    """A user did an action of a module on a tenant's day, `count` times.

    `minutes` is how long it took, None where that was not told.
    """

    account_id: str
    user_id: str
    module: str
    action: str
    day: date
    count: int = 1  # type: ignore[assignment]  # hides tuple.count, which means nothing here
    minutes: float | None = None


@dataclass(frozen=True)
class Use:
    """What events of one account add up to, in whatever order and parts they are added.

    `days` are those of each user, `counts` tells how often each action (its module and its name) was done.
    `sessions` counts the events that told minutes, `seconds` sums these, each rounded to the second, so that
    no order of adding can change a sum; None where none did. `events` is how often anything was done.
    """

    days: Mapping[str, ActiveDays]
    counts: Mapping[tuple[str, str], Daily]
    sessions: Daily | None
    seconds: Daily | None
    events: int

    def __add__(self, other: "Use") -> "Use":
        days, counts = dict(self.days), dict(self.counts)
        for user_id, theirs in other.days.items():
            days[user_id] = joined(days.get(user_id), theirs)
        for action, times in other.counts.items():
            counts[action] = added(counts.get(action), times)
        sessions = added(self.sessions, other.sessions) if other.sessions else self.sessions
        seconds = added(self.seconds, other.seconds) if other.seconds else self.seconds
        return Use(days, counts, sessions, seconds, self.events + other.events)


def by_account(events: Iterable[UsageEvent]) -> dict[str, Use]:
    """What the events of each account add up to."""
    found = defaultdict[str, _Heap](_Heap)
    for account_id, user_id, module, action, day, count, minutes in events:
        heap, at = found[account_id], day.toordinal()
        heap.days[user_id].add(at)
        heap.counts[module, action][at] += count
        if minutes is not None:
            heap.sessions[at] += 1
            heap.seconds[at] += round(minutes * 60)
    return {account_id: heap.use() for account_id, heap in found.items()}


class _Heap:
    """Events that are being added up; days are ordinals."""

    __slots__ = ("counts", "days", "seconds", "sessions")

    def __init__(self) -> None:
        self.days: defaultdict[str, set[int]] = defaultdict(set)
        self.counts: defaultdict[tuple[str, str], defaultdict[int, int]] = defaultdict(_counter)
        self.sessions = _counter()
        self.seconds = _counter()

    def use(self) -> Use:
        return Use(
            {user_id: active_on(days) for user_id, days in self.days.items()},
            {action: daily(counts) for action, counts in self.counts.items()},
            daily(self.sessions) if self.sessions else None,
            daily(self.seconds) if self.seconds else None,
            sum(sum(counts.values()) for counts in self.counts.values()),
        )


def _counter() -> defaultdict[int, int]:
    return defaultdict(int)
