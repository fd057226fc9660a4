"""The second file of a feed, of several shards, whatever happens while it is imported: the invariants of
imports (reliability I1 to I6, R1).

Its rows: one says what the first file said, one changes, two are new, one of them too long to be stored; one
cannot be read, and one stands twice.
"""

import importlib
from functools import partial
from typing import Any

import boto3
import pytest
from aws_lambda_powertools.utilities.batch.exceptions import BatchProcessingError

from keepwell.errors import KeepwellError
from keepwell.imports.job import ImportJob, control_key
from keepwell.imports.seen import notes_of
from keepwell.imports.splitting import shard_of
from keepwell_aws.accounts import DynamoAccounts
from keepwell_aws.control import DynamoControl
from keepwell_aws.files import S3Files
from tests.aws_tables import Names
from tests.crashes import Fault, enumerate_faults, overtaken_at
from tests.functions.invoking import Context, deliver, invoke
from tests.functions.test_import_csv_drop import dropped, messages, read_json
from tests.functions.test_import_csv_rows import batch
from tests.kept_world import Kept

NAME = "import_csv_rows"
HEADER = "Account ID,Account Name,NPS\n"
FIRST = HEADER + "{0}-1,Harbor,9\n{0}-2,Cedar,5\n"
SECOND = HEADER + "{0}-3,Oak,1\n{0}-1,Harbor,9\n{0}-2,Cedar,6\n{0}-4,Iris,high\n{0}-3,Oak,2\n{0}-5,{1},3\n"
COUNTS = ("rows", "created", "updated", "unchanged", "rejected")


@pytest.fixture(autouse=True)
def two_shards(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("keepwell.imports.planning.shards_for", lambda _rows: 2)


def planned(stack: Names, name: str, content: str) -> tuple[str, list[dict[str, Any]]]:
    """A file of a feed of its own, split; its messages."""
    filled = content.format(name, "x" * 40_000)
    event = dropped(stack, filled.encode(), f"drops/accounts/{name}.csv")
    drop_id = invoke("import_csv_drop", event)["drop_id"]
    return drop_id, messages(stack)


def second_of_a_feed(stack: Names, name: str) -> tuple[str, list[dict[str, Any]]]:
    """The second file, split; the first one is imported."""
    _, first = planned(stack, name, FIRST)
    invoke(NAME, batch(*first))
    return planned(stack, name, SECOND)


def check(stack: Names, name: str, drop_id: str) -> None:
    report = read_json(stack, f"reports/{drop_id}.json")
    assert [report[count] for count in COUNTS] == [6, 1, 1, 1, 3], "I1"
    assert report["earlier_drop"] is not None
    files = S3Files(stack.bucket("files"))
    rejects = files.read(report["rejects_file"]).decode("utf-8-sig").splitlines()
    assert [row.rsplit('","', 3)[1:3] for row in rejects[1:]] == [
        ["2", "Account ID"],
        ["5", "NPS"],
        ["7", "Account Name"],
    ]
    assert "stands again in row 6" in rejects[1]
    assert "longer than" in rejects[3], "I6"
    stored = DynamoAccounts(stack.table("accounts")).facts_of([f"{name}-{n}" for n in range(1, 6)])
    told = {account_id: (facts.values["NPS"], facts.revision) for account_id, facts in stored.items()}
    assert told == {f"{name}-1": (9, 1), f"{name}-2": (6, 2), f"{name}-3": (2, 1)}, "I3: each is written once"
    noted = {
        key: bool(note) for shard in range(2) for key, note in notes_of(files, drop_id, shard).of.items()
    }
    assert noted == {(f"{name}-{n}",): n <= 3 for n in range(1, 5)}, "the one too long has no ids to go by"
    row = DynamoControl(stack.table("control")).get(control_key(drop_id))
    assert row
    assert ImportJob.from_row(row).status == "done"


def test_whatever_fails_at_any_call(stack: Names) -> None:
    """Before, after, throttled, timed out; then both messages come again."""

    drop_id, shards = second_of_a_feed(stack, "R")

    def story(_: str, place: int | None, fault: Fault) -> list[str]:
        made = deliver(NAME, batch(*shards), place, fault)
        invoke(NAME, batch(*shards))
        check(stack, "R", drop_id)
        return made

    made = enumerate_faults(story, timeouts=True)
    assert {"dynamodb:BatchExecuteStatement", "s3:PutObject", "dynamodb:UpdateItem"} <= set(made)
    assert len(made) > 40


def test_a_shard_that_is_delivered_twice_at_once(stack: Names) -> None:
    """Another run does all of it before any call of the first, which then goes on with what it knows."""

    drop_id, shards = second_of_a_feed(stack, "P")
    world = Kept()

    def overtaken(place: int) -> int:
        world.again()
        handler = importlib.import_module(f"{NAME}.handler").handler
        calls = 0
        for message in shards:
            event = batch(message)
            with overtaken_at(place, partial(handler, event, Context())) as made:
                try:
                    handler(event, Context())
                except (BatchProcessingError, KeepwellError):
                    handler(event, Context())
            calls = max(calls, len(made.made))
        check(stack, "P", drop_id)
        return calls

    for place in range(overtaken(-1)):
        overtaken(place)


def test_messages_of_a_done_import_change_nothing_however_late(stack: Names) -> None:
    """R1."""
    drop_id, shards = second_of_a_feed(stack, "L")
    invoke(NAME, batch(*shards))
    bucket = boto3.client("s3").list_object_versions(Bucket=stack.bucket("files"))
    for _ in range(2):
        invoke(NAME, batch(*shards))
    assert (
        boto3.client("s3").list_object_versions(Bucket=stack.bucket("files"))["Versions"]
        == bucket["Versions"]
    )
    check(stack, "L", drop_id)


def test_the_rows_are_in_two_shards() -> None:
    """Or the tests above would show less than they say."""
    assert {shard_of(f"R0-{n}", 2) for n in range(1, 6)} == {0, 1}
