"""The nightly run: what its steps have in common, and the step that evaluates."""

from abc import ABC, abstractmethod
from collections import Counter
from collections.abc import Callable, Mapping
from datetime import date, datetime, time
from typing import Any
from zoneinfo import ZoneInfo

from keepwell.conclude import conclude
from keepwell.errors import RejectedInput
from keepwell.playbook import Playbook
from keepwell.plays.braking import population_key
from keepwell.ports import Accounts, Control, History


def night_of(on: str, now: datetime, time_zone: ZoneInfo) -> datetime:
    """The moment a run is for: now, or the end of the past day that `on` names (`2026-11-21`).

    A schedule passes the moment it started, which means now. Raises RejectedInput for a future day, and for
    what is no day at all.
    """
    try:
        if len(on) > len("2026-11-21"):
            datetime.fromisoformat(on)
            return now
        day = date.fromisoformat(on)
    except ValueError:
        raise RejectedInput(f"{on!r} is no day; write it like {now.astimezone(time_zone).date()}") from None
    today = now.astimezone(time_zone).date()
    if day == today:
        return now
    if day > today:
        raise RejectedInput(
            f"{on} is in the future (today is {today}); a practice stack's clock can be moved: keepwell clock"
        )
    return datetime.combine(day, time(23, 59, 59), time_zone)


class Step(ABC):
    """One segment's part of a step of a run: it can stop after any page and be resumed.

    Its state is {"segment": 0, "of": 4, "run": "...", "cursor": ..., "counts": {...}}: keys and numbers, so
    that it fits the state machine however many accounts there are. `problems` are the accounts that could not
    be handled, with the reason: they do not stop the others.
    """

    def __init__(self) -> None:
        self.segment, self.of, self.run = 0, 1, ""
        self.cursor: str | None = None
        self.counts = Counter[str]()
        self.more = True
        self.problems: list[tuple[str, str]] = []

    def resume(self, state: Mapping[str, Any]) -> None:
        """Start from the state that the machine gave, or go on from what `progress` added to it."""
        self.segment, self.of, self.run = int(state["segment"]), int(state["of"]), str(state["run"])
        self.cursor = state.get("cursor")
        self.counts = Counter(state["counts"])

    def go_on(self, out_of_time: Callable[[], bool]) -> None:
        """Page after page, until there is no more of either pages or time."""
        while self.more and not out_of_time():
            self.next_page()

    def next_page(self) -> None:
        self.cursor = self._page(self.cursor)
        self.more = self.cursor is not None

    def progress(self) -> dict[str, Any]:
        """The cursor to go on from (None at the end) and the counts so far."""
        return {"cursor": self.cursor, "counts": dict(self.counts)}

    @abstractmethod
    def _page(self, cursor: str | None) -> str | None:
        """Work on the page after the cursor; the cursor of the next one, None after the last."""

    def _record_problem(self, account_id: str, reason: str) -> None:
        self.counts["failed"] += 1
        self.problems.append((account_id, reason))


class Night(Step):
    """Evaluates every account of its segment.

    It counts `evaluated`, `changed`, `transitions`, `failed`, and as `skipped` the accounts that are known of
    a later day already. When the last page is done, the number of accounts is stored in the control row
    `population#<segment>` as {"accounts": n, "of": segments}.
    """

    def __init__(
        self, accounts: Accounts, history: History, control: Control, playbook: Playbook, now: datetime
    ):
        super().__init__()
        self._accounts = accounts
        self._history = history
        self._control = control
        self._playbook = playbook
        self._now = now
        self._cause = f"night:{now.astimezone(playbook.time_zone).date()}"

    def _page(self, cursor: str | None) -> str | None:
        page = self._accounts.scan(self.segment, self.of, cursor)
        for account in page.accounts:
            try:
                evaluation = conclude(
                    account, self._accounts, self._history, self._playbook, self._now, self._cause
                )
            except RejectedInput as problem:
                self._record_problem(account.account_id, str(problem))
                continue
            self.counts["skipped" if evaluation.looks_back else "evaluated"] += 1
            if evaluation.changed:
                self.counts["changed"] += 1
                self.counts["transitions"] += len(evaluation.transitions)
        for account_id, reason in page.unreadable:
            self._record_problem(account_id, reason)
        if page.cursor is None:
            accounts = sum(self.counts[name] for name in ("evaluated", "skipped", "failed"))
            self._control.put(population_key(self.segment), {"accounts": accounts, "of": self.of})
        return page.cursor
