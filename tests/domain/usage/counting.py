"""Use counted the plain way, from all events at once: what the summary is held against."""

from collections.abc import Iterable, Sequence
from datetime import date, datetime, timedelta

from keepwell.usage import UsageSummary
from keepwell.usage.events import UsageEvent, by_account
from keepwell.usage.folding import fold
from keepwell.usage.rolling import ActiveDays, joined

Telling = tuple[datetime, Sequence[UsageEvent]]


class Counted:
    """Questions of a summary, answered by going through the events; windows are the full days before `on`."""

    def __init__(self, events: Iterable[UsageEvent]):
        self.events = list(events)

    def window(self, days: int, on: date) -> list[UsageEvent]:
        return [event for event in self.events if on - timedelta(days=days) <= event.day < on]

    def active_users(self, days: int, on: date) -> int:
        return len({event.user_id for event in self.window(days, on)})

    def active_days(self, days: int, on: date) -> int:
        return len({event.day for event in self.window(days, on)})

    def actions_in(self, days: int, on: date) -> int:
        return sum(event.count for event in self.window(days, on))

    def times(self, name: str, days: int, on: date) -> int:
        return sum(event.count for event in self.window(days, on) if name_of(event) == name)

    def used_in(self, days: int, on: date) -> set[str]:
        return {name_of(event) for event in self.window(days, on)}

    def mean_minutes(self, days: int, on: date) -> float | None:
        seconds = [round(e.minutes * 60) for e in self.window(days, on) if e.minutes is not None]
        return sum(seconds) / 60 / len(seconds) if seconds else None

    def last_activity(self, on: date) -> date | None:
        return max((event.day for event in self.events if event.day <= on), default=None)

    def spans(self) -> dict[str, tuple[date, date]]:
        """The first and the last use of each action."""
        days: dict[str, list[date]] = {}
        for event in self.events:
            days.setdefault(name_of(event), []).append(event.day)
        return {name: (min(each), max(each)) for name, each in days.items()}


def name_of(event: UsageEvent) -> str:
    return f"{event.module}/{event.action}"


def folded(tellings: Sequence[Telling]) -> UsageSummary:
    """The summary after these tellings, one after the other, of an account of which nothing was known."""
    summary: UsageSummary | None = None
    users = dict[str, ActiveDays]()
    for told_at, events in tellings:
        [(account_id, use)] = by_account(events).items()
        for user, days in use.days.items():
            users[user] = joined(users.get(user), days)
        summary = fold(summary, account_id, use, users.values(), told_at)
    assert summary is not None
    return summary
