"""Assigning a task: to a role, to who leads its holder, to somebody by name, or to one of a pool (product
PLY-10, TSK-04 to TSK-08, USR-02).

What a pool gives out is noted in a control row `pool#<id>` before the task is stored, so that of tasks that
are created at the same moment each counts for the others, and each has one owner (reliability T8). The row
changes only as it was read; a note goes once its task is seen among the open ones, or after RESERVED_FOR.
"""

import hashlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any, Protocol

from keepwell.accounts import Facts
from keepwell.assignment.choosing import Workload, choose, workload_of
from keepwell.assignment.pools import PREFIX, Logic, Pool
from keepwell.assignment.rules import MANAGER_OF
from keepwell.errors import Conflict
from keepwell.ports import Control, Team, Work
from keepwell.tasks import Task
from keepwell.team import Member

RESERVED_FOR = timedelta(minutes=5)
SETTLED = timedelta(minutes=1)
"""After so long a task that was seen among the open ones is seen by everybody."""

ATTEMPTS = 12
SHORTEST_PAUSE, LONGEST_PAUSE = 0.02, 1.0  # seconds


@dataclass(frozen=True)
class Assignee:
    """Who has a task, and why in words, where that is not simply who was asked for. `timezone` is the
    member's, where one was told."""

    email: str
    why: str = ""
    timezone: str = ""


class Assign(Protocol):
    """Whose task it is to be: see `Assigner.assign`."""

    def __call__(
        self,
        task_id: str,
        assign_to: str,
        effort: float,
        account: Facts,
        owner: str,
        now: datetime,
        /,
        *,
        reserve: bool = True,
    ) -> Assignee: ...


def as_told(
    _task_id: str,
    assign_to: str,
    _effort: float,
    account: Facts,
    owner: str,
    _now: datetime,
    *,
    reserve: bool = True,  # noqa: ARG001  as every Assign's
) -> Assignee:
    """Whom the account names for a role, or the address itself, where there is no team to look at."""
    told = assign_to if "@" in assign_to else str(account.values.get(assign_to) or "")
    return Assignee(told) if told else Assignee(owner, f"nobody is {assign_to}")


@dataclass(frozen=True)
class Assigner:
    """Assigns tasks. `pools` are the playbook's; `pause` waits so many seconds where others were faster."""

    team: Team
    work: Work
    control: Control
    pools: Mapping[str, Pool]
    pause: Callable[[float], None] = lambda _: None

    def assign(
        self,
        task_id: str,
        assign_to: str,
        effort: float,
        account: Facts,
        owner: str,
        now: datetime,
        *,
        reserve: bool = True,
        anew: bool = False,
    ) -> Assignee:
        """Who is to have a task of `effort` hours at an account; `owner` has what nobody else can have.

        `assign_to` is a role, `manager:<role>`, an address or `pool:<id>`. A pool answers the same however
        often and by how many at once it is asked for one task; with `anew` it is a task that somebody has, to
        be given anew. With `reserve` off nothing is noted: it is only to be known. Raises Conflict if others
        were faster time after time.
        """
        if assign_to.startswith(MANAGER_OF):
            return self._leading(assign_to.removeprefix(MANAGER_OF), account, owner)
        if not assign_to.startswith(PREFIX):
            told = as_told(task_id, assign_to, effort, account, owner, now)
            return told if told.why else self._admitted(told.email, assign_to, owner)
        pool = self.pools.get(assign_to.removeprefix(PREFIX))
        if pool is None:
            return Assignee(owner, f"the playbook has no {assign_to}")
        stored = None if anew else self.work.tasks_of(account.account_id, [task_id]).get(task_id)
        if stored and stored.assignee:
            return Assignee(stored.assignee, f"{assign_to}, as before")
        return self._of_pool(pool, _Asked(task_id, effort, account, now, anew), owner, reserve=reserve)

    def _admitted(self, told: str, assign_to: str, owner: str) -> Assignee:
        """Who goes by an address, if that may have tasks. While there is no team, everybody may; by name, who
        is not of it may, too."""
        member = self.team.members_of([told.casefold()]).get(told.casefold())
        if member and member.barred:
            return Assignee(owner, f"{told} {member.barred}")
        if member:
            return Assignee(member.email, timezone=member.timezone)
        if told != assign_to and next(self.team.members(), None):
            return Assignee(owner, f"{told}, the {assign_to}, is not of the team")
        return Assignee(told)

    def _leading(self, role: str, account: Facts, owner: str) -> Assignee:
        """Who leads whoever has a role at the account; a manager need not be of the team."""
        told = str(account.values.get(role) or "")
        if not told:
            return Assignee(owner, f"nobody is {role}")
        member = self.team.members_of([told.casefold()]).get(told.casefold())
        if member is None or not member.manager:
            return Assignee(owner, f"{told}, the {role}, has no manager")
        found = self._admitted(member.manager, member.manager, owner)
        return found if found.why else replace(found, why=f"leads {member.email}")

    def _of_pool(self, pool: Pool, asked: "_Asked", owner: str, *, reserve: bool) -> Assignee:
        members = [member for member in self.team.members() if pool.fits(member, asked.account)]
        given = self._one_of(members, pool, asked, owner, reserve=reserve)
        zones = {member.email: member.timezone for member in members}
        return replace(given, timezone=zones.get(given.email, ""))

    def _one_of(
        self, members: Sequence[Member], pool: Pool, asked: "_Asked", owner: str, *, reserve: bool
    ) -> Assignee:
        if pool.logic is Logic.NEXT_IN_LINE:
            loads = [workload_of(member, ()) for member in members]
            return _given(pool, asked, choose(pool.logic, asked.task_id, asked.effort, loads), loads, owner)
        # Before the row is read: what has left the row by then was seen by everybody before.
        agendas = {member.email: list(self._agenda(pool, member, asked)) for member in members}
        for attempt in range(ATTEMPTS):
            row = self.control.get(f"pool#{pool.id}")
            notes = _Notes.read(row, asked.now)
            if not asked.anew and (had := notes.reserved.get(asked.key)):
                return Assignee(had.email, f"pool:{pool.id}, as before")
            loads = [notes.added_to(member, agendas[member.email], asked.key) for member in members]
            found = choose(pool.logic, asked.task_id, asked.effort, loads, notes.last)
            given = _given(pool, asked, found, loads, owner)
            if found is None or not reserve:
                return given
            seen = {_key(task) for agenda in agendas.values() for task in agenda}
            after = notes.without(seen, asked.now).giving(asked, found.email)
            if self.control.swap(f"pool#{pool.id}", row, after.as_json()):
                return given
            self.pause(_jitter(asked.key, attempt))
        raise Conflict(f"pool {pool.id!r} gave out tasks faster than one more could be; it is tried again")

    def _agenda(self, pool: Pool, member: Member, asked: "_Asked") -> Iterator[Task]:
        """What somebody has to do but for the task in question, where the pool goes by that."""
        if pool.logic is not Logic.ROUND_ROBIN:
            yield from (task for task in self.work.agenda(member.email) if _key(task) != asked.key)


@dataclass(frozen=True)
class _Asked:
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
class _Reserved:
    email: str
    effort: float
    at: datetime


@dataclass(frozen=True)
class _Notes:
    """What a pool gave out lately, by the task, and to whom last."""

    last: str = ""
    reserved: Mapping[str, _Reserved] = field(default_factory=dict)

    @classmethod
    def read(cls, row: Mapping[str, Any] | None, now: datetime) -> "_Notes":
        """What counts of a row; on a practice stack the clock may go back."""
        told = (row or {}).get("reserved", {})
        notes = {
            key: _Reserved(email, effort, datetime.fromisoformat(at))
            for key, (email, effort, at) in told.items()
        }
        lately = {key: note for key, note in notes.items() if abs(now - note.at) <= RESERVED_FOR}
        return cls((row or {}).get("last", ""), lately)

    def added_to(self, member: Member, agenda: list[Task], key: str) -> Workload:
        """What somebody has to do, with what was given out and is not seen yet."""
        known = {_key(task) for task in agenda} | {key}
        given = (
            note.effort
            for other, note in self.reserved.items()
            if note.email == member.email and other not in known
        )
        load = workload_of(member, agenda)
        return replace(load, efforts=(*load.efforts, *given))

    def without(self, seen: set[str], now: datetime) -> "_Notes":
        """The notes without those that everybody knows of."""
        left = {
            key: note
            for key, note in self.reserved.items()
            if key not in seen or abs(now - note.at) <= SETTLED
        }
        return replace(self, reserved=left)

    def giving(self, asked: _Asked, email: str) -> "_Notes":
        note = _Reserved(email, asked.effort, asked.now)
        return _Notes(email, {**self.reserved, asked.key: note})

    def as_json(self) -> dict[str, Any]:
        reserved = {
            key: [note.email, note.effort, note.at.isoformat()] for key, note in self.reserved.items()
        }
        return {"last": self.last, "reserved": reserved}


def _given(pool: Pool, asked: _Asked, found: Workload | None, loads: list[Workload], owner: str) -> Assignee:
    """The outcome in words."""
    if found is None:
        why = f"none of its {len(loads)} has hours left" if loads else "nobody of it fits"
        return Assignee(pool.fallback or owner, f"pool:{pool.id}, {why}")
    hours = f"with {found.allocated + asked.effort:g} of {found.available:g} hours a week"
    how = {
        Logic.NEXT_IN_LINE: f"one of {len(loads)} by lot",
        Logic.ROUND_ROBIN: f"next of {len(loads)}",
        Logic.NEXT_AVAILABLE: f"one of those with hours left by lot, {hours}",
        Logic.MOST_AVAILABLE: f"the least busy of {len(loads)}, {hours}",
    }
    return Assignee(found.email, f"pool:{pool.id}, {how[pool.logic]}")


def _key(task: Task) -> str:
    return f"{task.account_id}/{task.task_id}"


def _jitter(key: str, attempt: int) -> float:
    """Seconds to wait: any part of a time that doubles, so that those who met do not meet again."""
    lot = int.from_bytes(hashlib.sha256(f"{key}/{attempt}".encode()).digest()[:4])
    return min(LONGEST_PAUSE, SHORTEST_PAUSE * float(2**attempt)) * lot / 2**32
