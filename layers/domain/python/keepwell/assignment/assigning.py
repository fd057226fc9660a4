"""Assigning a task: to a role, to who leads its holder, to somebody by name, or to one of a pool (product
PLY-10, TSK-04 to TSK-08, USR-02).

What a pool gives out is noted before the task is stored (`keepwell.assignment.given_out`), so that of tasks
that are created at the same moment each counts for the others, and each has one owner (reliability T8).
"""

import hashlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Protocol

from keepwell.accounts import Facts
from keepwell.addresses import is_address
from keepwell.assignment.choosing import Workload, choose, workload_of
from keepwell.assignment.given_out import Asked, GivenOut, Reserved, key_of
from keepwell.assignment.pools import PREFIX, Logic, Pool
from keepwell.assignment.rules import MANAGER_OF
from keepwell.attributes.cells import quoted
from keepwell.errors import Conflict
from keepwell.ports import Control, Team, Work
from keepwell.tasks import Task
from keepwell.team import Member

ATTEMPTS = 12
SHORTEST_PAUSE, LONGEST_PAUSE = 0.02, 1.0  # seconds


@dataclass(frozen=True)
class Assignee:
    """Who has a task, and why in words, where that is not simply who was asked for. Without `email` there is
    nobody left who may have it, and `why` says what to mend. `timezone` is the member's, where one was
    told."""

    email: str
    why: str = ""
    timezone: str = ""


class Assign(Protocol):
    """Whose task it is to be, or whose mail: see `Assigner.assign`."""

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
        mail: bool = False,
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
    mail: bool = False,  # noqa: ARG001
) -> Assignee:
    """Whom the account names for a role, or the address itself, where there is no team to look at."""
    told = assign_to if "@" in assign_to else str(account.values.get(assign_to) or "")
    if not told:
        return Assignee(owner, f"nobody is {assign_to}")
    if not is_address(told):
        return Assignee(owner, f"{quoted(told)}, the {assign_to}, is no e-mail address")
    return Assignee(told)


@dataclass(frozen=True)
class Assigner:
    """Assigns tasks. `pools` are the playbook's, and `playbook_owner` has what the owner of a play may not
    have; `pause` waits so many seconds where others were faster."""

    team: Team
    work: Work
    control: Control
    pools: Mapping[str, Pool]
    playbook_owner: str
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
        mail: bool = False,
    ) -> Assignee:
        """Who is to have a task of `effort` hours at an account; `owner`, of the play, has what nobody else
        can have, then the playbook's. A viewer, and who has left, has none.

        `assign_to` is a role, `manager:<role>`, an address or `pool:<id>`. A pool answers the same however
        often and by how many at once it is asked for one task; with `anew` it is a task that somebody has, to
        be given anew. With `reserve` off nothing is noted: it is only to be known. A `mail` is only read: a
        viewer, and by role who is not of the team, may have it. Raises Conflict if others were faster time
        after time.
        """
        heirs = _Heirs(self.team, (owner, self.playbook_owner), mail=mail)
        if assign_to.startswith(MANAGER_OF):
            return self._leading(assign_to.removeprefix(MANAGER_OF), account, heirs)
        if not assign_to.startswith(PREFIX):
            told = as_told(task_id, assign_to, effort, account, owner, now)
            return heirs.of(told.why) if told.why else self._admitted(told.email, assign_to, heirs)
        pool = self.pools.get(assign_to.removeprefix(PREFIX))
        if pool is None:
            return heirs.of(f"the playbook has no {assign_to}")
        stored = None if anew else self.work.tasks_of(account.account_id, [task_id]).get(task_id)
        if stored and stored.assignee:
            return Assignee(stored.assignee, f"{assign_to}, as before")
        return self._of_pool(pool, Asked(task_id, effort, account, now, anew), heirs, reserve=reserve)

    def _admitted(self, told: str, assign_to: str, heirs: "_Heirs") -> Assignee:
        """Who goes by an address, if that may have it. While there is no team, everybody may; by name, who
        is not of it may, too."""
        member = self.team.members_of([told.casefold()]).get(told.casefold())
        if member and (barred := heirs.barred(member)):
            return heirs.of(f"{told} {barred}")
        if member:
            return Assignee(member.email, timezone=member.timezone)
        if told != assign_to and not heirs.mail and next(self.team.members(), None):
            return heirs.of(f"{told}, the {assign_to}, is not of the team")
        return Assignee(told)

    def _leading(self, role: str, account: Facts, heirs: "_Heirs") -> Assignee:
        """Who leads whoever has a role at the account; a manager need not be of the team."""
        told = str(account.values.get(role) or "")
        if not told:
            return heirs.of(f"nobody is {role}")
        member = self.team.members_of([told.casefold()]).get(told.casefold())
        if member is None or not member.manager:
            return heirs.of(f"{told}, the {role}, has no manager")
        found = self._admitted(member.manager, member.manager, heirs)
        return found if found.why else replace(found, why=f"leads {member.email}")

    def _of_pool(self, pool: Pool, asked: Asked, heirs: "_Heirs", *, reserve: bool) -> Assignee:
        members = [member for member in self.team.members() if pool.fits(member, asked.account)]
        given = self._one_of(members, pool, asked, reserve=reserve)
        if not given.email:
            return heirs.of(given.why, pool.fallback)
        zones = {member.email: member.timezone for member in members}
        return replace(given, timezone=zones.get(given.email, ""))

    def _one_of(self, members: Sequence[Member], pool: Pool, asked: Asked, *, reserve: bool) -> Assignee:
        """One of these members; nobody where none of them can have it."""
        if pool.logic is Logic.NEXT_IN_LINE:
            loads = [workload_of(member, ()) for member in members]
            return _given(pool, asked, choose(pool.logic, asked.task_id, asked.effort, loads), loads)
        # Before the row is read: what has left the row by then was seen by everybody before.
        agendas = {member.email: list(self._agenda(pool, member, asked)) for member in members}
        known = {key_of(task) for agenda in agendas.values() for task in agenda}
        looked_at = set[str]()
        for attempt in range(ATTEMPTS):
            row = self.control.get(f"pool#{pool.id}")
            notes = GivenOut.read(row, asked.now)
            had = notes.reserved.get(asked.key)
            if had and had.email in agendas and not asked.anew:
                return Assignee(had.email, f"pool:{pool.id}, as before")
            if pool.logic is not Logic.ROUND_ROBIN:  # which goes by no hours
                unseen = notes.unseen(known | looked_at, asked.now)
                known |= self._over(unseen)
                looked_at |= unseen.keys()
            others = known | {asked.key}
            loads = [notes.added_to(member, agendas[member.email], others) for member in members]
            found = choose(pool.logic, asked.task_id, asked.effort, loads, notes.last)
            given = _given(pool, asked, found, loads)
            if found is None or not reserve:
                return given
            left = notes.without(known, asked.now)
            after = left.giving(asked, found.email)
            if not left.is_full and self.control.swap(f"pool#{pool.id}", row, after.as_json()):
                return given
            self.pause(_jitter(asked.key, attempt))
        raise Conflict(f"pool {pool.id!r} gave out tasks faster than one more could be; it is tried again")

    def _over(self, notes: Mapping[str, Reserved]) -> set[str]:
        """Of these notes, those whose task has ended, or is not with whom it was given to any more."""
        over = set()
        for key, note in notes.items():
            account_id, _, task_id = key.rpartition("/")
            task = self.work.tasks_of(account_id, [task_id]).get(task_id)
            if task and not (task.is_open and task.assignee == note.email):
                over.add(key)
        return over

    def _agenda(self, pool: Pool, member: Member, asked: Asked) -> Iterator[Task]:
        """What somebody has to do but for the task in question, where the pool goes by that."""
        if pool.logic is not Logic.ROUND_ROBIN:
            yield from (task for task in self.work.agenda(member.email) if key_of(task) != asked.key)


@dataclass(frozen=True)
class _Heirs:
    """Who has what nobody can have who was asked for: of the `owners`, the play's and the playbook's, the
    first who may."""

    team: Team
    owners: tuple[str, str]
    mail: bool

    def barred(self, member: Member) -> str:
        """Why a member may not have it, in words that follow the address; nothing for who may."""
        return "" if self.mail and member.active else member.barred

    def of(self, why: str, fallback: str = "") -> Assignee:
        """Whose it is then, given why it is nobody's else; `fallback` comes before the owners."""
        of_play, of_playbook = self.owners
        heirs = {of_play: "the owner of the play", of_playbook: "the owner of the playbook"}
        if fallback:
            heirs = {fallback: "its fallback", **heirs}
        members = self.team.members_of(sorted({email.casefold() for email in heirs if email}))
        for email, who in heirs.items():
            member = members.get(email.casefold())
            barred = self.barred(member) if member else ""
            if email and not barred:
                return Assignee(member.email if member else email, why, member.timezone if member else "")
            why += f"; {email}, {who}, {barred}" if email else ""
        return Assignee("", f"nobody can have it: {why}; name another owner in keepwell.yaml")


def _given(pool: Pool, asked: Asked, found: Workload | None, loads: list[Workload]) -> Assignee:
    """The outcome in words."""
    if found is None:
        why = f"none of its {len(loads)} has hours left" if loads else "nobody of it fits"
        return Assignee("", f"pool:{pool.id}, {why}")
    hours = f"with {found.allocated + asked.effort:g} of {found.available:g} hours a week"
    how = {
        Logic.NEXT_IN_LINE: f"one of {len(loads)} by lot",
        Logic.ROUND_ROBIN: f"next of {len(loads)}",
        Logic.NEXT_AVAILABLE: f"one of those with hours left by lot, {hours}",
        Logic.MOST_AVAILABLE: f"the least busy of {len(loads)}, {hours}",
    }
    return Assignee(found.email, f"pool:{pool.id}, {how[pool.logic]}")


def _jitter(key: str, attempt: int) -> float:
    """Seconds to wait: any part of a time that doubles, so that those who met do not meet again."""
    lot = int.from_bytes(hashlib.sha256(f"{key}/{attempt}".encode()).digest()[:4])
    return min(LONGEST_PAUSE, SHORTEST_PAUSE * float(2**attempt)) * lot / 2**32
