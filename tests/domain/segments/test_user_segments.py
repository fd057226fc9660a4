"""Segments of users: who is in, the tags that follow, and that nothing happens twice (definitions 1.3)."""

from collections.abc import Mapping
from contextlib import suppress
from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from keepwell.accounts import Facts, Provenance
from keepwell.attributes import Value
from keepwell.attributes.people import standard_user_catalogue
from keepwell.conclude import conclude
from keepwell.criteria import parse
from keepwell.directory import Directory
from keepwell.errors import Conflict
from keepwell.in_memory import InMemoryAccounts, InMemoryHistory, InMemoryPeople, InMemoryUserDays
from keepwell.people import Person, values_of
from keepwell.playbook import Playbook
from keepwell.segments import Tagging, UserSegment
from keepwell.segments.users import KIND
from keepwell.standings import Membership
from keepwell.usage.rolling import ActiveDays, DaysPart
from keepwell.usage.summary import UsageSummary
from tests.domain.segments.telling import FIRST, at, day, playbook, segment
from tests.story import account

USERS = standard_user_catalogue()


def of_users(id_: str, criteria: str, *, leave: str | None = None, **rest: Any) -> UserSegment:
    return UserSegment(id_, id_, parse(criteria, USERS), leave=parse(leave, USERS) if leave else None, **rest)


SILENT = of_users(
    "silent",
    "Key Contact = yes AND Last Activity > 30 days",
    on_entry=Tagging(("silent",)),
    on_exit=Tagging((), ("silent",)),
)


def person(user_id: str = "ann", born: float = 0, **values: Value) -> Person:
    told = {name.replace("_", " ").title(): value for name, value in values.items()}
    facts = Facts("A-1", told, Provenance("csv:users", at(born)), at(born), "drop-1", "drop-1")
    return Person(user_id, facts)


class Team:
    """The people of one account, as the stream and the night meet them."""

    def __init__(self, playbook: Playbook, *people: Person):
        self.playbook = playbook
        self.accounts, self.history = InMemoryAccounts(), InMemoryHistory()
        self.people, self.days = InMemoryPeople(), InMemoryUserDays()
        self.accounts.put_facts(replace(account("A-1", known_since=at(0)).facts, revision=0))
        for each in people:
            self.people.put(each)

    def look(self, when: float) -> None:
        found = self.accounts.get("A-1")
        assert found is not None
        directory = Directory(self.people, self.days)
        conclude(found, self.accounts, self.history, self.playbook, at(when), directory=directory)

    def tell(self, when: float, user_id: str = "ann", **values: Value) -> None:
        known = self.people.people_of("A-1", [user_id])[user_id]
        told = {name.replace("_", " ").title(): value for name, value in values.items()}
        provenance = Provenance("csv:users", at(when))
        facts = replace(known.facts, values={**known.facts.values, **told}, provenance=provenance)
        self.people.put(replace(known, facts=facts))

    def person(self, user_id: str = "ann") -> Person:
        return self.people.people_of("A-1", [user_id])[user_id]

    def tags(self, user_id: str = "ann") -> Value | None:
        return self.person(user_id).facts.values.get("Tags")

    def chronicle(self) -> list[str]:
        """`3 ann silent 1 entered baseline`, oldest first."""
        rows = reversed(self.history.of("A-1", KIND))
        return [
            f"{(row.at.date() - FIRST).days} {row.row_id.replace('/', ' ')}"
            for row in rows
            if row.detail["user_id"] in row.row_id
        ]


def team(*people: Person, segments: tuple[UserSegment, ...] = (SILENT,), **more: Any) -> Team:
    return Team(replace(playbook(*more.pop("lists", ()), **more), user_segments=segments), *people)


def test_a_person_enters_and_leaves_with_the_tags() -> None:
    here = team(person(key_contact=True, last_activity=day(0)), person("bob", key_contact=False))
    here.look(30)
    assert here.tags() is None
    here.look(31)
    assert here.tags() == ("silent",)
    assert here.person().memberships["silent"] == Membership(inside=True, sequence=1, since=day(31))
    here.tell(33, last_activity=day(33))
    here.look(33)
    assert here.tags() is None
    assert here.chronicle() == ["31 ann silent 1 entered", "33 ann silent 1 exited"]
    [exit_, entry] = here.history.of("A-1", KIND)
    assert [reason["matches"] for reason in entry.detail["reasons"]] == [True, True]
    assert [reason["value"] for reason in exit_.detail["reasons"]] == [True, day(33).isoformat()]


def test_who_leaves_keeps_a_tag_that_another_segment_holds() -> None:
    sponsors = of_users(
        "sponsors", "Key Contact = yes", on_entry=Tagging(("Silent",)), on_exit=Tagging((), ("silent",))
    )
    here = team(person(key_contact=True, last_activity=day(0)), segments=(SILENT, sponsors))
    here.look(31)
    assert here.tags() == ("silent",)
    here.tell(32, last_activity=day(32))
    here.look(32)
    assert here.tags() == ("silent",)
    here.tell(33, key_contact=False)
    here.look(33)
    assert here.tags() is None


def test_looking_again_changes_nothing() -> None:
    """I3."""
    here = team(person(key_contact=True, last_activity=day(0)))
    here.look(31)
    before, rows = here.person(), here.chronicle()
    here.look(31.2)
    here.look(32)
    assert (here.person(), here.chronicle()) == (before, rows)


def test_who_is_in_when_it_is_activated_is_taken_in_silently() -> None:
    """1.14 row 23."""
    here = team(person(key_contact=True, last_activity=day(0)), activated={"silent": at(40)})
    here.look(41)
    here.look(42)
    assert here.person().memberships["silent"].inside
    assert here.tags() is None
    assert here.chronicle() == ["41 ann silent 1 entered baseline"]


def test_it_may_act_on_who_is_in_already() -> None:
    acting = replace(SILENT, acts_on_members=True)
    here = team(
        person(key_contact=True, last_activity=day(0)), segments=(acting,), activated={"silent": at(40)}
    )
    here.look(41)
    assert here.tags() == ("silent",)


def test_the_first_look_after_the_activation_tells_a_later_entry_from_one_before() -> None:
    """1.14 row 23: it is stored though nobody moved."""
    here = team(person(key_contact=True, last_activity=day(20)), activated={"silent": at(40)})
    here.look(41)
    here.look(51)
    assert here.tags() == ("silent",)
    assert here.chronicle() == ["51 ann silent 1 entered"]


def test_a_person_newer_than_the_segment_enters_it() -> None:
    newcomer = person(born=41, key_contact=True, last_activity=day(0))
    here = team(newcomer, activated={"silent": at(40)})
    here.look(42)
    assert here.tags() == ("silent",)


def test_a_minimum_stay_and_a_cool_down_hold_as_for_accounts() -> None:
    """T4."""
    calm = replace(SILENT, minimum_stay_days=3, cool_down_days=10)
    here = team(person(key_contact=True, last_activity=day(0)), segments=(calm,))
    here.look(31)
    here.tell(32, last_activity=day(32))
    here.look(32)
    assert here.tags() == ("silent",), "the minimum stay"
    here.look(34)
    assert here.tags() is None
    here.tell(35, last_activity=day(0))
    here.look(35)
    assert here.person().memberships["silent"].quiet
    assert here.tags() is None, "the cool-down"
    here.look(44)
    assert here.tags() == ("silent",)
    words = ["31 ann silent 1 entered", "34 ann silent 1 exited", "35 ann silent 2 entered cool-down"]
    assert here.chronicle() == [*words, "44 ann silent 2 entered"]


def test_tags_that_somebody_else_set_stay() -> None:
    here = team(person(key_contact=True, last_activity=day(0), tags=("vip",)))
    here.look(31)
    assert here.tags() == ("vip", "silent")
    here.tell(32, last_activity=day(32))
    here.look(32)
    assert here.tags() == ("vip",)


def test_an_account_condition_reads_the_tags_of_today() -> None:
    lost = segment("lost", 'any user where (has tag "silent")')
    here = team(person(key_contact=True, last_activity=day(0)), lists=(lost,))
    here.look(30)
    here.look(31)
    found = here.accounts.get("A-1")
    assert found is not None
    assert found.standing is not None
    assert found.standing.memberships["lost"] == Membership(inside=True, sequence=1, since=day(31))


def test_as_of_a_past_day_nobody_moves() -> None:
    """S2."""
    here = team(person(key_contact=True, last_activity=day(0)))
    here.look(29)
    here.look(31)
    before = here.person()
    here.look(30)
    assert here.person() == before


def test_people_are_not_read_where_nobody_asks_for_them(monkeypatch: pytest.MonkeyPatch) -> None:
    here = team(person(key_contact=True), segments=())

    def unexpected(*_: object) -> None:
        raise AssertionError("people were read")

    monkeypatch.setattr(InMemoryPeople, "people", unexpected)
    here.look(3)
    assert not here.playbook.reads_people


def test_a_person_who_was_told_of_in_between_is_judged_again(monkeypatch: pytest.MonkeyPatch) -> None:
    """S4: an import writes first; the next attempt reads what it wrote."""
    here = team(person(key_contact=True, last_activity=day(0)))
    put, raced = InMemoryPeople.put, list[bool]()

    def racing(people: InMemoryPeople, written: Person) -> Person:
        if not raced:
            raced.append(True)
            known = people.people_of("A-1", ["ann"])["ann"]
            put(people, replace(known, facts=replace(known.facts, changed_by="drop-2")))
        return put(people, written)

    monkeypatch.setattr(InMemoryPeople, "put", racing)
    here.look(31)
    assert here.tags() == ("silent",)
    assert here.chronicle() == ["31 ann silent 1 entered"]


EVENTS = st.lists(
    st.tuples(st.integers(0, 3), st.sampled_from(("look", "use", "unkey", "key")), st.integers(0, 2)),
    max_size=9,
)


@given(EVENTS)
def test_repeating_and_crashing_change_nothing(events: list[tuple[int, str, int]]) -> None:
    """Looked at once, or twice with a crash before anybody's people are stored: the same in the end."""
    calm = replace(SILENT, minimum_stay_days=2, cool_down_days=3, criteria=parse("Key Contact = yes", USERS))
    once, often = (team(person(key_contact=False), segments=(calm,)) for _ in range(2))
    now = 0
    for days, what, crashes in events:
        now += days
        for here in (once, often):
            if what == "look":
                crashed(here, now, crashes if here is often else 0)
                for _ in range(crashes + 1 if here is often else 1):
                    here.look(now)
            else:
                here.tell(now, key_contact=what == "key")
    assert replace(often.person(), facts=once.person().facts) == once.person()
    assert often.tags() == once.tags()
    assert often.chronicle() == once.chronicle()


def crashed(here: Team, now: float, times: int) -> None:
    """Look, and stop before people are stored."""
    for _ in range(times):
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(InMemoryPeople, "put", _killed)
            with suppress(Killed):
                here.look(now)


class Killed(Exception):
    pass


def _killed(*_: object) -> None:
    raise Killed


@pytest.mark.parametrize(
    ("active", "last", "count"),
    [
        ([0], 0, 0),
        ([1], 1, 1),
        ([14], 14, 1),
        ([15], 15, 0),
        ([0, 1, 14, 15, 40], 0, 2),
        ([-1, 3], 3, 1),
        ([63], 63, 0),
        ([70], 70, 0),
    ],
)
def test_active_days_are_those_of_14_full_days(active: list[int], last: int, count: int) -> None:
    """1.14 row 17: today is no full day; an event of tomorrow does not count yet."""
    today = date(2026, 11, 21)
    newest = min(active)
    mask = sum(1 << ago - newest for ago in active if ago - newest < 64)
    use = ActiveDays((today - timedelta(days=newest)).toordinal(), mask)
    told: Mapping[str, Value] = values_of(replace(person(), use=use), today)
    assert (told["Last Activity"], told["Active Days"]) == (today - timedelta(days=last), count)


def test_what_is_told_of_a_person_wins_over_what_is_computed() -> None:
    today = date(2026, 11, 21)
    told = values_of(replace(person(last_activity=day(1)), use=ActiveDays(today.toordinal(), 1)), today)
    assert told["Last Activity"] == day(1)
    assert told["User ID"] == "ann"


def test_the_directory_gives_people_the_days_of_their_use() -> None:
    """Of who never used a product whose use is told, 0 active days are known, and no last activity."""
    people, days = InMemoryPeople(), InMemoryUserDays()
    for user_id in ("ann", "bob"):
        people.put(person(user_id))
    days.put(DaysPart("A-1", 1, 0, {"ann": ActiveDays(day(3).toordinal(), 0b101)}))
    summary = UsageSummary("A-1", day(1), day(3), at(4))
    told = replace(account("A-1"), usage=summary)
    met = Directory(people, days).with_people(told).people
    assert met is not None
    ann, bob = (values_of(each, day(4)) for each in met)
    assert (ann["Last Activity"], ann["Active Days"]) == (day(3), 2)
    assert "Last Activity" not in bob
    assert bob["Active Days"] == 0
    untold = Directory(people, days).with_people(account("A-1")).people
    assert untold is not None
    assert "Active Days" not in values_of(untold[0], day(4))


def test_a_person_that_keeps_changing_is_a_conflict(monkeypatch: pytest.MonkeyPatch) -> None:
    here = team(person(key_contact=True, last_activity=day(0)))

    def conflicting(*_: object) -> None:
        raise Conflict("somebody else wrote")

    monkeypatch.setattr(InMemoryPeople, "put", conflicting)
    with pytest.raises(Conflict, match="kept changing"):
        here.look(31)
