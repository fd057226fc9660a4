"""Deltas: what was told of use, immutable, by shard of the account (architecture section 5)."""

import json
from collections import Counter
from datetime import UTC, date, datetime, timedelta, timezone

from keepwell.in_memory import InMemoryFiles
from keepwell.usage.deltas import (
    DELTA_SHARDS,
    folder,
    keys_since,
    read_delta,
    shard_of,
    told_at,
    write_deltas,
)
from keepwell.usage.events import UsageEvent, by_account
from tests.story import NOON, TODAY

YESTERDAY = TODAY - timedelta(days=1)
EVENTS = [
    UsageEvent("A-1", "ann", "Reports", "Export", TODAY, 3, 12.5),
    UsageEvent("A-1", "zoë", "Reports", "View", YESTERDAY),
    UsageEvent("A-1", "ann", "Reports", "Export", TODAY, 2, 0.0),
    UsageEvent("A-2", "", "Ein/Modul", '"quoted", and more', date(2026, 2, 28)),
]


def all_keys(files: InMemoryFiles) -> list[str]:
    return list(files.keys("usage/"))


def test_what_is_written_comes_back_added_up() -> None:
    files = InMemoryFiles()
    write_deltas(files, NOON, "drop-1-00", EVENTS)
    read = {account: use for key in all_keys(files) for account, use in read_delta(files.read(key))}
    assert read == by_account(EVENTS)
    assert sorted(read) == ["A-1", "A-2"]
    assert read["A-1"].counts["Reports", "Export"] == (TODAY.toordinal(), TODAY.toordinal(), [5])
    assert (read["A-1"].sessions, read["A-1"].seconds) == (
        (TODAY.toordinal(), TODAY.toordinal(), [2]),
        (TODAY.toordinal(), TODAY.toordinal(), [750]),
    )
    assert (read["A-1"].events, read["A-2"].sessions) == (6, None)


def test_writing_again_writes_the_same_in_whatever_order_the_rows_are() -> None:
    """R1: a shard of an import may be delivered again."""
    files, others = InMemoryFiles(), InMemoryFiles()
    write_deltas(files, NOON, "drop-1-00", EVENTS)
    write_deltas(others, NOON.astimezone(timezone(timedelta(hours=9))), "drop-1-00", reversed(EVENTS))
    assert all_keys(files) == all_keys(others)
    assert [files.read(key) for key in all_keys(files)] == [others.read(key) for key in all_keys(files)]


def test_a_delta_is_as_documented() -> None:
    files = InMemoryFiles()
    write_deltas(files, NOON, "drop-1-00", EVENTS[:2])
    [key] = all_keys(files)
    assert key == f"usage/{shard_of('A-1'):02}/20261121T120000000000Z-drop-1-00.jsonl"
    assert told_at(key) == NOON
    assert json.loads(files.read(key)) == {
        "account_id": "A-1",
        "events": 4,
        "users": {"ann": ["2026-11-21", "1"], "zoë": ["2026-11-20", "1"]},
        "actions": [
            ["Reports", "Export", "2026-11-21", "2026-11-21", [3]],
            ["Reports", "View", "2026-11-20", "2026-11-20", [1]],
        ],
        "minutes": [["2026-11-21", "2026-11-21", [1]], ["2026-11-21", "2026-11-21", [750]]],
    }


def test_nothing_told_is_no_delta() -> None:
    files = InMemoryFiles()
    write_deltas(files, NOON, "drop-1-00", [])
    assert all_keys(files) == []


def test_keys_come_by_when_they_were_told() -> None:
    files = InMemoryFiles()
    times = [datetime(2026, 11, day, 23, 59, 59, 999_999, tzinfo=UTC) for day in (19, 1, 20)]
    for moment in times:
        write_deltas(files, moment, "x", EVENTS[:1])
    shard = shard_of("A-1")
    assert [told_at(key) for key in keys_since(files, shard, times[1])] == sorted(times)
    assert [told_at(key) for key in keys_since(files, shard, times[0])] == [times[0], times[2]]
    assert list(keys_since(files, (shard + 1) % DELTA_SHARDS, times[1])) == []


def test_an_account_is_always_in_the_same_shard() -> None:
    """For good: shards are stored."""
    assert [shard_of(account_id) for account_id in ("A-1", "A-2", "Zoë & Co", "")] == [10, 3, 11, 5]
    spread = Counter(shard_of(f"ACC-{n:05}") for n in range(8_000))
    assert set(spread) == set(range(DELTA_SHARDS))
    assert max(spread.values()) < 1.3 * 8_000 / DELTA_SHARDS
    assert folder(3) == "usage/03/"
