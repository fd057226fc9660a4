"""Plays about people, their functions killed at every call (USR, PLY-01, T1 to T3): each acts once."""

from dataclasses import replace
from datetime import timedelta

import pytest

from keepwell.accounts import Change, Facts, Provenance, merge
from keepwell.attributes.people import standard_user_catalogue
from keepwell.conclude import conclude_by_id
from keepwell.criteria import parse
from keepwell.directory import Directory
from keepwell.in_memory import FixedClock
from keepwell.people import Person
from keepwell.plays.play import Deeds
from keepwell.plays.steps import Branch, Wait
from keepwell.segments import UserSegment
from keepwell.segments.segment import NO_TAGS
from keepwell.tasks import RunState
from keepwell_aws.accounts import DynamoAccounts
from keepwell_aws.deliveries import DynamoDeliveries
from keepwell_aws.history import DynamoHistory
from keepwell_aws.people import DynamoPeople
from keepwell_aws.playbooks import ActivePlaybook
from keepwell_aws.user_days import DynamoUserDays
from keepwell_aws.wakes import DynamoWakes
from keepwell_aws.work import DynamoWork
from tests.aws_tables import Names
from tests.crashes import Fault, enumerate_faults
from tests.domain.plays.entering import mail, play, playbook, tasks
from tests.functions.invoking import deliver, invoke, know, of_changes, sample_event
from tests.story import NOON, account

WAKE, TICK = "wake_due", sample_event("wake_due", "minute_tick")
LOOK, CASE = "evaluate_changes", "facts_changed"
KEY = parse("Key Contact = yes", standard_user_catalogue())
WELCOME = play(
    "welcome",
    segment="keys",
    of_users=True,
    tasks=tasks("Welcome {{ user.id }}").tasks,
    emails=(mail("{{ user.id }} is there"),),
    steps=(Wait(days=2), Branch(KEY, (Deeds(tasks=tasks("Meet").tasks, add_tags=("met",)),))),
)
PLAYBOOK = replace(
    playbook(WELCOME), user_segments=(UserSegment("keys", "Keys", KEY, on_entry=NO_TAGS, on_exit=NO_TAGS),)
)
NAME, RUN = "A-001", "welcome/keys/ann/1/entered"


@pytest.fixture
def house(stack: Names, monkeypatch: pytest.MonkeyPatch) -> "House":
    monkeypatch.setattr(ActivePlaybook, "get", lambda _: PLAYBOOK)
    monkeypatch.setattr(ActivePlaybook, "of", lambda _, __: PLAYBOOK)
    know(stack, account(NAME))
    return House(stack)


class House:
    """One account with one person."""

    def __init__(self, stack: Names):
        self.work, self.people = DynamoWork(stack.table("work")), DynamoPeople(stack.table("work"))
        self.wakes = DynamoWakes(stack.table("deliveries"))
        self.deliveries = DynamoDeliveries(stack.table("deliveries"))
        self.accounts, self.history = (
            DynamoAccounts(stack.table("accounts")),
            DynamoHistory(stack.table("history")),
        )
        self.days = DynamoUserDays(stack.table("work"))

    def tell(self, clock: FixedClock, *, key_contact: bool) -> None:
        """A file tells of Ann; nobody has looked."""
        clock.advance(timedelta(seconds=1))
        now = clock.now()
        blank = Facts(NAME, {}, Provenance("csv:users", now), now, "drop-1", "drop-1")
        known = self.people.people_of(NAME, ["ann"]).get("ann") or Person("ann", blank)
        change = Change(NAME, {"Key Contact": key_contact}, "csv:users", now, now.date(), "drop-1")
        facts = merge(known.facts, change, standard_user_catalogue())
        assert facts is not None
        self.people.put(replace(known, facts=facts))

    def look(self, clock: FixedClock) -> None:
        directory = Directory(self.people, self.days, self.wakes)
        conclude_by_id(NAME, self.accounts, self.history, PLAYBOOK, clock.now(), directory=directory)

    def passes(self, clock: FixedClock, **time: int) -> None:
        """Time passes; what was interrupted, and rests, is woken again."""
        clock.advance(timedelta(**time))
        for _ in range(2):
            invoke(WAKE, TICK)
            clock.advance(timedelta(minutes=5))

    @property
    def titles(self) -> list[str]:
        return sorted(task.title for task in self.work.tasks(NAME))

    def to_go(self, clock: FixedClock) -> list[str]:
        found = [self.deliveries.get(id_) for id_, _ in self.deliveries.due(clock.now() + timedelta(days=99))]
        return [each.subject for each in found if each and each.open]

    def tags(self) -> object:
        return self.people.people_of(NAME, ["ann"])["ann"].facts.values.get("Tags")


def test_a_passage_is_answered_once(house: House, clock: FixedClock) -> None:
    house.tell(clock, key_contact=True)
    house.look(clock)

    def story(_: str, place: int | None, fault: Fault) -> list[str]:
        made = deliver(WAKE, TICK, place, fault)
        house.passes(clock, minutes=2)
        assert house.titles == ["Welcome ann"]
        assert house.to_go(clock) == ["ann is there"]
        run = house.work.run(NAME, RUN)
        assert run is not None
        assert (run.state, run.place) == (RunState.WAITING, "1")
        [wake] = house.wakes.due(NOON + timedelta(days=99))
        assert wake.wake_id == f"step/{NAME}/{RUN}/1"
        return made

    enumerate_faults(story)


def test_its_steps_are_taken_once(house: House, clock: FixedClock) -> None:
    house.tell(clock, key_contact=True)
    house.look(clock)
    house.passes(clock)

    def story(_: str, place: int | None, fault: Fault) -> list[str]:
        clock.set(NOON + timedelta(days=3))
        made = deliver(WAKE, TICK, place, fault)
        house.passes(clock, minutes=2)
        assert house.titles == ["Meet", "Welcome ann"]
        assert house.tags() == ("met",)
        run = house.work.run(NAME, RUN)
        assert run is not None
        assert run.state is RunState.DONE
        assert not list(house.wakes.due(NOON + timedelta(days=99)))
        return made

    enumerate_faults(story)


@pytest.mark.parametrize("day", [0, 3])
def test_whatever_it_had_begun_nothing_follows_once_the_person_has_left(
    house: House, clock: FixedClock, day: int
) -> None:
    """T3: at the passage, and at the step that follows two days later."""
    house.tell(clock, key_contact=True)
    house.look(clock)
    if day:
        house.passes(clock)

    def story(_: str, place: int | None, fault: Fault) -> list[str]:
        clock.set(NOON + timedelta(days=day, minutes=1))
        made = deliver(WAKE, TICK, place, fault)
        house.tell(clock, key_contact=False)
        house.look(clock)
        house.passes(clock, minutes=2)
        house.passes(clock, days=4)
        assert house.to_go(clock) == []
        assert set(house.titles) <= {"Welcome ann", *(["Meet"] if day else [])}
        run = house.work.run(NAME, RUN)
        assert run is not None
        assert run.is_over
        assert not list(house.wakes.due(NOON + timedelta(days=99)))
        return made

    enumerate_faults(story)


def test_a_look_that_is_interrupted_tells_of_the_passage_once(house: House, clock: FixedClock) -> None:
    """The wake is there before the passage is stored with the person, and waits for it."""
    house.tell(clock, key_contact=True)
    event = of_changes(LOOK, CASE, [NAME])

    def story(_: str, place: int | None, fault: Fault) -> list[str]:
        made = deliver(LOOK, event, place, fault)
        invoke(WAKE, TICK)
        invoke(LOOK, event)
        house.passes(clock, minutes=2)
        assert house.titles == ["Welcome ann"]
        assert house.to_go(clock) == ["ann is there"]
        return made

    enumerate_faults(story)
