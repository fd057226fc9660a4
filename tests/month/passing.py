"""A month as it passes: in memory, and beside it wherever else the same things are done."""

from collections import Counter
from datetime import datetime, timedelta
from typing import Protocol

from keepwell.deliveries import Channel
from keepwell.in_memory import FixedClock
from keepwell.playbook import read_bundle
from keepwell.plays.starting import start_wake
from keepwell_aws.playbooks import default_bundle
from keepwell_cli.rehearsal import Rehearsal
from keepwell_cli.sample import sample_bundle
from tests.month.ledger import Ledger, mail_line, task_lines, webhook_line
from tests.month.telling import DAYS, LEAD, STARTS, Files, everything_live, files, morning

LAG = timedelta(minutes=10)
"""So much later than in memory things may happen elsewhere, on the same clock."""

PATHS = {"slack": "/services/T0/B0/month", "events": "/keepwell"}
"""Where the endpoints are, by their ids."""


REQUEST = "spring"
"""Names what is started by hand."""


class World(Protocol):
    """Where a month passes; each of these returns once everything has taken effect."""

    def move_to(self, now: datetime) -> None: ...
    def apply(self, bundle: str) -> None: ...
    def drop(self, told: Files) -> None: ...
    def night(self) -> None: ...
    def start(self, play: str, account_id: str) -> None: ...
    def tick(self) -> None: ...


class InMemory:
    """The pure core."""

    def __init__(self) -> None:
        self.clock = FixedClock(morning(0))
        self.rehearsal = Rehearsal(read_bundle(default_bundle()), self.clock)

    def move_to(self, now: datetime) -> None:
        self.clock.set(now)

    def apply(self, bundle: str) -> None:
        self.rehearsal.apply(bundle)

    def drop(self, told: Files) -> None:
        for about, content in told.items():
            report = self.rehearsal.drop(f"{about}.csv", content, object_name=about)
            assert (report["status"], report["rejected"]) == ("done", 0), report
        self.rehearsal.settle()

    def night(self) -> None:
        self.rehearsal.night()

    def start(self, play: str, account_id: str) -> None:
        self.rehearsal.wakes.add(start_wake(play, account_id, REQUEST, LEAD, self.clock.now()))

    def tick(self) -> None:
        woken = self.rehearsal.tick()
        assert [*woken.failed, *woken.given_up] == []

    def next_tick(self, before: datetime) -> datetime | None:
        """When something is due, late enough that it is due elsewhere, too; None if nothing is."""
        at = None
        for due in sorted(wake.due_at for wake in self.rehearsal.wakes.due(before)):
            if at is None or due <= at:
                at = max(due + LAG, at or self.clock.now())
        return at if at and at < before else None

    @property
    def ledger(self) -> Ledger:
        sent = self.rehearsal.sent
        return Ledger(
            task_lines(self.rehearsal.work.tasks()),
            Counter(mail_line(each.to, each.subject) for each in sent if each.channel is Channel.EMAIL),
            Counter(
                webhook_line(PATHS[each.to], each.body) for each in sent if each.channel is Channel.WEBHOOK
            ),
        )


class Both:
    """In memory first, and then the same elsewhere."""

    def __init__(self, core: InMemory, other: World) -> None:
        self.worlds: tuple[World, ...] = core, other

    def move_to(self, now: datetime) -> None:
        for world in self.worlds:
            world.move_to(now)

    def apply(self, bundle: str) -> None:
        for world in self.worlds:
            world.apply(bundle)

    def drop(self, told: Files) -> None:
        for world in self.worlds:
            world.drop(told)

    def night(self) -> None:
        for world in self.worlds:
            world.night()

    def start(self, play: str, account_id: str) -> None:
        for world in self.worlds:
            world.start(play, account_id)

    def tick(self) -> None:
        for world in self.worlds:
            world.tick()


def let_a_month_pass(core: InMemory, beside: World | None = None) -> None:
    """The first day's files come while most plays are drafts; after its night all plays are live. Then every
    morning tells what is new, the night follows, and the ticks of the hours at which something is due."""
    world = Both(core, beside) if beside else core
    world.move_to(morning(0))
    world.apply(sample_bundle())
    for day in range(DAYS + 1):
        world.move_to(morning(day))
        for told in files(day):
            world.drop(told)
        world.night()
        if day == 0:
            world.move_to(morning(day) + LAG)  # later than what is there was told
            world.apply(everything_live())
        if day in STARTS:
            world.start(*STARTS[day])
        while at := core.next_tick(before=morning(day + 1)):
            world.move_to(at)
            world.tick()
