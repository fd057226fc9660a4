"""Changed facts become a standing, and the transitions that wait to take effect (reliability T1, S2, R2)."""

from datetime import timedelta
from itertools import permutations
from typing import Any

import boto3
import pytest

from infra.permissions import Call
from keepwell.attributes import Value
from keepwell.in_memory import FixedClock
from keepwell.standings import Band
from keepwell_aws.accounts import DynamoAccounts
from keepwell_aws.history import DynamoHistory
from keepwell_aws.wakes import DynamoWakes
from tests.aws_tables import Names
from tests.crashes import Fault, enumerate_faults
from tests.functions.invoking import (
    Log,
    deliver,
    failures,
    invoke,
    know,
    of_changes,
    sample_event,
    spoil,
    standing_of,
)
from tests.functions.judging import (
    activate,
    check_silent,
    meet,
    rows_of,
    tell,
    trail_of,
    use_a_segment_of_users,
    use_few_segments,
)
from tests.story import account, poor_account

NAME = "evaluate_changes"
CASE = "facts_changed"
TEN = [f"A-{number:03}" for number in range(10)]


@pytest.fixture(autouse=True)
def few_segments(stack: Names) -> None:
    use_few_segments(stack)


def test_a_poor_account_enters_at_risk_and_says_why(stack: Names, log: Log) -> None:
    know(stack, poor_account("A-001"))
    assert failures(invoke(NAME, sample_event(NAME, CASE))) == []

    standing = standing_of(stack, "A-001")
    assert standing.health is Band.POOR
    assert [transition.id for transition in standing.pending] == ["A-001/at-risk/1/entered"]
    assert standing.revision == 1, "two records of one account, one evaluation"
    kinds = [row.kind for row in DynamoHistory(stack.table("history")).of("A-001")]
    assert sorted(kinds) == ["score", "transition"]
    assert [(e["message"], e["account_id"], e["health"]) for e in log.entries()] == [
        ("standing changed", "A-001", "poor")
    ]


def test_duplicates_and_reordering_change_nothing(stack: Names, clock: FixedClock) -> None:
    for account_id in TEN:
        know(stack, poor_account(account_id))
    invoke(NAME, of_changes(NAME, CASE, TEN))
    before = [standing_of(stack, account_id) for account_id in TEN]
    clock.advance(timedelta(minutes=5))
    invoke(NAME, of_changes(NAME, CASE, [*reversed(TEN), *TEN]))
    assert [standing_of(stack, account_id) for account_id in TEN] == before


def test_one_poison_record_among_ten_is_reported_alone(stack: Names, log: Log) -> None:
    """R2: nine take effect, and the log says what is wrong with the tenth."""
    for account_id in TEN:
        know(stack, poor_account(account_id))
    spoil(stack, TEN[4], "facts")
    assert failures(invoke(NAME, of_changes(NAME, CASE, TEN))) == ["4"]
    for account_id in TEN[:4] + TEN[5:]:
        assert standing_of(stack, account_id).health is Band.POOR
    [warning] = [entry for entry in log.entries() if entry["level"] == "WARNING"]
    assert "the facts of account 'A-004' cannot be read" in warning["exception"]


def test_a_batch_of_poison_alone_fails_whole(stack: Names) -> None:
    """Lambda then halves it and keeps the record; a batch that reports all of its records is not retried
    differently, but this way the function's error count shows it."""
    know(stack, account("A-001"))
    spoil(stack, "A-001", "facts")
    with pytest.raises(Exception, match="All records failed"):
        invoke(NAME, sample_event(NAME, CASE))


def test_an_account_that_is_gone_is_no_failure(stack: Names) -> None:
    assert failures(invoke(NAME, sample_event(NAME, CASE))) == []
    assert DynamoAccounts(stack.table("accounts")).get("A-001") is None


def test_duplicates_leave_the_trail_alone(stack: Names, clock: FixedClock) -> None:
    """Unchanged means untouched."""
    know(stack, account("A-001"))
    event = of_changes(NAME, CASE, ["A-001"])
    invoke(NAME, event)
    clock.advance(timedelta(days=3))
    tell(stack, clock, "A-001", NPS=5)
    for _ in range(3):
        invoke(NAME, event)
    assert [value for _, value in trail_of(stack, "A-001").values["NPS"]] == [10, 5]
    assert trail_of(stack, "A-001").revision == 2


def test_killed_at_any_call_no_transition_is_lost_or_made_twice(stack: Names) -> None:
    def story(name: str, place: int | None, fault: Fault) -> list[str]:
        know(stack, poor_account(name))
        event = of_changes(NAME, CASE, [name])
        made = deliver(NAME, event, place, fault)
        invoke(NAME, event)
        invoke(NAME, event)
        standing = standing_of(stack, name)
        assert [transition.id for transition in standing.pending] == [f"{name}/at-risk/1/entered"]
        assert (standing.revision, standing.memberships["at-risk"].sequence) == (1, 1)
        assert trail_of(stack, name).revision == 1
        assert rows_of(stack, name) == [f"{name}/at-risk/1/entered", "score"], "no row twice"
        return made

    kinds = [call.removeprefix("dynamodb:") for call in enumerate_faults(story)]
    assert kinds[-5:] == ["UpdateItem", "PutItem", "PutItem", "UpdateItem", "Query"], (
        "trail, history, standing, a look back"
    )


def test_killed_at_any_call_a_drop_over_time_is_seen_once(stack: Names, clock: FixedClock) -> None:
    """The trail that is stored already when the standing is not tells the same the second time."""

    def story(name: str, place: int | None, fault: Fault) -> list[str]:
        know(stack, account(name))
        event = of_changes(NAME, CASE, [name])
        invoke(NAME, event)
        tell(stack, clock, name, NPS=5)
        made = deliver(NAME, event, place, fault)
        invoke(NAME, event)
        invoke(NAME, event)
        assert standing_of(stack, name).memberships["falling"].sequence == 1
        assert standing_of(stack, name).memberships["falling"].inside
        assert standing_of(stack, name).revision == 2
        assert [value for _, value in trail_of(stack, name).values["NPS"]] == [10, 5]
        assert trail_of(stack, name).revision == 2
        assert rows_of(stack, name) == [f"{name}/falling/1/entered", "score", "score"], "no row twice"
        return made

    enumerate_faults(story)


def told(stack: Names, clock: FixedClock, account_id: str, **values: Value) -> dict[str, Any]:
    """Facts change as of now; the stream's record of it."""
    before = image(stack, account_id)
    tell(stack, clock, account_id, **values)
    [record] = of_changes(NAME, CASE, [account_id])["Records"]
    record["dynamodb"] |= {"OldImage": before, "NewImage": image(stack, account_id)}
    return dict(record)


def image(stack: Names, account_id: str) -> Any:
    """An account's facts as the stream shows them."""
    key = {"account_id": {"S": account_id}, "part": {"S": "facts"}}
    return boto3.client("dynamodb").get_item(TableName=stack.table("accounts"), Key=key)["Item"]


def batch(*records: dict[str, Any]) -> dict[str, Any]:
    """The records as a batch; sequence numbers count from 0."""
    return {
        "Records": [
            {**record, "dynamodb": {**record["dynamodb"], "SequenceNumber": str(number)}}
            for number, record in enumerate(records)
        ]
    }


def looked_at(event: dict[str, Any]) -> bool:
    """Whether the function reads an account for these records."""
    calls: list[Call] = []
    assert failures(invoke(NAME, event, calls=calls)) == []
    return any(call.action == "dynamodb:Query" for call in calls)


def test_a_change_that_decides_nothing_costs_no_look(stack: Names, clock: FixedClock) -> None:
    know(stack, account("A-001"))
    invoke(NAME, of_changes(NAME, CASE, ["A-001"]))
    before = standing_of(stack, "A-001")
    renamed = told(stack, clock, "A-001", **{"Account Name": "Harbour Labs"})
    assert not looked_at(batch(renamed, renamed))
    assert standing_of(stack, "A-001") == before
    assert looked_at(batch(renamed, told(stack, clock, "A-001", NPS=9))), (
        "another of the account's records counts"
    )


@pytest.mark.parametrize("lost", ["OldImage", "NewImage"])
def test_a_record_that_does_not_tell_both_images_is_looked_into(
    stack: Names, clock: FixedClock, lost: str
) -> None:
    """A new account has no image before; a stream of before this version tells the new one alone."""
    know(stack, account("A-001"))
    renamed = told(stack, clock, "A-001", **{"Account Name": "Harbour Labs"})
    broken = {**renamed["dynamodb"][lost], "document": {"S": "{"}}
    assert looked_at(batch({**renamed, "dynamodb": {**renamed["dynamodb"], lost: broken}}))
    del renamed["dynamodb"][lost]
    assert looked_at(batch(renamed))


def test_after_an_activation_every_account_is_looked_at(stack: Names, clock: FixedClock) -> None:
    """1.14 row 23: who is inside is taken in before who enters next."""
    know(stack, account("A-001"))
    renamed = told(stack, clock, "A-001", **{"Account Name": "Harbour Labs"})
    activate("falling", clock.now(), stack)
    assert looked_at(batch(renamed))
    clock.advance(timedelta(days=2))
    assert not looked_at(batch(renamed))


def test_no_order_of_what_decides_and_what_does_not_loses_a_transition(
    stack: Names, clock: FixedClock
) -> None:
    """T1, S4: duplicates and reordering change nothing, with changes between that nobody looks at."""
    for number, order in enumerate(permutations(range(3))):
        name = f"A-{number:03}"
        know(stack, account(name))
        invoke(NAME, of_changes(NAME, CASE, [name]))
        records = [
            told(stack, clock, name, **{"Account Name": "Harbour Labs"}),
            told(stack, clock, name, NPS=5),
            told(stack, clock, name, **{"Account Name": "Harbor Labs"}),
        ]
        for each in order:
            invoke(NAME, batch(records[each]))
        invoke(NAME, batch(*(records[each] for each in (*order, *order))))
        assert standing_of(stack, name).memberships["falling"].sequence == 1
        assert [value for _, value in trail_of(stack, name).values["NPS"]] == [10, 5]
        assert rows_of(stack, name) == [f"{name}/falling/1/entered", "score", "score"]


def test_killed_at_any_call_between_changes_that_decide_nothing_no_transition_is_lost(
    stack: Names, clock: FixedClock
) -> None:
    def story(name: str, place: int | None, fault: Fault) -> list[str]:
        know(stack, account(name))
        invoke(NAME, of_changes(NAME, CASE, [name]))
        event = batch(
            told(stack, clock, name, **{"Account Name": "Harbour Labs"}),
            told(stack, clock, name, NPS=5),
            told(stack, clock, name, **{"Account Name": "Harbor Labs"}),
        )
        made = deliver(NAME, event, place, fault)
        invoke(NAME, event)
        invoke(NAME, event)
        assert standing_of(stack, name).memberships["falling"].sequence == 1
        assert [value for _, value in trail_of(stack, name).values["NPS"]] == [10, 5]
        assert rows_of(stack, name) == [f"{name}/falling/1/entered", "score", "score"], "no row twice"
        return made

    enumerate_faults(story)


def test_killed_at_any_call_a_person_enters_a_segment_of_users_once(stack: Names) -> None:
    """The person is stored last, with the tags in one write: what was lost the next look does."""
    use_a_segment_of_users(stack)

    def story(name: str, place: int | None, fault: Fault) -> list[str]:
        know(stack, account(name))
        meet(stack, name)
        event = of_changes(NAME, CASE, [name])
        made = deliver(NAME, event, place, fault)
        invoke(NAME, event)
        invoke(NAME, event)
        check_silent(stack, name)
        assert standing_of(stack, name).revision == 1
        assert rows_of(stack, name) == ["ann/silent/1/entered", "score"], "no row twice"
        wake = DynamoWakes(stack.table("deliveries")).get(f"start/{name}/silent/ann/1/entered")
        assert wake is not None, "the play about people is told of it"
        return made

    made = enumerate_faults(story)
    assert made[-5:] == [
        "dynamodb:UpdateItem",
        "dynamodb:UpdateItem",
        "dynamodb:PutItem",
        "dynamodb:UpdateItem",
        "dynamodb:Query",
    ], "standing, a wake for the plays, history, person, a look back"
