"""A company that runs the plays that ship: files come in, days and nights pass, people close tasks.

Everything is decided by the code that decides in the cloud, on stores in memory and with a clock that a test
moves.
"""

import csv
import io
from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory

from keepwell.deliveries import Channel, Delivery
from keepwell.in_memory import FixedClock
from keepwell.playbook import Playbook, read_bundle
from keepwell.playbook.compiling import compile_playbook
from keepwell.playbook.loading import shipped_blocs
from keepwell.plays import PlayState
from keepwell.plays.braking import Decision, Held
from keepwell.purposes import closer
from keepwell.sweeping import find_held
from keepwell.tasks import Contact, Task
from keepwell_cli.rehearsal import Rehearsal

BLOCS = shipped_blocs()
ANN, LEE, OWNER = "ann@acme.example", "lee@acme.example", "success@acme.example"
MONDAY = datetime(2026, 11, 2, 9, tzinfo=UTC)
ACORN = {
    "account_name": "Acorn",
    "status": "Paying",
    "customer_tier": "Core",
    "create_date": date(2025, 3, 1),
    "contract_value": 60_000,
    "nps": 10,
    "csm_sentiment": 4,
    "success_manager": ANN,
}


def switched_on(folder: Path, plays: Iterable[str]) -> Playbook:
    """The playbook of a company that has all blocs, and says that these plays of them are live."""
    blocs = ", ".join(sorted(path.parent.name for path in BLOCS.glob("*/bloc.yaml")))
    live = ", ".join(f"{play}: live" for play in plays)
    text = f"owner: {OWNER}\nblocs: [{blocs}]\nplays: {{{live}}}\n"
    (folder / "keepwell.yaml").write_text(text, "utf-8")
    return read_bundle(compile_playbook(folder, BLOCS))


@cache
def everything_on() -> Playbook:
    with TemporaryDirectory() as folder:
        return switched_on(Path(folder), (play.stem for play in BLOCS.glob("*/plays/*.yaml")))


def only_on(*names: str) -> Playbook:
    """The same with these plays alone, as people switch them on one at a time (PLY-14)."""
    playbook = everything_on()
    states = {True: PlayState.LIVE, False: PlayState.DRAFT}
    plays = (replace(play, state=states[play.id in names]) for play in playbook.plays)
    return replace(playbook, plays=tuple(plays))


class Company:
    """Ann looks after Acorn and Lee leads her. It is nine o'clock on MONDAY; `plays` are live."""

    def __init__(self, *plays: str, **acorn: object) -> None:
        self.now = MONDAY
        self._cloud = Rehearsal(only_on(*plays), FixedClock(self.now))
        self.file("team", {"Email": ANN, "Name": "Ann", "Manager": LEE}, {"Email": LEE, "Name": "Lee"})
        self._told = named({**ACORN, **acorn})
        self.file("accounts", {"Account ID": "acorn", **self._told})

    @property
    def today(self) -> date:
        return self.now.date()

    def file(self, about: str, *rows: Mapping[str, object]) -> None:
        """A file comes in, is imported and takes effect."""
        text = io.StringIO()
        writer = csv.DictWriter(text, list(rows[0]), restval="")
        writer.writeheader()
        writer.writerows(rows)
        report = self._cloud.drop(f"{self.now:%H%M%S%f}.csv", text.getvalue().encode(), object_name=about)
        assert (report["status"], report["rejected"]) == ("done", 0), report
        self._cloud.settle()

    def tells(self, **acorn: object) -> None:
        """A file tells this of Acorn."""
        self.pass_by(minutes=1)
        self._told = named(acorn)
        self.file("accounts", {"Account ID": "acorn", **self._told})

    def repeats_itself(self) -> None:
        """The newest file of Acorn comes in once more, and so does the night."""
        self.file("accounts", {"Account ID": "acorn", **self._told})
        self.night()
        self.night()

    def pass_by(self, **time: float) -> None:
        """Time passes, without a night; what is due by then is carried out."""
        self.now += timedelta(**time)
        self._cloud.clock = FixedClock(self.now)
        woken = self._cloud.tick()
        assert [*woken.failed, *woken.given_up] == []

    def days(self, number: int) -> None:
        """So many days pass, each with its night."""
        for _ in range(number):
            self.pass_by(days=1)
            self.night()

    def night(self) -> None:
        self._cloud.night()

    def closes(self, task: Task, *, after: str) -> None:
        """The assignee closes a task after a contact of this type with the customer."""
        contact = Contact(after, "We spoke", "", self.today)
        closing = closer(self._cloud.launcher, self._cloud.playbook)
        closing.close(task, "Done", task.assignee, self.now, self._cloud.playbook, contact)
        self._cloud.settle()

    @property
    def held(self) -> list[Held]:
        """What waits for a person to decide."""
        cloud = self._cloud
        return list(find_held(cloud.accounts, cloud.people, cloud.launcher, cloud.playbook, self.now))

    def releases(self, held: Iterable[Held]) -> None:
        """Ann lets it go."""
        for each in held:
            self._cloud.launcher.brake.decide(each.play, each.cause, Decision.RELEASED, ANN)
            self._cloud.launcher.launch_pending(each.account_id, self._cloud.playbook, self.now)

    @property
    def tasks(self) -> list[Task]:
        """Acorn's tasks in the order of their making."""
        return self.tasks_of("acorn")

    def tasks_of(self, account_id: str) -> list[Task]:
        return sorted(self._cloud.work.tasks(account_id), key=lambda task: (task.created_at, task.title))

    @property
    def asked(self) -> list[tuple[str, str]]:
        """Who is asked for what."""
        return [(task.assignee, task.title) for task in self.tasks]

    @property
    def mails(self) -> list[tuple[str, str]]:
        """To whom, and about what."""
        mails = (each for each in self._cloud.deliveries.all() if each.channel is Channel.EMAIL)
        return [(mail.to, mail.subject) for mail in mails]

    @property
    def sent(self) -> list[tuple[str, str]]:
        """Mails but for notices of tasks."""
        return [mail for mail in self.mails if not mail[1].startswith(("New task", "Back on"))]

    @property
    def fired(self) -> list[str]:
        """The plays that were launched, and found something to do."""
        return [run.play for run in self._cloud.work.runs() if run.fired]

    def value(self, name: str) -> object:
        found = self._cloud.accounts.get("acorn")
        assert found
        return found.facts.values.get(name)

    def is_in(self, segment: str) -> bool:
        found = self._cloud.accounts.get("acorn")
        assert found
        assert found.standing
        return segment in found.standing.memberships and found.standing.memberships[segment].inside

    @property
    def ledger(self) -> tuple[list[str], list[Delivery]]:
        """All that the plays have brought about."""
        return [task.task_id for task in self.tasks], sorted(
            self._cloud.deliveries.all(), key=lambda each: each.delivery_id
        )


def named(values: dict[str, object]) -> dict[str, object]:
    """`open_ticket_count` as a file calls it."""
    return {name.replace("_", " "): value for name, value in values.items()}
