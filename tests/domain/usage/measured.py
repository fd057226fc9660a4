"""A stack in memory in which use is told and measured."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

from keepwell.in_memory import InMemoryAccounts, InMemoryControl, InMemoryFiles, InMemoryUserDays
from keepwell.usage import UsageSummary
from keepwell.usage.deltas import write_deltas
from keepwell.usage.events import UsageEvent
from keepwell.usage.measuring import Measuring
from tests.story import NOON, TODAY


def event(account_id: str, days_ago: int = 0, user: str = "ann", count: int = 1) -> UsageEvent:
    return UsageEvent(account_id, user, "Reports", "View", TODAY - timedelta(days=days_ago), count)


class Stack:
    def __init__(self) -> None:
        self.files = InMemoryFiles()
        self.accounts = InMemoryAccounts()
        self.days = InMemoryUserDays()
        self.control = InMemoryControl()

    def tell(self, source: str, *events: UsageEvent, at: datetime = NOON) -> None:
        write_deltas(self.files, at, source, events)

    def measuring(self, now: datetime = NOON, segment: int = 0, of: int = 1) -> Measuring:
        measuring = Measuring(self.files, self.accounts, self.days, self.control, now)
        measuring.resume({"segment": segment, "of": of, "run": "r", "cursor": None, "counts": {}})
        return measuring

    def measure(
        self, now: datetime = NOON, out_of_time: Callable[[], bool] = lambda: False
    ) -> dict[str, Any]:
        """A whole run over all shards; its counts."""
        measuring = self.measuring(now)
        measuring.go_on()
        return dict(measuring.counts)

    def usage(self, account_id: str) -> UsageSummary:
        return self.accounts.usage_of([account_id])[account_id]

    def state(self) -> Any:
        """All that measuring leaves behind, without the numbers of writes."""
        summaries = {each: vars(usage) | {"revision": 0} for each, usage in self.accounts._usage.items()}
        days = {key: part.users for key, part in self.days._parts.items()}
        return summaries, days, self.control._rows


class Killed(BaseException):
    """The run's process ended here."""


class Watched:
    """A port: before and after each call to it something may happen."""

    def __init__(self, port: Any, at: Callable[[str], None], then: Callable[[str], None]):
        self._port, self._at, self._then = port, at, then

    def __getattr__(self, name: str) -> Any:
        method = getattr(self._port, name)

        def call(*arguments: Any) -> Any:
            self._at(name)
            answer = method(*arguments)
            self._then(name)
            return answer

        return call


def run_with(stack: Stack, place: int | None, act: Callable[[], None], *, late: bool = False) -> int:
    """A whole run over all shards, in which `act` happens before (if `late`: after) the call of this place to
    any port; how many calls there were."""
    calls = 0

    def at(_name: str) -> None:
        if calls == place and not late:
            act()

    def then(_name: str) -> None:
        nonlocal calls
        calls += 1
        if calls - 1 == place and late:
            act()

    files, accounts, days, control = (
        Watched(port, at, then) for port in (stack.files, stack.accounts, stack.days, stack.control)
    )
    measuring = Measuring(files, accounts, days, control, NOON)
    measuring.resume({"segment": 0, "of": 1, "run": "r", "cursor": None, "counts": {}})
    measuring.go_on()
    return calls
