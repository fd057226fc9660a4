"""A dropped object becomes queued shards, or a report that says why not (reliability I1, I2, R1)."""

import json
from datetime import UTC, datetime
from typing import Any

import boto3

from import_csv_drop import handler as import_csv_drop
from keepwell.imports.drops import drop_id
from tests.aws_tables import Names
from tests.crashes import Fault, enumerate_faults
from tests.functions.invoking import deliver, invoke, queued, sample_event

NAME = "import_csv_drop"
FILE = b"Account ID,Account Name\nA-1,Harbor Labs\n"


def dropped(
    stack: Names, content: bytes, key: str = "drops/accounts/accounts.csv", case: str = "object_created"
) -> Any:
    """Put a file, and the event that S3 sends about it."""
    bucket = stack.bucket("files")
    put = boto3.client("s3").put_object(Bucket=bucket, Key=key, Body=content)
    event = sample_event(NAME, case)
    event["detail"]["bucket"]["name"] = bucket
    event["detail"]["object"] |= {"key": key, "size": len(content), "version-id": put["VersionId"]}
    return event


def messages(stack: Names) -> list[dict[str, Any]]:
    return list(queued(stack.queues["import_shards"]))


def read_json(stack: Names, key: str) -> dict[str, Any]:
    body = boto3.client("s3").get_object(Bucket=stack.bucket("files"), Key=key)["Body"].read()
    document: dict[str, Any] = json.loads(body)
    return document


def test_a_drop_is_split_into_queued_shards(stack: Names) -> None:
    event = dropped(stack, FILE)
    answer = invoke(NAME, event)

    assert answer["drop_id"] == drop_id(
        stack.bucket("files"), "drops/accounts/accounts.csv", event["detail"]["object"]["version-id"]
    )
    assert messages(stack) == [{"drop_id": answer["drop_id"], "shard": 0}]


def test_a_key_is_taken_as_eventbridge_passes_it(stack: Names) -> None:
    event = dropped(stack, FILE, key="drops/accounts/q1+q2 50%20 off.csv")
    answer = invoke(NAME, event)
    assert messages(stack) == [{"drop_id": answer["drop_id"], "shard": 0}]


def test_a_file_for_a_mapping_that_is_not_there_fails_with_the_mend(stack: Names) -> None:
    event = dropped(
        stack, FILE, "drops/accounts/mapping=telecom/telecom_accounts.csv", "object_created_with_mapping"
    )
    answer = invoke(NAME, event)

    report = read_json(stack, f"reports/{answer['drop_id']}.json")
    assert report["status"] == "failed"
    assert "keepwell apply" in report["errors"][0]["reason"]
    assert messages(stack) == []


def test_the_event_again_queues_again_and_changes_nothing(stack: Names) -> None:
    event = dropped(stack, FILE)
    first = invoke(NAME, event)
    assert invoke(NAME, event) == first
    assert messages(stack) == [{"drop_id": first["drop_id"], "shard": 0}] * 2


def test_killed_at_any_call_nothing_is_lost(stack: Names) -> None:
    def story(name: str, place: int | None, fault: Fault) -> list[str]:
        event = dropped(stack, FILE, key=f"drops/accounts/{name}.csv")
        made = deliver(NAME, event, place, fault)
        messages(stack)
        answer = invoke(NAME, event)
        assert messages(stack) == [{"drop_id": answer["drop_id"], "shard": 0}]
        return made

    assert enumerate_faults(story)[-1] == "sqs:SendMessageBatch", "the rows are stored before they are queued"


def test_when_a_file_was_written_is_told_in_the_time_of_the_stacks_clock() -> None:
    written_at = datetime(2026, 11, 21, 9, tzinfo=UTC)

    class Ahead:
        def now(self) -> datetime:
            return datetime.now(UTC).replace(microsecond=0) + (datetime(2027, 1, 1) - datetime(2026, 12, 1))  # noqa: DTZ001

    seen = import_csv_drop.observed(written_at, Ahead())
    assert abs((seen - written_at).total_seconds() - 31 * 86_400) <= 1
    assert seen.microsecond == 0
