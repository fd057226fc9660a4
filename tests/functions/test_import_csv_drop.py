"""A dropped object becomes queued shards, or a report that says why not (reliability I1, I2, R1)."""

import json
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any

import boto3
import pytest

from import_csv_drop import handler as import_csv_drop
from keepwell.deliveries import Delivery
from keepwell.imports.drops import drop_id
from keepwell.imports.job import ImportJob, control_key
from keepwell.imports.pieces import read_pieces
from keepwell.imports.planning import plan_drop
from keepwell_aws.clock import OFFSET
from keepwell_aws.control import DynamoControl
from keepwell_aws.deliveries import DynamoDeliveries
from keepwell_aws.files import S3Files
from tests.aws_tables import Names, client
from tests.crashes import Fault, enumerate_faults
from tests.functions.invoking import Context, deliver, invoke, queued, sample_event
from tests.story import standard_playbook

NAME = "import_csv_drop"
FILE = b"Account ID,Account Name\nA-1,Harbor Labs\n"
MANY = b"Account ID,Account Name\n" + b"".join(b"A-%d,Harbor\n" % n for n in range(6))


def dropped(
    stack: Names, content: bytes, key: str = "drops/accounts/accounts.csv", case: str = "object_created"
) -> Any:
    """Put a file, and the event that S3 sends about it."""
    bucket = stack.bucket("files")
    put = client("s3").put_object(Bucket=bucket, Key=key, Body=content)
    event = sample_event(NAME, case)
    event["detail"]["bucket"]["name"] = bucket
    event["detail"]["object"] |= {"key": key, "size": len(content), "version-id": put["VersionId"]}
    return event


def in_chunks(monkeypatch: pytest.MonkeyPatch, size: int = 20) -> None:
    """Let the function split files by so many bytes at once."""
    plan = partial(plan_drop, chunk_bytes=size)
    monkeypatch.setattr(import_csv_drop, "plan_drop", plan)
    import_csv_drop.build.cache_clear()


def split_in_part(stack: Names) -> Any:
    """A file of which some is split, and the event that goes on with it."""
    event = dropped(stack, MANY)
    with pytest.MonkeyPatch.context() as patch:
        in_chunks(patch)
        told = invoke(NAME, event, Context(0))
    import_csv_drop.build.cache_clear()
    return going_on(stack, told["drop_id"])


def going_on(stack: Names, import_id: str) -> Any:
    """The event about the file that tells of a drop which was not split in time: the last one."""
    bucket = stack.bucket("files")
    *_, key = S3Files(bucket).keys(f"unsplit/{import_id}/")
    event = sample_event(NAME, "not_split_in_time")
    event["detail"]["bucket"]["name"] = bucket
    event["detail"]["object"] |= {"key": key}
    return event


def mails(stack: Names) -> list[Delivery]:
    """What is queued for the operator."""
    deliveries = DynamoDeliveries(stack.table("deliveries"))
    ids = [message["delivery_id"] for message in queued(stack.queues["email_deliveries"])]
    found = [deliveries.get(delivery_id) for delivery_id in sorted(set(ids))]
    return [each for each in found if each]


def messages(stack: Names) -> list[dict[str, Any]]:
    return list(queued(stack.queues["import_shards"]))


def read_json(stack: Names, key: str) -> dict[str, Any]:
    body = client("s3").get_object(Bucket=stack.bucket("files"), Key=key)["Body"].read()
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
    [mail] = mails(stack)
    assert (mail.to, mail.subject) == (standard_playbook().owner, "Import failed: telecom_accounts.csv")
    assert answer["drop_id"] in mail.body
    invoke(NAME, event)
    assert mails(stack) == [], "it was told already"


def test_killed_at_any_call_the_operator_is_told_once_of_a_file_that_cannot_be_read(stack: Names) -> None:
    """R1: by a row, and a message that the minute tick makes up for."""

    def story(name: str, place: int | None, fault: Fault) -> list[str]:
        event = dropped(stack, b"", key=f"drops/accounts/{name}.csv")
        made = deliver(NAME, event, place, fault)
        answer = invoke(NAME, event)
        assert read_json(stack, f"reports/{answer['drop_id']}.json")["status"] == "failed"
        rows = boto3.client("dynamodb").scan(TableName=stack.table("deliveries"))["Items"]
        assert sum(f"Import failed: {name}.csv" in row["document"]["S"] for row in rows) == 1
        return made

    assert "sqs:SendMessageBatch" in enumerate_faults(story)


def test_the_event_again_queues_again_and_changes_nothing(stack: Names) -> None:
    event = dropped(stack, FILE)
    first = invoke(NAME, event)
    assert invoke(NAME, event) == first
    assert messages(stack) == [{"drop_id": first["drop_id"], "shard": 0}] * 2


def test_a_file_that_is_not_split_in_time_goes_on_where_it_was(stack: Names) -> None:
    """I5, R4."""
    first = split_in_part(stack)
    assert messages(stack) == []
    import_id = first["detail"]["object"]["key"].split("/")[1]
    row = import_row(stack, import_id)
    assert (row.status, row.rows) == ("splitting", 1)

    with pytest.MonkeyPatch.context() as patch:
        in_chunks(patch)
        assert invoke(NAME, first, Context(60_000, 59_999)) == {"drop_id": import_id}
    assert import_row(stack, import_id).rows == 3
    second = going_on(stack, import_id)
    assert second != first
    import_csv_drop.build.cache_clear()
    for event in (second, first):
        invoke(NAME, event)
    assert messages(stack) == [{"drop_id": import_id, "shard": 0}] * 2
    done = import_row(stack, import_id)
    assert (done.status, done.rows) == ("importing", 6)
    assert going_on(stack, import_id) == second, "there is no more to go on with"


def import_row(stack: Names, import_id: str) -> ImportJob:
    row = DynamoControl(stack.table("control")).get(control_key(import_id))
    assert row
    return ImportJob.from_row(row)


def test_killed_at_any_call_nothing_is_lost(stack: Names, monkeypatch: pytest.MonkeyPatch) -> None:
    """I1, I5, R1: of a file of three chunks, with the event and the messages delivered again."""
    in_chunks(monkeypatch, size=30)

    def story(name: str, place: int | None, fault: Fault) -> list[str]:
        event = dropped(stack, MANY, key=f"drops/accounts/{name}.csv")
        made = deliver(NAME, event, place, fault)
        messages(stack)
        answer = invoke(NAME, event)
        assert messages(stack) == [{"drop_id": answer["drop_id"], "shard": 0}]
        assert_split(stack, answer["drop_id"])
        return made

    assert enumerate_faults(story, timeouts=True)[-1] == "sqs:SendMessageBatch", "rows are stored first"


def test_killed_at_any_call_a_file_that_is_not_split_in_time_goes_on(
    stack: Names, monkeypatch: pytest.MonkeyPatch
) -> None:
    """I5, R1: each run has time for one chunk, and each event comes again."""
    in_chunks(monkeypatch, size=30)
    monkeypatch.setattr(import_csv_drop, "RESERVE_MS", 120_001)

    def story(name: str, place: int | None, fault: Fault) -> list[str]:
        event = dropped(stack, MANY, key=f"drops/accounts/{name}.csv")
        made = deliver(NAME, event, place, fault)
        runs = 1
        import_id = invoke(NAME, event)["drop_id"]
        while not (queued_by_now := messages(stack)):
            invoke(NAME, going_on(stack, import_id))
            runs += 1
        assert queued_by_now == [{"drop_id": import_id, "shard": 0}]
        assert runs <= 3, "as many as there are chunks"
        assert_split(stack, import_id)
        return made

    assert enumerate_faults(story, timeouts=True)[-1] == "s3:PutObject", "what tells of the rest comes last"


def assert_split(stack: Names, import_id: str) -> None:
    """All rows of MANY are there once, in order."""
    job = import_row(stack, import_id)
    assert (job.status, job.rows) == ("importing", 6)
    files = S3Files(stack.bucket("files"))
    pieces = list(read_pieces(files, job.drop_id, job.checkpoint.chunks, 0))
    assert [keys for piece in pieces for keys in piece.keys] == [(f"A-{n}",) for n in range(6)]


def test_when_a_file_was_written_is_told_in_the_time_of_the_stacks_clock(stack: Names) -> None:
    control = DynamoControl(stack.table("control"))
    control.put(OFFSET, {"seconds": 31 * 86_400})
    event = dropped(stack, FILE)
    job = import_row(stack, invoke(NAME, event)["drop_id"])
    assert job.observed_at == datetime.fromisoformat(event["time"]) + timedelta(days=31)


def test_a_pulled_file_was_written_when_its_key_says(stack: Names) -> None:
    event = dropped(stack, FILE, "drops/accounts/at=20261120T080000Z-0123456789/accounts.csv")
    assert import_row(stack, invoke(NAME, event)["drop_id"]).observed_at == datetime(
        2026, 11, 20, 8, tzinfo=UTC
    )
