"""Past days judged again: what can be rebuilt, and that the present stays as it is (reliability S2)."""

import json
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest

from keepwell.accounts import Account, Change, merge
from keepwell.attributes import Value
from keepwell.errors import ConfigurationError, RejectedInput
from keepwell.imports.changes import ChangeLog
from keepwell.in_memory import InMemoryAccounts, InMemoryControl, InMemoryFiles, InMemoryHistory
from keepwell.population import NO_POPULATION
from keepwell.ranking import Populations
from keepwell.recalculating import Recalculation, as_of, days_of, read_logs, recalculated
from keepwell.trails import AccountTrail
from tests.story import NOON, POOR, TODAY, account, standard_playbook

PLAYBOOK = standard_playbook()


def days_ago(number: int) -> date:
    return TODAY - timedelta(days=number)


def told(
    before: Account, files: InMemoryFiles, number: int, source: str = "csv:accounts", **values: Value
) -> Account:
    """What an import (which logs it) or a play (which does not) told so many days ago."""
    at = NOON - timedelta(days=number)
    names = {name.replace(" ", "_").casefold(): name for name in before.facts.values}
    named = {names.get(key, key): value for key, value in values.items()}
    change = Change(before.account_id, named, source, at, at.date(), f"change-{number}")
    after = merge(before.facts, change, PLAYBOOK.catalogue)
    assert after is not None
    if source.startswith("csv:"):
        log = ChangeLog(files, f"changes/{at.isoformat()}-drop/0000.jsonl", at)
        log.note((before.account_id,), before.facts, after)
        log.write()
    return replace(before, facts=after)


def value_of(there: Account, files: InMemoryFiles, name: str, number: int) -> Value | None:
    """What an attribute was at the end of the day so many days ago."""
    logs = read_logs(files, days_ago(60)).get(there.account_id, {})
    moment = datetime.combine(days_ago(number), datetime.max.time(), UTC)
    then = as_of(there, logs, moment, PLAYBOOK.catalogue)
    return then.facts.values.get(name) if then else None


def test_the_logs_of_imports_give_each_day_its_value() -> None:
    files = InMemoryFiles()
    there = told(told(account("A-1", nps=9), files, 20, nps=7), files, 10, nps=3)
    assert [value_of(there, files, "NPS", number) for number in (25, 21, 20, 11, 10, 0)] == [9, 9, 7, 7, 3, 3]


def test_dates_and_what_was_cleared_come_back_as_they_were() -> None:
    files = InMemoryFiles()
    there = told(account("A-1"), files, 5, renewal_date=date(2028, 1, 1))
    assert value_of(there, files, "Renewal Date", 6) == date(2027, 9, 1)
    assert value_of(there, files, "Renewal Date", 5) == date(2028, 1, 1)


def test_before_an_account_was_there_it_is_not_judged() -> None:
    there = account("A-1", known_since=NOON - timedelta(days=5))
    assert value_of(there, InMemoryFiles(), "Status", 5) == "Paying"
    assert value_of(there, InMemoryFiles(), "Status", 6) is None
    rows = recalculated(there, {}, PLAYBOOK, {days_ago(n): NO_POPULATION for n in range(1, 10)})
    assert [row.at.date() for row in rows] == [days_ago(5)]


def test_what_a_play_changed_is_known_from_an_older_log_or_the_trail_or_not_at_all() -> None:
    """Plays write no log: honest gaps, never a value of another day."""
    files = InMemoryFiles()
    there = told(account("A-1"), files, 20, risk_status="Identified")
    there = told(there, files, 4, "play:rescue", risk_status="Resolved")
    assert value_of(there, files, "Risk Status", 4) == "Resolved"
    assert value_of(there, files, "Risk Status", 5) == "Identified"
    played = told(account("A-2"), files, 4, "play:rescue", nps=1)
    assert value_of(played, files, "NPS", 5) is None
    trail = AccountTrail("A-2", {"NPS": ((days_ago(30), 10), (days_ago(4), 1))})
    assert value_of(replace(played, trail=trail), files, "NPS", 5) == 10


def test_a_stage_counts_from_the_day_it_was_then_known_since() -> None:
    files = InMemoryFiles()
    there = told(account("A-1"), files, 20, risk_status="Identified")
    there = told(there, files, 4, risk_status="Resolved")
    logs = read_logs(files, days_ago(60))["A-1"]
    moment = datetime.combine(days_ago(6), datetime.max.time(), UTC)
    then = as_of(there, logs, moment, PLAYBOOK.catalogue)
    assert then is not None
    assert then.facts.since["Risk Status"] == days_ago(20)


def portfolio() -> tuple[InMemoryAccounts, InMemoryFiles]:
    """An account that was good until an import made it poor ten days ago."""
    accounts, files = InMemoryAccounts(), InMemoryFiles()
    there = told(account("A-1"), files, 10, "csv:accounts", **POOR)
    accounts.put_facts(replace(there.facts, revision=0))
    return accounts, files


def recalculate(
    accounts: InMemoryAccounts, files: InMemoryFiles, history: InMemoryHistory, days: int = 30
) -> Recalculation:
    span = days_ago(days), days_ago(1)
    populations = Populations(InMemoryControl(), files)
    step = Recalculation(accounts, history, files, populations, PLAYBOOK, span)
    step.go_on()
    return step


def test_past_days_get_score_rows_where_the_score_changed_and_the_present_stays() -> None:
    accounts, files = portfolio()
    history, before = InMemoryHistory(), accounts.writes
    step = recalculate(accounts, files, history)
    assert (step.counts["accounts"], step.counts["rows"]) == (1, len(history.of("A-1")))
    rows = sorted(history.of("A-1"), key=lambda row: row.at)
    assert {row.kind for row in rows} == {"score"}
    assert all(row.detail["recalculated"] and row.detail["playbook"] == PLAYBOOK.version for row in rows)
    by_day = {row.at.date(): row.detail["health"] for row in rows}
    assert min(by_day) == days_ago(30)
    assert {health for day, health in by_day.items() if day < days_ago(10)} == {"good"}
    assert by_day[days_ago(10)] == "poor"
    assert accounts.writes == before, "no standing, no trail"


def test_doing_it_again_writes_the_same_rows() -> None:
    accounts, files = portfolio()
    history = InMemoryHistory()
    recalculate(accounts, files, history)
    before = history.of("A-1", limit=1_000)
    recalculate(accounts, files, history)
    assert history.of("A-1", limit=1_000) == before


def test_lines_about_people_are_no_changes_of_the_account() -> None:
    files = InMemoryFiles()
    entry = {"account_id": "A-1", "user_id": "ann", "at": NOON.isoformat(), "changes": {"NPS": [1, 2]}}
    files.write(
        f"changes/{NOON.isoformat()}-x/0000.jsonl", json.dumps(entry).encode(), "application/x-ndjson"
    )
    assert read_logs(files, days_ago(5)) == {}


def test_what_was_told_while_an_attribute_was_a_text_is_no_date_now() -> None:
    """An attribute may change its kind: its old values are unknown, and no reason to stop."""
    there = account("A-1")
    there = replace(there, facts=replace(there.facts, values={**there.facts.values, "Renewal Date": "soon"}))
    rows = list(recalculated(there, {}, PLAYBOOK, {days_ago(1): NO_POPULATION}))
    assert [row.kind for row in rows] == ["score"]


def test_more_logs_than_fit_into_memory_are_refused_with_the_mend(monkeypatch: pytest.MonkeyPatch) -> None:
    files = InMemoryFiles()
    told(account("A-1"), files, 20, nps=7)
    monkeypatch.setattr("keepwell.recalculating.MOST_LOG_BYTES", 50)
    with pytest.raises(ConfigurationError, match="recalculate fewer days"):
        read_logs(files, days_ago(30))
    assert read_logs(files, days_ago(10)) == {}


def test_older_logs_are_not_read() -> None:
    files = InMemoryFiles()
    told(account("A-1"), files, 20, nps=7)
    assert read_logs(files, days_ago(10)) == {}
    assert read_logs(files, days_ago(20)).keys() == {"A-1"}


@pytest.mark.parametrize("span", ["", "2026-11-21", "2026-11-21/2026-11-20", "2026-01-01/2026-11-20", "a/b"])
def test_what_is_no_span_is_rejected(span: str) -> None:
    with pytest.raises(RejectedInput):
        days_of(span)


def test_a_span_has_its_first_and_last_day() -> None:
    assert days_of("2026-11-14/2026-11-20") == (date(2026, 11, 14), date(2026, 11, 20))
