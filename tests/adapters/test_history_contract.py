"""The contract of History (reliability S2: append-only)."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from keepwell.history import HistoryRow
from keepwell.in_memory import InMemoryHistory
from keepwell.ports import History
from keepwell_aws.history import DynamoHistory
from tests.adapters.conftest import LoseAnswer
from tests.aws_tables import Names

NOON = datetime(2026, 11, 21, 12, tzinfo=UTC)
ROW = HistoryRow(
    "A1", NOON, "score", "2026-11-21#0f", {"score": 31, "metrics": [{"name": "NPS", "value": None}]}
)


@pytest.fixture
def history(place: Names | None) -> History:
    return DynamoHistory(place.table("history")) if place else InMemoryHistory()


def test_a_row_comes_back_as_it_was(history: History) -> None:
    history.append([ROW])
    assert history.of("A1") == [ROW]
    assert history.of("A2") == []


def test_appending_is_idempotent_and_changes_nothing(history: History) -> None:
    history.append([ROW, ROW])
    history.append([ROW, replace(ROW, detail={"score": 99})])
    assert history.of("A1") == [ROW]


def test_newest_first_up_to_the_limit_and_by_kind(history: History) -> None:
    rows = [
        HistoryRow(
            "A1", NOON + timedelta(minutes=number), "score" if number % 3 else "transition", str(number), {}
        )
        for number in range(60)
    ]
    history.append(rows)

    assert [row.row_id for row in history.of("A1", limit=3)] == ["59", "58", "57"]
    assert [row.row_id for row in history.of("A1", "transition", limit=4)] == ["57", "54", "51", "48"]
    assert len(history.of("A1")) == 50
    assert len(history.of("A1", "score", limit=100)) == 40


def test_a_lost_answer_is_no_error(stack: Names, lose_answer: LoseAnswer) -> None:
    """Reliability 2.1."""
    history = DynamoHistory(stack.table("history"))
    with lose_answer("PutItem"):
        history.append([ROW])
    assert history.of("A1") == [ROW]
