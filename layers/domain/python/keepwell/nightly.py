"""The nightly run: what its steps have in common, and the step that evaluates."""

from abc import ABC, abstractmethod
from collections import Counter
from collections.abc import Callable, Mapping
from datetime import date, datetime, time
from typing import Any, ClassVar
from zoneinfo import ZoneInfo

from keepwell.accounts import Account
from keepwell.conclude import conclude
from keepwell.directory import Directory
from keepwell.errors import RejectedInput
from keepwell.parts import Parts
from keepwell.playbook import Playbook
from keepwell.plays.braking import population_key
from keepwell.population import NO_POPULATION, Population
from keepwell.ports import Accounts, Control, Files, History
from keepwell.rollups import Tally

EARLIEST_YEAR = 2000
"""Days before are slips of the pen, and conditions could not look back from the first of the calendar."""


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
        if day.year < EARLIEST_YEAR:
            raise ValueError
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


def night_of_run(state: Mapping[str, Any], control: Control, now: datetime, time_zone: ZoneInfo) -> datetime:
    """The moment a run is for, by the state of one of its steps.

    The day is that of `night_of` when it was first asked for, kept in the control row `night#<run>`: a run
    that is still at work after midnight stays with the day it began on.
    """
    day = night_of(str(state["on"]), now, time_zone).astimezone(time_zone).date()
    return night_of(control.settle(run_key(state["run"]), "day", str(day)), now, time_zone)


def run_key(run: str) -> str:
    return f"night#{run}"


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

    def go_on(self, out_of_time: Callable[[], bool] = lambda: False) -> None:
        """Page after page, until there is no more of either pages or time."""
        while self.more and not out_of_time():
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


class Walk(Step):
    """A step over the accounts of a scan segment; it leaves a part (`keepwell.parts`) whenever it stops."""

    name: ClassVar[str]

    def __init__(self, accounts: Accounts, files: Files, day: date):
        super().__init__()
        self._accounts = accounts
        self._files = files
        self.day = day

    def go_on(self, out_of_time: Callable[[], bool] = lambda: False) -> None:
        start = self.cursor
        super().go_on(out_of_time)
        if self.cursor != start or not self.more:
            self.parts.write(self.segment, self.of, start, self.cursor, self._part())
        if not self.more:
            self._end()

    @property
    def parts(self) -> Parts:
        return Parts(self._files, self.day, self.run, self.name)

    def _page(self, cursor: str | None) -> str | None:
        page = self._accounts.scan(self.segment, self.of, cursor)
        for account in page.accounts:
            try:
                self._look_at(account)
            except RejectedInput as problem:
                self._record_problem(account.account_id, str(problem))
        for account_id, reason in page.unreadable:
            self._record_problem(account_id, reason)
        return page.cursor

    @abstractmethod
    def _look_at(self, account: Account) -> None:
        """Do the step's work on one account; RejectedInput counts as a problem."""

    @abstractmethod
    def _part(self) -> dict[str, Any]:
        """What came of the accounts looked at since the part before."""

    @abstractmethod
    def _end(self) -> None:
        """What is to be done when the segment is done and its last part is stored."""


class Night(Walk):
    """Evaluates every account of its segment, and tallies what was concluded.

    It counts `evaluated`, `changed`, `transitions`, `failed`, and as `skipped` the accounts that are known of
    a later day already. When the last page is done, the number of accounts is stored in the control row
    `population#<segment>` as {"accounts": n, "of": segments}. Accounts are compared with `population`.
    """

    name = "evaluate"

    def __init__(
        self,
        accounts: Accounts,
        history: History,
        control: Control,
        files: Files,
        playbook: Playbook,
        now: datetime,
        population: Population = NO_POPULATION,
        directory: Directory | None = None,
    ):
        super().__init__(accounts, files, now.astimezone(playbook.time_zone).date())
        self._history = history
        self._control = control
        self._playbook = playbook
        self._population = population
        self._directory = directory
        self._now = now
        self._tally = Tally()

    def _look_at(self, account: Account) -> None:
        cause = f"night:{self.day}"
        evaluation = conclude(
            account,
            self._accounts,
            self._history,
            self._playbook,
            self._now,
            cause,
            self._population,
            self._directory,
        )
        self.counts["skipped" if evaluation.looks_back else "evaluated"] += 1
        self._tally.add(account, evaluation, self._playbook)
        if evaluation.changed:
            self.counts["changed"] += 1
            self.counts["transitions"] += len(evaluation.transitions)

    def _part(self) -> dict[str, Any]:
        part, self._tally = self._tally.to_json(), Tally()
        return part

    def _end(self) -> None:
        accounts = sum(self.counts[name] for name in ("evaluated", "skipped", "failed"))
        self._control.put(population_key(self.segment), {"accounts": accounts, "of": self.of})
