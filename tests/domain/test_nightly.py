"""The night: what day it is for, every account once, page by page, and what it counts."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from keepwell.errors import RejectedInput
from keepwell.in_memory import InMemoryAccounts, InMemoryControl, InMemoryFiles, InMemoryHistory
from keepwell.nightly import Night, night_of
from keepwell.ports import Page
from tests.story import NOON, account, poor_account, standard_playbook

BERLIN = ZoneInfo("Europe/Berlin")
PLAYBOOK = standard_playbook()


def test_a_schedule_means_now() -> None:
    assert night_of("2026-11-20T02:00:00.123Z", NOON, BERLIN) == NOON
    assert night_of("2026-11-21", NOON, BERLIN) == NOON


@pytest.mark.parametrize(
    ("on", "end"),
    [
        ("2026-11-20", datetime(2026, 11, 20, 22, 59, 59, tzinfo=UTC)),
        ("2026-10-25", datetime(2026, 10, 25, 22, 59, 59, tzinfo=UTC)),  # 25 hours long in Berlin
        ("2026-07-01", datetime(2026, 7, 1, 21, 59, 59, tzinfo=UTC)),
    ],
)
def test_a_past_day_means_its_end_where_the_tenant_is(on: str, end: datetime) -> None:
    assert night_of(on, NOON, BERLIN) == end


@pytest.mark.parametrize("on", ["2026-13-01", "banana", "", "tomorrow, please", "2026-11-22", "0001-01-01"])
def test_what_is_no_past_day_is_rejected(on: str) -> None:
    with pytest.raises(RejectedInput):
        night_of(on, NOON, BERLIN)


def stored(*ids: str) -> InMemoryAccounts:
    accounts = InMemoryAccounts()
    for account_id in ids:
        accounts.put_facts(replace(poor_account(account_id).facts, revision=0))
    return accounts


def test_a_night_ends_with_its_counts_and_the_next_one_changes_nothing() -> None:
    accounts, history = stored("A-1", "A-2"), InMemoryHistory()
    for changed in (2, 0):
        night = Night(accounts, history, InMemoryControl(), InMemoryFiles(), PLAYBOOK, NOON)
        night.go_on()
        assert not night.more
        counts = night.counts
        assert (counts["evaluated"], counts["changed"], counts["failed"]) == (2, changed, 0)
        assert bool(counts["transitions"]) is bool(changed)


def test_a_past_night_counts_no_transitions_that_it_does_not_store() -> None:
    """S2."""
    accounts, history = stored("A-1"), InMemoryHistory()
    Night(accounts, history, InMemoryControl(), InMemoryFiles(), PLAYBOOK, NOON).go_on()
    facts = accounts.facts_of(["A-1"])["A-1"]
    accounts.put_facts(replace(account().facts, revision=facts.revision))
    night = Night(accounts, history, InMemoryControl(), InMemoryFiles(), PLAYBOOK, NOON - timedelta(days=1))
    night.go_on()
    assert (night.counts["changed"], night.counts["transitions"]) == (0, 0)
    assert (night.counts["evaluated"], night.counts["skipped"]) == (0, 1)


def test_a_night_goes_on_where_it_stopped_with_its_counts() -> None:
    accounts, history = stored("A-1", "A-2", "A-3"), InMemoryHistory()
    first = Night(accounts, history, InMemoryControl(), InMemoryFiles(), PLAYBOOK, NOON)
    first.resume(
        {"segment": 0, "of": 1, "run": "r", "cursor": "A-1", "counts": {"evaluated": 1, "failed": 4}}
    )
    first.go_on()
    counts = {"evaluated": 3, "changed": 2, "transitions": first.counts["transitions"], "failed": 4}
    assert first.progress() == {"cursor": None, "counts": counts}


def test_an_account_that_cannot_be_read_stops_no_other() -> None:
    class Damaged(InMemoryAccounts):
        def scan(self, segment: int, of: int, start: str | None = None, limit: int = 200) -> Page:
            return replace(super().scan(segment, of, start, limit), unreadable=(("A-9", "is broken"),))

    accounts = Damaged()
    accounts.put_facts(replace(poor_account("A-1").facts, revision=0))
    night = Night(accounts, InMemoryHistory(), InMemoryControl(), InMemoryFiles(), PLAYBOOK, NOON)
    night.go_on()
    assert night.problems == [("A-9", "is broken")]
    assert (night.counts["evaluated"], night.counts["failed"]) == (1, 1)
