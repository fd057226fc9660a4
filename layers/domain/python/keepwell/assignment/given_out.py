"""What a pool gave out lately, in a control row `pool#<id>`.

The row changes only as it was read; a note goes once its task is seen among the open ones, has ended or has
gone to somebody else, or after RESERVED_FOR.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any

from keepwell.accounts import Facts
from keepwell.assignment.choosing import Workload, workload_of
from keepwell.tasks import Task
from keepwell.team import Member

RESERVED_FOR = timedelta(minutes=5)
SETTLED = timedelta(minutes=1)
"""After so long a task that was seen among the open ones is seen by everybody."""
MOST = 2_000
"""Notes that a row has room for; more than a pool can give out in RESERVED_FOR on one row."""


@dataclass(frozen=True)
class Asked:
    """A task that a pool is to give to somebody."""

    task_id: str
    effort: float
    account: Facts
    now: datetime
    anew: bool

    @property
    def key(self) -> str:
        return f"{self.account.account_id}/{self.task_id}"


@dataclass(frozen=True)
class Reserved:
    email: str
    effort: float
    at: datetime


@dataclass(frozen=True)
class GivenOut:
    """What a pool gave out lately, by the task, and to whom last."""

    last: str = ""
    reserved: Mapping[str, Reserved] = field(default_factory=dict)

    @classmethod
    def read(cls, row: Mapping[str, Any] | None, now: datetime) -> "GivenOut":
        """What counts of a row; on a practice stack the clock may go back."""
        told = (row or {}).get("reserved", {})
        notes = {
            key: Reserved(email, effort, datetime.fromisoformat(at))
            for key, (email, effort, at) in told.items()
        }
        lately = {key: note for key, note in notes.items() if abs(now - note.at) <= RESERVED_FOR}
        return cls((row or {}).get("last", ""), lately)

    @property
    def is_full(self) -> bool:
        return len(self.reserved) >= MOST

    def unseen(self, seen: Collection[str], now: datetime) -> Mapping[str, Reserved]:
        """The notes of which an open task should be seen by now, and is not."""
        return {
            key: note
            for key, note in self.reserved.items()
            if key not in seen and abs(now - note.at) > SETTLED
        }

    def added_to(self, member: Member, agenda: Sequence[Task], known: Collection[str]) -> Workload:
        """What somebody has to do, with what was given out and is not `known` yet."""
        given = (
            note.effort
            for other, note in self.reserved.items()
            if note.email == member.email and other not in known
        )
        load = workload_of(member, agenda)
        return replace(load, efforts=(*load.efforts, *given))

    def without(self, seen: Collection[str], now: datetime) -> "GivenOut":
        """The notes without those that everybody knows of."""
        left = {
            key: note
            for key, note in self.reserved.items()
            if key not in seen or abs(now - note.at) <= SETTLED
        }
        return replace(self, reserved=left)

    def giving(self, asked: Asked, email: str) -> "GivenOut":
        note = Reserved(email, asked.effort, asked.now)
        return GivenOut(email, {**self.reserved, asked.key: note})

    def as_json(self) -> dict[str, Any]:
        reserved = {
            key: [note.email, note.effort, note.at.isoformat()] for key, note in self.reserved.items()
        }
        return {"last": self.last, "reserved": reserved}


def key_of(task: Task) -> str:
    """By which a task is noted: its id names it within the account."""
    return f"{task.account_id}/{task.task_id}"
