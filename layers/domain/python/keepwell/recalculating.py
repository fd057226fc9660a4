"""Judging past days again by the playbook of today: score rows of the History, and nothing of the present.

What an account was on a past day is rebuilt from what is kept: its facts and since when each has stood so,
the change logs of imports, the trail, the summary of its use, the populations of the days. What a play
changed since is in no log: of such a value only what the trail or an older log tells is known; else it
counts as missing on the days before. People and touchpoints are not rebuilt.
"""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

from keepwell.accounts import Account, Facts, Provenance
from keepwell.attributes import Catalogue, Value
from keepwell.errors import ConfigurationError, RejectedInput
from keepwell.evaluation import evaluate
from keepwell.health.replaying import RECALCULATED, SCORE
from keepwell.history import HistoryRow
from keepwell.imports.job import change_logs_since
from keepwell.imports.restoring import typed
from keepwell.nightly import Step
from keepwell.playbook import Playbook
from keepwell.population import Population
from keepwell.ports import Accounts, Files, History
from keepwell.ranking import Populations
from keepwell.standings import Standing
from keepwell.trails import AccountTrail

FARTHEST_DAYS = 180
"""How far back change logs are kept."""
MOST_LOG_BYTES = 128 * 1024 * 1024
"""Of all change logs together; in memory they take some six times as much."""


@dataclass(frozen=True)
class Logged:
    """One value that an import changed or confirmed, as its log tells: when, from what and to what."""

    at: datetime
    old: Any
    new: Any

    @property
    def changed(self) -> bool:
        """Whether it is otherwise than before, and not only confirmed."""
        return bool(self.old != self.new)


Logs = Mapping[str, Mapping[str, Sequence[Logged]]]
"""By account and attribute, the oldest first."""


def days_of(span: str) -> tuple[date, date]:
    """The first and the last day of `2026-10-22/2026-11-20`; RejectedInput if it is no such span."""
    first, _, last = span.partition("/")
    try:
        days = date.fromisoformat(first), date.fromisoformat(last)
    except ValueError:
        raise RejectedInput(f"{span!r} is no span of days; write it like 2026-10-22/2026-11-20") from None
    if not 0 <= (days[1] - days[0]).days < FARTHEST_DAYS:
        raise RejectedInput(f"{span} are not 1 to {FARTHEST_DAYS} days")
    return days


def read_logs(files: Files, since: date) -> Logs:
    """What imports changed of accounts since a day. Lines about their people or touchpoints are left out.

    Raises ConfigurationError if it is more than fits into memory.
    """
    found: dict[str, dict[str, list[Logged]]] = {}
    size = 0
    for key in change_logs_since(files, since):
        content = files.read(key)
        size += len(content)
        if size > MOST_LOG_BYTES:
            raise ConfigurationError(
                f"the logs of what imports changed since {since} hold more than {MOST_LOG_BYTES:,} bytes; "
                "recalculate fewer days"
            )
        for line in content.splitlines():
            entry = json.loads(line)
            if entry.keys() - {"before"} == {"account_id", "at", "changes"}:
                at = datetime.fromisoformat(entry["at"])
                of_account = found.setdefault(entry["account_id"], {})
                for name, (old, new) in entry["changes"].items():
                    of_account.setdefault(name, []).append(Logged(at, old, new))
    for of_account in found.values():
        for changes in of_account.values():
            changes.sort(key=lambda change: change.at)
    return found


class Recalculation(Step):
    """Judges the accounts of one scan segment again, as of each of the days.

    It counts `accounts`, `rows` (written, or there already from before) and `failed`.
    """

    def __init__(
        self,
        accounts: Accounts,
        history: History,
        files: Files,
        populations: Populations,
        playbook: Playbook,
        days: tuple[date, date],
    ):
        super().__init__()
        self._accounts = accounts
        self._history = history
        self._playbook = playbook
        first, last = days
        span = [first + timedelta(days=number) for number in range((last - first).days + 1)]
        self._populations = {day: populations.of(day) for day in span}
        self._logs = read_logs(files, first)

    def _page(self, cursor: str | None) -> str | None:
        page = self._accounts.scan(self.segment, self.of, cursor)
        for account in page.accounts:
            logs = self._logs.get(account.account_id, {})
            try:
                rows = list(recalculated(account, logs, self._playbook, self._populations))
                self._history.append(rows)
            except RejectedInput as problem:
                self._record_problem(account.account_id, str(problem))
                continue
            self.counts["accounts"] += 1
            self.counts["rows"] += len(rows)
        for account_id, reason in page.unreadable:
            self._record_problem(account_id, reason)
        return page.cursor


def recalculated(
    account: Account,
    logs: Mapping[str, Sequence[Logged]],
    playbook: Playbook,
    populations: Mapping[date, Population],
) -> Iterator[HistoryRow]:
    """The score rows of an account over the days, one whenever the score differs from the day before.

    They are marked `recalculated`. Their keys derive from what was judged: doing it again writes the same.
    """
    standing: Standing | None = None
    for day, population in sorted(populations.items()):
        now = datetime.combine(day, time(23, 59, 59), playbook.time_zone)
        then = as_of(account, logs, now, playbook.catalogue)
        if then is None:
            continue
        evaluation = evaluate(replace(then, standing=standing), playbook, now, "recalculation", population)
        for row in evaluation.history():
            if row.kind == SCORE:
                row_id = f"recalculated-{evaluation.standing.inputs}"
                yield replace(row, row_id=row_id, detail={**row.detail, RECALCULATED: True})
        standing = replace(evaluation.standing, pending=())


def as_of(
    account: Account, logs: Mapping[str, Sequence[Logged]], moment: datetime, catalogue: Catalogue
) -> Account | None:
    """The account as it was at a moment, as far as it can be told; None before it was there."""
    facts = account.facts
    if facts.created_at > moment:
        return None
    day = moment.date()
    trail = _until(account.trail, day) if account.trail else None
    values, told, confirmed = dict[str, Value](), dict[str, Provenance](), dict[str, datetime]()
    for name in {*facts.values, *facts.exceptions, *logs}:
        found = _value_as_of(name, facts, logs.get(name, ()), moment)
        if found is None and trail and name in trail.values:
            since, remembered = trail.values[name][-1]
            found = datetime.combine(since, time(), UTC), remembered
        if found is None:
            continue
        at, value = found
        told[name] = Provenance(facts.exceptions.get(name, facts.provenance).source, at)
        if value is not None:
            values[name] = typed(name, value, catalogue)
            if again := _confirmed_as_of(name, facts, logs.get(name, ()), at, moment):
                confirmed[name] = again
    stages = {
        name: since if since <= day else told[name].observed_at.astimezone(moment.tzinfo).date()
        for name, since in facts.since.items()
        if name in values
    }
    then = replace(facts, values=values, exceptions=told, since=stages, confirmed=confirmed)
    return replace(account, facts=then, standing=None, trail=trail, people=None)


def _value_as_of(
    name: str, facts: Facts, changes: Sequence[Logged], moment: datetime
) -> tuple[datetime, Any] | None:
    """Since when, and what; None where nothing tells. What stands since before is what it was."""
    observed = facts.observed(name)
    if observed <= moment:
        return observed, facts.values.get(name)
    before = [change for change in changes if change.at <= moment and change.changed]
    if before:
        return before[-1].at, before[-1].new
    if changes:
        return facts.created_at, changes[0].old
    return None


def _confirmed_as_of(
    name: str, facts: Facts, changes: Sequence[Logged], told_at: datetime, moment: datetime
) -> datetime | None:
    """When the value that was told at `told_at` had been told again; None if that is not known."""
    logged = [change.at for change in changes if not change.changed]
    known = (at for at in (*logged, facts.confirmed.get(name)) if at and told_at <= at <= moment)
    return max(known, default=None)


def _until(trail: AccountTrail, day: date) -> AccountTrail:
    """The part of the trail that was known by the end of a day."""
    known = {name: tuple(each for each in past if each[0] <= day) for name, past in trail.values.items()}
    return replace(trail, values={name: past for name, past in known.items() if past})
