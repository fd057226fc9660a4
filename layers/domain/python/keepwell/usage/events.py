"""Usage events, and what those of one account add up to."""

from collections import defaultdict
from collections.abc import Iterable
from datetime import date
from functools import cache
from typing import NamedTuple


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


class Use:
    """What events of one account add up to, in whatever order and however often they are added in parts.

    Days are ordinals (`date.toordinal`). `days` are those of each user, `counts` how often each action (its
    module and its name) was done on a day. `sessions` counts the events of a day that told minutes, `seconds`
    sums these, each rounded to the second, so that no order of adding can change a sum.
    """

    __slots__ = ("counts", "days", "seconds", "sessions")

    def __init__(self) -> None:
        self.days: defaultdict[str, set[int]] = defaultdict(set)
        self.counts: defaultdict[tuple[str, str], defaultdict[int, int]] = defaultdict(_counter)
        self.sessions = _counter()
        self.seconds = _counter()

    def join(self, other: "Use") -> None:
        """Add all of another's."""
        for user_id, days in other.days.items():
            self.days[user_id] |= days
        for action, counts in other.counts.items():
            _add(self.counts[action], counts)
        _add(self.sessions, other.sessions)
        _add(self.seconds, other.seconds)

    @property
    def events(self) -> int:
        """How often anything was done."""
        return sum(sum(counts.values()) for counts in self.counts.values())


def by_account(events: Iterable[UsageEvent]) -> dict[str, Use]:
    """What the events of each account add up to."""
    found = defaultdict[str, Use](Use)
    for account_id, user_id, module, action, day, count, minutes in events:
        use, at = found[account_id], day.toordinal()
        use.days[user_id].add(at)
        use.counts[module, action][at] += count
        if minutes is not None:
            use.sessions[at] += 1
            use.seconds[at] += round(minutes * 60)
    return dict(found)


def _counter() -> defaultdict[int, int]:
    return defaultdict(int)


def _add(counts: defaultdict[int, int], others: defaultdict[int, int]) -> None:
    for day, count in others.items():
        counts[day] += count


@cache
def iso(day: int) -> str:
    """An ordinal day as text: `2026-11-20`."""
    return date.fromordinal(day).isoformat()


@cache
def ordinal(text: str) -> int:
    """The ordinal of a day written as `iso` does."""
    return date.fromisoformat(text).toordinal()
