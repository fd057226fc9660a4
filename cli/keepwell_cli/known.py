"""Twins that know what a stack knows: each reads an item from there when it is first asked for it.

With no stack at hand, twins in which everything is there that others have to tell first.
"""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, TypeVar

from keepwell.accounts import Facts, Provenance
from keepwell.collections import ChildRecord
from keepwell.in_memory import (
    InMemoryAccounts,
    InMemoryCollections,
    InMemoryControl,
    InMemoryFiles,
    InMemoryPeople,
    InMemoryTeam,
    InMemoryTouchpoints,
    InMemoryWork,
)
from keepwell.people import Person
from keepwell.ports import Accounts, Collections, Control, Files, People, Team, Touchpoints, Work
from keepwell.tasks import PlayRun, Task
from keepwell.team import Member
from keepwell.touchpoints import Touchpoint

Told = TypeVar("Told", Person, Touchpoint, Task, ChildRecord, Member)


def _unwritten(item: Told) -> Told:
    """An item as it is before this twin has stored it."""
    return replace(item, facts=replace(item.facts, revision=0))


class KnownAccounts(InMemoryAccounts):
    def __init__(self, known: Accounts):
        super().__init__()
        self._known = known
        self._asked: set[str] = set()

    def facts_of(self, account_ids: Sequence[str]) -> dict[str, Facts]:
        new = [account_id for account_id in account_ids if account_id not in self._asked]
        self._asked.update(new)
        for facts in self._known.facts_of(new).values():
            self.put_facts(replace(facts, revision=0))
        return super().facts_of(account_ids)


class KnownPeople(InMemoryPeople):
    def __init__(self, known: People):
        super().__init__()
        self._known = known

    def people_of(self, account_id: str, user_ids: Sequence[str]) -> dict[str, Person]:
        own = super().people_of(account_id, user_ids)
        new = [user_id for user_id in user_ids if user_id not in own]
        for person in self._known.people_of(account_id, new).values():
            self.put(_unwritten(person))
        return super().people_of(account_id, user_ids)


class KnownTouchpoints(InMemoryTouchpoints):
    def __init__(self, known: Touchpoints):
        super().__init__()
        self._known = known

    def touchpoints_of(self, account_id: str, touchpoint_ids: Sequence[str]) -> dict[str, Touchpoint]:
        own = super().touchpoints_of(account_id, touchpoint_ids)
        new = [touchpoint_id for touchpoint_id in touchpoint_ids if touchpoint_id not in own]
        for touchpoint in self._known.touchpoints_of(account_id, new).values():
            self.put(_unwritten(touchpoint))
        return super().touchpoints_of(account_id, touchpoint_ids)


class KnownWork(InMemoryWork):
    """Knows the tasks; no import asks for play runs."""

    def __init__(self, known: Work):
        super().__init__()
        self._known = known

    def tasks_of(self, account_id: str, task_ids: Sequence[str]) -> dict[str, Task]:
        own = super().tasks_of(account_id, task_ids)
        new = [task_id for task_id in task_ids if task_id not in own]
        for task in self._known.tasks_of(account_id, new).values():
            self.change_task(_unwritten(task))
        return super().tasks_of(account_id, task_ids)


class KnownRuns(KnownWork):
    """Knows the runs of plays, too, and each agenda as it is when it is first asked for. A new task is on its
    assignee's agenda, and nowhere else."""

    def __init__(self, known: Work):
        super().__init__(known)
        self._agendas: dict[str, list[Task]] = {}

    def run(self, account_id: str, run_id: str) -> PlayRun | None:
        return self._known.run(account_id, run_id)

    def runs(self, account_id: str | None = None) -> Iterator[PlayRun]:
        return self._known.runs(account_id)

    def tasks(self, account_id: str | None = None) -> Iterator[Task]:
        return self._known.tasks(account_id)

    def agenda(self, assignee: str) -> Iterator[Task]:
        return iter(self._agenda_of(assignee))

    def put_task(self, task: Task) -> bool:
        self._agenda_of(task.assignee).append(task)
        return True

    def _agenda_of(self, assignee: str) -> list[Task]:
        email = assignee.casefold()
        if email not in self._agendas:
            self._agendas[email] = list(self._known.agenda(email))
        return self._agendas[email]


class KnownCollections(InMemoryCollections):
    def __init__(self, known: Collections):
        super().__init__()
        self._known = known

    def records_of(self, account_id: str, record_ids: Sequence[str]) -> dict[str, ChildRecord]:
        own = super().records_of(account_id, record_ids)
        new = [record_id for record_id in record_ids if record_id not in own]
        for record in self._known.records_of(account_id, new).values():
            self.put(_unwritten(record))
        return super().records_of(account_id, record_ids)


class KnownTeam(InMemoryTeam):
    """Reads the whole team, once."""

    def __init__(self, known: Team):
        super().__init__()
        self._unread: Team | None = known

    def members(self) -> Iterator[Member]:
        self._read()
        return super().members()

    def members_of(self, emails: Sequence[str]) -> dict[str, Member]:
        self._read()
        return super().members_of(emails)

    def _read(self) -> None:
        unread, self._unread = self._unread, None
        for member in unread.members() if unread else ():
            self.put(_unwritten(member))


class KnownControl(InMemoryControl):
    """Knows which drops the stack has seen, by their bytes, and what came last in each feed."""

    def __init__(self, known: Control):
        super().__init__()
        self._known = known

    def get(self, key: str) -> dict[str, Any] | None:
        self._read(key)
        return super().get(key)

    def raise_to(self, key: str, name: str, value: str) -> str:
        self._read(key)
        return super().raise_to(key, name, value)

    def settle(self, key: str, name: str, value: str) -> str:
        self._read(key)
        return super().settle(key, name, value)

    def count(self, key: str, name: str) -> int:
        self._read(key)
        return super().count(key, name)

    def _read(self, key: str) -> None:
        if super().get(key) is None and (row := self._known.get(key)) is not None:
            self.put(key, row)


class KnownFiles(InMemoryFiles):
    """Knows what the bucket keeps, and files that stay on this computer: a long one is read as far as it is
    looked at."""

    def __init__(self, known: Files | None = None):
        super().__init__()
        self._known = known
        self._here: dict[str, Path] = {}

    def lay(self, key: str, path: Path) -> None:
        """Let the file of `path` stand under `key`."""
        self._here[key] = path

    def read(self, key: str, version: str | None = None) -> bytes:
        if key in self._here:
            return self._here[key].read_bytes()
        if self._known is None or super().exists(key):
            return super().read(key, version)
        return self._known.read(key, version)

    def read_range(self, key: str, start: int, size: int, version: str | None = None) -> bytes:
        if key not in self._here:
            return super().read_range(key, start, size, version)
        with self._here[key].open("rb") as file:
            file.seek(start)
            return file.read(size)


def _bare(key: str) -> Facts:
    """What is there, and nothing known of it."""
    start = datetime.fromtimestamp(0, UTC)
    return Facts(key, {}, Provenance("nobody", start), start, "", "")


class AnyAccounts(InMemoryAccounts):
    """Every account is there: what belongs to accounts nobody can look up is taken."""

    def facts_of(self, account_ids: Sequence[str]) -> dict[str, Facts]:
        for account_id in set(account_ids) - super().facts_of(account_ids).keys():
            self.put_facts(_bare(account_id))
        return super().facts_of(account_ids)


class AnyTeam(InMemoryTeam):
    """Everybody is of the team."""

    def members_of(self, emails: Sequence[str]) -> dict[str, Member]:
        return {email: Member(_bare(email)) for email in emails} | super().members_of(emails)
