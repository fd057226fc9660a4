"""The first step of the nightly run folds what was told of use (reliability R1, R2, R4, S1)."""

import importlib
from datetime import date, timedelta
from typing import Any

import boto3
import pytest

from keepwell.errors import RejectedInput
from keepwell.in_memory import FixedClock
from keepwell.nightly import run_key
from keepwell.usage import UsageSummary
from keepwell.usage import measuring as measuring_module
from keepwell.usage.deltas import shard_of, write_deltas
from keepwell.usage.events import UsageEvent
from keepwell_aws.accounts import DynamoAccounts
from keepwell_aws.control import DynamoControl
from keepwell_aws.files import S3Files
from tests.aws_tables import Names
from tests.crashes import Fault, enumerate_faults
from tests.functions.invoking import Context, Log, deliver, invoke, sample_event, spoil
from tests.story import NOON, TODAY

NAME = "measure_accounts"
TOMORROW = TODAY + timedelta(days=1)


def event(account_id: str, day: date = TODAY, user: str = "ann", count: int = 1) -> UsageEvent:
    return UsageEvent(account_id, user, "Reports", "View", day, count)


def tell(stack: Names, source: str, *events: UsageEvent) -> None:
    write_deltas(S3Files(stack.bucket("files")), NOON, source, events)


def night(**differences: Any) -> Any:
    """The first step of a run over one segment."""
    return sample_event(NAME, "first_shard") | {"of": 1} | differences


def usage_of(stack: Names, account_id: str) -> UsageSummary:
    return DynamoAccounts(stack.table("accounts")).usage_of([account_id])[account_id]


def test_the_four_segments_measure_every_account_once(stack: Names) -> None:
    ids = [f"A-{number:03}" for number in range(20)]
    tell(stack, "drop-1", *(event(each, count=3) for each in ids), event(ids[0], user="bob"))
    first = sample_event(NAME, "first_shard")
    answers = [invoke(NAME, first | {"segment": segment}) for segment in range(first["of"])]
    assert [answer["cursor"] for answer in answers] == [None] * 4
    assert sum(answer["counts"]["accounts"] for answer in answers) == len(ids)
    assert sum(answer["counts"]["events"] for answer in answers) == 61
    assert {usage_of(stack, each).actions_in(1, TOMORROW) for each in ids[1:]} == {3}
    assert usage_of(stack, ids[0]).active_users(7, TOMORROW) == 2


def test_a_second_run_writes_nothing(stack: Names) -> None:
    tell(stack, "drop-1", event("A-001"))
    assert invoke(NAME, night())["counts"]["events"] == 1
    before = usage_of(stack, "A-001")
    assert set(invoke(NAME, night())["counts"].values()) == {0}
    assert usage_of(stack, "A-001") == before


def test_with_little_time_left_it_stops_and_goes_on_exactly_there(
    stack: Names, monkeypatch: pytest.MonkeyPatch
) -> None:
    """R4: the state machine passes the answer back until there is no cursor."""
    monkeypatch.setattr(measuring_module, "ACCOUNTS_PER_PAGE", 4)
    ids = [each for each in (f"A-{n:03}" for n in range(300)) if shard_of(each) == 5][:10]
    tell(stack, "drop-1", *map(event, ids))
    answer, measured = night(), [0]
    while True:
        answer = invoke(NAME, answer, Context(45_000, 29_999))
        measured.append(answer["counts"]["accounts"])
        if answer["cursor"] is None:
            break
        assert len(measured) < 40, "it goes in circles"
    assert answer["counts"] == {"deltas": 1, "accounts": 10, "events": 10, "failed": 0}
    assert sorted(set(measured)) == [0, 4, 8, 10]
    assert {usage_of(stack, each).actions_in(1, TOMORROW) for each in ids} == {1}


def test_a_broken_summary_is_counted_and_hides_no_other(stack: Names, log: Log) -> None:
    """R2."""
    tell(stack, "drop-1", event("A-001"), event("A-002"))
    invoke(NAME, night())
    spoil(stack, "A-001", "usage")
    tell(stack, "drop-2", event("A-001"), event("A-002"))
    answer = invoke(NAME, night())
    assert (answer["counts"]["accounts"], answer["counts"]["failed"]) == (1, 1)
    assert usage_of(stack, "A-002").actions_in(1, TOMORROW) == 2
    [error] = log.entries()
    assert (error["level"], error["account_id"]) == ("ERROR", "A-001")
    assert "cannot be read" in error["reason"]


def test_a_future_day_is_refused_by_the_first_step(stack: Names) -> None:
    with pytest.raises(RejectedInput, match=r"2026-11-22 is in the future"):
        invoke(NAME, night(on="2026-11-22"))


def test_the_first_step_settles_the_day_of_the_run(stack: Names, clock: FixedClock) -> None:
    """The steps after it stay with it, though it may be past midnight by then."""
    invoke(NAME, night())
    clock.advance(timedelta(days=1))
    invoke(NAME, night())
    row = DynamoControl(stack.table("control")).get(run_key(night()["run"]))
    assert row == {"day": "2026-11-21"}


def test_killed_at_any_call_nothing_counts_twice_or_not_at_all(
    stack: Names, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The state machine tries the step again with what it was given."""
    monkeypatch.setattr(measuring_module, "DELTA_SHARDS", 1)

    def story(name: str, place: int | None, fault: Fault) -> list[str]:
        account_id = next(f"{name}-{n}" for n in range(400) if shard_of(f"{name}-{n}") == 0)
        tell(
            stack,
            f"drop-{name}",
            event(account_id, count=2),
            event(account_id, TODAY - timedelta(days=3), "bob"),
        )
        made = deliver(NAME, night(), place, fault)
        assert invoke(NAME, night())["cursor"] is None
        told = usage_of(stack, account_id)
        assert (told.actions_in(14, TOMORROW), told.active_users(14, TOMORROW), told.revision) == (3, 2, 1)
        [days] = days_of(stack, account_id)
        assert days["revision"] == {"N": "1"}
        start_anew(stack)
        return made

    kinds = [call.partition(":")[2] for call in enumerate_faults(story)]
    assert [kind for kind in kinds if kind in ("UpdateItem", "PutObject")] == ["UpdateItem"] * 5, (
        "the day, the batch, the days of the users, the summary, the end of the batch"
    )


def test_two_runs_at_once_fold_once(stack: Names, monkeypatch: pytest.MonkeyPatch) -> None:
    """S1: the other one does all of it while this one is about to store the summary."""
    handler = importlib.import_module(f"{NAME}.handler").handler
    tell(stack, "drop-1", event("A-001", count=2), event("A-001", TODAY - timedelta(days=3), "bob"))
    put_usage, others = DynamoAccounts.put_usage, list[Any]()

    def overtaken(accounts: DynamoAccounts, usage: UsageSummary) -> UsageSummary:
        if not others:
            others.append(night())
            tell(stack, "drop-2", event("A-001", user="eve"))
            others[0] = handler(night(), Context())
        return put_usage(accounts, usage)

    monkeypatch.setattr(DynamoAccounts, "put_usage", overtaken)
    answer = handler(night(), Context())
    assert (others[0]["counts"]["deltas"], answer["counts"]["accounts"]) == (2, 0)
    told = usage_of(stack, "A-001")
    assert (told.actions_in(14, TOMORROW), told.active_users(14, TOMORROW), told.batch) == (4, 3, 2)


def days_of(stack: Names, account_id: str) -> list[Any]:
    items = boto3.client("dynamodb").scan(TableName=stack.table("work"))["Items"]
    return [item for item in items if item["account_id"]["S"] == account_id]


def start_anew(stack: Names) -> None:
    """Take the rows of the shard and its deltas away, so that each story is of one batch."""
    dynamodb, s3 = boto3.client("dynamodb"), boto3.client("s3")
    for item in dynamodb.scan(TableName=stack.table("control"))["Items"]:
        dynamodb.delete_item(TableName=stack.table("control"), Key={"key": item["key"]})
    for entry in s3.list_objects_v2(Bucket=stack.bucket("files"), Prefix="usage/")["Contents"]:
        s3.delete_object(Bucket=stack.bucket("files"), Key=entry["Key"])
