"""A stack's import in memory: drop a file, run what is queued, read the report."""

import csv
import io
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

from keepwell.accounts import Facts
from keepwell.attributes import standard_catalogue
from keepwell.criteria import parse
from keepwell.health import Metric
from keepwell.imports.drops import Drop
from keepwell.imports.failing import Operator
from keepwell.imports.mapping import ImportMapping
from keepwell.imports.objects import Stores
from keepwell.imports.planning import plan_drop
from keepwell.imports.report import delimiter_of_rejects
from keepwell.imports.shards import import_shard
from keepwell.imports.splitting import CHUNK_BYTES
from keepwell.in_memory import (
    FixedClock,
    InMemoryAccounts,
    InMemoryCollections,
    InMemoryControl,
    InMemoryDeliveries,
    InMemoryFiles,
    InMemoryPeople,
    InMemoryQueue,
    InMemoryTeam,
    InMemoryTouchpoints,
    InMemoryWork,
)
from keepwell.playbook import Playbook
from keepwell.ports import (
    Accounts,
    Collections,
    Control,
    Deliveries,
    Files,
    People,
    Queue,
    Team,
    Touchpoints,
    Work,
)

NOON = datetime(2026, 11, 21, 12, tzinfo=UTC)


def playbook(*mappings: ImportMapping) -> Playbook:
    return Playbook(
        version="test",
        time_zone=ZoneInfo("Europe/Berlin"),
        catalogue=standard_catalogue(),
        profiles=(),
        account_model=(),
        segments=(),
        plays=(),
        mappings={mapping.id: mapping for mapping in mappings},
        owner="ops@example.com",
    )


def with_fresh_nps(days: int) -> Playbook:
    """A playbook whose health reads an NPS that is so old at most."""
    book = playbook()
    good, poor = (parse(text, book.catalogue) for text in ("NPS >= 9", "NPS <= 6"))
    return replace(book, account_model=(Metric("NPS", "NPS", good, poor, max_age_days=days),))


@dataclass
class Stack:
    """The ports an import uses, and the two functions that use them."""

    playbook: Playbook = field(default_factory=playbook)
    accounts: Accounts = field(default_factory=InMemoryAccounts)
    people: People = field(default_factory=InMemoryPeople)
    touchpoints: Touchpoints = field(default_factory=InMemoryTouchpoints)
    work: Work = field(default_factory=InMemoryWork)
    team: Team = field(default_factory=InMemoryTeam)
    collections: Collections = field(default_factory=InMemoryCollections)
    files: Files = field(default_factory=InMemoryFiles)
    control: Control = field(default_factory=InMemoryControl)
    queue: Queue = field(default_factory=InMemoryQueue)
    deliveries: Deliveries = field(default_factory=InMemoryDeliveries)
    mails: InMemoryQueue = field(default_factory=InMemoryQueue)
    chunk_bytes: int = CHUNK_BYTES
    clock: FixedClock = field(default_factory=lambda: FixedClock(NOON))
    versions: dict[str, int] = field(default_factory=dict)

    def put(self, key: str, content: bytes, at: datetime = NOON) -> Drop:
        """An object version, as the event about it tells it."""
        self.versions[key] = self.versions.get(key, 0) + 1
        self.files.write(key, content, "text/csv")
        return Drop("bucket", key, str(self.versions[key]), len(content), at)

    def plan(self, drop: Drop, out_of_time: Callable[[], bool] = lambda: False) -> str:
        return plan_drop(
            drop,
            playbook=self.playbook,
            files=self.files,
            control=self.control,
            queue=self.queue,
            now=self.clock.now(),
            operator=self.operator,
            out_of_time=out_of_time,
            chunk_bytes=self.chunk_bytes,
        )

    @property
    def operator(self) -> Operator:
        return Operator(self.deliveries, self.mails)

    @property
    def stores(self) -> Stores:
        return Stores(self.accounts, self.people, self.touchpoints, self.work, self.team, self.collections)

    def run(self, message: Mapping[str, Any]) -> None:
        import_shard(
            message["drop_id"],
            message["shard"],
            flag=message.get("flag", False),
            playbook=self.playbook,
            stores=self.stores,
            files=self.files,
            control=self.control,
            queue=self.queue,
            clock=self.clock,
            operator=self.operator,
        )

    def run_queue(self) -> None:
        assert isinstance(self.queue, InMemoryQueue)
        while self.queue.messages:
            self.run(self.queue.messages.pop(0))

    def drop(
        self, content: str | bytes, key: str = "drops/accounts/file.csv", at: datetime = NOON
    ) -> dict[str, Any]:
        """Drop a file and import it whole; the report."""
        data = content.encode() if isinstance(content, str) else content
        drop_id = self.plan(self.put(key, data, at))
        self.run_queue()
        return self.report(drop_id)

    def report(self, drop_id: str) -> dict[str, Any]:
        report: dict[str, Any] = json.loads(self.files.read(f"reports/{drop_id}.json"))
        return report

    def rejects(self, report: Mapping[str, Any]) -> list[dict[str, str]]:
        text = self.files.read(report["rejects_file"]).decode("utf-8-sig")
        delimiter = delimiter_of_rejects(report["dialect"]["delimiter"])
        return list(csv.DictReader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True))

    def facts(self, account_id: str) -> Facts:
        account = self.accounts.get(account_id)
        assert account is not None, f"no account {account_id!r}"
        return account.facts

    @property
    def writes(self) -> int:
        assert isinstance(self.accounts, InMemoryAccounts)
        return self.accounts.writes


def adds_up(report: Mapping[str, Any]) -> bool:
    """The two sums of reliability I1."""
    return bool(
        report["rows"] == report["applied"] + report["unchanged"] + report["rejected"]
        and report["applied"] == report["created"] + report["updated"]
    )


def without_times(report: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in report.items() if name not in {"started_at", "finished_at"}}


def with_mapping(stack: Stack, mapping: ImportMapping) -> Stack:
    return replace(stack, playbook=playbook(mapping))
