"""The whole flow in memory: what a stack must come to, computed by the same functions without a cloud.

The demo compares the deployed stack with it; `keepwell drop --preview` shows what an import would do.
"""

import json
from collections import Counter
from datetime import date
from itertools import count
from typing import Any

from keepwell.accounts import Account
from keepwell.conclude import conclude
from keepwell.deliveries import Channel
from keepwell.directory import Directory
from keepwell.imports.drops import Drop, drop_key
from keepwell.imports.job import ImportJob, control_key, report_file
from keepwell.imports.objects import Stores
from keepwell.imports.planning import plan_drop
from keepwell.imports.shards import import_shard
from keepwell.in_memory import (
    InMemoryAccounts,
    InMemoryCollections,
    InMemoryControl,
    InMemoryDeliveries,
    InMemoryFiles,
    InMemoryHistory,
    InMemoryPeople,
    InMemoryQueue,
    InMemoryTeam,
    InMemoryTouchpoints,
    InMemoryUserDays,
    InMemoryWakes,
    InMemoryWork,
)
from keepwell.nightly import Night, Step, run_key
from keepwell.playbook import Playbook
from keepwell.plays.asking import Asking
from keepwell.plays.launching import Launcher
from keepwell.plays.rendering import render
from keepwell.population import Population
from keepwell.ports import Clock
from keepwell.ranking import Populations, Ranking
from keepwell.usage.measuring import Measuring


class Rehearsal:
    """A stack of twins: drop files, let everything take effect, count what came of it."""

    def __init__(self, playbook: Playbook, clock: Clock):
        self.playbook = playbook
        self.clock = clock
        self.files, self.control, self.shards = InMemoryFiles(), InMemoryControl(), InMemoryQueue()
        self.accounts, self.history = InMemoryAccounts(), InMemoryHistory()
        self.people, self.touchpoints = InMemoryPeople(), InMemoryTouchpoints()
        self.user_days = InMemoryUserDays()
        self.work, self.deliveries, self.wakes = InMemoryWork(), InMemoryDeliveries(), InMemoryWakes()
        self.team, self.collections = InMemoryTeam(), InMemoryCollections()
        self.queues = {channel: InMemoryQueue() for channel in Channel}
        self.populations = Populations(self.control, self.files)
        self._dropped: Counter[str] = Counter()

    def drop(
        self, file: str, content: bytes, *, object_name: str = "accounts", mapping: str | None = None
    ) -> dict[str, Any]:
        """Import a file; the report of interfaces.md."""
        key = drop_key(object_name, mapping, file)
        self.files.write(key, content, "text/csv")
        drop = self.dropped(key, len(content))
        self.plan(drop)
        return self.imported(drop)

    def dropped(self, key: str, size: int) -> Drop:
        """The drop of what stands under `key` in the files."""
        self._dropped[key] += 1
        return Drop("rehearsal", key, str(self._dropped[key]), size, self.clock.now())

    def plan(self, drop: Drop, most_chunks: int | None = None) -> bool:
        """Split what was dropped into shards; with `most_chunks` as if it ended there, and whether it does
        not."""
        is_cut = self._split(drop, most_chunks)
        if is_cut and (job := self.job(drop)):
            self.control.put(control_key(drop.id), job.to_row() | {"end": job.checkpoint.offset})
            self._split(drop)
        return is_cut

    def imported(self, drop: Drop) -> dict[str, Any]:
        """Import what was planned; the report."""
        while self.shards.messages:
            message = self.shards.messages.pop(0)
            import_shard(
                message["drop_id"],
                message["shard"],
                flag=message.get("flag", False),
                playbook=self.playbook,
                stores=self._stores,
                files=self.files,
                control=self.control,
                queue=self.shards,
                clock=self.clock,
            )
        report: dict[str, Any] = json.loads(self.files.read(report_file(drop.id)))
        return report

    def job(self, drop: Drop) -> ImportJob | None:
        """What is known of an import, None if the file could not be read."""
        row = self.control.get(control_key(drop.id))
        return ImportJob.from_row(row) if row else None

    def _split(self, drop: Drop, most_chunks: int | None = None) -> bool:
        """Split at most so many chunks, at least one; whether some of it is left."""
        chunks = count(1)
        plan_drop(
            drop,
            playbook=self.playbook,
            files=self.files,
            control=self.control,
            queue=self.shards,
            now=self.clock.now(),
            out_of_time=lambda: next(chunks) == most_chunks,
        )
        job = self.job(drop)
        return job is not None and job.status == "splitting"

    @property
    def _stores(self) -> Stores:
        return Stores(
            accounts=self.accounts,
            people=self.people,
            touchpoints=self.touchpoints,
            work=self.work,
            team=self.team,
            collections=self.collections,
        )

    def measure(self) -> Population:
        """What comes before the evaluation in the night: fold what was told of use, and rank the accounts.

        It gives the population of today, which accounts are compared with from now on.
        """
        now = self.clock.now()
        self._run(Measuring(self.files, self.accounts, self.user_days, self.control, now))
        self._run(Ranking(self.accounts, self.control, self.files, self._today, made_at=now))
        return self.populations.current()

    def night(self) -> dict[str, int]:
        """The whole night, and what follows from it; the counts of its evaluation."""
        population, now = self.measure(), self.clock.now()
        evaluation = Night(
            self.accounts,
            self.history,
            self.control,
            self.files,
            self.playbook,
            now,
            population,
            self.directory,
        )
        self._run(evaluation)
        self.settle()
        return dict(evaluation.counts)

    def _run(self, step: Step) -> None:
        """All of a step in one go."""
        run = f"{self._today} {self.control.count('rehearsal', 'steps')}"
        self.control.settle(run_key(run), "day", str(self._today))
        step.resume({"segment": 0, "of": 1, "run": run, "counts": {}})
        step.go_on()

    @property
    def directory(self) -> Directory:
        return Directory(self.people, self.user_days, self.wakes)

    @property
    def _today(self) -> date:
        return self.clock.now().astimezone(self.playbook.time_zone).date()

    @property
    def launcher(self) -> Launcher:
        return Launcher(
            accounts=self.accounts,
            work=self.work,
            deliveries=self.deliveries,
            queues=self.queues,
            render=render,
            control=self.control,
            wakes=self.wakes,
            touchpoints=self.touchpoints,
            team=self.team,
            history=self.history,
            playbook_of=lambda _: self.playbook,
            asking=Asking(self.populations.current, self.directory),
        )

    def settle(self) -> None:
        """Evaluate every account and launch the plays that answer, until nothing of it changes any more."""
        launcher = self.launcher
        for account in self.accounts.scan(0, 1, limit=1_000_000).accounts:
            self._settle(account, launcher)

    def _settle(self, account: Account, launcher: Launcher) -> None:
        """What a play changes is seen by the next evaluation; the causation limit ends the longest chain."""
        seen: Account | None = None
        while seen is None or account.facts.revision != seen.facts.revision:
            seen = account
            conclude(
                account,
                self.accounts,
                self.history,
                self.playbook,
                self.clock.now(),
                population=self.populations.current(),
                directory=self.directory,
            )
            launcher.launch_pending(account.account_id, self.playbook, self.clock.now())
            account = self.accounts.get(account.account_id) or account
