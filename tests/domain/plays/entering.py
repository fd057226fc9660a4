"""A playbook of one segment and its plays, and accounts that pass in and out: for tests of what a passage
does."""

from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from keepwell.attributes import Value, standard_catalogue
from keepwell.conclude import conclude
from keepwell.criteria import parse
from keepwell.deliveries import Channel, DeliveryState
from keepwell.in_memory import (
    InMemoryAccounts,
    InMemoryControl,
    InMemoryDeliveries,
    InMemoryHistory,
    InMemoryQueue,
    InMemoryTeam,
    InMemoryTouchpoints,
    InMemoryWakes,
    InMemoryWork,
)
from keepwell.playbook import Playbook
from keepwell.plays import Play, PlayState
from keepwell.plays.going_on import GoingOn
from keepwell.plays.launching import Launched, Launcher
from keepwell.plays.play import Deeds, EmailAction, TaskAction, WebhookAction
from keepwell.plays.rendering import render
from keepwell.plays.starting import Starting
from keepwell.segments import Segment
from keepwell.standings import Passage, Standing
from keepwell.tasks import PlayRun, Priority, Task, TaskStatus
from keepwell.tasks.changing import told
from keepwell.wakes import Purpose
from keepwell.waking import Woken, carry_out_due
from tests.story import NOON, account, standard_playbook

QUIET = "quiet"
MAIL = EmailAction(to="lead@example.com", subject="{{ account.name }}", body="{{ transition.because }}")
HOOK = WebhookAction(endpoint="events", event="account.quiet")


def task(title: str, due_in_days: int = 0) -> TaskAction:
    return TaskAction(title, "", "Success Manager", due_in_days, Priority.NORMAL, "Adoption", 1.0)


def tasks(*titles: str) -> Deeds:
    """A step that creates these tasks."""
    return Deeds(tasks=tuple(map(task, titles)))


def mail(subject: str) -> EmailAction:
    return EmailAction("lead@example.com", subject, "Hello")


def play(play_id: str, /, **fields: Any) -> Play:
    """A live play on entry of the segment `quiet`."""
    told = {"name": play_id, "state": PlayState.LIVE, "segment": QUIET, "owner": "lead@example.com"}
    return Play(play_id, **{**told, **fields})


def alone(play_id: str, /, **fields: Any) -> Play:
    """A play that nothing but another one triggers."""
    return play(play_id, segment="", **fields)


def on_exit(play_id: str, /, **fields: Any) -> Play:
    return play(play_id, passage=Passage.EXITED, **fields)


def playbook(*plays: Play, segments: Mapping[str, str] | None = None) -> Playbook:
    """The segment `quiet` (Active Users below 10), further ones by id and criteria, and these plays."""
    criteria = {QUIET: "Active Users < 10", **(segments or {})}
    found = tuple(
        Segment(id=name, name=name.capitalize(), criteria=parse(text, standard_catalogue()))
        for name, text in criteria.items()
    )
    return replace(standard_playbook(), segments=found, plays=plays)


class Town:
    """Stores, queues, and a clock that a test moves."""

    def __init__(self, *plays: Play, segments: Mapping[str, str] | None = None):
        self.accounts, self.work = InMemoryAccounts(), InMemoryWork()
        self.deliveries, self.control = InMemoryDeliveries(), InMemoryControl()
        self.history = InMemoryHistory()
        self.queues = {channel: InMemoryQueue() for channel in Channel}
        self.playbook = playbook(*plays, segments=segments)
        self.now = NOON
        self.wakes, self.touchpoints = InMemoryWakes(), InMemoryTouchpoints()
        self.team = InMemoryTeam()
        self.launcher = Launcher(
            self.accounts,
            self.work,
            self.deliveries,
            self.queues,
            render,
            self.control,
            self.wakes,
            self.touchpoints,
            self.team,
            self.history,
            lambda version: self.older.get(version, self.playbook),
        )
        self.older: dict[str, Playbook] = {}
        self.going_on = GoingOn(self.launcher, lambda: self.playbook)

    def tell(self, account_id: str = "A-1", drop: str = "drop-1", **values: Value | None) -> None:
        """A file tells these values; the account is evaluated, not launched."""
        self.now += timedelta(minutes=1)
        known = self.accounts.get(account_id)
        facts = account(account_id, known_since=self.now, **values).facts
        revision = known.facts.revision if known else 0
        self.accounts.put_facts(replace(facts, changed_by=drop, revision=revision))
        self.evaluate(account_id)

    def apply(self, *plays: Play, segments: Mapping[str, str] | None = None) -> None:
        """Another playbook comes into force: these plays, and the same segments unless told."""
        self.older[self.playbook.version] = self.playbook
        found = playbook(segments=segments).segments if segments is not None else self.playbook.segments
        version = f"v{len(self.older) + 1}"
        self.playbook = replace(self.playbook, version=version, segments=found, plays=plays)

    def evaluate(self, account_id: str = "A-1") -> None:
        conclude(self.known(account_id), self.accounts, self.history, self.playbook, self.now)

    def known(self, account_id: str = "A-1") -> Any:
        found = self.accounts.get(account_id)
        assert found is not None
        return found

    def standing(self, account_id: str = "A-1") -> Standing:
        standing = self.known(account_id).standing
        assert isinstance(standing, Standing)
        return standing

    def launch(self, account_id: str = "A-1", now: datetime | None = None) -> Launched:
        self.now += timedelta(seconds=1)
        return self.launcher.launch_pending(account_id, self.playbook, now or self.now)

    def enters(self, account_id: str = "A-1", drop: str = "drop-1") -> Launched:
        self.tell(account_id, drop, active_users=5)
        return self.launch(account_id)

    def leaves(self, account_id: str = "A-1", drop: str = "drop-2") -> Launched:
        self.tell(account_id, drop, active_users=50)
        return self.launch(account_id)

    def passes(self, **time: int) -> Woken:
        """So much time passes, and the minute tick finds what is due."""
        self.now += timedelta(**time)
        return self.tick()

    def tick(self) -> Woken:
        purposes = {
            Purpose.STEP: self.going_on.carry_out,
            Purpose.START: Starting(self.launcher, lambda: self.playbook).carry_out,
            Purpose.SUMMARY: lambda wake, now: self.launcher.hands.notices.carry_out(
                wake, now, self.playbook.manners
            ),
        }
        return carry_out_due(self.wakes, purposes, self.history, self.now, lambda: True)

    def closes(self, title: str, account_id: str = "A-1") -> None:
        """A person is done with what is called so."""
        [task] = [task for task in self.work.tasks(account_id) if task.title == title and task.is_open]
        done = {"Status": TaskStatus.COMPLETED.value, "Closed At": self.now.isoformat()}
        self.work.change_task(told(task, "ann@example.com", self.now, done))

    def titles(self, account_id: str = "A-1") -> list[str]:
        """What the tasks of an account are called, in the order in which they were made."""
        tasks = sorted(self.work.tasks(account_id), key=lambda task: (task.created_at, task.title))
        return [task.title for task in tasks]

    def task(self, title: str, account_id: str = "A-1") -> Task:
        [found] = [task for task in self.work.tasks(account_id) if task.title == title]
        return found

    def sent(self) -> list[str]:
        """The subjects of the messages that are open."""
        return sorted(each.subject for each in self.deliveries.all() if each.open)

    def delivers(self) -> None:
        """The messages that are open are sent."""
        for each in [each for each in self.deliveries.all() if each.open]:
            self.deliveries.put(replace(each, state=DeliveryState.SENT))

    def run(self, play_id: str, account_id: str = "A-1", passage: str = "entered/1") -> PlayRun:
        way, sequence = passage.split("/")
        run_id = f"{play_id}/{QUIET}/{sequence}/{way}"
        found = self.work.run(account_id, run_id) or self.work.run(account_id, f"{run_id}/shadow")
        assert found is not None, f"{play_id} has no run"
        return found

    def tags(self, account_id: str = "A-1") -> tuple[str, ...]:
        return tuple(self.known(account_id).facts.values.get("Tags", ()))


def launched(came: Launched) -> list[str]:
    return [launch.run.play for launch in came.launches]


def problems(runs: Iterable[PlayRun]) -> list[str]:
    return [problem for run in runs for problem in run.problems]
