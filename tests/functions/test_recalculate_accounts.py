"""The step that judges past days again (reliability S2)."""

from datetime import date, timedelta
from functools import partialmethod

import pytest

from keepwell.errors import RejectedInput
from keepwell_aws.accounts import DynamoAccounts
from keepwell_aws.history import DynamoHistory
from tests.aws_tables import Names
from tests.crashes import Fault, enumerate_faults
from tests.functions.invoking import Context, Log, deliver, forget, invoke, judge, know, sample_event, spoil
from tests.functions.judging import use_few_segments
from tests.story import NOON, account, poor_account

NAME, CASE = "recalculate_accounts", "past_week"
FIRST = date(2026, 11, 14)


@pytest.fixture(autouse=True)
def few_segments(stack: Names) -> None:
    use_few_segments(stack)


def scores(stack: Names, account_id: str) -> list[tuple[date, str]]:
    rows = DynamoHistory(stack.table("history")).of(account_id, "score", limit=500)
    return [(row.at.date(), row.detail["health"]) for row in rows if row.detail.get("recalculated")]


def test_every_account_gets_the_scores_of_the_past_days(stack: Names) -> None:
    before = judge(stack, account("A-001"))
    know(stack, poor_account("A-002"))
    answer = invoke(NAME, sample_event(NAME, CASE))
    assert (answer["cursor"], answer["counts"]["accounts"], answer["counts"]["failed"]) == (None, 2, 0)
    assert scores(stack, "A-001")[-1] == (FIRST, "good")
    assert scores(stack, "A-002")[-1] == (FIRST, "poor")
    known = DynamoAccounts(stack.table("accounts")).get("A-001")
    assert known is not None
    assert known.standing == before


def test_it_goes_on_where_it_stopped(stack: Names, monkeypatch: pytest.MonkeyPatch) -> None:
    """R4."""
    monkeypatch.setattr(DynamoAccounts, "scan", partialmethod(DynamoAccounts.scan, limit=2))
    ids = [f"A-{number}" for number in range(6)]
    for account_id in ids:
        know(stack, account(account_id))
    answer = sample_event(NAME, CASE)
    for _ in range(20):
        answer = invoke(NAME, answer, Context(90_000, 10_000))
        if answer["cursor"] is None:
            break
    assert answer["counts"]["accounts"] == len(ids)
    assert all(scores(stack, account_id) for account_id in ids)


def test_an_account_that_cannot_be_read_stops_no_other(stack: Names, log: Log) -> None:
    """R2."""
    know(stack, account("A-001"))
    know(stack, account("A-002"))
    spoil(stack, "A-001", "facts")
    assert invoke(NAME, sample_event(NAME, CASE), Context(90_000))["counts"]["failed"] == 1
    assert scores(stack, "A-002")
    assert [entry["account_id"] for entry in log.entries() if entry["level"] == "ERROR"] == ["A-001"]


def test_killed_at_any_call_the_rows_are_the_same(stack: Names) -> None:
    expected: list[object] = []

    def story(name: str, place: int | None, fault: Fault) -> list[str]:
        know(stack, poor_account(name, known_since=NOON - timedelta(days=90)))
        event = sample_event(NAME, CASE) | {"on": "2026-11-19/2026-11-20"}
        made = deliver(NAME, event, place, fault)
        invoke(NAME, event)
        expected.append(scores(stack, name))
        assert expected[-1] == expected[0] != []
        forget(stack, name)
        return made

    enumerate_faults(story)


def test_what_is_no_span_of_days_is_refused(stack: Names) -> None:
    with pytest.raises(RejectedInput, match="no span of days"):
        invoke(NAME, sample_event(NAME, CASE) | {"on": "2026-11-20"})
