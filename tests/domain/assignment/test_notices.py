"""How members hear of new tasks (product TSK-10)."""

import re
from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

import pytest

from keepwell.accounts import Provenance
from keepwell.assignment.notice_mails import MOST_NAMED
from keepwell.assignment.notices import MOST_TOLD, QUARTER, Notices
from keepwell.assignment.rules import TaskMail
from keepwell.attributes import Value
from keepwell.deliveries import Channel, Delivery
from keepwell.errors import Conflict
from keepwell.in_memory import (
    InMemoryAccounts,
    InMemoryControl,
    InMemoryDeliveries,
    InMemoryHistory,
    InMemoryQueue,
    InMemoryTeam,
    InMemoryWakes,
    InMemoryWork,
)
from keepwell.noise.digests import LONGEST_SUBJECT
from keepwell.noise.manners import Manners
from keepwell.tasks import Task
from keepwell.tasks.changing import told
from keepwell.team import Member
from keepwell.wakes import Purpose, Wake
from keepwell.waking import carry_out_due
from keepwell.working_time import Calendar
from keepwell_aws.tables import LARGEST_DOCUMENT
from tests.domain.assignment.teams import facts, member, task
from tests.story import NOON

ANN, BO = "ann@example.com", "bo@example.com"


class Unsettled(InMemoryWakes):
    """While it is not `settling`, who has told of something dies before that is noted."""

    settling = True

    def put(self, wake: Wake) -> Wake:
        if not self.settling and "told" in wake.content:
            raise Conflict("it ended here")
        return super().put(wake)


class Office:
    """A team, tasks, and a clock that a test moves: it is noon."""

    manners = Manners()

    def __init__(self, **members: str):
        """Each member with the wish that the team's file tells, which may be empty."""
        self.work, self.team, self.deliveries = InMemoryWork(), InMemoryTeam(), InMemoryDeliveries()
        self.accounts, self.wakes, self.history = InMemoryAccounts(), Unsettled(), InMemoryHistory()
        self.queue, self.control = InMemoryQueue(), InMemoryControl()
        self.now = NOON
        for name, wish in members.items():
            self.team.put(member(name, **({"Task Mail": wish} if wish else {})))
        self.accounts.put_facts(replace(facts("A-1", Account_Name="Harbor Labs"), revision=0))

    @property
    def notices(self) -> Notices:
        queues = {Channel.EMAIL: self.queue}
        stores = (self.accounts, self.work, self.team, self.deliveries)
        return Notices(*stores, queues, self.wakes, self.control)

    def new(self, task_id: str, assignee: str, usual: TaskMail = TaskMail.EACH, **more: Any) -> Task:
        """A task that is stored and told of now."""
        by, together = more.pop("by", ""), more.pop("together", False)
        made = task(task_id, assignee, **more)
        at = Provenance("play:call", self.now)
        made = replace(made, facts=replace(made.facts, provenance=at, created_at=self.now))
        self.work.put_task(made)
        self.notices.tell(made, Manners(usual), self.now, by=by, together=together)
        return made

    def late(self, task_id: str, assignee: str) -> None:
        """A task that became the member's at noon, and is told of only now."""
        made = task(task_id, assignee)
        made = replace(made, facts=replace(made.facts, provenance=_at(NOON)))
        self.work.put_task(made)
        self.notices.tell(made, Manners(TaskMail.EACH), self.now)

    def tells_of(self, name: str, **values: Value) -> None:
        """The team's file tells more of a member."""
        email = f"{name}@example.com"
        known = self.team.members_of([email])[email].facts
        told = {key.replace("_", " "): value for key, value in values.items()}
        self.team.put(Member(replace(known, values={**known.values, **told})))

    def leaves(self, name: str) -> None:
        self.tells_of(name, Active=False)

    def tick(self, **time: int) -> None:
        """So much time passes, and the minute tick finds what is due."""
        self.now += timedelta(**time)
        purposes = {Purpose.SUMMARY: lambda wake, now: self.notices.carry_out(wake, now, self.manners)}
        woken = carry_out_due(self.wakes, purposes, self.history, self.now, lambda: True)
        assert woken.failed == [] or not self.wakes.settling

    @property
    def mails(self) -> list[tuple[str, str]]:
        return [(mail.to, mail.subject) for mail in self.sent]

    @property
    def sent(self) -> list[Delivery]:
        queued = [message["delivery_id"] for message in self.queue.messages]
        assert len(queued) == len(set(queued)) == len(self.deliveries.all())
        return [mail for each in queued if (mail := self.deliveries.get(each))]


def test_a_mail_for_each_new_task() -> None:
    office = Office(ann="each")
    told = office.new("t-1", "ann", effort=1.5, Title="Call", Priority="High", Due_Date=date(2026, 12, 1))
    assert told.assignee == ANN
    [mail] = office.sent
    assert (mail.to, mail.subject, mail.account_id, mail.channel) == (
        ANN,
        "New task: Call",
        "A-1",
        Channel.EMAIL,
    )
    assert mail.body.splitlines() == [
        "Call",
        "",
        "Account: Harbor Labs (A-1)",
        "Due: 2026-12-01",
        "Priority: High",
        "Effort: 1.5 h",
        "",
        "All of it: keepwell task show t-1",
        "Task: t-1",
    ]


def test_the_mail_says_why_the_task_is_there_and_whose_it_is() -> None:
    office = Office(ann="")
    made = task("t-1", "ann", Description="Ask for the goals.")
    made = replace(made, reason="Health = Poor", why_assigned="pool:all, next of 2")
    office.work.put_task(made)
    office.notices.tell(made, Manners(TaskMail.EACH), NOON)
    [mail] = office.sent
    for line in (
        "Due: on no day",
        "Why it is there: Health = Poor",
        "Why it is yours: pool:all, next of 2",
        "Ask for the goals.",
    ):
        assert line in mail.body.splitlines()


@pytest.mark.parametrize("usual", TaskMail)
def test_the_member_decides_and_else_the_playbook(usual: TaskMail) -> None:
    office = Office(ann="each", bo="none", cleo="", dan="summary")
    for name in ("ann", "bo", "cleo", "dan"):
        office.new(f"t-{name}", name, usual=usual)
    at_once = [ANN, *(["cleo@example.com"] if usual is TaskMail.EACH else [])]
    assert [to for to, _ in office.mails] == at_once
    office.tick(minutes=15)
    later = [*(["cleo@example.com"] if usual is TaskMail.SUMMARY else []), "dan@example.com"]
    assert sorted(to for to, _ in office.mails[len(at_once) :]) == later


def test_who_is_not_of_the_team_is_not_written_to() -> None:
    office = Office(ann="each")
    office.new("t-1", "stranger")
    office.tick(minutes=15)
    assert office.mails == []


@pytest.mark.parametrize("wish", ["each", "summary"])
def test_nobody_is_told_of_what_they_gave_themselves(wish: str) -> None:
    office = Office(ann=wish)
    office.new("t-1", "ann", by="Ann@Example.com")
    office.tick(minutes=15)
    assert office.mails == []


def test_telling_it_again_sends_nothing_more() -> None:
    """A launch that is repeated."""
    office = Office(ann="each", bo="summary")
    for made in (office.new("t-1", "ann"), office.new("t-2", "bo")):
        office.now += timedelta(minutes=1)
        office.notices.tell(made, Manners(TaskMail.EACH), office.now)
    office.tick(minutes=15)
    assert office.mails == [(ANN, "New task: t-1"), (BO, "New task: t-2")]


def test_a_task_that_comes_back_is_told_again() -> None:
    """From Ann to Bo and back is three mails."""
    office = Office(ann="each", bo="each")
    office.new("t-1", "ann")
    for to in (BO, ANN):
        office.now += timedelta(hours=1)
        stored = office.work.tasks_of("A-1", ["t-1"])["t-1"]
        given = office.work.change_task(told(stored, "zoe", office.now, {"Assignee": to}))
        office.notices.tell(given, Manners(TaskMail.EACH), office.now, by="zoe")
    assert [to for to, _ in office.mails] == [ANN, BO, ANN]


def test_a_summary_of_a_quarter_of_an_hour() -> None:
    """At 12:04, 12:10 and 12:14 of one, at 12:15 of the next; the most urgent comes first."""
    office = Office(ann="summary")
    for minutes, task_id, priority in ((4, "low", "Low"), (6, "high", "High"), (4, "normal", "Normal")):
        office.tick(minutes=minutes)
        office.new(task_id, "ann", Priority=priority)
    assert office.mails == []
    office.tick(minutes=1)
    assert office.mails == [(ANN, "3 new tasks")]
    office.new("next", "ann")
    assert re.findall(r"^- (\w+)$", office.sent[0].body, re.MULTILINE) == ["high", "normal", "low"]
    assert "  Harbor Labs (A-1), due on no day, High, high" in office.sent[0].body
    assert f"keepwell tasks --mine {ANN}" in office.sent[0].body
    office.tick(minutes=14)
    assert len(office.mails) == 1
    office.tick(minutes=1)
    assert office.mails[1:] == [(ANN, "New task: next")]
    office.tick(hours=10)
    assert len(office.mails) == 2


def test_each_member_has_a_summary_of_their_own() -> None:
    office = Office(ann="summary", bo="summary")
    office.new("t-1", "ann")
    office.new("t-2", "bo")
    office.tick(minutes=15)
    assert sorted(office.mails) == [(ANN, "New task: t-1"), (BO, "New task: t-2")]


def test_what_is_closed_or_given_away_by_then_is_not_told() -> None:
    office = Office(ann="summary")
    for task_id in ("stays", "closed", "given"):
        office.new(task_id, "ann")
    for task_id, values in (("closed", {"Status": "Completed"}), ("given", {"Assignee": BO})):
        stored = office.work.tasks_of("A-1", [task_id])[task_id]
        office.work.change_task(told(stored, "zoe", office.now, values))
    office.tick(minutes=15)
    [mail] = office.sent
    assert re.findall(r"^- (\w+)$", mail.body, re.MULTILINE) == ["stays"]


def test_a_summary_of_nothing_is_not_sent() -> None:
    office = Office(ann="summary")
    office.new("t-1", "ann")
    stored = office.work.tasks_of("A-1", ["t-1"])["t-1"]
    office.work.change_task(told(stored, "zoe", office.now, {"Status": "Completed"}))
    office.tick(minutes=15)
    assert office.mails == []


def test_a_summary_that_is_repeated_is_one_mail() -> None:
    """Killed after the mail was stored, a task was closed and another one came before it came again."""
    office = Office(ann="summary")
    for task_id in ("t-1", "t-2"):
        office.new(task_id, "ann")
    office.now += QUARTER
    office.wakes.settling = False
    office.tick()
    stored = office.work.tasks_of("A-1", ["t-1"])["t-1"]
    office.work.change_task(told(stored, "zoe", office.now, {"Status": "Completed"}))
    office.late("t-3", "ann")
    office.wakes.settling = True
    office.tick(minutes=1)
    assert office.mails == [(ANN, "2 new tasks")]
    office.tick(minutes=15)
    assert office.mails == [(ANN, "2 new tasks"), (ANN, "New task: t-3")]


def test_a_launch_that_is_repeated_after_the_summary_tells_of_nothing_twice() -> None:
    office = Office(ann="summary")
    first = office.new("t-1", "ann")
    office.tick(minutes=15)
    office.notices.tell(first, Manners(), office.now)
    office.late("t-2", "ann")
    office.tick(minutes=15)
    assert office.mails == [(ANN, "New task: t-1"), (ANN, "New task: t-2")]
    office.tick(days=3)
    assert office.wakes.all() == []


@pytest.mark.parametrize("wish", ["each", "summary"])
def test_who_has_left_is_told_of_nothing(wish: str) -> None:
    """TSK-09: neither that a task is theirs, nor that it is back."""
    office = Office(ann=wish)
    office.leaves("ann")
    sleeps = office.new("t-1", "ann", Snoozed_Until=NOON.date())
    office.notices.tell_back(sleeps, Manners(), office.now)
    office.tick(minutes=15)
    assert (office.mails, office.wakes.all()) == ([], [])


def test_who_leaves_before_the_summary_is_not_sent_it() -> None:
    office = Office(ann="summary")
    office.new("t-1", "ann")
    office.leaves("ann")
    office.tick(minutes=15)
    assert office.mails == []


def test_a_summary_that_comes_late_at_night_waits_for_the_morning() -> None:
    """As after hours in which nothing could be carried out (D6)."""
    office = Office(ann="summary")
    office.now += timedelta(days=2)  # a Monday
    office.manners = Manners(calendar=Calendar(quiet_from=time(19), quiet_to=time(8)))
    office.new("t-1", "ann")
    office.tick(hours=15)
    assert office.mails == []
    office.tick(hours=4, minutes=59)
    assert office.mails == []
    office.tick(minutes=1)
    assert office.mails == [(ANN, "New task: t-1")]


@pytest.mark.parametrize(
    ("zone", "expected"),
    [("Asia/Tokyo", ["late", "urgent"]), ("America/Los_Angeles", ["urgent", "late"])],
)
def test_what_is_overdue_is_so_by_the_members_day(zone: str, expected: list[str]) -> None:
    """At 15:30 UTC the next day has begun in Tokyo: what is due on the 21st is overdue there."""
    office = Office(ann="summary")
    office.tells_of("ann", Timezone=zone)
    office.now = datetime(2026, 11, 21, 15, 29, tzinfo=UTC)
    office.new("late", "ann", Due_Date=date(2026, 11, 21), Priority="Low")
    office.new("urgent", "ann", Due_Date=date(2026, 11, 22 if "Tokyo" in zone else 21), Priority="High")
    office.tick(minutes=1)
    [mail] = office.sent
    assert re.findall(r"^- (\w+)$", mail.body, re.MULTILINE) == expected


def test_a_task_that_comes_late_for_its_summary_has_one_of_its_own() -> None:
    office = Office(ann="summary")
    office.new("t-1", "ann")
    office.tick(minutes=16)
    office.late("t-2", "ann")
    office.tick(minutes=1)
    assert [subject for _, subject in office.mails] == ["New task: t-1", "New task: t-2"]


def test_many_tasks_at_once_are_one_mail_also_for_who_wants_each() -> None:
    """As where a role has changed hands."""
    office = Office(ann="each", bo="none")
    for number in range(3):
        office.new(f"t-{number}", "ann", together=True)
        office.new(f"u-{number}", "bo", together=True)
    assert office.mails == []
    office.tick(minutes=15)
    assert office.mails == [(ANN, "3 new tasks")]


def test_of_more_tasks_than_one_summary_is_of_there_is_another() -> None:
    office = Office(ann="summary")
    for number in range(MOST_TOLD + 5):
        office.new(f"t-{number:04}", "ann")
    office.tick(minutes=15)
    assert sorted(subject for _, subject in office.mails) == ["5 new tasks", f"{MOST_TOLD} new tasks"]


def test_a_summary_of_many_long_tasks_names_the_first_and_fits_into_a_row() -> None:
    """R1: nothing is lost to a limit of the store."""
    office, wave = Office(ann="summary"), "\N{WAVING HAND SIGN}"
    long = facts("A-1", Account_Name=wave * 9_000)
    office.accounts.put_facts(replace(long, revision=1))
    for number in range(MOST_NAMED + 37):
        office.new(f"t-{number:04}", "ann", Title=f"{number:04} {wave * 9_000}")
    office.tick(minutes=15)
    [mail] = office.sent
    assert len(mail.body.encode()) < LARGEST_DOCUMENT
    assert f"- 0099 {wave * (LONGEST_SUBJECT - 6)}…" in mail.body.splitlines()
    assert mail.body.endswith(f"\nand 37 more\n\nAll that you have to do: keepwell tasks --mine {ANN}\n")


class Busy(Unsettled):
    """Others put a task on the same summary first, so many times."""

    def __init__(self, times: int):
        super().__init__()
        self.times = times

    def put(self, wake: Wake) -> Wake:
        if self.times:
            self.times -= 1
            stored = self.get(wake.wake_id)
            assert stored is not None
            others = [*stored.content["tasks"], ["A-1", f"other-{self.times}"]]
            super().put(replace(stored, content={**stored.content, "tasks": others}))
        return super().put(wake)


@pytest.mark.parametrize(("times", "fails"), [(5, False), (100, True)])
def test_tasks_of_the_same_moment_are_all_on_the_summary(times: int, fails: bool) -> None:
    office = Office(ann="summary")
    office.wakes = Busy(times)
    office.new("t-1", "ann")
    if fails:
        with pytest.raises(Conflict):
            office.new("t-2", "ann")
        return
    office.new("t-2", "ann")
    [wake] = list(office.wakes.due(NOON + timedelta(hours=1)))
    assert [task_id for _, task_id in wake.content["tasks"]] == [
        "t-1",
        *(f"other-{n}" for n in reversed(range(times))),
        "t-2",
    ]


def _at(moment: datetime) -> Provenance:
    return Provenance("play:call", moment.astimezone(UTC))
