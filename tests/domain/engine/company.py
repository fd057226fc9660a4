"""A company in memory: every store, and every function that acts on plays, tasks and messages, as AWS invokes
them: with any message in flight, again and again, and dying at any call that writes.
"""

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import replace
from datetime import timedelta
from typing import Any, Literal

from keepwell.accounts import Account, Change, Facts, Provenance, merge
from keepwell.assignment.assigning import Assigner
from keepwell.attributes import Value
from keepwell.conclude import conclude_by_id
from keepwell.deliveries import Channel, Delivery, deliver, wake_due
from keepwell.deliveries.endpoints import EndpointGone
from keepwell.deliveries.posts import Endpoints, PostGate
from keepwell.deliveries.shortly import Shortly
from keepwell.deliveries.suppression import MailGate
from keepwell.deliveries.trouble import Trouble
from keepwell.directory import Directory
from keepwell.errors import KeepwellError, RejectedInput, TransientFailure
from keepwell.in_memory import (
    InMemoryAccounts,
    InMemoryControl,
    InMemoryDeliveries,
    InMemoryHistory,
    InMemoryPeople,
    InMemoryQueue,
    InMemorySuppressions,
    InMemoryTeam,
    InMemoryTouchpoints,
    InMemoryUserDays,
    InMemoryWakes,
    InMemoryWork,
)
from keepwell.people import Person
from keepwell.plays.asking import Asking
from keepwell.plays.launching import Launcher
from keepwell.plays.rendering import render
from keepwell.purposes import closer, purposes
from keepwell.standings import Standing, Transition
from keepwell.sweeping import relaunch_missed
from keepwell.tasks import Task
from keepwell.tasks.changing import TaskBook
from keepwell.tasks.closing import Closer
from keepwell.tasks.handing_over import HandOver
from keepwell.tasks.snoozing import Snoozer
from keepwell.team import Licence, Member
from keepwell.wakes import Purpose, Wake
from keepwell.waking import CarryOut, carry_out_due
from tests.domain.any_order import Fate, Fated, Killed
from tests.domain.engine.rulebook import MANAGERS, OWNER, ROTA, rulebook
from tests.story import NOON, account

READING = {"get", "run", "runs", "due", "tasks", "tasks_of", "agenda", "facts_of", "touchpoints_of"}
READING |= {"touchpoints", "people", "people_of", "members", "members_of", "of", "all_open", "all_failed"}

Kind = Literal["facts", "standing", "email", "webhook"]
Message = tuple[Kind, str]
"""What a function is invoked with: an account of the stream, or a delivery of a queue."""

Receiver = Literal["well", "down", "refusing", "gone"]


class Writes(Fated):
    """A port of which only the calls that write pass the fate of whoever runs."""

    def __getattr__(self, name: str) -> Any:
        return getattr(self.port, name) if name in READING else super().__getattr__(name)


class Witness:
    """Hears of what happens, as it does: what was judged, launched, and tried outside."""

    def looked_at(self, account_id: str, facts: Facts) -> None: ...

    def looked_at_person(self, person: Person) -> None: ...

    def launches(self, account_id: str) -> None: ...

    def launched(self, account_id: str) -> None: ...

    def ticks(self) -> None: ...

    def ticked(self) -> None: ...

    def tried(self, delivery: Delivery, receiver: Receiver) -> None: ...


class StreamedAccounts(InMemoryAccounts):
    """Accounts whose writes are seen by the stream."""

    def __init__(self, company: "Company"):
        super().__init__()
        self.company = company

    def ids(self) -> list[str]:
        return sorted(self._facts)

    def pending_of(self, account_id: str) -> tuple[Transition, ...]:
        """Without a copy of all there is, which takes its time."""
        standing = self._standings.get(account_id)
        return standing.pending if standing else ()

    def put_facts(self, facts: Facts) -> Facts:
        written = super().put_facts(facts)
        self.company.in_flight.append(("facts", facts.account_id))
        return written

    def put_standing(self, standing: Standing) -> Standing:
        written = super().put_standing(standing)
        if self.company.looks:
            known = self.get(standing.account_id)
            assert known is not None
            self.company.witness.looked_at(standing.account_id, known.facts)
        if standing.pending:
            self.company.in_flight.append(("standing", standing.account_id))
        return written


class WatchedPeople(InMemoryPeople):
    def __init__(self, company: "Company"):
        super().__init__()
        self.company = company

    def put(self, person: Person) -> Person:
        written = super().put(person)
        if self.company.looks:
            self.company.witness.looked_at_person(written)
        return written


class RememberedWork(InMemoryWork):
    """Work that remembers every task as it was at first."""

    def __init__(self) -> None:
        super().__init__()
        self.first: dict[tuple[str, str], Task] = {}

    def known(self) -> list[Task]:
        """Every task, not copied."""
        return [task for _, task in sorted(self._tasks.items())]

    def put_task(self, task: Task) -> bool:
        new = super().put_task(task)
        if new:
            self.first[task.account_id, task.task_id] = task
        return new

    def change_task(self, task: Task) -> Task:
        self.first.setdefault((task.account_id, task.task_id), task)
        return super().change_task(task)


class RememberedDeliveries(InMemoryDeliveries):
    """Deliveries that remember every message as it was at first."""

    def __init__(self) -> None:
        super().__init__()
        self.first: list[Delivery] = []

    def add(self, delivery: Delivery) -> bool:
        new = super().add(delivery)
        self.first += [delivery] if new else []
        return new


class Company:
    """Three accounts with two people each, two success managers, a rota of three, and an owner."""

    def __init__(self, witness: Witness) -> None:
        self.witness, self.fate, self.now = witness, Fate(), NOON
        self.in_flight: list[Message] = []
        self.looks = False
        self.receiver: Receiver = "well"
        self.outside = Counter[str]()
        self.accounts, self.people, self.work = StreamedAccounts(self), WatchedPeople(self), RememberedWork()
        self.deliveries, self.wakes, self.history = (
            RememberedDeliveries(),
            InMemoryWakes(),
            InMemoryHistory(),
        )
        self.control, self.touchpoints, self.team = InMemoryControl(), InMemoryTouchpoints(), InMemoryTeam()
        self.queues = {channel: InMemoryQueue() for channel in Channel}
        self.versions = {"v1": rulebook("v1")}
        self.playbook = self.versions["v1"]
        self.edited: set[str] = set()
        self.launcher = Launcher(
            self._fated(self.accounts),
            self._fated(self.work),
            self._fated(self.deliveries),
            {channel: self._fated(queue) for channel, queue in self.queues.items()},
            render,
            self._fated(self.control),
            self._fated(self.wakes),
            self._fated(self.touchpoints),
            self.team,
            self._fated(self.history),
            self.versions.__getitem__,
            Asking(directory=self._directory),
        )
        for email in (OWNER, *MANAGERS, *ROTA):
            self.join(email)

    @property
    def _directory(self) -> Directory:
        return Directory(self._fated(self.people), InMemoryUserDays(), self._fated(self.wakes))

    def _fated(self, port: object) -> Any:
        return Writes(port, self)  # type: ignore[arg-type]

    # What people and files bring about.

    def join(self, email: str, licence: Licence = Licence.PRACTITIONER) -> None:
        known = self.team.members_of([email]).get(email)
        told = {"Name": email[:3], "Licence": licence.value, "Role": "Rota" if email in ROTA else "CSM"}
        at = Provenance("csv:team", self.now)
        facts = Facts(email, told, at, NOON, "team", "team", revision=known.facts.revision if known else 0)
        self.team.put(Member(facts))

    def leave(self, email: str) -> None:
        for member in self.team.members_of([email]).values():
            self.team.remove(member)

    def apply(self, *, edited: bool, **states: Any) -> None:
        """A new version of the playbook, with plays in other states (`chase=PlayState.RETIRED`), and those
        that are edited doing other things."""
        version = f"v{len(self.versions) + 1}"
        known = {play.id: play.state for play in self.playbook.plays}
        self.playbook = self.versions[version] = rulebook(version, {**known, **states}, edited=edited)
        if edited:
            self.edited.add(version)

    def tell(self, account_id: str, drop: str, **told: Value) -> None:
        """A file tells an account's facts; the stream has seen it, and nobody has looked."""
        values = {name.replace("_", " ").title(): value for name, value in told.items()}
        known = self.accounts.get(account_id)
        if known is None:
            new = account(account_id, known_since=self.now - timedelta(days=1)).facts
            known = Account(replace(new, changed_by=drop, revision=0))
        change = Change(account_id, values, "csv:test", self.now, self.now.date(), drop)
        facts = merge(known.facts, change, self.playbook.catalogue)
        if facts is not None:
            self.accounts.put_facts(facts)

    def tell_of_person(self, account_id: str, user_id: str, drop: str, *, key_contact: bool) -> None:
        known = self.people.people_of(account_id, [user_id]).get(user_id)
        blank = Facts(account_id, {}, Provenance("csv:users", self.now), self.now, drop, drop)
        before = known or Person(user_id, blank)
        values: dict[str, Value] = {"Email": f"{user_id}@harbor.example", "Key Contact": key_contact}
        change = Change(account_id, values, "csv:users", self.now, self.now.date(), drop)
        facts = merge(before.facts, change, self.playbook.user_catalogue)
        if facts is not None:
            self.people.put(replace(before, facts=replace(facts, changed_by=drop)))
        found = self.accounts.get(account_id)
        if found is not None:  # as importing people does, so that the stream comes by
            self.accounts.put_facts(replace(found.facts, changed_by=drop))

    def acts(self, deed: Callable[[], object], fate: Fate | None = None) -> bool:
        """A person's command, which may die and may be refused; whether it was carried out."""
        return self._run(deed, fate)

    # The functions.

    def receive(
        self, places: Sequence[int], fate: Fate | None = None, *, again: bool = False
    ) -> list[Message]:
        """Invoke functions with a batch of what is in flight; who ends badly leaves its messages there, as
        does a batch that comes `again`. What was handled well."""
        batch = [self._taken(place) for place in places[: len(self.in_flight)]]
        done: list[Message] = []

        def handle_all() -> None:
            for message in batch:
                with suppress(TransientFailure):
                    self._handle(message)
                    done.append(message)

        well = self._run(handle_all, fate)
        handled = done if well else []
        self.in_flight += batch if again else [each for each in batch if each not in handled]
        return handled

    def receive_all(self, fate: Fate | None = None) -> None:
        """In the order in which they were sent."""
        self.receive([0] * len(self.in_flight), fate)

    def _taken(self, place: int) -> Message:
        return self.in_flight.pop(place % len(self.in_flight))

    def tick(self, fate: Fate | None = None) -> bool:
        """The minute."""

        def tick() -> None:
            self.witness.ticks()
            deliveries, wakes = self._fated(self.deliveries), self._fated(self.wakes)
            carry_out_due(wakes, self.purposes, self._fated(self.history), self.now, lambda: True)
            wake_due(deliveries, self.launcher.queues, self.now)
            self.witness.ticked()

        return self._run(tick, fate)

    def wake_again(self, wake: Wake, fate: Fate | None = None) -> bool:
        """A wake of before, as if another process had claimed it long ago."""

        def wake_up() -> None:
            self.witness.ticks()
            with suppress(KeepwellError):
                self.purposes[wake.purpose](wake, self.now)

        return self._run(wake_up, fate)

    def sweep(self, fate: Fate | None = None) -> bool:
        def sweep() -> None:
            accounts = self.accounts.ids()
            for account_id in accounts:
                self.witness.launches(account_id)
            overdue = {each for each in accounts if self._is_overdue(each)}
            swept = relaunch_missed(self.accounts, self.launcher, self.playbook, self.now, None)
            failed = {account_id for account_id, _ in swept.problems}
            for account_id in overdue - failed:
                self.witness.launched(account_id)

        return self._run(sweep, fate)

    def _is_overdue(self, account_id: str) -> bool:
        waiting = self.accounts.pending_of(account_id)
        return any(self.now - each.at >= timedelta(minutes=15) for each in waiting)

    @property
    def purposes(self) -> Mapping[Purpose, CarryOut]:
        return purposes(self.launcher, self._fated(self.people), lambda: self.playbook)

    @property
    def book(self) -> TaskBook:
        return TaskBook(self.launcher.work, self.launcher.history)

    @property
    def assigner(self) -> Assigner:
        return self.launcher.assigner(self.playbook)

    @property
    def closer(self) -> Closer:
        return closer(self.launcher, self.playbook)

    @property
    def snoozer(self) -> Snoozer:
        return Snoozer(self.book, self.launcher.wakes)

    @property
    def hand_over(self) -> HandOver:
        ports = self.launcher
        return HandOver(self.book, ports.accounts, ports.team, self.assigner, ports.hands.notices)

    def _run(self, work: Callable[[], object], fate: Fate | None) -> bool:
        """Whether it ended well; what it queued is then in flight, also if it did not."""
        outer, self.fate, self.looks, well = (self.fate, self.looks), fate or Fate(), False, False
        with suppress(Killed, TransientFailure, RejectedInput):
            work()
            well = True
        self.fate, self.looks = outer
        for channel, queue in self.queues.items():
            kind: Kind = "email" if channel is Channel.EMAIL else "webhook"
            self.in_flight += [(kind, message["delivery_id"]) for message in queue.messages]
            queue.messages.clear()
        return well

    def _handle(self, message: Message) -> None:
        kind, about = message
        if kind == "facts":
            self.looks = True
            conclude_by_id(
                about,
                self._fated(self.accounts),
                self._fated(self.history),
                self.playbook,
                self.now,
                directory=self._directory,
            )
            self.looks = False
            found = self.accounts.get(about)
            assert found is not None
            self.witness.looked_at(about, found.facts)
            for person in self.people.people(about):
                self.witness.looked_at_person(person)
        elif kind == "standing":
            self.witness.launches(about)
            self.launcher.launch_pending(about, self.playbook, self.now)
            self.witness.launched(about)
        else:
            self._deliver(about, self.queues[Channel(kind)])

    def _deliver(self, delivery_id: str, queue: InMemoryQueue) -> None:
        trouble, shortly = Trouble(self._fated(self.wakes)), Shortly(self._fated(queue))
        if queue is self.queues[Channel.EMAIL]:
            mails = MailGate(InMemorySuppressions(), trouble, shortly)
            deliver(delivery_id, self._fated(self.deliveries), self._send, self.now, mails)
            return
        posts = PostGate(Endpoints(self._fated(self.control)), trouble, shortly)
        deliver(delivery_id, self._fated(self.deliveries), self._send, self.now, posts)

    def _send(self, delivery: Delivery) -> None:
        """The world outside: it notes the key of what it takes."""
        self.witness.tried(delivery, self.receiver)
        if self.receiver == "down":
            raise TransientFailure("the receiver answered 500")
        if self.receiver == "refusing":
            raise RejectedInput("the receiver answered 400")
        if self.receiver == "gone":
            raise EndpointGone("the receiver answered 410")
        self.fate.call(lambda: self.outside.update([delivery.delivery_id]))
