"""Twins of the adapters that keep everything in memory, for tests, offline scoring and backtests.

One contract test runs on each twin and on its adapter (tests/adapters). What is put in is copied, so that a
caller who changes it afterwards changes nothing here.
"""

import json
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from copy import deepcopy
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any, TypeVar
from zlib import crc32

from keepwell.accounts import Account, Facts
from keepwell.deliveries import Channel, Delivery
from keepwell.errors import Conflict, RejectedInput
from keepwell.history import HistoryRow
from keepwell.people import Person
from keepwell.ports import Page
from keepwell.standings import Standing
from keepwell.tasks import PlayRun, Task
from keepwell.touchpoints import Touchpoint
from keepwell.trails import AccountTrail
from keepwell.usage import UsageSummary
from keepwell.usage.rolling import DaysPart

Key = TypeVar("Key")
Item = TypeVar("Item")
Revised = TypeVar("Revised", Facts, Standing, AccountTrail, UsageSummary)
Told = TypeVar("Told", Person, Touchpoint)


class FixedClock:
    """A clock that stands still until it is told otherwise."""

    def __init__(self, now: datetime):
        self._now = now

    def now(self) -> datetime:
        return self._now

    def set(self, now: datetime) -> None:
        self._now = now

    def advance(self, by: timedelta) -> None:
        self._now += by


class InMemoryAccounts:
    """`writes` counts what was stored, so that a test can tell that nothing was touched (reliability I3)."""

    def __init__(self) -> None:
        self._facts: dict[str, Facts] = {}
        self._standings: dict[str, Standing] = {}
        self._trails: dict[str, AccountTrail] = {}
        self._usage: dict[str, UsageSummary] = {}
        self.writes = 0

    def get(self, account_id: str) -> Account | None:
        facts = self._facts.get(account_id)
        if facts is None:
            return None
        standing, trail = self._standings.get(account_id), self._trails.get(account_id)
        return deepcopy(Account(facts, standing, trail, self._usage.get(account_id)))

    def facts_of(self, account_ids: Sequence[str]) -> dict[str, Facts]:
        return deepcopy({i: self._facts[i] for i in account_ids if i in self._facts})

    def put_facts(self, facts: Facts) -> Facts:
        _require_json_number(facts)
        return self._put(self._facts, facts)

    def put_standing(self, standing: Standing) -> Standing:
        return self._put(self._standings, standing)

    def put_trail(self, trail: AccountTrail) -> AccountTrail:
        return self._put(self._trails, trail)

    def usage_of(self, account_ids: Sequence[str]) -> dict[str, UsageSummary]:
        return deepcopy({i: self._usage[i] for i in account_ids if i in self._usage})

    def put_usage(self, usage: UsageSummary) -> UsageSummary:
        return self._put(self._usage, usage)

    def _put(self, shelf: dict[str, Revised], item: Revised) -> Revised:
        stored = shelf.get(item.account_id)
        written = replace(item, revision=item.revision + 1)
        if stored == written:
            return written
        if (stored.revision if stored else 0) != item.revision:
            raise Conflict(f"account {item.account_id!r} was changed since revision {item.revision} was read")
        shelf[item.account_id] = deepcopy(written)
        self.writes += 1
        return written

    def scan(self, segment: int, of: int, start: str | None = None, limit: int = 200) -> Page:
        ids = sorted(
            i for i in self._facts if crc32(i.encode()) % of == segment and (start is None or i > start)
        )
        accounts = tuple(account for i in ids[:limit] if (account := self.get(i)))
        return Page(accounts, ids[limit - 1] if len(ids) > limit else None)


def _require_json_number(facts: Facts) -> None:
    for name, value in facts.values.items():
        if isinstance(value, float) and not -float("inf") < value < float("inf"):
            raise RejectedInput(f"account {facts.account_id!r}: {name} is {value}, which cannot be stored")


class InMemoryWork:
    def __init__(self) -> None:
        self._tasks: dict[tuple[str, str], Task] = {}
        self._runs: dict[tuple[str, str], PlayRun] = {}

    def put_task(self, task: Task) -> bool:
        return _add(self._tasks, (task.account_id, task.task_id), task)

    def put_run(self, run: PlayRun) -> bool:
        return _add(self._runs, (run.account_id, run.run_id), run)

    def run(self, account_id: str, run_id: str) -> PlayRun | None:
        return self._runs.get((account_id, run_id))

    def tasks(self, account_id: str | None = None) -> Iterator[Task]:
        for (owner, _), task in sorted(self._tasks.items()):
            if account_id in (None, owner):
                yield task

    def runs(self, account_id: str) -> Iterator[PlayRun]:
        return iter([run for (owner, _), run in sorted(self._runs.items()) if owner == account_id])


class InMemoryPeople:
    def __init__(self) -> None:
        self._people: defaultdict[str, dict[tuple[str, str], Person]] = defaultdict(dict)

    def people(self, account_id: str) -> Iterator[Person]:
        return iter([deepcopy(each) for _, each in sorted(self._people[account_id].items())])

    def people_of(self, account_id: str, user_ids: Sequence[str]) -> dict[str, Person]:
        of_account = self._people[account_id]
        return deepcopy({i: of_account[account_id, i] for i in user_ids if (account_id, i) in of_account})

    def put(self, person: Person) -> Person:
        return _put_told(self._people[person.account_id], (person.account_id, person.user_id), person)


class InMemoryTouchpoints:
    def __init__(self) -> None:
        self._touchpoints: dict[tuple[str, str], Touchpoint] = {}

    def touchpoints(self, account_id: str) -> Iterator[Touchpoint]:
        mine = [each for (owner, _), each in sorted(self._touchpoints.items()) if owner == account_id]
        return iter(deepcopy(mine))

    def touchpoints_of(self, account_id: str, touchpoint_ids: Sequence[str]) -> dict[str, Touchpoint]:
        keys = {i: (account_id, i) for i in touchpoint_ids}
        return deepcopy({i: self._touchpoints[key] for i, key in keys.items() if key in self._touchpoints})

    def put(self, touchpoint: Touchpoint) -> Touchpoint:
        return _put_told(self._touchpoints, (touchpoint.account_id, touchpoint.touchpoint_id), touchpoint)


def _put_told(shelf: dict[tuple[str, str], Told], key: tuple[str, str], item: Told) -> Told:
    """Store what has facts of its own, if their revision is still the stored one."""
    _require_json_number(item.facts)
    stored = shelf.get(key)
    written = replace(item, facts=replace(item.facts, revision=item.facts.revision + 1))
    if stored == written:
        return written
    if (stored.facts.revision if stored else 0) != item.facts.revision:
        raise Conflict(f"{key[1]!r} of account {key[0]!r} was changed since revision {item.facts.revision}")
    shelf[key] = deepcopy(written)
    return written


class InMemoryUserDays:
    def __init__(self) -> None:
        self._parts: dict[tuple[str, int, int], DaysPart] = {}

    def of(self, account_id: str, parts: int) -> list[DaysPart]:
        keys = [(account_id, parts, part) for part in range(parts)]
        return [deepcopy(self._parts.get(key) or DaysPart(*key, {})) for key in keys]

    def put(self, part: DaysPart) -> DaysPart:
        key = (part.account_id, part.parts, part.part)
        written = replace(part, revision=part.revision + 1)
        stored = self._parts.get(key)
        if stored == written:
            return written
        if (stored.revision if stored else 0) != part.revision:
            raise Conflict(f"the days of users {key} were changed since revision {part.revision} was read")
        self._parts[key] = deepcopy(written)
        return written


class InMemoryDeliveries:
    def __init__(self) -> None:
        self._deliveries: dict[str, Delivery] = {}

    def add(self, delivery: Delivery) -> bool:
        return _add(self._deliveries, delivery.delivery_id, replace(delivery, revision=1))

    def get(self, delivery_id: str) -> Delivery | None:
        return self._deliveries.get(delivery_id)

    def put(self, delivery: Delivery) -> Delivery:
        stored = self._deliveries.get(delivery.delivery_id)
        if (stored.revision if stored else 0) != delivery.revision:
            raise Conflict(
                f"delivery {delivery.delivery_id!r} was changed since revision {delivery.revision}"
            )
        written = replace(delivery, revision=delivery.revision + 1)
        self._deliveries[delivery.delivery_id] = written
        return written

    def due(self, now: datetime, limit: int = 1000) -> Iterator[tuple[str, Channel]]:
        waiting = sorted(
            (delivery.due_at, delivery.delivery_id, delivery.channel)
            for delivery in self._deliveries.values()
            if delivery.open and delivery.due_at <= now
        )
        return iter([(delivery_id, channel) for _, delivery_id, channel in waiting[:limit]])

    def all(self) -> list[Delivery]:
        """Every delivery, by id: what a test looks at afterwards."""
        return [self._deliveries[delivery_id] for delivery_id in sorted(self._deliveries)]


class InMemoryHistory:
    def __init__(self) -> None:
        self._rows: dict[tuple[str, datetime, str, str], HistoryRow] = {}

    def append(self, rows: Iterable[HistoryRow]) -> None:
        for row in rows:
            _add(self._rows, (row.account_id, row.at, row.kind, row.row_id), deepcopy(row))

    def of(self, account_id: str, kind: str | None = None, limit: int = 50) -> list[HistoryRow]:
        mine = [key for key in self._rows if key[0] == account_id and kind in (None, key[2])]
        return [deepcopy(self._rows[key]) for key in sorted(mine, reverse=True)[:limit]]


class InMemoryControl:
    def __init__(self) -> None:
        self._rows: dict[str, dict[str, Any]] = {}

    def get(self, key: str) -> dict[str, Any] | None:
        return deepcopy(self._rows.get(key))

    def create(self, key: str, fields: Mapping[str, Any]) -> bool:
        return _add(self._rows, key, _json_copy(fields))

    def put(self, key: str, fields: Mapping[str, Any]) -> None:
        self._rows[key] = _json_copy(fields)

    def add_to_set(self, key: str, name: str, member: int) -> frozenset[int]:
        row = self._rows[key]
        members = frozenset(row.get(name, ())) | {member}
        row[name] = sorted(members)
        return members

    def raise_to(self, key: str, name: str, value: str) -> str:
        row = self._rows.setdefault(key, {})
        row[name] = max(value, row.get(name, ""))
        return str(row[name])

    def settle(self, key: str, name: str, value: str) -> str:
        return str(self._rows.setdefault(key, {}).setdefault(name, value))

    def count(self, key: str, name: str) -> int:
        row = self._rows.setdefault(key, {})
        row[name] = int(row.get(name, 0)) + 1
        return int(row[name])


class InMemoryFiles:
    """Keeps every version of an object; a version's id is its number, from 1."""

    def __init__(self) -> None:
        self._objects: dict[str, list[bytes]] = {}

    def read(self, key: str, version: str | None = None) -> bytes:
        versions = self._objects[key]
        if version is None:
            return versions[-1]
        if not (version.isdigit() and 1 <= int(version) <= len(versions)):
            raise KeyError(key)
        return versions[int(version) - 1]

    def write(self, key: str, content: bytes, content_type: str) -> None:  # noqa: ARG002  a port's signature
        self._objects.setdefault(key, []).append(bytes(content))

    def exists(self, key: str) -> bool:
        return key in self._objects

    def keys(self, prefix: str, after: str = "") -> Iterator[str]:
        return iter(sorted(key for key in self._objects if key.startswith(prefix) and key > after))


class InMemoryQueue:
    """`messages` is what was queued, in order."""

    def __init__(self) -> None:
        self.messages: list[dict[str, Any]] = []

    def send(self, messages: Sequence[Mapping[str, Any]]) -> None:
        self.messages.extend(_json_copy(message) for message in messages)


def _add(shelf: dict[Key, Item], key: Key, item: Item) -> bool:
    """Put `item` on the shelf unless its place is taken; whether it was free."""
    if key in shelf:
        return False
    shelf[key] = item
    return True


def _json_copy(fields: Mapping[str, Any]) -> dict[str, Any]:
    """A deep copy that fails, as the adapters do, on anything that is no JSON."""
    copy: dict[str, Any] = json.loads(json.dumps(fields, allow_nan=False))
    return copy
