"""An import that dies at any call of a port, and is delivered again, ends in the same report (I1, I2, R1)."""

from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any, Protocol

import pytest

from keepwell.errors import TransientFailure
from keepwell.imports.drops import Drop
from keepwell.imports.job import CHANGES
from keepwell.imports.objects.merging import STORED_AT_ONCE
from keepwell.in_memory import InMemoryAccounts, InMemoryQueue
from tests.domain.imports import importing
from tests.domain.imports.importing import Stack, without_times

KNOWN = "Account ID,Account Name,NPS\nA-1,Harbor Labs,9\nA-2,Cedar Foods,5\n"
LONG_BEFORE = importing.NOON - timedelta(days=20)
FILE = """Account ID,Account Name,NPS
A-1,Harbor Labs,9
A-2,Cedar Foods,6
A-3,Iris Optics,7
A-4,Oak,high
A-3,Iris,8
"""


class Killed(BaseException):
    """The function's process ended here."""


@dataclass
class Fuse:
    """Counts the calls of ports, and kills before or after the one at `place`."""

    place: int | None = None
    after: bool = False
    calls: int = 0

    def call(self, work: Callable[[], Any]) -> Any:
        here, self.calls = self.calls, self.calls + 1
        if here == self.place and not self.after:
            raise Killed
        answer = work()
        if here == self.place:
            raise Killed
        return answer


@dataclass
class Fused:
    """A port whose every call passes the fuse."""

    port: Any
    fuse: Fuse = field(default_factory=Fuse)

    def __getattr__(self, name: str) -> Callable[..., Any]:
        method = getattr(self.port, name)
        return lambda *args, **named: self.fuse.call(lambda: method(*args, **named))


@dataclass
class World:
    """A stack whose fuse lies in every port; the accounts A-1 and A-2 are known already, and what was told of
    their NPS would soon be too old to count."""

    fuse: Fuse
    stack: Stack
    queue: InMemoryQueue
    accounts: InMemoryAccounts
    drop: Drop

    @classmethod
    def prepared(cls, place: int | None = None, *, after: bool = False) -> "World":
        calm = Stack(playbook=importing.with_fresh_nps(days=30))
        calm.drop(KNOWN, "drops/accounts/known.csv", at=LONG_BEFORE)
        drop = calm.put("drops/accounts/new.csv", FILE.encode())
        fuse, queue = Fuse(place, after), InMemoryQueue()
        stack = Stack(
            playbook=calm.playbook,
            accounts=Fused(calm.accounts, fuse),
            files=Fused(calm.files, fuse),
            control=Fused(calm.control, fuse),
            queue=Fused(queue, fuse),
        )
        assert isinstance(calm.accounts, InMemoryAccounts)
        return cls(fuse, stack, queue, calm.accounts, drop)

    def deliver(self) -> None:
        """What AWS does: the event and each message come again until a run ends well."""
        until_it_ends_well(lambda: self.stack.plan(self.drop))
        while self.queue.messages:
            until_it_ends_well(lambda: self.stack.run(self.queue.messages[0]))
            self.queue.messages.pop(0)

    def outcome(self) -> tuple[Any, ...]:
        self.fuse.place = None
        report = self.stack.report(self.drop.id)
        told = without_times(report)
        del told["earlier_drop"]  # where it died while it took its place in the feed it compares with nothing
        return (
            told,
            self.stack.files.read(report["rejects_file"]),
            *(self.stack.files.read(key) for key in self.stack.files.keys(CHANGES) if self.drop.id in key),
            [self.stack.facts(name).values for name in ("A-1", "A-2", "A-3")],
            [self.stack.facts(name).confirmed for name in ("A-1", "A-2", "A-3")],
            self.accounts.writes,
        )


def until_it_ends_well(run: Callable[[], object]) -> None:
    with suppress(Killed):
        run()
        return
    run()


class Delivered(Protocol):
    fuse: Fuse

    def deliver(self) -> None: ...


def every_place(calm: Delivered) -> Iterator[tuple[int, bool]]:
    """Before and after each call of a port that it takes to deliver all."""
    calm.deliver()
    yield from ((place, after) for place in range(calm.fuse.calls) for after in (False, True))


@pytest.mark.parametrize(("place", "after"), list(every_place(World.prepared())))
def test_the_end_is_the_same_wherever_it_dies(place: int, after: bool) -> None:
    calm = World.prepared()
    calm.deliver()
    expected = calm.outcome()
    counts = [expected[0][name] for name in ("created", "updated", "unchanged", "rejected")]
    assert counts == [1, 1, 1, 2]
    assert calm.stack.facts("A-1").confirmed == {"NPS": importing.NOON}, "though it counts as unchanged"

    broken = World.prepared(place, after=after)
    broken.deliver()
    assert broken.outcome() == expected


def test_redelivery_at_any_later_time_changes_nothing() -> None:
    """R1: the event and the messages come again after the import is done."""
    stack = Stack()
    drop = stack.put("drops/accounts/new.csv", FILE.encode())
    drop_id = stack.plan(drop)
    assert isinstance(stack.queue, InMemoryQueue)
    messages = list(stack.queue.messages)
    stack.run_queue()
    report, writes = stack.files.read(f"reports/{drop_id}.json"), stack.writes
    stack.drop("Account ID,NPS\nA-3,1\n", "drops/accounts/later.csv", at=importing.NOON.replace(hour=13))

    assert stack.plan(drop) == drop_id
    for message in messages:
        stack.run(message)
    assert stack.queue.messages == []
    assert stack.files.read(f"reports/{drop_id}.json") == report
    assert stack.facts("A-3").values["NPS"] == 1
    assert stack.writes == writes + 1


def test_a_shard_with_little_time_left_keeps_what_it_did_and_goes_on_later() -> None:
    """R4, I5."""
    from keepwell.imports.shards import import_shard

    stack, rows = Stack(), STORED_AT_ONCE + 2
    content = "Account ID,NPS\n" + "".join(f"A-{number},7\n" for number in range(rows))
    drop_id = stack.plan(stack.put("drops/accounts/new.csv", content.encode()))
    remaining = [False, True]
    with pytest.raises(TransientFailure, match="little time"):
        import_shard(
            drop_id,
            0,
            playbook=stack.playbook,
            stores=stack.stores,
            files=stack.files,
            control=stack.control,
            queue=stack.queue,
            clock=stack.clock,
            out_of_time=lambda: remaining.pop(0),
        )
    assert stack.writes == STORED_AT_ONCE
    stack.run_queue()
    report = stack.report(drop_id)
    assert (report["created"], report["unchanged"], report["rejected"]) == (rows, 0, 0)
    assert stack.writes == rows


def test_many_shards_end_in_one_report() -> None:
    stack = Stack()
    rows = "".join(f"A-{n},Name {n},{n % 11}\n" for n in range(4_000))
    drop_id = stack.plan(
        stack.put("drops/accounts/many.csv", f"Account ID,Account Name,NPS\n{rows}".encode())
    )
    assert isinstance(stack.queue, InMemoryQueue)
    assert len(stack.queue.messages) == 4
    for message in [*reversed(stack.queue.messages)]:
        assert not stack.files.exists(f"reports/{drop_id}.json")
        stack.run(message)
        stack.run(message)
    assert stack.report(drop_id)["created"] == 4_000
