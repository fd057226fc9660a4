"""A dropped object becomes queued shards, or a report that says why not (reliability I1, I2, R1)."""

import json
from datetime import UTC, datetime
from typing import Any

import boto3

from import_csv_drop import handler as import_csv_drop
from keepwell.imports.drops import drop_id
from tests import crashes
from tests.aws_tables import Names
from tests.functions.conftest import Context, sample_event

FILE = b"Account ID,Account Name\nA-1,Harbor Labs\n"


def dropped(
    stack: Names, content: bytes, key: str = "drops/accounts/accounts.csv", case: str = "object_created"
) -> Any:
    """Put a file, and the event that S3 sends about it."""
    bucket = stack.bucket("files")
    put = boto3.client("s3").put_object(Bucket=bucket, Key=key, Body=content)
    event = sample_event("import_csv_drop", case)
    event["detail"]["bucket"]["name"] = bucket
    event["detail"]["object"] |= {"key": key, "size": len(content), "version-id": put["VersionId"]}
    return event


def messages(stack: Names) -> list[dict[str, Any]]:
    received = boto3.client("sqs").receive_message(
        QueueUrl=stack.queues["import_shards"], MaxNumberOfMessages=10, WaitTimeSeconds=0
    )
    return [json.loads(message["Body"]) for message in received.get("Messages", [])]


def read_json(stack: Names, key: str) -> dict[str, Any]:
    body = boto3.client("s3").get_object(Bucket=stack.bucket("files"), Key=key)["Body"].read()
    document: dict[str, Any] = json.loads(body)
    return document


def test_a_drop_is_split_into_queued_shards(stack: Names) -> None:
    event = dropped(stack, FILE)
    answer = import_csv_drop.handler(event, Context())

    assert answer["drop_id"] == drop_id(
        stack.bucket("files"), "drops/accounts/accounts.csv", event["detail"]["object"]["version-id"]
    )
    assert messages(stack) == [{"drop_id": answer["drop_id"], "shard": 0}]


def test_a_key_is_taken_as_eventbridge_passes_it(stack: Names) -> None:
    event = dropped(stack, FILE, key="drops/accounts/q1+q2 50%20 off.csv")
    answer = import_csv_drop.handler(event, Context())
    assert messages(stack) == [{"drop_id": answer["drop_id"], "shard": 0}]


def test_a_file_for_a_mapping_that_is_not_there_fails_with_the_mend(stack: Names) -> None:
    event = dropped(
        stack, FILE, "drops/accounts/mapping=telecom/telecom_accounts.csv", "object_created_with_mapping"
    )
    answer = import_csv_drop.handler(event, Context())

    report = read_json(stack, f"reports/{answer['drop_id']}.json")
    assert report["status"] == "failed"
    assert "keepwell apply" in report["errors"][0]["reason"]
    assert messages(stack) == []


def test_the_event_again_queues_again_and_changes_nothing(stack: Names) -> None:
    event = dropped(stack, FILE)
    first = import_csv_drop.handler(event, Context())
    assert import_csv_drop.handler(event, Context()) == first
    assert messages(stack) == [{"drop_id": first["drop_id"], "shard": 0}] * 2


def test_killed_at_any_call_nothing_is_lost(stack: Names) -> None:
    """Crash enumeration: before, after and throttled at every AWS call, then the event again."""
    made = crashes.deliver(lambda: import_csv_drop.handler(dropped(stack, FILE), Context()))
    for place in range(len(made)):
        for fault in crashes.FAULTS:
            event = dropped(stack, FILE)
            crashes.deliver(lambda event=event: import_csv_drop.handler(event, Context()), place, fault)  # type: ignore[misc]
            messages(stack)
            answer = import_csv_drop.handler(event, Context())
            assert {"drop_id": answer["drop_id"], "shard": 0} in messages(stack)


def test_when_a_file_was_written_is_told_in_the_time_of_the_stacks_clock() -> None:
    written_at = datetime(2026, 11, 21, 9, tzinfo=UTC)

    class Ahead:
        def now(self) -> datetime:
            return datetime.now(UTC).replace(microsecond=0) + (datetime(2027, 1, 1) - datetime(2026, 12, 1))  # noqa: DTZ001

    seen = import_csv_drop.observed(written_at, Ahead())
    assert abs((seen - written_at).total_seconds() - 31 * 86_400) <= 1
    assert seen.microsecond == 0
