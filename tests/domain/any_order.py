"""The whole flow in memory, where any message comes in any order and number, and anyone dies at any call.

A handled message is one that some function was invoked with: it is taken from those in flight only when the
function ended well. `Fate` decides what happens at the calls of ports that the function makes.
"""

import csv
import io
from collections import Counter
from collections.abc import Callable, Collection, Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import Any, Literal, get_args
from unittest.mock import patch

from keepwell.accounts import Facts
from keepwell.attributes import standard_catalogue
from keepwell.conclude import conclude_by_id
from keepwell.criteria import parse
from keepwell.deliveries import Channel, Delivery, deliver, wake_due
from keepwell.errors import RejectedInput, TransientFailure
from keepwell.imports.drops import Drop
from keepwell.imports.objects import Stores
from keepwell.imports.planning import plan_drop
from keepwell.imports.shards import import_shard
from keepwell.in_memory import (
    FixedClock,
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
    InMemoryWakes,
    InMemoryWork,
)
from keepwell.nightly import Night
from keepwell.playbook import Playbook
from keepwell.plays import Play, PlayState
from keepwell.plays.launching import Launcher
from keepwell.plays.rendering import render
from keepwell.segments import Segment
from keepwell.segments.rules import Rule
from keepwell.standings import Membership, Passage, Standing, Transition
from keepwell.sweeping import Repairs, relaunch_missed
from keepwell.trails import AccountTrail
from tests.story import NOON, standard_playbook

Mode = Literal["before", "after", "overtaken"]
Kind = Literal["drop", "shard", "facts", "standing", "email", "webhook"]
Message = tuple[Kind, Any]
KINDS: tuple[Kind, ...] = get_args(Kind)


class Killed(BaseException):
    """The function's process ended here."""


@dataclass
class Fate:
    """What befalls a function at the port call of a place, counted from 0: it dies before or after the call,
    or is overtaken: something else happens first."""

    place: int | None = None
    mode: Mode = "before"
    meanwhile: Callable[[], None] = lambda: None
    calls: int = 0

    def call(self, work: Callable[[], Any]) -> Any:
        here, self.calls = self.calls, self.calls + 1
        if here != self.place:
            return work()
        self.place = None
        if self.mode == "before":
            raise Killed
        if self.mode == "overtaken":
            self.meanwhile()
            return work()
        work()
        raise Killed


@dataclass
class Fated:
    """A port whose every call passes the fate of whoever runs."""

    port: Any
    world: "World"

    def __getattr__(self, name: str) -> Callable[..., Any]:
        method = getattr(self.port, name)
        return lambda *args, **named: self.world.fate.call(lambda: method(*args, **named))


class StreamedAccounts(InMemoryAccounts):
    """Accounts whose writes are seen by the stream, and held to S2 and T1 as they happen."""

    def __init__(self, seen: Callable[[Message], None]) -> None:
        super().__init__()
        self.seen = seen
        self.committed: dict[str, Transition] = {}

    def put_facts(self, facts: Facts) -> Facts:
        written = super().put_facts(facts)
        self.seen(("facts", facts.account_id))
        return written

    def put_trail(self, trail: AccountTrail) -> AccountTrail:
        before = self.get(trail.account_id)
        written = super().put_trail(trail)
        for name, entries in trail.values.items():
            days = [day for day, _ in entries]
            assert days == sorted(set(days)), "one value a day"
            past = before.trail.values.get(name, ()) if before and before.trail else ()
            kept = {entry for entry in past[:-1] if entry[0] >= days[0]}
            assert kept <= {*entries}, "the past is not rewritten"
        return written

    def put_standing(self, standing: Standing) -> Standing:
        before = self.get(standing.account_id)
        written = super().put_standing(standing)
        if before and before.standing:
            assert standing.day >= before.standing.day, "S2: the present moves forward only"
            for segment, membership in before.standing.memberships.items():
                _keeps_its_distance(RULES[segment], membership, standing)
        if standing.pending:
            self.seen(("standing", standing.account_id))
        self.committed |= {transition.id: transition for transition in standing.pending}
        return written


def _keeps_its_distance(rule: Rule, before: Membership, standing: Standing) -> None:
    """T1, T4: no entry is skipped, a stay lasts, and what fires does so after the cool-down."""
    after = standing.memberships[rule.id]
    assert after.sequence - before.sequence in (0, 1), f"T1: {rule.id} skipped an entry"
    if before.inside and not after.inside:
        assert standing.day >= before.since + timedelta(days=rule.minimum_stay_days)
        assert after.left == after.since == standing.day
    if after.inside and not after.quiet and (before.quiet or not before.inside) and before.left:
        assert standing.day >= before.left + timedelta(days=rule.cool_down_days)
    fired = {each.sequence for each in standing.pending if each.segment == rule.id}
    assert not (after.quiet and after.sequence in fired), "T4: it waits for the cool-down to end"


@dataclass
class Dropped:
    """A file as it was dropped; `rows` is its data by account id, where the file tells an account once."""

    drop: Drop
    rows: list[Mapping[str, str]]


@dataclass
class World:
    """The stores, what is in flight, and everything that left the house."""

    clock: FixedClock = field(default_factory=lambda: FixedClock(NOON))
    fate: Fate = field(default_factory=Fate)
    in_flight: list[Message] = field(default_factory=list)
    dropped: list[Dropped] = field(default_factory=list)
    sent: Counter[str] = field(default_factory=Counter)
    receiver: Literal["well", "down", "refusing"] = "well"

    def __post_init__(self) -> None:
        self.playbook = PLAYBOOK
        self.accounts = StreamedAccounts(self.in_flight.append)
        self.work, self.deliveries, self.wakes = InMemoryWork(), InMemoryDeliveries(), InMemoryWakes()
        self.history, self.control, self.files = InMemoryHistory(), InMemoryControl(), InMemoryFiles()
        self.shards = InMemoryQueue()
        self.queues = {channel: InMemoryQueue() for channel in Channel}
        self.launcher = Launcher(
            Fated(self.accounts, self),
            Fated(self.work, self),
            Fated(self.deliveries, self),
            {channel: Fated(queue, self) for channel, queue in self.queues.items()},
            render,
            Fated(self.control, self),
            Fated(self.wakes, self),
            Fated(InMemoryTouchpoints(), self),
            Fated(InMemoryTeam(), self),
            self.history,
            lambda _: self.playbook,
        )

    # What happens from outside.

    def drop(self, rows: list[Mapping[str, str]], age: timedelta) -> None:
        """Drop a file that is as old as `age`."""
        text = io.StringIO()
        writer = csv.DictWriter(text, list(rows[0]))
        writer.writeheader()
        writer.writerows(rows)
        number = len(self.dropped)
        key = f"drops/accounts/file-{number}.csv"
        self.files.write(key, text.getvalue().encode(), "text/csv")
        written_at = self.clock.now() - age + timedelta(seconds=number)  # no two are equally old
        drop = Drop("bucket", key, "1", text.tell(), written_at)
        self.dropped.append(Dropped(drop, rows))
        self.in_flight.append(("drop", drop))

    def receive(self, place: int, fate: Fate | None = None, *, again: bool = False) -> None:
        """Invoke the function that a message in flight is for; the message stays if that fails, or is to come
        `again`."""
        if not self.in_flight:
            return
        message = self.in_flight.pop(place % len(self.in_flight))
        if not self._run(lambda: self._handle(message), fate) or again:
            self.in_flight.append(message)

    def tick(self, fate: Fate | None = None) -> None:
        queues = {channel: Fated(queue, self) for channel, queue in self.queues.items()}
        self._run(lambda: wake_due(Fated(self.deliveries, self), queues, self.clock.now()), fate)

    def night(self, days_ago: int = 0, fate: Fate | None = None) -> None:
        """The nightly run, tried again until it ends well."""
        moment = self.clock.now() - timedelta(days=days_ago)
        accounts, history = Fated(self.accounts, self), Fated(self.history, self)
        control, files = Fated(self.control, self), InMemoryFiles()
        night = Night(accounts, history, control, files, self.playbook, moment)
        if not self._run(night.go_on, fate):
            night = Night(accounts, history, control, files, self.playbook, moment)
            assert self._run(night.go_on)
        assert night.problems == []

    def sweep(self) -> Repairs:
        return relaunch_missed(self.accounts, self.launcher, self.playbook, self.clock.now(), None)

    def settle(self, kinds: Collection[str] = KINDS, fates: Iterable[Fate | None] = ()) -> None:
        """Let everything of these kinds that is in flight arrive, first what comes first along the flow; the
        fates befall one invocation after the other while there are any."""
        coming = iter(fates)
        for _ in range(10_000):
            waiting = [(KINDS.index(kind), n) for n, (kind, _) in enumerate(self.in_flight) if kind in kinds]
            if not waiting:
                return
            self.receive(min(waiting)[1], next(coming, None))
        raise AssertionError(f"this never ends: {self.in_flight}")

    # The functions.

    def _run(self, work: Callable[[], Any], fate: Fate | None = None) -> bool:
        """Whether it ended well; what it queued is then in flight, also if it did not."""
        outer, self.fate = self.fate, fate or Fate()
        ended_well = False
        with suppress(Killed, TransientFailure):
            work()
            ended_well = True
        self.fate = outer
        self._collect(self.shards, "shard")
        self._collect(self.queues[Channel.EMAIL], "email")
        self._collect(self.queues[Channel.WEBHOOK], "webhook")
        return ended_well

    def _collect(self, queue: InMemoryQueue, kind: Kind) -> None:
        self.in_flight += [(kind, message) for message in queue.messages]
        queue.messages.clear()

    def _handle(self, message: Message) -> None:
        kind, about = message
        now = self.clock.now()
        if kind == "drop":
            files, control = Fated(self.files, self), Fated(self.control, self)
            queue = Fated(self.shards, self)
            plan_drop(about, playbook=self.playbook, files=files, control=control, queue=queue, now=now)
        elif kind == "shard":
            import_shard(
                **about,
                playbook=self.playbook,
                stores=Stores(
                    accounts=Fated(self.accounts, self),
                    people=InMemoryPeople(),
                    touchpoints=InMemoryTouchpoints(),
                    work=InMemoryWork(),
                    team=InMemoryTeam(),
                    collections=InMemoryCollections(),
                ),
                files=Fated(self.files, self),
                control=Fated(self.control, self),
                queue=Fated(self.shards, self),
                clock=self.clock,
            )
        elif kind == "facts":
            accounts, history = Fated(self.accounts, self), Fated(self.history, self)
            conclude_by_id(about, accounts, history, self.playbook, now)
        elif kind == "standing":
            self.launcher.launch_pending(about, self.playbook, now)
        else:
            deliver(about["delivery_id"], Fated(self.deliveries, self), self._send, now)

    def _send(self, delivery: Delivery) -> None:
        if self.receiver == "down":
            raise TransientFailure("the receiver answered 500")
        if self.receiver == "refusing":
            raise RejectedInput("the receiver answered 410")
        self.fate.call(lambda: self.sent.update([delivery.delivery_id]))


def _segment(id_: str, criteria: str, leave: str | None = None, **noise: int) -> Segment:
    catalogue = standard_catalogue()
    out = parse(leave, catalogue) if leave else None
    return Segment(id_, id_, parse(criteria, catalogue), leave=out, **noise)  # type: ignore[arg-type]


def _tagging(id_: str, passage: Passage, **tags: tuple[str, ...]) -> Play:
    return Play(id_, id_, PlayState.LIVE, "low", "ops@example.com", passage, **tags)  # type: ignore[arg-type]


def noisy_playbook() -> Playbook:
    """The standard plays, and segments that remember, look back, tag, and ask for one another."""
    standard = standard_playbook()
    kept = {each.id: each for each in standard.segments if each.id in ("at-risk", "healthy-customer")}
    return replace(
        standard,
        segments=(
            _segment("both", 'in segment "low" AND in segment "sticky"'),
            *kept.values(),
            _segment("sticky", "NPS <= 2", leave="NPS >= 9"),
            _segment("low", "NPS < 9", cool_down_days=1, minimum_stay_days=1),
            _segment("tagged", 'has tag "LOW"'),
            _segment("falling", "NPS dropped by at least 3 in 1 day"),
        ),
        plays=(
            *standard.plays,
            _tagging("low:on-entry", Passage.ENTERED, add_tags=("low",)),
            _tagging("low:on-exit", Passage.EXITED, remove_tags=("low",)),
        ),
    )


PLAYBOOK = noisy_playbook()
RULES = {rule.id: rule for rule in PLAYBOOK.rules.memberships}
SMALL_SHARDS = patch("keepwell.imports.splitting.ROWS_OF_A_SMALL_SHARD", 2)
