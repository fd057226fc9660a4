"""What an import replaced goes back, whatever dies on the way (decision 20; reliability S1, R1)."""

from datetime import date
from typing import Any

import pytest

from keepwell.errors import RejectedInput, TransientFailure
from keepwell.imports.undoing import request_undo
from keepwell_aws.accounts import DynamoAccounts
from keepwell_aws.collections import DynamoCollections
from keepwell_aws.control import DynamoControl
from keepwell_aws.files import S3Files
from keepwell_aws.people import DynamoPeople
from keepwell_aws.team import DynamoTeam
from keepwell_aws.touchpoints import DynamoTouchpoints
from keepwell_aws.work import DynamoWork
from tests.aws_tables import Names
from tests.crashes import Fault, enumerate_faults
from tests.functions.invoking import Context, deliver, invoke, sample_event
from tests.functions.test_import_csv_drop import read_json
from tests.functions.test_import_csv_rows import batch as of_shards
from tests.functions.test_import_csv_rows import facts_of, planned
from tests.story import NOON

NAME = "undo_imports"
GOOD = b"Account ID,Account Name,NPS\nA-1,Harbor Labs,9\n"
BAD = b"Account ID,Account Name,NPS\nA-1,Habor,1\nA-2,Cedar Foods,5\n"


def imported(stack: Names, content: bytes, about: str = "accounts") -> str:
    drop_id = planned(stack, content, about)
    invoke("import_csv_rows", of_shards({"drop_id": drop_id, "shard": 0}))
    return drop_id


def requested(stack: Names, drop_id: str) -> dict[str, Any]:
    """What the one segment of the run begins with, once somebody has asked for it."""
    control, files = DynamoControl(stack.table("control")), S3Files(stack.bucket("files"))
    request_undo(drop_id, control=control, files=files, now=NOON)
    event: dict[str, Any] = sample_event(NAME, "one_segment") | {"on": drop_id}
    return event


# Of each kind of store a good file, and one that changes what it told, and tells more.
FILES = {
    "accounts": (GOOD, BAD),
    "users": (
        b"Account ID,User ID,First Name\nA-1,ann,Ann\n",
        b"Account ID,User ID,First Name\nA-1,ann,Anna\nA-1,bo,Bo\n",
    ),
    "touchpoints": (
        b"Account ID,Touchpoint ID,Type,Date\nA-1,T-1,Call,2026-11-19\n",
        b"Account ID,Touchpoint ID,Type,Date\nA-1,T-1,QBR,2026-11-19\nA-1,T-2,Call,2026-11-20\n",
    ),
    "tasks": (
        b"Account ID,Task ID,Title\nA-1,T-1,Call\n",
        b"Account ID,Task ID,Title\nA-1,T-1,Cal\nA-1,T-2,Visit\n",
    ),
    "team": (b"Email,Name\nann@example.com,Ann\n", b"Email,Name\nann@example.com,An\nbo@example.com,Bo\n"),
    "collections": (
        b"Account ID,Collection ID,Collection\nA-1,S-1,Seats\n",
        b"Account ID,Collection ID,Collection\nA-1,S-1,Seat\nA-1,S-2,Seats\n",
    ),
}


def undo_events(stack: Names) -> list[dict[str, Any]]:
    """Undos of all of them, in the order in which they leave nothing behind."""
    drops = []
    for about, (good, bad) in FILES.items():
        imported(stack, good, about)
        drops.append(imported(stack, bad, about))
    return [requested(stack, drop_id) for drop_id in drops]


def undone(stack: Names, drop_id: str) -> list[int]:
    report = read_json(stack, f"reports/{drop_id}.undo.json")
    return [report[name] for name in ("restored", "removed", "kept", "unchanged", "values_restored")]


def test_a_shard_goes_back_and_the_last_one_writes_the_report(stack: Names) -> None:
    imported(stack, GOOD)
    before = facts_of(stack, "A-1")["A-1"]
    drop_id = imported(stack, BAD)
    answer = invoke(NAME, requested(stack, drop_id))

    assert answer["cursor"] is None
    assert answer["counts"] == {"restored": 1, "removed": 1, "kept": 0, "unchanged": 0}
    now = facts_of(stack, "A-1", "A-2")
    assert now["A-1"].values == before.values
    assert now["A-1"].provenance == before.provenance
    assert "A-2" not in now
    assert undone(stack, drop_id) == [1, 1, 0, 0, 2]


def test_whatever_was_dropped_goes_back(stack: Names) -> None:
    for event in undo_events(stack):
        invoke(NAME, event)
    table = stack.table("work")
    assert list(facts_of(stack, "A-1", "A-2")) == ["A-1"]
    assert [person.user_id for person in DynamoPeople(table).people("A-1")] == ["ann"]
    assert [each.type for each in DynamoTouchpoints(table).touchpoints("A-1")] == ["Call"]
    assert [task.title for task in DynamoWork(table).tasks("A-1")] == ["Call"]
    assert [member.name for member in DynamoTeam(table).members()] == ["Ann"]
    assert [each.record_id for each in DynamoCollections(table).records("A-1")] == ["S-1"]
    assert facts_of(stack, "A-1")["A-1"].values == {
        "Account Name": "Harbor Labs",
        "NPS": 9,
        "Last Touch": date(2026, 11, 19),
    }


def test_nothing_is_undone_that_nobody_asked_for(stack: Names) -> None:
    drop_id = imported(stack, GOOD)
    with pytest.raises(RejectedInput, match="nobody asked to undo"):
        invoke(NAME, sample_event(NAME, "one_segment") | {"on": drop_id})


def test_with_little_time_left_it_goes_on_later(stack: Names) -> None:
    """R4."""
    drop_id = imported(stack, GOOD)
    event = requested(stack, drop_id)
    with pytest.raises(TransientFailure, match="little time is left"):
        invoke(NAME, event, Context(120_000, 59_999))
    assert "A-1" in facts_of(stack, "A-1")
    invoke(NAME, event)
    assert facts_of(stack, "A-1") == {}


def test_killed_at_any_call_the_end_is_the_same(stack: Names) -> None:
    imported(stack, GOOD)
    before = facts_of(stack, "A-1")["A-1"]
    drop_id = imported(stack, BAD)
    event = requested(stack, drop_id)

    def story(_: str, place: int | None, fault: Fault) -> list[str]:
        made = deliver(NAME, event, place, fault)
        invoke(NAME, event)

        assert undone(stack, drop_id) == [1, 1, 0, 0, 2]
        now = facts_of(stack, "A-1", "A-2")
        assert [facts.values for facts in now.values()] == [before.values]
        assert now["A-1"].revision == before.revision + 2, "the import, the undo, and nothing more"
        invoke(NAME, event)
        assert facts_of(stack, "A-1", "A-2") == now
        assert DynamoAccounts(stack.table("accounts")).get("A-2") is None
        return made

    made = enumerate_faults(story)
    assert {"dynamodb:TransactWriteItems", "s3:PutObject"} <= set(made)
