"""What others put into their buckets becomes drops (INT-06)."""

from datetime import timedelta

import boto3
import pytest

from keepwell.errors import RejectedInput
from keepwell.in_memory import FixedClock
from tests.aws_tables import Names
from tests.crashes import Fault, enumerate_faults
from tests.functions.delivering import mapping_playbook
from tests.functions.invoking import Context, Log, deliver, invoke, sample_event
from tests.functions.test_import_csv_drop import FILE, mails
from tests.story import NOON

NAME = "pull_imports"
DUE = sample_event(NAME, "what_is_due")
SFDC = sample_event(NAME, "one_by_name")
EXPORTS = "keepwell-exports"


def pulling_playbook(stack: Names, **buckets: str) -> None:
    """Make a playbook active whose mappings of these names pull from a folder of the bucket, hourly."""
    mapping_playbook(
        stack,
        {
            name: {"pull": {"bucket": bucket, "prefix": f"{name}/", "every": "hourly"}}
            for name, bucket in buckets.items()
        },
    )


def offer(stack: Names, key: str, content: bytes) -> None:
    """Put a file where it is pulled from."""
    s3 = boto3.client("s3")
    s3.create_bucket(Bucket=EXPORTS)
    s3.put_object(Bucket=EXPORTS, Key=key, Body=content)


def dropped(stack: Names) -> list[str]:
    """The files that were dropped, each version by its name."""
    s3 = boto3.client("s3")
    found = s3.list_object_versions(Bucket=stack.bucket("files"), Prefix="drops/").get("Versions", [])
    return sorted(version["Key"].rpartition("/")[2] for version in found)


def test_what_is_due_is_pulled_and_what_was_pulled_is_not(stack: Names, clock: FixedClock) -> None:
    pulling_playbook(stack, sfdc=EXPORTS)
    offer(stack, "sfdc/accounts.csv", FILE)
    [run] = invoke(NAME, DUE)["pulls"].values()
    assert (run["took"], run["problem"], [came["file"] for came in run["came"]]) == (1, "", ["accounts.csv"])
    assert invoke(NAME, DUE) == {"pulls": {}}
    clock.advance(timedelta(hours=1))
    [run] = invoke(NAME, DUE)["pulls"].values()
    assert run["took"] == 0
    assert dropped(stack) == ["accounts.csv"]


def test_one_is_pulled_by_its_name(stack: Names) -> None:
    pulling_playbook(stack, sfdc=EXPORTS, hr=EXPORTS)
    offer(stack, "sfdc/accounts.csv", FILE)
    invoke(NAME, DUE)
    offer(stack, "sfdc/more.csv", FILE.replace(b"A-1", b"A-2"))
    assert list(invoke(NAME, SFDC)["pulls"]) == ["sfdc"]
    assert dropped(stack) == ["accounts.csv", "more.csv"]
    with pytest.raises(RejectedInput, match="no pull 'hubspot'"):
        invoke(NAME, {"pull": "hubspot"})


def test_a_bucket_that_is_not_allowed_is_told_to_the_operator_and_not_asked(stack: Names, log: Log) -> None:
    """Deny by default: `invoke` would fail if it called S3 on it."""
    pulling_playbook(stack, hr="payroll")
    [run] = invoke(NAME, DUE)["pulls"].values()
    assert "may not pull from s3://payroll/hr/" in run["problem"]
    [mail] = mails(stack)
    assert (mail.to, mail.subject) == ("ops@example.com", "Pull failed: hr")
    assert "-c pull_from=payroll/hr" in mail.body
    assert [entry["level"] for entry in log.entries()] == ["ERROR"], "an alarm watches the log"
    invoke(NAME, {"pull": "hr"})
    assert mails(stack) == []


def test_with_little_time_left_the_next_wake_goes_on(stack: Names) -> None:
    """R4."""
    pulling_playbook(stack, sfdc=EXPORTS)
    for number in range(3):
        offer(stack, f"sfdc/{number}.csv", FILE.replace(b"A-1", f"A-{number}".encode()))
    first = invoke(NAME, DUE, Context(60_000, 59_999))
    assert first["pulls"]["sfdc"]["took"] == 1
    assert invoke(NAME, DUE)["pulls"]["sfdc"]["took"] == 2
    assert len(dropped(stack)) == 3


def test_killed_at_any_call_each_file_is_dropped_once_and_the_operator_told_once(
    stack: Names, clock: FixedClock
) -> None:
    """INT-06, R1. A copy whose answer was lost is not made again."""

    pulling_playbook(stack, ours=EXPORTS, hr="payroll")
    offer(stack, "ours/one.csv", FILE)
    offer(stack, "ours/two.csv", FILE.replace(b"A-1", b"A-2"))

    def story(_: str, place: int | None, fault: Fault) -> list[str]:
        clock.set(NOON)
        made = deliver(NAME, DUE, place, fault)
        invoke(NAME, DUE)
        clock.advance(timedelta(minutes=15))
        assert invoke(NAME, DUE)["pulls"] == {}, "both have run"
        assert dropped(stack) == ["one.csv", "two.csv"]
        table = boto3.client("dynamodb").scan(TableName=stack.table("deliveries"))["Items"]
        told = [item for item in table if "Pull failed: hr" in item["document"]["S"]]
        assert len(told) == 1
        return made

    assert enumerate_faults(story).count("s3:CopyObject") == 2
