"""Queued shards become facts, and the last one writes the report (reliability I1-I3, R1, R4)."""

import json
from typing import Any

import boto3

from import_csv_drop import handler as import_csv_drop
from import_csv_rows import handler as import_csv_rows
from keepwell.accounts import Facts
from keepwell_aws.accounts import DynamoAccounts
from tests import crashes
from tests.aws_tables import Names
from tests.functions.conftest import Context, sample_event
from tests.functions.test_import_csv_drop import dropped, messages, read_json

FILE = b"Account ID,Account Name,NPS\nA-1,Harbor Labs,9\nA-2,Cedar Foods,high\nA-3,Iris Optics,7\n"


class Hurried(Context):
    """A function whose time is nearly over."""

    @staticmethod
    def get_remaining_time_in_millis() -> int:
        return 1_000


def batch(*bodies: dict[str, Any]) -> Any:
    event = sample_event("import_csv_rows", "two_shards")
    first = event["Records"][0]
    event["Records"] = [
        first | {"messageId": str(number), "body": json.dumps(body)} for number, body in enumerate(bodies)
    ]
    return event


def planned(stack: Names, content: bytes = FILE) -> str:
    answer: dict[str, str] = import_csv_drop.handler(dropped(stack, content), Context())
    messages(stack)
    return answer["drop_id"]


def facts_of(stack: Names, *account_ids: str) -> dict[str, Facts]:
    return DynamoAccounts(stack.table("accounts")).facts_of(account_ids)


def test_a_shard_becomes_facts_rejects_and_the_report(stack: Names) -> None:
    drop_id = planned(stack)
    answer = import_csv_rows.handler(batch({"drop_id": drop_id, "shard": 0}), Context())

    assert answer == {"batchItemFailures": []}
    report = read_json(stack, f"reports/{drop_id}.json")
    assert (report["rows"], report["created"], report["rejected"]) == (3, 2, 1)
    assert facts_of(stack, "A-1")["A-1"].values == {"Account Name": "Harbor Labs", "NPS": 9}
    rejects = boto3.client("s3").get_object(Bucket=stack.bucket("files"), Key=report["rejects_file"])
    assert b'"A-2","Cedar Foods","high","3","NPS"' in rejects["Body"].read()


def test_a_shard_of_an_unknown_import_is_tried_again_and_the_others_count(stack: Names) -> None:
    drop_id = planned(stack)
    answer = import_csv_rows.handler(
        batch({"drop_id": "not-planned", "shard": 0}, {"drop_id": drop_id, "shard": 0}), Context()
    )
    assert answer == {"batchItemFailures": [{"itemIdentifier": "0"}]}
    assert read_json(stack, f"reports/{drop_id}.json")["status"] == "done"


def test_with_little_time_left_the_message_returns(stack: Names) -> None:
    """R4."""
    drop_id = planned(stack)
    failed = crashes.deliver(
        lambda: import_csv_rows.handler(batch({"drop_id": drop_id, "shard": 0}), Hurried())
    )
    assert failed
    assert facts_of(stack, "A-1", "A-3") == {}
    import_csv_rows.handler(batch({"drop_id": drop_id, "shard": 0}), Context())
    assert sorted(facts_of(stack, "A-1", "A-3")) == ["A-1", "A-3"]


def test_the_same_file_again_writes_nothing(stack: Names) -> None:
    """I3."""
    first = planned(stack)
    import_csv_rows.handler(batch({"drop_id": first, "shard": 0}), Context())
    before = facts_of(stack, "A-1", "A-3")

    second = planned(stack)
    import_csv_rows.handler(batch({"drop_id": second, "shard": 0}), Context())
    report = read_json(stack, f"reports/{second}.json")
    assert (report["applied"], report["unchanged"], report["rejected"]) == (0, 2, 1)
    assert facts_of(stack, "A-1", "A-3") == before


def test_killed_at_any_call_the_report_is_the_same(stack: Names) -> None:
    """Crash enumeration: each round imports accounts of its own, dies once, and is delivered again."""

    def content(round_: int) -> bytes:
        return FILE.replace(b"A-", f"R{round_}-".encode())

    calm = planned(stack, content(0))
    made = crashes.deliver(lambda: import_csv_rows.handler(batch({"drop_id": calm, "shard": 0}), Context()))
    faults = [(place, fault) for place in range(len(made)) for fault in crashes.FAULTS]
    for round_, (place, fault) in enumerate(faults, start=1):
        drop_id = planned(stack, content(round_))
        event = batch({"drop_id": drop_id, "shard": 0})
        crashes.deliver(lambda event=event: import_csv_rows.handler(event, Context()), place, fault)  # type: ignore[misc]
        import_csv_rows.handler(event, Context())

        report = read_json(stack, f"reports/{drop_id}.json")
        counts = [report[name] for name in ("rows", "created", "updated", "unchanged", "rejected")]
        assert counts == [3, 2, 0, 0, 1], (place, fault, made[place])
        written = facts_of(stack, f"R{round_}-1", f"R{round_}-3")
        assert [facts.revision for facts in written.values()] == [1, 1]
