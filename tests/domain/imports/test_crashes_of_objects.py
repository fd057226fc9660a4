"""What a file of tasks, the team, assignments or collections stores is the same wherever its import dies
(reliability I1, I2, I3, S1, R1). With which import the rows were compared is told by test_crashes."""

from typing import Any, NamedTuple

import pytest

from keepwell.imports.drops import Drop
from keepwell.imports.job import CHANGES
from keepwell.in_memory import InMemoryQueue
from tests.domain.imports.importing import Stack, without_times
from tests.domain.imports.test_crashes import Fuse, Fused, until_it_ends_well

KNOWN = {
    "accounts": "Account ID,CSM\nA-1,ann@x.example\nA-2,\n",
    "team": "Email,Name\nann@x.example,Ann\nbo@x.example,B\n",
    "tasks": "Account ID,Task ID,Title\nA-1,T-1,Call\nA-1,T-2,Visit\n",
    "collections": "Account ID,Collection ID,Collection\nA-1,S-1,Seats\nA-1,S-2,Seats\n",
}
FILES = {  # each with a row that creates, one that updates, one that says nothing new and one that is none
    "team": "Email,Name\nann@x.example,Ann\nbo@x.example,Bo\ncy@x.example,Cy\nno address,D\n",
    "tasks": "Account ID,Task ID,Title\nA-1,T-1,Call\nA-1,T-2,Go there\nA-2,T-1,Call\nA-9,T-1,Call\n",
    "collections": "Account ID,Collection ID,Collection\nA-1,S-1,Seats\nA-1,S-2,Den\nA-2,S-1,Seats\nA-1,,\n",
    "assignments": "Account ID,Role,Email\nA-1,CSM,ann@x.example\nA-2,CSM,bo@x.example\nA-2,Boss,\n",
}
COUNTS = {name: [1, 1, 1, 1] for name in FILES} | {"assignments": [0, 1, 1, 1]}


class World(NamedTuple):
    """A stack whose fuse lies in every port, the stack without it, and the file that is imported."""

    stack: Stack
    calm: Stack
    drop: Drop

    @classmethod
    def prepared(cls, about: str, fuse: Fuse) -> "World":
        calm = Stack()
        for name, content in KNOWN.items():
            calm.drop(content, f"drops/{name}/known.csv")
        drop = calm.put(f"drops/{about}/new.csv", FILES[about].encode())
        ports = ("accounts", "work", "team", "collections", "files", "control", "queue")
        fused: dict[str, Any] = {name: Fused(getattr(calm, name), fuse) for name in ports}
        return cls(Stack(calm.playbook, **fused), calm, drop)

    def deliver(self) -> None:
        """What AWS does: the event and each message come again until a run ends well."""
        queue = self.calm.queue
        assert isinstance(queue, InMemoryQueue)
        until_it_ends_well(lambda: self.stack.plan(self.drop))
        while queue.messages:
            until_it_ends_well(lambda: self.stack.run(queue.messages[0]))
            queue.messages.pop(0)

    def outcome(self) -> tuple[Any, ...]:
        report = self.calm.report(self.drop.id)
        changes = [key for key in self.calm.files.keys(CHANGES) if self.drop.id in key]
        accounts = ("A-1", "A-2")
        told = {name: value for name, value in without_times(report).items() if name != "earlier_drop"}
        return (
            told,
            self.calm.files.read(report["rejects_file"]),
            [self.calm.files.read(key) for key in changes],
            [self.calm.facts(each) for each in accounts],
            list(self.calm.work.tasks()),
            list(self.calm.team.members()),
            [list(self.calm.collections.records(each)) for each in accounts],
        )


@pytest.mark.parametrize("about", FILES)
def test_the_end_is_the_same_wherever_it_dies(about: str) -> None:
    fuse = Fuse()
    calm = World.prepared(about, fuse)
    calm.deliver()
    expected = calm.outcome()
    assert [expected[0][name] for name in ("created", "updated", "unchanged", "rejected")] == COUNTS[about]

    for place in range(fuse.calls):
        for after in (False, True):
            broken = World.prepared(about, Fuse(place, after))
            broken.deliver()
            assert broken.outcome() == expected, f"died at call {place}, {'after' if after else 'before'} it"
