"""The history of imports: every drop is in it, whatever became of it (product INT-04; reliability I1)."""

from datetime import timedelta

from keepwell.imports.listing import PastImport, note_drop, past_imports
from tests.domain.imports.importing import NOON, playbook
from tests.domain.imports.test_undoing import GOOD, Undoing

TODAY = NOON.date()


def listed(stack: Undoing, days: int = 30) -> list[PastImport]:
    since = TODAY - timedelta(days=days)
    return list(past_imports(stack.files, stack.control, since, playbook().time_zone))


def test_the_newest_come_first_each_with_what_became_of_it() -> None:
    stack = Undoing()
    stack.drop("Account ID,NPS\nA-1,high\nA-2,3\n", "drops/accounts/rejects.csv")
    stack.drop("\x00\x01", "drops/accounts/mapping=crm/broken.csv", at=NOON + timedelta(hours=1))
    stack.plan(stack.put("drops/accounts/under-way.csv", GOOD.encode(), NOON + timedelta(hours=2)))

    going, failed, done = listed(stack)
    assert (done.file, done.object, done.status) == ("rejects.csv", "accounts", "done")
    assert done.counts == {"rows": 2, "applied": 1, "created": 1, "updated": 0, "unchanged": 0, "rejected": 1}
    assert (failed.file, failed.mapping, failed.status) == ("broken.csv", "crm", "failed")
    assert failed.reason
    assert (going.file, going.status, going.shards, going.shards_done) == ("under-way.csv", "importing", 1, 0)
    assert going.counts is None
    assert [each.dropped_at - NOON for each in (going, failed, done)] == [
        timedelta(hours=n) for n in (2, 1, 0)
    ]


def test_a_drop_that_nothing_could_begin_with_is_in_it() -> None:
    """The function died, as it may again and again: what was dropped is not forgotten."""
    stack = Undoing()
    drop = stack.put("drops/accounts/lost.csv", GOOD.encode())
    note_drop(drop.id, drop.observed_at, stack.files)
    [received] = listed(stack)
    assert (received.drop_id, received.status, received.file) == (drop.id, "received", None)
    assert received.document()["rows"] is None


def test_only_those_since_a_day_of_the_tenants_are_listed() -> None:
    stack = Undoing()
    for days in (40, 3, 2):
        stack.drop(GOOD, f"drops/accounts/{days}.csv", at=NOON - timedelta(days=days))
    late = NOON.replace(hour=23, minute=30) - timedelta(days=3)  # the day after already, in Berlin
    stack.drop(GOOD, "drops/accounts/late.csv", at=late)
    assert [each.file for each in listed(stack, days=2)] == ["2.csv", "late.csv"]
    assert len(listed(stack)) == 3
    assert len(listed(stack, days=40)) == 4


def test_a_repeated_event_is_one_import_and_the_same_file_again_another() -> None:
    """R1."""
    stack = Undoing()
    drop = stack.put("drops/accounts/a.csv", GOOD.encode())
    stack.plan(drop)
    stack.run_queue()
    stack.plan(drop)
    stack.drop(GOOD, "drops/accounts/a.csv", at=NOON + timedelta(hours=1))
    assert [each.counts["unchanged"] for each in listed(stack) if each.counts] == [2, 0]


def test_an_undo_shows_at_its_import() -> None:
    stack = Undoing()
    report = stack.drop(GOOD)
    other = stack.drop("Account ID,NPS\nB-1,1\n", "drops/accounts/other.csv", at=NOON + timedelta(hours=1))
    stack.clock.advance(timedelta(days=1))
    stack.request(report["drop_id"])
    assert {each.drop_id: each.undo for each in listed(stack)} == {
        report["drop_id"]: "under way",
        other["drop_id"]: None,
    }
    stack.undo(report)
    assert [each.undo for each in listed(stack)] == [None, "done"]


def test_a_past_import_as_json() -> None:
    stack = Undoing()
    stack.drop(GOOD)
    [done] = listed(stack)
    document = done.document()
    assert {name: document[name] for name in ("file", "rows", "dropped_at", "seconds", "undo")} == {
        "file": "file.csv",
        "rows": 2,
        "dropped_at": "2026-11-21T12:00:00.000000+00:00",
        "seconds": 0.0,
        "undo": None,
    }
