"""Deltas: immutable files of what was told of use, by shard of the account, each folded in once.

A delta's key is `usage/<shard>/<when it was told>-<source>.jsonl`; it holds a line for each account:

    {"account_id": "A-1", "events": 4, "users": {"ann": ["2026-11-20", "5"]},
     "actions": [["Reports", "Export", "2026-11-18", "2026-11-20", [3, 0, 1]]],
     "minutes": [["2026-11-20", "2026-11-20", [1]], ["2026-11-20", "2026-11-20", [750]]]}

with the days of its users as they are kept of them, and the first day, the newest one and the counts back
from there of each action, of the events that told minutes, and of the seconds these told; `minutes` is null
where none did.
"""

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from hashlib import blake2b
from typing import Any

from keepwell.ports import Files
from keepwell.usage.events import UsageEvent, Use, by_account
from keepwell.usage.rolling import Daily, iso, ordinal, users_document, users_from

DELTA_SHARDS = 16
"""For good: a shard's batches are numbered, and an account's summary holds the number of the last."""

REMEMBERED = timedelta(days=30)
"""How much older than its shard's newest batch a delta may be; imports cannot be redriven so late."""

_STAMP = "%Y%m%dT%H%M%S%fZ"


def write_deltas(files: Files, told_at: datetime, source: str, events: Iterable[UsageEvent]) -> None:
    """Store events as deltas, one for each shard that has any.

    `told_at` is when the file that tells them was dropped, `source` a name that is the same whenever the same
    part of the same file is written (letters, digits, `-`), and of no other: writing again writes the same
    bytes under the same keys.
    """
    shards: dict[int, list[tuple[str, Use]]] = {}
    for account_id, use in sorted(by_account(events).items()):
        shards.setdefault(shard_of(account_id), []).append((account_id, use))
    for shard, uses in shards.items():
        content = "".join(f"{_line(account_id, use)}\n" for account_id, use in uses)
        key = f"{folder(shard)}{told_at.astimezone(UTC):{_STAMP}}-{source}.jsonl"
        files.write(key, content.encode(), "application/x-ndjson")


def read_delta(content: bytes) -> Iterator[tuple[str, Use]]:
    """Each account of a delta and its use."""
    for line in content.splitlines():
        fields = json.loads(line)
        yield fields["account_id"], _use(fields)


def keys_since(files: Files, shard: int, since: datetime) -> Iterator[str]:
    """The keys of a shard's deltas told at `since` or later, oldest first."""
    return files.keys(folder(shard), f"{folder(shard)}{since.astimezone(UTC):{_STAMP}}")


def told_at(key: str) -> datetime:
    """When a delta was told."""
    stamp = key.rpartition("/")[2].partition("-")[0]
    return datetime.strptime(stamp, _STAMP).replace(tzinfo=UTC)


def shard_of(account_id: str) -> int:
    """Which shard an account's deltas are in.

    Rows of an import are split by the same hash, so that most of its shards write a single delta.
    """
    return int.from_bytes(blake2b(account_id.encode(), digest_size=4).digest()) % DELTA_SHARDS


def folder(shard: int) -> str:
    """What the keys of a shard's deltas begin with."""
    return f"usage/{shard:02}/"


def _line(account_id: str, use: Use) -> str:
    fields = {
        "account_id": account_id,
        "events": use.events,
        "users": users_document(dict(sorted(use.days.items()))),
        "actions": [[*name, *_plain(counts)] for name, counts in sorted(use.counts.items())],
        "minutes": [_plain(use.sessions), _plain(use.seconds)] if use.sessions and use.seconds else None,
    }
    return json.dumps(fields, ensure_ascii=False, separators=(",", ":"))


def _use(fields: Mapping[str, Any]) -> Use:
    sessions, seconds = (_daily(*each) for each in fields["minutes"]) if fields["minutes"] else (None, None)
    return Use(
        users_from(fields["users"]),
        {(module, name): _daily(*counts) for module, name, *counts in fields["actions"]},
        sessions,
        seconds,
        fields["events"],
    )


def _plain(counts: Daily) -> tuple[str, str, Sequence[int]]:
    return iso(counts.first), iso(counts.newest), counts.counts


def _daily(first: str, newest: str, counts: list[int]) -> Daily:
    return Daily(ordinal(first), ordinal(newest), counts)
