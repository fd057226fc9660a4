"""The whole flow in memory: what a stack must come to, computed by the same functions without a cloud.

The demo compares the deployed stack with it; `keepwell drop --preview` shows what an import would do. Time is
what its clock says: days pass where somebody moves that, and calls for the night and for the tick.
"""

import json
from collections import Counter
from datetime import date
from itertools import count
from typing import Any

from keepwell.accounts import Account
from keepwell.conclude import conclude
from keepwell.deliveries import Channel, Delivery, deliver, wake_due
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
from keepwell.purposes import purposes
from keepwell.ranking import Populations, Ranking
from keepwell.usage.measuring import Measuring
from keepwell.waking import Woken, carry_out_due
from keepwell_aws.playbooks import ActivePlaybook


class Rehearsal:
    """A stack of twins: drop files, let everything take effect, count what came of it.

    `sent` are the mails and webhooks that left, in their order: every receiver takes them.
    """

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
        self.sent: list[Delivery] = []
        self._dropped: Counter[str] = Counter()
        self._settled: dict[str, tuple[int, int]] = {}

    def apply(self, bundle: str) -> None:
        """Make a bundle the active playbook, as `keepwell apply` does; what waits goes on with its own."""
        self.playbook = self._playbooks.activate(bundle, self.clock.now())

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
            playbook_of=self._playbook_of,
            asking=Asking(self.populations.current, self.directory),
        )

    @property
    def _playbooks(self) -> ActivePlaybook:
        return ActivePlaybook(self.control, self.files)

    def _playbook_of(self, version: str) -> Playbook:
        return self.playbook if version == self.playbook.version else self._playbooks.of(version)

    def tick(self) -> Woken:
        """What the minute does: carry out the wakes that are due, and what follows from that."""
        now = self.clock.now()
        wake_due(self.deliveries, self.queues, now)
        by_purpose = purposes(self.launcher, self.people, lambda: self.playbook)
        woken = carry_out_due(self.wakes, by_purpose, self.history, now, lambda: True)
        self.settle()
        return woken

    def settle(self) -> None:
        """Let what was told take effect, as streams and queues do: accounts whose facts changed are
        evaluated, the plays that answer are launched, and what they send leaves."""
        launcher = self.launcher
        for account_id, (facts, standing) in self.accounts.revisions().items():
            seen = self._settled.get(account_id, (0, 0))
            if (facts, standing) != seen:
                self._settle(account_id, seen[0], launcher)
        self._settled = self.accounts.revisions()
        self._send()

    def _settle(self, account_id: str, judged: int, launcher: Launcher) -> None:
        """What a play changes is seen by the next evaluation; the causation limit ends the longest chain.
        `judged` is the revision of the facts that were judged already."""
        while account := self.accounts.get(account_id):
            revision = account.facts.revision
            if revision != judged:
                self._judge(account)
            launcher.launch_pending(account_id, self.playbook, self.clock.now())
            if self.accounts.revisions()[account_id][0] == revision:
                return
            judged = revision

    def _judge(self, account: Account) -> None:
        conclude(
            account,
            self.accounts,
            self.history,
            self.playbook,
            self.clock.now(),
            population=self.populations.current(),
            directory=self.directory,
        )

    def _send(self) -> None:
        for queue in self.queues.values():
            while queue.messages:
                named = queue.messages.pop(0)
                deliver(named["delivery_id"], self.deliveries, self.sent.append, self.clock.now())
