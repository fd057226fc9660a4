"""Queued shards become facts, and the last one writes the report (reliability I1-I3, R1, R4)."""

from collections.abc import Callable
from typing import Any

import boto3
import pytest
from aws_lambda_powertools.utilities.batch.exceptions import BatchProcessingError

from keepwell.accounts import Facts
from keepwell.imports.objects.merging import STORED_AT_ONCE
from keepwell.usage.deltas import read_delta
from keepwell_aws.accounts import DynamoAccounts
from keepwell_aws.collections import DynamoCollections
from keepwell_aws.files import S3Files
from keepwell_aws.people import DynamoPeople
from keepwell_aws.team import DynamoTeam
from keepwell_aws.touchpoints import DynamoTouchpoints
from keepwell_aws.work import DynamoWork
from tests.aws_tables import Names
from tests.crashes import Fault, enumerate_faults
from tests.functions.delivering import mapping_playbook
from tests.functions.invoking import Context, deliver, failures, invoke, know, of_messages
from tests.functions.test_import_csv_drop import dropped, mails, messages, read_json
from tests.story import account

NAME = "import_csv_rows"
FILE = b"Account ID,Account Name,NPS\nA-1,Harbor Labs,9\nA-2,Cedar Foods,high\nA-3,Iris Optics,7\n"
# Of each object a file of which two rows are good and one is not.
FILES = {
    "accounts": FILE,
    "users": b"Account ID,User ID,Key Contact\nA-1,ann,yes\nA-1,bo,perhaps\nA-3,cy,no\n",
    "usage": b"Account ID,User ID,Module,Action,Time\n"
    b"A-1,ann,Reports,Export,2026-11-20\nA-1,,Reports,Export,2026-11-20\nA-3,cy,Reports,Open,2026-11-21\n",
    "touchpoints": b"Account ID,Touchpoint ID,Type,Date\n"
    b"A-1,T-1,Call,2026-11-20\nA-1,T-2,Call,2027-11-20\nA-3,T-3,QBR,2026-11-19\n",
    "tasks": b"Account ID,Task ID,Title\nA-1,T-1,Call\nA-1,T-2,\nA-3,T-3,Visit\n",
    "team": b"Email,Name\nann@example.com,Ann\nbo at example.com,Bo\ncy@example.com,Cy\n",
    "assignments": b"Account ID,Role,Email\n"
    b"A-1,CSM,ann@example.com\nA-1,Boss,ann@example.com\nA-3,CSM,cy@example.com\n",
    "collections": b"Account ID,Collection ID,Collection\nA-1,S-1,Seats\nA-1,,Seats\nA-3,S-3,Seats\n",
}


def batch(*bodies: dict[str, Any]) -> Any:
    return of_messages(NAME, "two_shards", *bodies)


def planned(stack: Names, content: bytes = FILE, about: str = "accounts") -> str:
    event = dropped(stack, content, f"drops/{about}/file.csv")
    answer: dict[str, str] = invoke("import_csv_drop", event)
    messages(stack)
    return answer["drop_id"]


def facts_of(stack: Names, *account_ids: str) -> dict[str, Facts]:
    return DynamoAccounts(stack.table("accounts")).facts_of(account_ids)


def test_a_shard_becomes_facts_rejects_and_the_report(stack: Names) -> None:
    drop_id = planned(stack)
    answer = invoke(NAME, batch({"drop_id": drop_id, "shard": 0}))

    assert answer == {"batchItemFailures": []}
    report = read_json(stack, f"reports/{drop_id}.json")
    assert (report["rows"], report["created"], report["rejected"]) == (3, 2, 1)
    assert facts_of(stack, "A-1")["A-1"].values == {"Account Name": "Harbor Labs", "NPS": 9}
    rejects = boto3.client("s3").get_object(Bucket=stack.bucket("files"), Key=report["rejects_file"])
    assert b'"A-2","Cedar Foods","high","3","NPS"' in rejects["Body"].read()


def test_files_of_every_object_are_stored(stack: Names) -> None:
    """Two rows of each are good."""
    for about, content in FILES.items():
        drop_id = planned(stack, content, about)
        assert invoke(NAME, batch({"drop_id": drop_id, "shard": 0})) == {"batchItemFailures": []}
        report = read_json(stack, f"reports/{drop_id}.json")
        assert (report["rows"], report["applied"], report["rejected"]) == (3, 2, 1), about

    table = stack.table("work")
    assert [task.title for task in DynamoWork(table).tasks("A-1")] == ["Call"]
    assert [member.name for member in DynamoTeam(table).members()] == ["Ann", "Cy"]
    assert [record.collection for record in DynamoCollections(table).records("A-3")] == ["Seats"]
    assert facts_of(stack, "A-3")["A-3"].values["Success Manager"] == "cy@example.com"


def test_a_shard_of_an_unknown_import_is_tried_again_and_the_others_count(stack: Names) -> None:
    drop_id = planned(stack)
    answer = invoke(NAME, batch({"drop_id": "not-planned", "shard": 0}, {"drop_id": drop_id, "shard": 0}))
    assert failures(answer) == ["0"]
    assert read_json(stack, f"reports/{drop_id}.json")["status"] == "done"


def test_with_little_time_left_the_message_returns(stack: Names) -> None:
    """R4: after the first rows that are stored at once."""
    ids = [f"A-{number:03}" for number in range(STORED_AT_ONCE + 2)]
    rows = "".join(f"{account_id},7\n" for account_id in ids)
    drop_id = planned(stack, f"Account ID,NPS\n{rows}".encode())
    with pytest.raises(BatchProcessingError, match="little time is left"):
        invoke(NAME, batch({"drop_id": drop_id, "shard": 0}), Context(90_000, 59_999))
    assert len(facts_of(stack, *ids)) == STORED_AT_ONCE, "the others were not begun"
    invoke(NAME, batch({"drop_id": drop_id, "shard": 0}))
    assert len(facts_of(stack, *ids)) == len(ids)
    report = read_json(stack, f"reports/{drop_id}.json")
    assert (report["created"], report["rejected"]) == (len(ids), 0)


def test_the_same_file_again_writes_nothing(stack: Names) -> None:
    """I3."""
    first = planned(stack)
    invoke(NAME, batch({"drop_id": first, "shard": 0}))
    before = facts_of(stack, "A-1", "A-3")

    second = planned(stack)
    invoke(NAME, batch({"drop_id": second, "shard": 0}))
    report = read_json(stack, f"reports/{second}.json")
    assert (report["applied"], report["unchanged"], report["rejected"]) == (0, 2, 1)
    assert facts_of(stack, "A-1", "A-3") == before


def spoil(stack: Names, table: str, *key: tuple[str, str]) -> None:
    """Break a document, as a fault of a writer would."""
    boto3.client("dynamodb").update_item(
        TableName=stack.table(table),
        Key={name: {"S": value} for name, value in key},
        UpdateExpression="SET document = :broken",
        ExpressionAttributeValues={":broken": {"S": "{"}},
    )


def test_an_account_that_cannot_be_read_is_a_reject_and_hides_no_other(stack: Names) -> None:
    """R2, I6: nor is the message delivered for ever."""
    invoke(NAME, batch({"drop_id": planned(stack), "shard": 0}))
    spoil(stack, "accounts", ("account_id", "A-1"), ("part", "facts"))
    for about, content in FILES.items():
        # Of a row that says what the last file said, nothing is read.
        drop_id = planned(stack, content.replace(b",9", b",6").replace(b",7", b",8"), about)
        assert invoke(NAME, batch({"drop_id": drop_id, "shard": 0})) == {"batchItemFailures": []}
        report = read_json(stack, f"reports/{drop_id}.json")
        reasons = [error["reason"] for error in report["errors"]]
        told = any("'A-1' cannot be read" in reason for reason in reasons)
        assert (report["applied"], report["rejected"], told) == (
            (2, 1, False) if about in {"usage", "team"} else (1, 2, True)
        ), about


def test_a_person_that_cannot_be_read_is_a_reject_and_hides_no_other(stack: Names) -> None:
    """R2, I6."""
    for about in ("accounts", "users"):
        invoke(NAME, batch({"drop_id": planned(stack, FILES[about], about), "shard": 0}))
    spoil(stack, "work", ("account_id", "A-1"), ("item_id", "person#ann"))
    drop_id = planned(stack, b"Account ID,User ID,Key Contact\nA-1,ann,no\nA-1,bo,yes\nA-3,cy,yes\n", "users")
    invoke(NAME, batch({"drop_id": drop_id, "shard": 0}))
    assert counts(stack, drop_id) == [3, 1, 1, 0, 1]


def test_killed_at_any_call_the_report_is_the_same(stack: Names) -> None:
    drop_id = planned(stack)

    def story(_: str, place: int | None, fault: Fault) -> list[str]:
        event = batch({"drop_id": drop_id, "shard": 0})
        made = deliver(NAME, event, place, fault)
        invoke(NAME, event)

        report = read_json(stack, f"reports/{drop_id}.json")
        counts = [report[name] for name in ("rows", "created", "updated", "unchanged", "rejected")]
        assert counts == [3, 2, 0, 0, 1]
        written = facts_of(stack, "A-1", "A-3")
        assert [facts.revision for facts in written.values()] == [1, 1]
        return made

    enumerate_faults(story)


Look = Callable[[Names], object]


def people(stack: Names) -> object:
    """Each person's key contact and how often it was written."""
    found = [DynamoPeople(stack.table("work")).people(f"A-{n}") for n in (1, 3)]
    return [(p.user_id, p.facts.values["Key Contact"], p.facts.revision) for of in found for p in of]


def touchpoints(stack: Names) -> object:
    """Each touchpoint and how often it was written; and the last touch of its account."""
    found = [DynamoTouchpoints(stack.table("work")).touchpoints(f"A-{n}") for n in (1, 3)]
    facts = facts_of(stack, "A-1", "A-3")
    return [
        (t.touchpoint_id, t.facts.revision, facts[t.account_id].values["Last Touch"].isoformat())  # type: ignore[union-attr]
        for of in found
        for t in of
    ]


def usage(stack: Names) -> object:
    """The users of which deltas tell, and how often each account did something."""
    files = S3Files(stack.bucket("files"))
    told = [line for key in files.keys("usage/") for line in read_delta(files.read(key))]
    uses = [[use for account_id, use in told if account_id == f"A-{n}"] for n in (1, 3)]
    return [([user for use in of for user in use.days], sum(use.events for use in of)) for of in uses]


@pytest.mark.parametrize(
    ("about", "kept", "expected"),
    [
        ("users", people, [("ann", True, 1), ("cy", False, 1)]),
        ("touchpoints", touchpoints, [("T-1", 1, "2026-11-20"), ("T-3", 1, "2026-11-19")]),
        ("usage", usage, [(["ann"], 1), (["cy"], 1)]),
    ],
)
def test_killed_at_any_call_what_belongs_to_accounts_is_stored_once(
    stack: Names, about: str, kept: Look, expected: object
) -> None:
    """I1, I2, S1, R1: and the very same file, dropped again, changes nothing (I3)."""

    for account_id in ("A-1", "A-3"):
        know(stack, account(account_id, last_touch=None))
    drop_id = planned(stack, FILES[about], about)

    def story(_: str, place: int | None, fault: Fault) -> list[str]:
        event = batch({"drop_id": drop_id, "shard": 0})
        made = deliver(NAME, event, place, fault)
        invoke(NAME, event)
        again = planned(stack, FILES[about], about)
        invoke(NAME, batch({"drop_id": again, "shard": 0}))

        assert counts(stack, drop_id) == [3, 2, 0, 0, 1]
        assert counts(stack, again) == [3, 0, 0, 2, 1]
        assert kept(stack) == expected
        return made

    enumerate_faults(story)


def counts(stack: Names, drop_id: str) -> list[int]:
    report = read_json(stack, f"reports/{drop_id}.json")
    return [report[name] for name in ("rows", "created", "updated", "unchanged", "rejected")]


CRM = {"complete": {"flag": "not-in-crm", "at_most": 50}}


def crm(stack: Names, *account_ids: str) -> tuple[str, Any]:
    """A complete file of these accounts, planned: its drop, and the batch of its one shard."""
    rows = "".join(f"{account_id},7\n" for account_id in account_ids)
    event = dropped(stack, f"Account ID,NPS\n{rows}".encode(), "drops/accounts/mapping=crm/crm.csv")
    drop_id = invoke("import_csv_drop", event)["drop_id"]
    messages(stack)
    return drop_id, batch({"drop_id": drop_id, "shard": 0})


def lacking(stack: Names) -> tuple[str, Any]:
    """The same of a file that lacks the first of the three accounts that the one before had."""
    mapping_playbook(stack, {"crm": CRM})
    _, event = crm(stack, "A-1", "A-2", "A-3")
    invoke(NAME, event)
    assert messages(stack) == []
    return crm(stack, "A-2", "A-3")


def test_the_accounts_that_a_complete_file_lacks_are_flagged_in_a_second_round(stack: Names) -> None:
    drop_id, event = lacking(stack)
    invoke(NAME, event)
    [to_flag] = messages(stack)
    assert to_flag == {"drop_id": drop_id, "shard": 0, "flag": True}
    invoke(NAME, batch(to_flag))
    missing = read_json(stack, f"reports/{drop_id}.json")["missing"]
    assert (missing["count"], missing["flagged"], missing["ids"]) == (1, 1, ["A-1"])
    assert facts_of(stack, "A-1")["A-1"].values["Tags"] == ("not-in-crm",)


@pytest.mark.parametrize("second", [False, True])
def test_killed_at_any_call_of_either_round_each_is_flagged_once(stack: Names, second: bool) -> None:
    """I1, R1."""

    drop_id, event = lacking(stack)
    to_flag = batch({"drop_id": drop_id, "shard": 0, "flag": True})
    if second:
        invoke(NAME, event)

    def story(_: str, place: int | None, fault: Fault) -> list[str]:
        made = deliver(NAME, to_flag if second else event, place, fault)
        for again in (to_flag,) if second else (event, to_flag):
            invoke(NAME, again)
        messages(stack)
        missing = read_json(stack, f"reports/{drop_id}.json")["missing"]
        assert (missing["flagged"], missing["withheld"]) == (1, None)
        facts = facts_of(stack, "A-1", "A-2")
        assert (facts["A-1"].values["Tags"], facts["A-1"].revision) == (("not-in-crm",), 2)
        assert "Tags" not in facts["A-2"].values
        return made

    enumerate_faults(story)


def test_a_file_of_which_every_row_is_rejected_is_mailed_once(stack: Names) -> None:
    drop_id = planned(stack, b"Account ID,NPS\nA-1,high\nA-2,low\n")
    for _ in range(2):
        invoke(NAME, batch({"drop_id": drop_id, "shard": 0}))
    [mail] = mails(stack)
    assert mail.subject == "Import failed: file.csv"
    assert "every row of it (2)" in mail.body
