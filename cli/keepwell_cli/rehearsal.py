"""The whole flow in memory: what a stack must come to, computed by the same functions without a cloud.

The demo compares the deployed stack with it; `keepwell drop --preview` shows what an import would do.
"""

import json
from collections import Counter
from typing import Any

from keepwell.accounts import Account
from keepwell.conclude import conclude
from keepwell.deliveries import Channel
from keepwell.imports.drops import Drop, drop_key
from keepwell.imports.job import report_file
from keepwell.imports.objects import Stores
from keepwell.imports.planning import plan_drop
from keepwell.imports.shards import import_shard
from keepwell.in_memory import (
    InMemoryAccounts,
    InMemoryControl,
    InMemoryDeliveries,
    InMemoryFiles,
    InMemoryHistory,
    InMemoryPeople,
    InMemoryQueue,
    InMemoryTouchpoints,
    InMemoryWork,
)
from keepwell.playbook import Playbook
from keepwell.plays.launching import Launcher
from keepwell.plays.rendering import render
from keepwell.ports import Clock


class Rehearsal:
    """A stack of twins: drop files, let everything take effect, count what came of it."""

    def __init__(self, playbook: Playbook, clock: Clock):
        self.playbook = playbook
        self.clock = clock
        self.files, self.control, self.shards = InMemoryFiles(), InMemoryControl(), InMemoryQueue()
        self.accounts, self.history = InMemoryAccounts(), InMemoryHistory()
        self.people, self.touchpoints = InMemoryPeople(), InMemoryTouchpoints()
        self.work, self.deliveries = InMemoryWork(), InMemoryDeliveries()
        self.queues = {channel: InMemoryQueue() for channel in Channel}
        self._dropped: Counter[str] = Counter()

    def drop(
        self, file: str, content: bytes, *, object_name: str = "accounts", mapping: str | None = None
    ) -> dict[str, Any]:
        """Import a file; the report of interfaces.md."""
        key = drop_key(object_name, mapping, file)
        self.files.write(key, content, "text/csv")
        self._dropped[key] += 1
        drop = Drop("rehearsal", key, str(self._dropped[key]), len(content), self.clock.now())
        plan_drop(
            drop,
            playbook=self.playbook,
            files=self.files,
            control=self.control,
            queue=self.shards,
            now=self.clock.now(),
        )
        while self.shards.messages:
            message = self.shards.messages.pop(0)
            import_shard(
                message["drop_id"],
                message["shard"],
                playbook=self.playbook,
                stores=Stores(self.accounts, self.people, self.touchpoints),
                files=self.files,
                control=self.control,
                clock=self.clock,
            )
        report: dict[str, Any] = json.loads(self.files.read(report_file(drop.id)))
        return report

    def settle(self) -> None:
        """Evaluate every account and launch the plays that answer, until nothing of it changes any more."""
        launcher = Launcher(self.accounts, self.work, self.deliveries, self.queues, render, self.control)
        for account in self.accounts.scan(0, 1, limit=1_000_000).accounts:
            self._settle(account, launcher)

    def _settle(self, account: Account, launcher: Launcher) -> None:
        """What a play changes is seen by the next evaluation; the causation limit ends the longest chain."""
        seen: Account | None = None
        while seen is None or account.facts.revision != seen.facts.revision:
            seen = account
            conclude(account, self.accounts, self.history, self.playbook, self.clock.now())
            launcher.launch_pending(account.account_id, self.playbook, self.clock.now())
            account = self.accounts.get(account.account_id) or account
