"""Plays about people at the customer: they answer passages of segments of users (USR, PLY-01)."""

from dataclasses import replace
from datetime import date, timedelta

import pytest

from keepwell.accounts import Change, merge
from keepwell.attributes import Value
from keepwell.attributes.people import standard_user_catalogue
from keepwell.conclude import conclude
from keepwell.criteria import parse
from keepwell.directory import Directory
from keepwell.errors import RejectedInput
from keepwell.in_memory import InMemoryPeople, InMemoryUserDays
from keepwell.passages import passage_of, passage_wake
from keepwell.people import Person
from keepwell.plays import Play, PlayState
from keepwell.plays.asking import Asking
from keepwell.plays.braking import Decision
from keepwell.plays.going_on import GoingOn
from keepwell.plays.of_people import OfPeople
from keepwell.plays.play import Deeds, TaskAction
from keepwell.plays.starting import Starting, run_id_of, start_wake, startable
from keepwell.plays.steps import Branch, Wait
from keepwell.plays.tracing import Trace, trace
from keepwell.segments import UserSegment
from keepwell.segments.segment import NO_TAGS
from keepwell.standings import Passage
from keepwell.tasks import PlayRun, Priority, RunState
from keepwell.wakes import Purpose
from keepwell.waking import Woken, carry_out_due
from tests.domain.plays.entering import Town, alone, mail, play, tasks
from tests.story import TODAY, account

KEY_CONTACTS = UserSegment(
    id="key-contacts",
    name="Key Contacts",
    criteria=parse("Key Contact = yes", standard_user_catalogue()),
    on_entry=NO_TAGS,
    on_exit=NO_TAGS,
)
WELCOME = TaskAction(
    "Welcome {{ user.name }} of {{ account.name }}",
    "{{ user.email }}: {{ transition.because }}",
    "Success Manager",
    1,
    Priority.NORMAL,
    "Onboarding",
    0.5,
)


def welcome(**fields: object) -> Play:
    return play("welcome", **{"segment": "key-contacts", "tasks": (WELCOME,), **fields})


class House(Town):
    """A town in which accounts have people."""

    def __init__(self, *plays: Play):
        super().__init__(*plays)
        self.playbook = replace(self.playbook, user_segments=(KEY_CONTACTS,))
        self.people = InMemoryPeople()
        self.directory = Directory(self.people, InMemoryUserDays(), self.wakes)
        self.launcher = replace(self.launcher, asking=Asking(directory=self.directory))
        self.going_on = GoingOn(self.launcher, lambda: self.playbook)
        of_people = OfPeople(self.launcher, self.people, lambda: self.playbook)
        self.of_people = of_people
        self.starting = Starting(self.launcher, lambda: self.playbook, of_people)
        self.tell()

    def person(self, user_id: str, account_id: str = "A-1", drop: str = "drop-1", **told: Value) -> None:
        """A file tells of a person, and the account is evaluated."""
        self.now += timedelta(minutes=1)
        values = {name.replace("_", " ").title(): value for name, value in told.items()}
        known = self.people.people_of(account_id, [user_id]).get(user_id)
        blank = replace(account(account_id).facts, values={}, revision=0)
        before = known or Person(user_id, blank)
        day = self.now.date()
        change = Change(account_id, values, "csv:users", self.now, day, drop)
        facts = merge(before.facts, change, standard_user_catalogue())
        if facts is not None:
            self.people.put(replace(before, facts=facts))
        self.tell(account_id, drop)

    def evaluate(self, account_id: str = "A-1") -> None:
        conclude(
            self.known(account_id),
            self.accounts,
            self.history,
            self.playbook,
            self.now,
            directory=getattr(self, "directory", None),
        )

    def tick(self) -> Woken:
        self.now += timedelta(seconds=1)
        purposes = {Purpose.START: self.starting.carry_out, Purpose.STEP: self.going_on.carry_out}
        return carry_out_due(self.wakes, purposes, self.history, self.now, lambda: True)


def test_a_person_who_enters_gives_a_task_that_tells_of_the_person() -> None:
    house = House(welcome())
    house.person("ann", first_name="Ann", last_name="Ames", email="ann@harbor.example", key_contact=True)
    assert house.titles() == []
    house.tick()
    [task] = house.work.tasks("A-1")
    assert task.title == "Welcome Ann Ames of Harbor Labs"
    assert task.description == "ann@harbor.example: Key Contact = yes"
    [run] = house.work.runs("A-1")
    assert run.run_id == "welcome/key-contacts/ann/1/entered"
    house.tick()
    assert len(house.titles()) == 1


def test_each_person_is_a_passage_of_its_own() -> None:
    house = House(welcome())
    house.person("ann", key_contact=True)
    house.person("bo", key_contact=True)
    house.person("cy", key_contact=False)
    house.tick()
    assert house.titles() == ["Welcome ann of Harbor Labs", "Welcome bo of Harbor Labs"]


def test_who_left_again_before_gives_nothing() -> None:
    """T3."""
    house = House(welcome())
    house.person("ann", key_contact=True)
    house.person("ann", key_contact=False)
    house.tick()
    assert house.titles() == []
    assert not house.wakes.all()


def test_who_leaves_takes_back_what_was_not_sent_and_may_enter_anew() -> None:
    """T3."""
    house = House(welcome(tasks=(), emails=(mail("{{ user.name }} is there"),)))
    house.person("ann", key_contact=True)
    house.tick()
    assert house.sent() == ["ann is there"]
    house.person("ann", key_contact=False)
    house.tick()
    assert house.sent() == []
    house.person("ann", key_contact=True)
    house.tick()
    assert house.sent() == ["ann is there"]


def test_a_play_on_exit_answers_who_leaves() -> None:
    house = House(welcome(passage=Passage.EXITED))
    house.person("ann", key_contact=True)
    house.tick()
    assert house.titles() == []
    house.person("ann", key_contact=False)
    house.tick()
    assert house.titles() == ["Welcome ann of Harbor Labs"]


@pytest.mark.parametrize("state", [PlayState.SHADOW, PlayState.DRAFT])
def test_a_shadow_notes_and_a_draft_does_nothing(state: PlayState) -> None:
    house = House(welcome(state=state))
    house.person("ann", key_contact=True)
    house.tick()
    assert house.titles() == []
    assert [run.shadow for run in house.work.runs("A-1")] == ([True] if state is PlayState.SHADOW else [])


def test_a_wake_that_comes_before_the_person_is_stored_waits_for_it() -> None:
    """The evaluation ended between the two; the next look stores the person, and tells of it again."""
    house = House(welcome())
    put = house.people.put
    house.person("ann", key_contact=False)
    stored = house.people.people_of("A-1", ["ann"])["ann"]
    house.people.put = lambda person: _dies(person) if person.memberships else put(person)  # type: ignore[method-assign]
    with pytest.raises(KeyboardInterrupt):
        house.person("ann", key_contact=True)
    house.people.put = put  # type: ignore[method-assign]
    assert stored.memberships == {}
    assert house.tick().failed
    house.evaluate()
    house.passes(hours=1)
    assert house.titles() == ["Welcome ann of Harbor Labs"]


def _dies(_person: Person) -> Person:
    raise KeyboardInterrupt


def test_the_brake_holds_a_play_about_too_many_people_until_a_person_decides() -> None:
    house = House(welcome(limit=2))
    for number in range(5):
        house.person(f"u-{number}", key_contact=True)
    house.tick()
    assert len(house.titles()) == 2
    held = list(house.of_people.held(house.now))
    assert [(each.play, each.cause) for each in held] == [("welcome", "drop-1")] * 3
    house.passes(minutes=11)
    assert len(house.titles()) == 2
    house.launcher.brake.decide("welcome", "drop-1", Decision.RELEASED, "ann")
    house.passes(minutes=11)
    assert len(house.titles()) == 5
    assert not list(house.of_people.held(house.now))
    assert not house.wakes.all()


def test_a_passage_comes_back_from_its_wake_as_it_was() -> None:
    house = House(welcome())
    house.person("ann", key_contact=True)
    [wake] = house.wakes.all()
    transition = passage_of(wake)
    assert (transition.user_id, transition.segment, transition.cause) == ("ann", "key-contacts", "drop-1")
    assert transition.id == "A-1/key-contacts/ann/1/entered"
    assert passage_of(passage_wake(transition)) == transition


def test_where_no_play_answers_nothing_is_woken() -> None:
    house = House()
    house.person("ann", key_contact=True)
    assert not house.wakes.all()


def test_a_person_or_an_account_that_is_gone_gives_nothing() -> None:
    house = House(welcome())
    house.person("ann", key_contact=True)
    house.people.remove(house.people.people_of("A-1", ["ann"])["ann"])
    house.tick()
    assert house.titles() == []
    assert not house.wakes.all()


def test_a_launch_that_was_interrupted_sends_nothing_once_the_person_has_left() -> None:
    """T3: the mail was stored, and the run does not say so."""
    house = House(welcome(tasks=(), emails=(mail("{{ user.name }} is there"),)))
    house.person("ann", key_contact=True)
    change_run = house.work.change_run
    house.work.change_run = _is_killed  # type: ignore[method-assign]
    with pytest.raises(KeyboardInterrupt):
        house.tick()
    house.work.change_run = change_run  # type: ignore[method-assign]
    assert house.sent() == ["ann is there"]
    house.person("ann", key_contact=False)
    house.now -= timedelta(minutes=1)  # the entry's wake rests for a minute; its exit is due at once
    house.tick()
    assert house.sent() == []
    house.passes(minutes=2)
    assert house.sent() == []
    assert not house.wakes.all()


def _is_killed(run: PlayRun) -> PlayRun:
    raise KeyboardInterrupt


CHAMPION = parse('Title contains "Head"', standard_user_catalogue())


def in_steps(**fields: object) -> Play:
    branch = Branch(CHAMPION, (tasks("call the head"),), (tasks("call"),))
    return welcome(tasks=(), steps=(tasks("greet"), Wait(days=2), branch, Deeds(add_tags=("met",))), **fields)


def test_the_steps_of_a_play_wait_and_ask_of_the_person() -> None:
    """PLY-01, object user: waits, branches on what is known of the person, and the person's tags."""
    house = House(in_steps())
    house.person("ann", key_contact=True, title="Head of IT")
    house.person("bo", key_contact=True, title="Clerk")
    house.tick()
    assert house.titles() == ["greet", "greet"]
    house.passes(days=2)
    assert sorted(house.titles()) == ["call", "call the head", "greet", "greet"]
    tags = {
        user: house.people.people_of("A-1", [user])[user].facts.values.get("Tags") for user in ("ann", "bo")
    }
    assert tags == {"ann": ("met",), "bo": ("met",)}
    assert house.tags() == ()
    assert all(run.is_over for run in house.work.runs("A-1"))
    assert not house.wakes.all()


@pytest.mark.parametrize("gone", [False, True])
def test_who_leaves_is_not_gone_on_with_and_others_are(gone: bool) -> None:
    """T3; also where the person is deleted, and no exit tells of it."""
    house = House(in_steps())
    house.person("ann", key_contact=True)
    house.person("bo", key_contact=True)
    house.tick()
    if gone:
        house.people.remove(house.people.people_of("A-1", ["ann"])["ann"])
    else:
        house.person("ann", key_contact=False)
    house.passes(days=2)
    assert house.titles() == ["greet", "greet", "call"]
    runs = {run.run_id: run for run in house.work.runs("A-1")}
    assert runs["welcome/key-contacts/ann/1/entered"].state is RunState.ENDED
    assert runs["welcome/key-contacts/bo/1/entered"].state is RunState.DONE
    assert not house.wakes.all()


def test_a_cool_down_is_of_each_person_alone() -> None:
    """D6."""
    house = House(welcome(cool_down_days=7))
    house.person("ann", key_contact=True)
    house.tick()
    house.person("ann", key_contact=False)
    house.tick()
    for title in house.titles():
        house.closes(title)
    house.person("ann", key_contact=True)
    house.person("bo", key_contact=True)
    house.tick()
    assert house.titles() == ["Welcome ann of Harbor Labs", "Welcome bo of Harbor Labs"]
    run = house.work.run("A-1", "welcome/key-contacts/ann/2/entered")
    assert run is not None
    assert run.outcomes == ("nothing: cool-down until 2026-11-28",)


def test_ids_that_end_alike_are_of_two_people() -> None:
    """An id comes from a file, and may have a slash in it."""
    house = House(welcome(cool_down_days=7))
    house.person("w/u", key_contact=True)
    house.person("u/5", key_contact=True)
    house.tick()
    house.person("u", key_contact=True)
    house.tick()
    assert [run.fired for run in house.work.runs("A-1")] == [True, True, True]
    house.person("5", key_contact=False)
    found = why(house, "5")
    assert not found.fired
    assert told(found, "run") == "none: the play has no run for this"
    assert told(why(house, "u"), "task").endswith(": Welcome u of Harbor Labs")


def why(house: House, user_id: str = "ann", play_id: str = "welcome", on: date | None = None) -> Trace:
    known = house.directory.with_people(house.known())
    return trace(play_id, known, house.playbook, house.launcher, house.now, on, user_id=user_id)


def told(found: Trace, step: str) -> str:
    return "; ".join(f"{line.outcome}: {line.detail}" for line in found.because if line.step == step)


def test_it_is_told_why_it_fired_for_a_person_and_why_not_for_another() -> None:
    """D5."""
    house = House(welcome())
    house.person("ann", key_contact=True)
    house.person("bo", key_contact=False)
    house.tick()
    found = why(house)
    assert found.fired
    assert found.as_json()["user_id"] == "ann"
    assert "Key Contact = yes (it is yes)" in told(found, "condition")
    assert told(found, "membership").startswith("inside: since 2026-11-21, entry 1")
    assert "A-1/key-contacts/ann/1/entered" in told(found, "transition")
    assert "Welcome ann of Harbor Labs" in told(found, "task")
    found = why(house, "bo")
    assert not found.fired
    assert found.stopped_by is not None
    assert (found.stopped_by.step, found.stopped_by.outcome) == ("condition", "does not match")
    assert "the person has not entered it" in told(found, "transition")
    assert told(found, "run") == "none: the play has no run for this"


def test_a_passage_that_waits_for_the_minute_or_for_a_person_is_told() -> None:
    house = House(welcome(limit=1))
    house.person("ann", key_contact=True)
    assert "pending: its launch is under way" in told(why(house), "run")
    house.person("bo", key_contact=True)
    house.tick()
    [waits] = [user for user in ("ann", "bo") if not why(house, user).fired]
    stop = why(house, waits).stopped_by
    assert stop is not None
    assert (stop.step, stop.outcome) == ("brake", "held")
    assert "brake" not in {
        line.step for line in why(house, "ann" if waits == "bo" else "bo").because if line.stops
    }


def test_as_of_a_day_before_only_what_was_there_then_is_told() -> None:
    house = House(welcome())
    house.person("ann", key_contact=True)
    house.tick()
    before = why(house, on=TODAY - timedelta(days=1))
    assert not before.fired
    assert "had never entered" in told(before, "membership")
    assert why(house, on=TODAY).fired


@pytest.mark.parametrize(
    ("user_id", "play_id", "said"),
    [
        ("", "welcome", "is about people: say whom, as in --user ID"),
        ("zoe", "welcome", "has no user 'zoe'"),
        ("ann", "call", "is about accounts: leave the user out"),
    ],
)
def test_whom_a_trace_is_about_has_to_be_told(user_id: str, play_id: str, said: str) -> None:
    house = House(welcome(), play("call", tasks=tasks("Call").tasks))
    house.person("ann", key_contact=True)
    with pytest.raises(RejectedInput, match=said):
        why(house, user_id, play_id)


def test_the_trace_of_an_account_is_not_confused_by_people_that_wait() -> None:
    """A passage waits as a wake of the same purpose as what people ask for."""
    house = House(welcome(), alone("asked", tasks=tasks("Asked").tasks))
    house.person("ann", key_contact=True)
    assert told(why(house, "", "asked"), "run") == "none: nobody asked for it"
    house.wakes.add(start_wake("asked", "A-1", "r1", "lead@example.com", house.now))
    assert told(why(house, "", "asked"), "run").startswith("asked: lead@example.com asked for it")


def test_a_play_about_people_is_started_by_hand() -> None:
    """PLY-18."""
    by_hand = alone("greet", of_users=True, tasks=(WELCOME,), add_tags=("greeted",))
    house = House(by_hand)
    house.person("ann", key_contact=False)
    for user_id in ("ann", "ann", "zoe"):
        house.wakes.add(start_wake("greet", "A-1", "r1", "lead@example.com", house.now, user_id))
    assert told(why(house, "ann", "greet"), "run").startswith("asked: lead@example.com asked for it")
    house.tick()
    assert house.titles() == ["Welcome ann of Harbor Labs"]
    assert house.people.people_of("A-1", ["ann"])["ann"].facts.values["Tags"] == ("greeted",)
    assert house.work.run("A-1", run_id_of("greet", "r1", "ann")) is not None
    assert why(house, "ann", "greet").fired
    assert not house.wakes.all()


def test_a_play_is_asked_for_whom_it_is_about() -> None:
    book = House(alone("greet", of_users=True), alone("call")).playbook
    with pytest.raises(RejectedInput, match="greet is about people: say whom"):
        startable("greet", book)
    with pytest.raises(RejectedInput, match="call is about accounts: leave the user out"):
        startable("call", book, for_users=True)
    assert startable("greet", book, for_users=True).of_users
