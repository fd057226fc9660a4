"""Work: tasks, play runs, people, touchpoints and records of accounts, and the team."""

from collections.abc import Iterator, Sequence
from typing import Protocol

from keepwell.collections import ChildRecord
from keepwell.errors import Conflict, RejectedInput
from keepwell.people import Person
from keepwell.tasks import PlayRun, Task
from keepwell.team import Member
from keepwell.touchpoints import Touchpoint


class Work(Protocol):
    """Tasks and play runs, by account."""

    def put_task(self, task: Task) -> bool:
        """Store a task unless its id exists; whether it was new."""
        ...

    def put_run(self, run: PlayRun) -> bool:
        """Store a play run unless its id exists; whether it was new."""
        ...

    def change_run(self, run: PlayRun) -> PlayRun:
        """Store a play run anew if the stored revision still is `run.revision`; with the new revision. Raises
        Conflict if it was changed in between, also where what is stored is equal."""
        ...

    def run(self, account_id: str, run_id: str) -> PlayRun | None:
        """The play run of this id, read consistently."""
        ...

    def tasks(self, account_id: str | None = None) -> Iterator[Task]:
        """The tasks of one account, or all."""
        ...

    def agenda(self, assignee: str) -> Iterator[Task]:
        """The open tasks of a person, the first due first, those without a day last (eventually consistent);
        `assignee` is an address in any case."""
        ...

    def tasks_of(self, account_id: str, task_ids: Sequence[str]) -> dict[str, Task]:
        """Those of these tasks that exist, read consistently."""
        ...

    def change_task(self, task: Task) -> Task:
        """Store a task, new or changed, under the same terms as `Accounts.put_facts`; the revision is its
        facts'."""
        ...

    def change_tasks(self, tasks: Sequence[Task]) -> list[Task | Conflict | RejectedInput]:
        """Store tasks, new or changed, under the same terms as `Accounts.put_many`."""
        ...

    def remove_task(self, task: Task) -> None:
        """Take it away under the same terms as `Accounts.remove`."""
        ...

    def runs(self, account_id: str | None = None) -> Iterator[PlayRun]:
        """The play runs of one account, or all, in no order that means anything."""
        ...


class People(Protocol):
    """People at the customers, by account and user."""

    def people(self, account_id: str) -> Iterator[Person]:
        """The people of one account by their ids, read consistently."""
        ...

    def people_of(self, account_id: str, user_ids: Sequence[str]) -> dict[str, Person]:
        """Those of these users that exist, read consistently."""
        ...

    def put(self, person: Person) -> Person:
        """Store a person under the same terms as `Accounts.put_facts`; the revision is that of the facts."""
        ...

    def remove(self, person: Person) -> None:
        """Take it away under the same terms as `Accounts.remove`."""
        ...

    def put_many(self, people: Sequence[Person]) -> list[Person | Conflict | RejectedInput]:
        """Store people under the same terms as `Accounts.put_many`."""
        ...


class Touchpoints(Protocol):
    """Contacts with the customers, by account and touchpoint."""

    def touchpoints(self, account_id: str | None = None) -> Iterator[Touchpoint]:
        """The touchpoints of one account by their ids, or all, read consistently."""
        ...

    def touchpoints_of(self, account_id: str, touchpoint_ids: Sequence[str]) -> dict[str, Touchpoint]:
        """Those of these touchpoints that exist, read consistently."""
        ...

    def put(self, touchpoint: Touchpoint) -> Touchpoint:
        """Store a touchpoint under the same terms as `Accounts.put_facts`; the revision is its facts'."""
        ...

    def remove(self, touchpoint: Touchpoint) -> None:
        """Take it away under the same terms as `Accounts.remove`."""
        ...

    def put_many(self, touchpoints: Sequence[Touchpoint]) -> list[Touchpoint | Conflict | RejectedInput]:
        """Store touchpoints under the same terms as `Accounts.put_many`."""
        ...


class Collections(Protocol):
    """Records of what accounts have, by account and record."""

    def records(self, account_id: str) -> Iterator[ChildRecord]:
        """The records of one account by their ids, read consistently."""
        ...

    def records_of(self, account_id: str, record_ids: Sequence[str]) -> dict[str, ChildRecord]:
        """Those of these records that exist, read consistently."""
        ...

    def put(self, record: ChildRecord) -> ChildRecord:
        """Store a record under the same terms as `Accounts.put_facts`; the revision is its facts'."""
        ...

    def remove(self, record: ChildRecord) -> None:
        """Take it away under the same terms as `Accounts.remove`."""
        ...

    def put_many(self, records: Sequence[ChildRecord]) -> list[ChildRecord | Conflict | RejectedInput]:
        """Store records under the same terms as `Accounts.put_many`."""
        ...


class Team(Protocol):
    """Our own people, by e-mail address in small letters."""

    def members(self) -> Iterator[Member]:
        """All of them by their addresses, read consistently."""
        ...

    def members_of(self, emails: Sequence[str]) -> dict[str, Member]:
        """Those with these addresses that exist, read consistently."""
        ...

    def put(self, member: Member) -> Member:
        """Store a member under the same terms as `Accounts.put_facts`; the revision is that of the facts."""
        ...

    def remove(self, member: Member) -> None:
        """Take it away under the same terms as `Accounts.remove`."""
        ...
