"""The nightly run: every account of one scan segment, page by page, so that it can stop and be resumed."""

from collections.abc import Mapping
from datetime import date, datetime, time
from typing import Any
from zoneinfo import ZoneInfo

from keepwell.conclude import conclude
from keepwell.errors import RejectedInput
from keepwell.playbook import Playbook
from keepwell.plays.braking import population_key
from keepwell.ports import Accounts, Control, History

COUNTS = ("evaluated", "changed", "transitions", "skipped", "failed")


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


class Night:
    """One segment's progress.

    `skipped` counts the accounts that are known of a later day already. `problems` are those that could not
    be evaluated, with the reason: they do not stop the others. When the last page is done, the number of
    accounts is stored in the control row `population#<segment>` as {"accounts": n, "of": segments}.
    """

    def __init__(
        self, accounts: Accounts, history: History, control: Control, playbook: Playbook, now: datetime
    ):
        self._accounts = accounts
        self._history = history
        self._control = control
        self._playbook = playbook
        self._now = now
        self._cause = f"night:{now.astimezone(playbook.time_zone).date()}"
        self._segment, self._of = 0, 1
        self._cursor: str | None = None
        self._counts = dict.fromkeys(COUNTS, 0)
        self.more = True
        self.problems: list[tuple[str, str]] = []

    def resume(self, progress: Mapping[str, Any]) -> None:
        """Go on from what `progress` returned before: segment, of, cursor and counts."""
        self._segment, self._of = int(progress["segment"]), int(progress["of"])
        self._cursor = progress.get("cursor")
        self._counts = {name: int(progress.get(name) or 0) for name in COUNTS}

    def evaluate_page(self) -> None:
        page = self._accounts.scan(self._segment, self._of, self._cursor)
        for account in page.accounts:
            try:
                evaluation = conclude(
                    account, self._accounts, self._history, self._playbook, self._now, self._cause
                )
            except RejectedInput as problem:
                self._record_problem(account.account_id, str(problem))
                continue
            self._counts["skipped" if evaluation.looks_back else "evaluated"] += 1
            if evaluation.changed:
                self._counts["changed"] += 1
                self._counts["transitions"] += len(evaluation.transitions)
        for account_id, reason in page.unreadable:
            self._record_problem(account_id, reason)
        self._cursor = page.cursor
        self.more = page.cursor is not None
        if not self.more:
            accounts = sum(self._counts[name] for name in ("evaluated", "skipped", "failed"))
            self._control.put(population_key(self._segment), {"accounts": accounts, "of": self._of})

    def progress(self) -> dict[str, Any]:
        """The cursor to go on from (None at the end) and the counts so far."""
        return {"cursor": self._cursor, **self._counts}

    def _record_problem(self, account_id: str, reason: str) -> None:
        self._counts["failed"] += 1
        self.problems.append((account_id, reason))
