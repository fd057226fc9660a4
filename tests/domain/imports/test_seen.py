"""Rows that only repeat what the feed's last drop said are not looked at (reliability I3, performance 0)."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from keepwell.accounts import Change, Facts, merge
from keepwell.attributes import Attribute, Kind
from keepwell.imports import shards
from keepwell.imports.drops import drop_id
from keepwell.imports.job import ImportJob, control_key
from keepwell.imports.mapping import ImportMapping, Source
from keepwell.imports.seen import forget, ids_of, notes_of, shards_like
from keepwell.imports.splitting import shard_of
from keepwell.in_memory import InMemoryAccounts, InMemoryQueue
from tests.domain.imports.importing import NOON, Stack, adds_up, playbook, with_fresh_nps

LATER = NOON + timedelta(hours=1)
HEADER = "Account ID,Account Name,NPS\n"
FILE = f"{HEADER}A-1,Harbor,9\nA-2,Cedar,5\nA-3,Iris,7\n"


class Watched(InMemoryAccounts):
    """Notes which accounts are read."""

    def __init__(self) -> None:
        super().__init__()
        self.read: list[str] = []

    def facts_of(self, account_ids: Sequence[str]) -> dict[str, Facts]:
        self.read += account_ids
        return super().facts_of(account_ids)

    def taken(self) -> list[str]:
        taken, self.read = self.read, []
        return sorted(taken)


@pytest.fixture
def accounts() -> Watched:
    return Watched()


@pytest.fixture
def stack(accounts: Watched) -> Stack:
    stack = Stack(accounts=accounts)
    stack.drop(FILE)
    accounts.taken()
    return stack


def counts(report: Mapping[str, object]) -> list[object]:
    return [report[name] for name in ("created", "updated", "unchanged", "rejected")]


def test_only_what_changed_is_read_and_written(stack: Stack, accounts: Watched) -> None:
    changed = FILE.replace("Cedar,5", "Cedar,6") + "A-4,Oak,1\n"
    before = stack.writes
    report = stack.drop(changed, at=LATER)
    assert counts(report) == [1, 1, 2, 0]
    assert adds_up(report)
    assert accounts.taken() == ["A-2", "A-4"]
    assert stack.writes == before + 2
    assert report["earlier_drop"] == drop_id("bucket", "drops/accounts/file.csv", "1")


def test_rows_in_another_order_and_between_others_are_the_same(stack: Stack, accounts: Watched) -> None:
    report = stack.drop(f"{HEADER}\n\nA-3,Iris,7\r\nA-1,Harbor,9\nA-2,Cedar,5", at=LATER)
    assert counts(report) == [0, 0, 3, 0]
    assert accounts.taken() == []


def test_what_a_feed_merely_repeats_overwrites_nothing_that_others_told_since(stack: Stack) -> None:
    """Decision 17."""
    facts = stack.facts("A-1")
    told = Change("A-1", {"NPS": 3}, "hubspot", LATER, LATER.date(), "hubspot")
    changed = merge(facts, told, stack.playbook.catalogue)
    assert changed
    stack.accounts.put_facts(changed)
    stack.drop(FILE.replace("Cedar,5", "Cedar,6"), at=LATER + timedelta(hours=1))
    assert stack.facts("A-1").values["NPS"] == 3


def test_a_rejected_row_is_judged_each_time(stack: Stack) -> None:
    bad = FILE.replace("Iris,7", "Iris,seven")
    for hours in (1, 2):
        report = stack.drop(bad, at=NOON + timedelta(hours=hours))
        assert counts(report) == [0, 0, 2, 1]
        assert stack.rejects(report)[0]["Row"] == "4"
    report = stack.drop(FILE, at=NOON + timedelta(hours=3))
    assert counts(report) == [0, 0, 3, 0]


def test_an_id_that_stands_twice_is_rejected_each_time_and_its_last_row_is_compared(
    stack: Stack, accounts: Watched
) -> None:
    twice = f"{HEADER}A-1,Old,1\n" + FILE.removeprefix(HEADER)
    report = stack.drop(twice, at=LATER)
    assert counts(report) == [0, 0, 3, 1]
    assert "stands again in row 3" in stack.rejects(report)[0]["Reason"]
    assert accounts.taken() == []
    reordered = FILE + "A-1,Old,1\n"
    assert counts(stack.drop(reordered, at=LATER + timedelta(hours=1))) == [0, 1, 2, 1]
    assert stack.facts("A-1").values["NPS"] == 1


def test_what_decides_beside_the_row_is_compared_too(stack: Stack, accounts: Watched) -> None:
    """The columns, the data model, the time zone, and how the file is written."""
    book = stack.playbook
    files = {
        "another column": (FILE.replace("NPS", "Open Ticket Count"), book),
        "another delimiter": (FILE.replace(",", ";"), book),
        "another zone": (FILE, replace(book, time_zone=ZoneInfo("Asia/Tokyo"))),
        "another model": (
            FILE,
            replace(book, catalogue=book.catalogue.extended([Attribute("NPS", Kind.NUMBER, scale=(0, 9))])),
        ),
    }
    for hours, (what, (file, model)) in enumerate(files.items(), start=1):
        stack.playbook = model
        stack.drop(file, at=NOON + timedelta(hours=hours))
        assert accounts.taken() == ["A-1", "A-2", "A-3"], what


def test_numbered_rows_are_other_rows_under_another_number() -> None:
    sources = {"Account ID": Source(column="ID"), "Account Name": Source(row_number="No. {row}")}
    stack = Stack(playbook=playbook(ImportMapping("numbered", "accounts", sources)))
    key = "drops/accounts/mapping=numbered/a.csv"
    stack.drop("ID\nA-1\nA-2\n", key)
    assert counts(stack.drop("ID\nA-2\nA-1\n", key, at=LATER)) == [0, 2, 0, 0]
    assert stack.facts("A-2").values == {"Account Name": "No. 1"}


def test_a_feed_that_was_forgotten_is_looked_at_whole(stack: Stack, accounts: Watched) -> None:
    """`keepwell drop --again`, and after an undo."""
    forget("accounts", stack.control)
    report = stack.drop(FILE, at=LATER)
    assert counts(report) == [0, 0, 3, 0]
    assert report["earlier_drop"] is None
    assert accounts.taken() == ["A-1", "A-2", "A-3"]
    stack.drop(FILE, at=LATER + timedelta(hours=1))
    assert accounts.taken() == []


def test_an_import_that_is_under_way_is_not_compared_with(stack: Stack, accounts: Watched) -> None:
    changed = FILE.replace("Cedar,5", "Cedar,6")
    under_way = stack.plan(stack.put("drops/accounts/b.csv", changed.encode(), LATER))
    last = stack.plan(stack.put("drops/accounts/c.csv", FILE.encode(), LATER + timedelta(hours=1)))
    assert isinstance(stack.queue, InMemoryQueue)
    for message in reversed(stack.queue.messages):
        stack.run(message)
    assert stack.report(last)["earlier_drop"] is None
    assert stack.report(under_way)["fill_only"] is True
    assert stack.facts("A-2").values["NPS"] == 5


def test_what_an_older_file_said_is_not_compared_with(stack: Stack, accounts: Watched) -> None:
    """I4: it changed nothing, so that a newer file that says the same tells something new."""
    other = FILE.replace("Cedar,5", "Cedar,6")
    assert stack.drop(other, at=NOON - timedelta(hours=1))["fill_only"] is True
    assert stack.facts("A-2").values["NPS"] == 5
    accounts.taken()
    assert counts(stack.drop(other, at=LATER)) == [0, 1, 2, 0]
    assert accounts.taken() == ["A-2"]
    assert stack.facts("A-2").values["NPS"] == 6


def test_of_two_files_of_the_same_second_the_one_planned_later_is_the_newer() -> None:
    """I4: whichever is imported first, and the next file is compared with what stands."""
    for first in (0, 1):
        stack = Stack()
        plans = [
            stack.plan(stack.put(f"drops/accounts/{nps}.csv", f"{HEADER}A-1,Harbor,{nps}\n".encode()))
            for nps in (1, 2)
        ]
        for drop in (plans[first], plans[1 - first]):
            stack.run({"drop_id": drop, "shard": 0})
        assert stack.facts("A-1").values["NPS"] == 2
        stack.drop(f"{HEADER}A-1,Harbor,2\n", at=LATER)
        assert stack.facts("A-1").values["NPS"] == 2


def test_notes_that_are_kept_no_longer_are_done_without(stack: Stack, accounts: Watched) -> None:
    """The bucket's lifecycle removes them."""
    first = drop_id("bucket", "drops/accounts/file.csv", "1")
    assert stack.files.exists(f"seen/{first}/0000.json")
    objects = vars(stack.files)["_objects"]
    del objects[f"seen/{first}/0000.json"]
    assert counts(stack.drop(FILE, at=LATER)) == [0, 0, 3, 0]
    assert accounts.taken() == ["A-1", "A-2", "A-3"]


def test_a_value_whose_age_counts_is_looked_at_when_half_its_days_are_over(accounts: Watched) -> None:
    """Not before, and then it is confirmed: but not again when another told it meanwhile."""
    stack = Stack(playbook=with_fresh_nps(days=10), accounts=accounts)
    file = f"{HEADER}A-1,Harbor,9\nA-2,Cedar,\n"
    stack.drop(file, at=NOON)
    accounts.taken()
    looked = {}
    for day in range(1, 15):
        stack.drop(file, at=NOON + timedelta(days=day))
        looked[day] = accounts.taken()
    # A-2 tells no NPS, which its row cannot know: it is looked at as often, and nothing is written of it.
    assert [day for day, ids in looked.items() if "A-1" in ids] == [6, 12]
    assert stack.facts("A-1").last_told("NPS") == NOON + timedelta(days=12)
    assert stack.facts("A-2").confirmed == {}


def test_a_row_that_changes_elsewhere_does_not_make_its_old_values_young(accounts: Watched) -> None:
    """It is the values that grow old, not the look at the row: or they would be stale for days."""
    stack = Stack(playbook=with_fresh_nps(days=10), accounts=accounts)
    for day in range(15):
        name = "Harbor" if day < 5 else "Harbor Labs"
        stack.drop(f"{HEADER}A-1,{name},9\n", at=NOON + timedelta(days=day))
        age = (NOON + timedelta(days=day) - stack.facts("A-1").last_told("NPS")).days
        assert age <= 5


def test_the_notes_of_a_shard_are_found_whatever_the_number_of_shards() -> None:
    for mine, others in ((4, 16), (16, 4), (8, 8), (1, 64), (64, 1)):
        for shard in range(mine):
            found = set(shards_like(shard, mine, others))
            for account_id in (f"A-{n}" for n in range(200)):
                if shard_of(account_id, mine) == shard:
                    assert shard_of(account_id, others) in found


def test_a_larger_file_is_compared_with_a_smaller_one(accounts: Watched) -> None:
    stack = Stack(accounts=accounts)
    rows = [f"A-{n},Name {n},{n % 10}\n" for n in range(9_000)]
    few = stack.drop(HEADER + "".join(rows[:900]))
    accounts.taken()
    many = stack.drop(HEADER + "".join(rows), at=LATER)
    assert counts(many) == [8_100, 0, 900, 0]
    assert len(accounts.taken()) == 8_100
    again = stack.drop(HEADER + "".join(rows[:900]), at=LATER + timedelta(hours=1))
    assert counts(again) == [0, 0, 900, 0]
    assert accounts.taken() == []
    jobs = [job_of(stack, report["drop_id"]) for report in (few, many)]
    assert [job.shards for job in jobs] == [1, 16]
    for of in (1, 4, 32):
        found = [ids_of(stack.files, jobs[1], shard, of) for shard in range(of)]
        assert sum(map(len, found)) == len(set().union(*found)) == 9_000


def job_of(stack: Stack, import_id: str) -> ImportJob:
    row = stack.control.get(control_key(import_id))
    assert row
    return ImportJob.from_row(row)


def test_a_shard_of_several_batches_is_noted_whole(
    monkeypatch: pytest.MonkeyPatch, accounts: Watched
) -> None:
    monkeypatch.setattr(shards, "ROWS_OF_A_BATCH", 7)
    stack = Stack(accounts=accounts)
    rows = "".join(f"A-{n},Name,{n % 12}\n" for n in range(100))
    first = stack.drop(HEADER + rows)
    assert counts(first) == [92, 0, 0, 8]
    assert [row["Row"] for row in stack.rejects(first)] == [str(n + 2) for n in range(11, 100, 12)]
    accounts.taken()
    assert counts(stack.drop(HEADER + rows, at=LATER)) == [0, 0, 92, 8]
    assert accounts.taken() == []


def test_ids_of_rejected_rows_are_noted_as_there() -> None:
    """A feed that is complete lacks only what the file lacks."""
    stack = Stack()
    report = stack.drop(f"{HEADER}A-1,Harbor,9\nA-2,Cedar,high\n")
    notes = notes_of(stack.files, report["drop_id"], 0)
    assert set(notes.of) == {("A-1",), ("A-2",)}
    assert notes.of["A-2",] == ""


NAMES = st.sampled_from(["Harbor", "Cedar", '"Iris, Oak"', "x" * 300, "'=1"])
ROWS = st.dictionaries(st.sampled_from([f"A-{n}" for n in range(6)]), st.tuples(NAMES, st.integers(0, 12)))


@given(st.lists(ROWS, min_size=1, max_size=5))
@settings(deadline=None)
def test_of_any_files_the_facts_are_those_of_looking_at_every_row(
    files: list[dict[str, tuple[str, int]]],
) -> None:
    """NPS above 10 is rejected."""
    quick, plain = Stack(), Stack()
    for hour, rows in enumerate(files):
        text = HEADER + "".join(f"{i},{name},{nps}\n" for i, (name, nps) in rows.items())
        at = NOON + timedelta(hours=hour)
        forget("accounts", plain.control)
        assert counts(quick.drop(text, at=at)) == counts(plain.drop(text, at=at))
        ids = [f"A-{n}" for n in range(6)]
        assert quick.accounts.facts_of(ids) == plain.accounts.facts_of(ids)
    assert quick.writes == plain.writes
