"""What the domain asks of the world. Each port has an adapter in `keepwell_aws` and a twin in
`keepwell.in_memory`; one contract test runs on both (tests/adapters).
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Protocol

from keepwell.accounts import Account, Facts
from keepwell.collections import ChildRecord
from keepwell.deliveries import Channel, Delivery
from keepwell.deliveries.suppression import Suppressed
from keepwell.errors import Conflict, RejectedInput
from keepwell.history import HistoryRow
from keepwell.people import Person
from keepwell.standings import Standing
from keepwell.tasks import PlayRun, Task
from keepwell.team import Member
from keepwell.touchpoints import Touchpoint
from keepwell.trails import AccountTrail
from keepwell.usage import UsageSummary
from keepwell.usage.rolling import DaysPart
from keepwell.wakes import Wake


class Clock(Protocol):
    def now(self) -> datetime:
        """The present, aware, in UTC; on a practice stack the movable one."""
        ...


class Accounts(Protocol):
    """Facts, standings, trails and summaries of use, by account."""

    def get(self, account_id: str) -> Account | None:
        """Facts, standing, trail and use, read consistently, no standing or trail newer than the facts it is
        judged against; None if there are no facts.

        Raises RejectedInput, naming the account, if what is stored cannot be read.
        """
        ...

    def facts_of(self, account_ids: Sequence[str]) -> dict[str, Facts]:
        """The facts of those accounts that exist, read consistently."""
        ...

    def put_facts(self, facts: Facts) -> Facts:
        """Store `facts` if the stored revision is still `facts.revision` (0: none stored).

        Returns them with the new revision. Raises Conflict if someone wrote first and the stored facts differ
        from these; a write of our own whose answer was lost is no conflict.
        """
        ...

    def put_many(self, facts: Sequence[Facts]) -> list[Facts | Conflict | RejectedInput]:
        """Store each under the terms of `put_facts`, in order; of each what was stored, or why it was not.

        Raises TransientFailure or ConfigurationError for all: some may be stored then.
        """
        ...

    def remove(self, facts: Facts) -> None:
        """Take an account away, with its standing and its trail, if the stored revision of its facts still is
        `facts.revision`; one that is gone is no conflict. Raises Conflict if someone wrote first.
        """
        ...

    def put_standing(self, standing: Standing) -> Standing:
        """Store `standing` under the same terms as `put_facts`."""
        ...

    def put_trail(self, trail: AccountTrail) -> AccountTrail:
        """Store `trail` under the same terms as `put_facts`."""
        ...

    def usage_of(self, account_ids: Sequence[str]) -> dict[str, UsageSummary]:
        """The use of those accounts that have any told, facts or not, read consistently.

        Raises RejectedInput, naming the account, if what is stored cannot be read.
        """
        ...

    def put_usage(self, usage: UsageSummary) -> UsageSummary:
        """Store a summary of use under the same terms as `put_facts`."""
        ...

    def scan(self, segment: int, of: int, start: str | None = None, limit: int = 200) -> "Page":
        """One page of a parallel scan: the accounts of one segment, after the cursor `start`."""
        ...


@dataclass(frozen=True)
class Page:
    """Some accounts, and the cursor of the next page (None at the end).

    `unreadable` are accounts whose stored document is broken, with the reason: they must not hide the others.
    """

    accounts: tuple[Account, ...]
    cursor: str | None
    unreadable: tuple[tuple[str, str], ...] = ()


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

    def touchpoints(self, account_id: str) -> Iterator[Touchpoint]:
        """The touchpoints of one account by their ids, read consistently."""
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


class UserDays(Protocol):
    """The days on which users were active, by account, in parts."""

    def of(self, account_id: str, parts: int) -> list[DaysPart]:
        """All of so many parts of an account in order, read consistently; one that was never stored is empty.

        Raises RejectedInput, naming the account, if what is stored cannot be read.
        """
        ...

    def put(self, part: DaysPart) -> DaysPart:
        """Store a part under the same terms as `Accounts.put_facts`."""
        ...


class Deliveries(Protocol):
    """Messages on their way, by id and by what is due."""

    def add(self, delivery: Delivery) -> bool:
        """Store a delivery unless its id exists; whether it was new."""
        ...

    def get(self, delivery_id: str) -> Delivery | None:
        """Read consistently."""
        ...

    def put(self, delivery: Delivery) -> Delivery:
        """Store as `Accounts.put_facts` does; but a write is a claim: an equal one conflicts too."""
        ...

    def due(self, now: datetime, limit: int = 1000) -> Iterator[tuple[str, Channel]]:
        """Ids of open deliveries whose `due_at` is not after `now` (eventually consistent)."""
        ...

    def all_open(self) -> Iterator[Delivery]:
        """The open ones, longest due first (eventually consistent)."""
        ...

    def all_failed(self) -> Iterator[Delivery]:
        """Those that were given up, however long ago, latest first (eventually consistent)."""
        ...

    def count_failed(self) -> int:
        """How many those are."""
        ...


class Wakes(Protocol):
    """What is to happen at a time, by id and by what is due."""

    def add(self, wake: Wake) -> bool:
        """Store a wake unless its id exists; whether it was new."""
        ...

    def get(self, wake_id: str) -> Wake | None:
        """Read consistently."""
        ...

    def put(self, wake: Wake) -> Wake:
        """Store it, as by another time, if the stored revision still is `wake.revision`; with the new
        revision. Raises Conflict if it was changed or removed, also where what is stored is equal."""
        ...

    def remove(self, wake_id: str, revision: int | None = None) -> None:
        """Take it away; one that is gone is fine. Where a revision is given, one that was put since stays."""
        ...

    def due(self, now: datetime, limit: int = 1000) -> Iterator[Wake]:
        """Those that are not given up whose `due_at` is not after `now`, the longest due first (which are
        due is found eventually consistently; each is then read consistently)."""
        ...


class Suppressions(Protocol):
    """Addresses that no mail is sent to, in small letters."""

    def add(self, suppressed: Suppressed) -> bool:
        """Store one unless its address is there; whether it was new."""
        ...

    def get(self, address: str) -> Suppressed | None:
        """Read consistently; capitals do not matter."""
        ...

    def remove(self, address: str) -> bool:
        """Take one away; whether it was there."""
        ...

    def all(self) -> Iterator[Suppressed]:
        """All of them, latest first (eventually consistent)."""
        ...


class History(Protocol):
    def append(self, rows: Iterable[HistoryRow]) -> None:
        """Write rows; writing the same row again changes nothing."""
        ...

    def of(self, account_id: str, kind: str | None = None, limit: int = 50) -> list[HistoryRow]:
        """Newest first."""
        ...


class Control(Protocol):
    """Small rows under a key `kind#id`: imports, watermarks, the active playbook, the clock's offset."""

    def get(self, key: str) -> dict[str, Any] | None:
        """The row's JSON fields, read consistently."""
        ...

    def create(self, key: str, fields: Mapping[str, Any]) -> bool:
        """Store a row unless it exists; whether it was new."""
        ...

    def put(self, key: str, fields: Mapping[str, Any]) -> None:
        """Store a row whatever was there."""
        ...

    def swap(self, key: str, before: Mapping[str, Any] | None, after: Mapping[str, Any]) -> bool:
        """Store a row if it still is as it was read (None: there was none); whether it was stored. It is for
        rows that nothing else here changes."""
        ...

    def add_to_set(self, key: str, name: str, member: int) -> frozenset[int]:
        """Add a number to a set field of an existing row, atomically; the set after it."""
        ...

    def raise_to(self, key: str, name: str, value: str) -> str:
        """Set a text field to `value` unless it already holds a greater one; what it holds after."""
        ...

    def settle(self, key: str, name: str, value: str) -> str:
        """Set a text field to `value` unless it is set; what it holds after: the first one wins."""
        ...

    def count(self, key: str, name: str) -> int:
        """Add one to a number field (0 where there is none), atomically; what it holds after. A repetition
        counts again."""
        ...


class Files(Protocol):
    """Objects by key in one bucket."""

    def read(self, key: str, version: str | None = None) -> bytes:
        """KeyError if there is none."""
        ...

    def read_range(self, key: str, start: int, size: int, version: str | None = None) -> bytes:
        """At most `size` bytes from the place `start` on, counted from 0: fewer where the object ends.

        KeyError if there is none.
        """
        ...

    def write(self, key: str, content: bytes, content_type: str) -> None: ...

    def write_parts(self, key: str, parts: Iterable[bytes], content_type: str) -> None:
        """Store what the parts make when put together, without holding the whole; nothing until all came."""
        ...

    def exists(self, key: str) -> bool: ...

    def keys(self, prefix: str, after: str = "") -> Iterator[str]:
        """The keys that begin with `prefix` and come after the key `after`, ascending."""
        ...


class Queue(Protocol):
    def send(self, messages: Sequence[Mapping[str, Any]], after: timedelta = timedelta()) -> None:
        """Queue JSON messages, to come `after` so long (up to 15 minutes) or a little later. Raises
        TransientFailure unless every one is durably queued."""
        ...


@dataclass(frozen=True)
class StoredObject:
    """An object of a location. `etag` changes with its content, `size` is in bytes."""

    key: str
    etag: str
    size: int
    modified_at: datetime


class Locations(Protocol):
    """Buckets of others, as far as this stack may read them.

    Each method raises ConfigurationError if there is no such bucket, or if it may not be read.
    """

    def objects(self, bucket: str, prefix: str) -> Iterator[StoredObject]:
        """The objects whose keys begin with `prefix`, by their keys."""
        ...

    def copy(self, bucket: str, found: StoredObject, key: str) -> str:
        """Copy an object, whatever its size, to `key` of the stack's files; the version it is there.

        Raises TransientFailure if it is not the object any more that was found.
        """
        ...
