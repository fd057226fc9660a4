"""Files about use: rows add up, and the same bytes are told once (reliability I1, I3, R1)."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from keepwell.imports.columns import Column, Columns
from keepwell.imports.frame import frame_of
from keepwell.imports.job import ImportJob, control_key
from keepwell.imports.mapping import ImportMapping, Source, Step
from keepwell.imports.planning import hash_of_reading
from keepwell.in_memory import InMemoryQueue
from keepwell.usage.deltas import read_delta
from keepwell.usage.events import Use
from keepwell.usage.rolling import iso
from tests.domain.imports.importing import NOON, Stack, adds_up, playbook
from tests.domain.imports.test_crashes import Fuse, Fused, Killed

DROPS = Path(__file__).parents[3] / "events" / "drops"
KEY = "drops/usage/file.csv"
LATER = NOON + timedelta(days=20)
FILE = (
    "Account ID,User ID,Module,Action,Time\n"
    "U-1,ann,Reports,Open,2026-11-20\nU-2,cy,Reports,Open,2026-11-20\nU-1,ann,Reports,Open,2026-12-01\n"
)


def told(stack: Stack) -> dict[str, Use]:
    """What all deltas tell of each account."""
    uses: dict[str, Use] = {}
    for account_id, use in deltas(stack):
        uses[account_id] = uses[account_id] + use if account_id in uses else use
    return uses


def deltas(stack: Stack) -> Iterator[tuple[str, Use]]:
    for key in stack.files.keys("usage/"):
        yield from read_delta(stack.files.read(key))


def counts(report: dict[str, Any]) -> list[int]:
    assert adds_up(report)
    return [report[name] for name in ("rows", "applied", "unchanged", "rejected")]


def test_rows_become_events_and_each_fault_is_told() -> None:
    stack = Stack()
    report = stack.drop((DROPS / "usage.csv").read_bytes(), KEY)

    assert counts(report) == [10, 4, 0, 6]
    use = told(stack)["U-1"]
    assert {user: (iso(days.newest), days.mask) for user, days in use.days.items()} == {
        "ann": ("2026-11-20", 1),
        "bo": ("2026-11-21", 1),
    }, "half past eleven at night in UTC is tomorrow in Berlin"
    assert use.counts["Reports", "Export"].counts == [6], "a row twice counts twice"
    assert use.seconds
    assert use.seconds.counts == [1500]
    assert iso(told(stack)["U-7"].days["eve"].newest) == "2026-11-19", "an account is not asked for"
    assert {row["Row"]: (row["Column"], row["Reason"]) for row in stack.rejects(report)} == {
        "6": ("User ID", "the User ID is blank; every row needs one"),
        "7": ("Module", "the Module is blank; every row needs one"),
        "8": ("Time", '"2026-12-01" is in the future: the file is of 2026-11-21'),
        "9": (
            "Time",
            (
                "expected a day such as 2026-01-12 or a time such as 2026-01-12T09:30:00Z, "
                'found "20.11.2026"; '
                "a mapping reads it by then: [{date: '%d.%m.%Y'}]"
            ),
        ),
        "10": ("Count", 'expected a whole number of at least 1, found "0"'),
        "11": (
            "Count; Minutes",
            'expected a whole number of at least 1, found "2.5"; expected a number of at least 0, found "-1"',
        ),
    }


def test_an_event_of_tomorrow_is_taken_for_clocks_differ() -> None:
    report = Stack().drop(FILE.replace("2026-12-01", "2026-11-22"), KEY)
    assert counts(report) == [3, 3, 0, 0]


@pytest.mark.parametrize(
    "text", ["2026-02-30", "2026-11-20T25:00:00Z", "2026-W47-5", "20261120", "2026-11-20T10:00:00+99:00"]
)
def test_a_time_that_is_none_is_a_reject(text: str) -> None:
    report = Stack().drop(FILE.replace("2026-12-01", text), KEY)
    assert counts(report) == [3, 2, 0, 1]


@pytest.mark.parametrize("text", ["0001-01-01", "0001-01-01T00:00:00Z", "1969-12-31T12:00:00Z"])
def test_a_time_before_anything_was_used_is_a_reject(text: str) -> None:
    """I6: no window of days could be looked at before the first day of the calendar."""
    report = Stack().drop(FILE.replace("2026-12-01", text), KEY)
    assert counts(report) == [3, 2, 0, 1]
    assert report["errors"][0]["reason"] == '"…" is before 1970-01-01, when nothing was used'


@pytest.mark.parametrize("cell", ["M" * 201, '"Re\nports"'])
def test_a_module_that_is_no_name_is_a_reject(cell: str) -> None:
    file = f"Account ID,User ID,Module,Action,Time\nU-1,ann,{cell},Open,2026-11-20\n"
    assert counts(Stack().drop(file, KEY)) == [1, 0, 0, 1]


def test_the_same_bytes_again_tell_nothing_new() -> None:
    """I3; and what was in the future for the first drop is as little told by the second."""
    stack = Stack()
    assert counts(stack.drop(FILE, KEY)) == [3, 2, 0, 1]
    keys = list(stack.files.keys("usage/"))
    again = stack.drop(FILE, "drops/usage/again.csv", at=LATER)

    assert counts(again) == [3, 0, 2, 1]
    assert again["fill_only"] is False
    assert list(stack.files.keys("usage/")) == keys
    assert told(stack)["U-1"].events == 1


def test_a_later_version_of_keepwell_knows_a_file_again() -> None:
    """I3: if this changes, whoever upgrades counts the use of a file twice that comes once more."""
    stack = Stack()
    row = stack.control.get(control_key(stack.drop(FILE, KEY)["drop_id"]))
    assert row
    assert ImportJob.from_row(row).content == "415084e64dd53426b0d69e73ea3d40aa"


def test_what_is_new_in_a_column_counts_only_where_it_is_used() -> None:
    """I3."""

    @dataclass(frozen=True)
    class Later(Column):
        absolute: bool = False
        units: Mapping[str, str] = field(default_factory=dict)

    def digest(column: Column) -> str:
        return hash_of_reading(frame, Columns((column,), (column,), ignored=("Other",)))

    frame = frame_of(b"ID,Other\nA-1,x\n")
    known = digest(Column("Account ID", "ID", (0,), then=(Step("lower"),)))
    assert digest(Later("Account ID", "ID", (0,), then=(Step("lower"),))) == known
    others = [
        Later("Account ID", "ID", (0,), then=(Step("lower"),), absolute=True),
        Later("Account ID", "ID", (0,), then=(Step("lower"),), units={"kg": "g"}),
        Column("Account ID", "ID", (0,), then=(Step("upper"),)),
        Column("Account ID", "ID", (1,), then=(Step("lower"),)),
        Column("Account ID", "ID", constant="", then=(Step("lower"),)),
    ]
    assert len({known, *map(digest, others)}) == 6


def test_a_file_that_overlaps_another_is_counted_again() -> None:
    stack = Stack()
    stack.drop(FILE, KEY)
    assert counts(stack.drop(f"{FILE}U-3,eve,Reports,Open,2026-11-20\n", KEY, at=LATER)) == [4, 4, 0, 0]
    assert told(stack)["U-1"].events == 3


def test_the_same_bytes_by_another_mapping_are_other_events() -> None:
    """A mapping that was wrong can be mended and the file dropped again."""
    names = ("Account ID", "User ID", "Module", "Action", "Time")
    wrong = {name: Source(column=name) for name in names} | {"Time": Source(column="Action")}
    right = {name: Source(column=name) for name in names}
    key = "drops/usage/mapping=product/file.csv"
    stack = Stack(playbook=playbook(ImportMapping("product", "usage", wrong)))
    assert counts(stack.drop(FILE, key)) == [3, 0, 0, 3]
    stack.playbook = playbook(ImportMapping("product", "usage", right))
    assert counts(stack.drop(FILE, key)) == [3, 2, 0, 1]


def broken(stack: Stack, place: int) -> Stack:
    """The same stack, its files with a fuse."""
    return Stack(files=Fused(stack.files, Fuse(place, after=True)), control=stack.control, queue=stack.queue)


@pytest.mark.parametrize("place", range(10))
def test_a_drop_that_died_is_finished_by_itself_or_by_the_next_of_the_same_bytes(place: int) -> None:
    """R1: whichever comes first, and then the other, everything is told once, and one of them told it."""
    file = FILE.replace("2026-12-01", "2026-11-19")
    for first_comes_back in (False, True):
        stack = Stack()
        first = stack.plan(stack.put("drops/usage/1.csv", file.encode()))
        assert isinstance(stack.queue, InMemoryQueue)
        message = stack.queue.messages.pop()
        with pytest.raises(Killed):
            broken(stack, place).run(message)
        if first_comes_back:
            stack.run(message)
        again = stack.drop(file, "drops/usage/2.csv", at=LATER)
        assert told(stack)["U-1"].events == 2, "it is there, though the first import may never come back"
        stack.run(message)

        reports = [counts(stack.report(first)), counts(again)]
        assert sorted(reports) == [[3, 0, 3, 0], [3, 3, 0, 0]]
        began = place >= 5 or first_comes_back
        assert (reports[0] == [3, 3, 0, 0]) == began
        assert {account_id: use.events for account_id, use in told(stack).items()} == {"U-1": 2, "U-2": 1}


def test_a_drop_that_died_long_ago_is_not_finished_in_silence() -> None:
    """Its deltas would be too old to be folded, and nobody would know."""
    stack = Stack()
    first = stack.plan(stack.put("drops/usage/1.csv", FILE.encode()))
    assert isinstance(stack.queue, InMemoryQueue)
    with pytest.raises(Killed):
        broken(stack, 5).run(stack.queue.messages.pop())
    before = told(stack)
    again = stack.drop(FILE, "drops/usage/2.csv", at=NOON + timedelta(days=31))

    assert counts(again) == [3, 0, 0, 3]
    assert f"the same file came on 2026-11-21, and its import {first} never ended" in str(again["errors"])
    assert told(stack) == before


def test_the_same_rows_in_other_shards_are_told_once() -> None:
    """How many shards there are is judged by the file's start: a title above the header makes it another."""
    rows = [f"U-{n},ann,Reports,Open,2026-11-20\n" for n in range(3000)]
    rows += [f"U-{n},ann,{'Reports' * 27},{'Open' * 45},2026-11-20\n" for n in range(1100)]
    file = "".join(["Account ID,User ID,Module,Action,Time\n", *rows])
    titled = f"{'Usage of November ' * 35}\n" * 90 + file
    stack = Stack()
    first = stack.plan(stack.put("drops/usage/1.csv", file.encode()))
    assert isinstance(stack.queue, InMemoryQueue)
    messages = [stack.queue.messages.pop() for _ in range(len(stack.queue.messages))]
    stack.run(messages.pop())
    again = stack.drop(titled, "drops/usage/2.csv", at=LATER)
    assert counts(again) == [4100, 0, 0, 4100]
    assert f"the same rows are in the import {first}, which is not done" in str(again["errors"])
    for message in messages:
        stack.run(message)

    assert counts(stack.report(first)) == [4100, 4100, 0, 0]
    assert sum(use.events for use in told(stack).values()) == 4100
    assert counts(stack.drop(titled, "drops/usage/3.csv", at=LATER)) == [4100, 0, 4100, 0]


def test_a_file_without_a_module_is_told() -> None:
    report = Stack().drop("Account ID,User ID,Action,Time\nU-1,ann,Open,2026-11-20\n", KEY)
    assert "no column holds the Module" in report["errors"][0]["reason"]
