"""Who has a task: by role, by name, by pool (product PLY-10, TSK-04 to TSK-08, USR-01)."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any
from unittest.mock import patch

import pytest

from keepwell.assignment.assigning import Assignee, Assigner, as_told
from keepwell.assignment.given_out import MOST, RESERVED_FOR
from keepwell.assignment.pools import Logic, Pool
from keepwell.attributes import Value
from keepwell.errors import Conflict
from keepwell.in_memory import InMemoryControl, InMemoryTeam, InMemoryWork
from keepwell.team import Member
from tests.domain.assignment.teams import facts, member, task
from tests.story import NOON

OWNER, HEAD = "owner@example.com", "head@example.com"
EMEA = Pool("emea", "EMEA", Logic.MOST_AVAILABLE, {"Region": ("EMEA", "UK")}, {})
ANN = member("ann", Region="EMEA", Licence="Practitioner")
BO = member("bo", Region="uk", Licence="Contributor")
VIC = member("vic", Region="EMEA", Licence="Viewer")
ABE = member("abe", Region="AMER")
ACCOUNT = facts("A-1")


class Office:
    """A team and what it has to do; the clock is moved by the test."""

    def __init__(self, *members: Member, **pool: Any):
        self.team, self.work, self.control = InMemoryTeam(), InMemoryWork(), InMemoryControl()
        self.pools = {"emea": replace(EMEA, **pool)}
        self.now = NOON
        for each in members:
            self.team.put(each)

    @property
    def assigner(self) -> Assigner:
        return Assigner(self.team, self.work, self.control, self.pools, HEAD)

    def ask(self, assign_to: str, task_id: str = "t-1", **how: Any) -> Assignee:
        account = how.pop("account", ACCOUNT)
        effort, owner = how.pop("effort", 1.0), how.pop("owner", OWNER)
        return self.assigner.assign(task_id, assign_to, effort, account, owner, self.now, **how)

    def give(self, task_id: str, effort: float = 1.0, account_id: str = "A-1") -> str:
        """Assign a task to the pool and store it, as a play does."""
        found = self.ask("pool:emea", task_id, effort=effort, account=facts(account_id))
        name = found.email.removesuffix("@example.com")
        self.work.put_task(task(task_id, name, effort, account_id))
        return name


def test_a_role_is_who_has_it_at_the_account() -> None:
    office = Office(ANN)
    asked = facts("A-1", Success_Manager="Ann@Example.com")
    assert office.ask("Success Manager", account=asked) == Assignee("ann@example.com")


def test_a_role_that_nobody_has_falls_to_the_owner() -> None:
    """PLY-10."""
    assert Office().ask("Success Manager") == Assignee(OWNER, "nobody is Success Manager")


@pytest.mark.parametrize("members", [(), (ANN,)])
@pytest.mark.parametrize("mail", [False, True])
def test_who_is_told_by_name_only_cannot_be_reached_and_the_owner_is(
    members: tuple[Member, ...], mail: bool
) -> None:
    """PLY-10: a CRM exports names as often as addresses."""
    asked = facts("A-1", Success_Manager="Ann Ames")
    why = '"Ann Ames", the Success Manager, is no e-mail address'
    assert Office(*members).ask("Success Manager", account=asked, mail=mail) == Assignee(OWNER, why)


def test_without_a_team_everybody_may_have_a_role() -> None:
    asked = facts("A-1", Success_Manager="Zoe@example.com")
    assert Office().ask("Success Manager", account=asked) == Assignee("Zoe@example.com")


@pytest.mark.parametrize(
    ("assign_to", "found"),
    [
        ("lead@example.com", Assignee("lead@example.com")),
        ("Success Manager", Assignee("Zoe@example.com")),
        ("Sponsor", Assignee(OWNER, "nobody is Sponsor")),
    ],
)
def test_where_no_team_is_looked_at_everybody_is_taken_at_their_word(assign_to: str, found: Assignee) -> None:
    """PLY-10: where nobody has a role, the play's owner."""
    asked = facts("A-1", Success_Manager="Zoe@example.com")
    assert as_told("t-1", assign_to, 1.0, asked, OWNER, NOON) == found


def test_who_is_not_of_the_team_has_no_tasks_by_role() -> None:
    asked = facts("A-1", Success_Manager="zoe@example.com")
    why = "zoe@example.com, the Success Manager, is not of the team"
    assert Office(ANN).ask("Success Manager", account=asked) == Assignee(OWNER, why)


def test_who_leads_the_holder_of_a_role() -> None:
    """USR-02, EWS-08."""
    office = Office(member("ann", Manager="lea@example.com"), BO)
    asked = facts("A-1", Success_Manager="Ann@example.com")
    found = office.ask("manager:Success Manager", account=asked)
    assert found == Assignee("lea@example.com", "leads ann@example.com")


@pytest.mark.parametrize(
    ("holder", "why"),
    [
        ("", "nobody is Success Manager"),
        ("bo@example.com", "bo@example.com, the Success Manager, has no manager"),
        ("zoe@example.com", "zoe@example.com, the Success Manager, has no manager"),
        ("ann@example.com", "vic@example.com may only look (licence Viewer)"),
    ],
)
def test_where_nobody_leads_the_owner_has_the_task(holder: str, why: str) -> None:
    """PLY-10, USR-01."""
    office = Office(member("ann", Manager="vic@example.com"), BO, VIC)
    asked = facts("A-1", Success_Manager=holder)
    assert office.ask("manager:Success Manager", account=asked) == Assignee(OWNER, why)


def test_a_viewer_has_no_tasks() -> None:
    """USR-01."""
    office = Office(VIC)
    why = "vic@example.com may only look (licence Viewer)"
    asked = facts("A-1", Success_Manager="vic@example.com")
    assert office.ask("Success Manager", account=asked) == Assignee(OWNER, why)
    assert office.ask("vic@example.com") == Assignee(OWNER, why)
    assert office.ask("pool:emea").email == OWNER


OWNER_LEFT = f"; {OWNER}, the owner of the play, is active no more"
OWNER_LOOKS = f"; {OWNER}, the owner of the play, may only look (licence Viewer)"
HEAD_LEFT = f"; {HEAD}, the owner of the playbook, is active no more; name another owner in keepwell.yaml"


@pytest.mark.parametrize(
    ("owner", "head", "email", "why"),
    [
        ({"Active": True}, {}, OWNER, ""),
        ({"Active": False}, {}, HEAD, OWNER_LEFT),
        ({"Licence": "Viewer"}, {}, HEAD, OWNER_LOOKS),
        ({"Active": False}, {"Active": False}, "", OWNER_LEFT + HEAD_LEFT),
    ],
)
@pytest.mark.parametrize(
    ("assign_to", "reason"),
    [
        ("CSM", "nobody is CSM"),
        ("manager:CSM", "nobody is CSM"),
        ("Success Manager", "ann@example.com is active no more"),
        ("ann@example.com", "ann@example.com is active no more"),
        ("manager:Success Manager", "ann@example.com, the Success Manager, has no manager"),
        ("pool:emea", "pool:emea, nobody of it fits"),
        ("pool:apac", "the playbook has no pool:apac"),
    ],
)
def test_what_falls_back_goes_to_nobody_who_may_have_no_tasks(
    assign_to: str, reason: str, owner: dict[str, Value], head: dict[str, Value], email: str, why: str
) -> None:
    """PLY-10, TSK-09, USR-01: whichever way it comes to the owner of the play, else of the playbook."""
    office = Office(member("ann", Active=False), member("owner", **owner), member("head", **head))
    asked = facts("A-1", Success_Manager="ann@example.com")
    found = office.ask(assign_to, account=asked)
    nobody = "" if email else "nobody can have it: "
    assert found == Assignee(email, f"{nobody}{reason}{why}")


@pytest.mark.parametrize(("active", "email"), [(True, "desk@example.com"), (False, OWNER)])
def test_the_fallback_of_a_pool_is_asked_too(active: bool, email: str) -> None:
    desk = member("desk", Active=active, Timezone="Europe/Berlin")
    found = Office(desk, member("owner", Timezone="Asia/Tokyo"), fallback="Desk@example.com").ask("pool:emea")
    why = "" if active else "; Desk@example.com, its fallback, is active no more"
    assert found == Assignee(
        email, f"pool:emea, nobody of it fits{why}", "Europe/Berlin" if active else "Asia/Tokyo"
    )


def test_who_owns_the_play_and_the_playbook_is_named_once() -> None:
    office = Office(member("head", Active=False))
    found = office.ask("CSM", owner=HEAD)
    assert found.email == ""
    assert found.why == (
        "nobody can have it: nobody is CSM; head@example.com, the owner of the playbook, is active no more; "
        "name another owner in keepwell.yaml"
    )


def test_who_leaves_before_a_noted_task_is_there_does_not_get_it() -> None:
    """T8: a launch that died had noted it."""
    office = Office(ANN, BO)
    assert office.ask("pool:emea").email == "ann@example.com"
    [stored] = office.team.members_of(["ann@example.com"]).values()
    left = replace(stored.facts, values={**stored.facts.values, "Active": False})
    office.team.put(Member(left))
    assert office.ask("pool:emea").email == "bo@example.com"


def test_an_address_is_itself_of_the_team_or_not() -> None:
    assert Office(ANN).ask("desk@example.com") == Assignee("desk@example.com")
    assert Office(ANN).ask("ANN@example.com") == Assignee("ann@example.com")


def test_a_pool_is_of_those_its_attributes_ask_for() -> None:
    """TSK-04, in any case."""
    office = Office(ANN, BO, VIC, ABE)
    assert {office.give(f"t-{number}") for number in range(4)} == {"ann", "bo"}
    assert office.pools["emea"].members_in(office.team.members()) == [
        office.team.members_of([email])[email] for email in ("ann@example.com", "bo@example.com")
    ]


def test_a_pool_matches_the_member_to_the_account() -> None:
    office = Office(
        member("ann", Language="German", Region="EMEA"),
        member("bo", Teams=("Core", "Light"), Language="French", Region="EMEA"),
        members={},
        match={"Language": "Support Language"},
    )
    for language, expected in (("german", "ann@example.com"), ("French", "bo@example.com")):
        asked = facts("A-1", Support_Language=language)
        assert office.ask("pool:emea", f"t-{language}", account=asked).email == expected
    nobody = Assignee(OWNER, "pool:emea, nobody of it fits")
    assert office.ask("pool:emea", account=facts("A-1", Support_Language="Dutch")) == nobody
    assert office.ask("pool:emea", account=facts("A-1")) == nobody


def test_a_member_of_several_teams_is_of_the_pools_of_each() -> None:
    office = Office(member("bo", Teams=("Core", "Light")), members={"Teams": ("light",)})
    assert office.ask("pool:emea").email == "bo@example.com"


@pytest.mark.parametrize("fallback", ["", "desk@example.com"])
def test_what_nobody_can_have_has_the_fallback(fallback: str) -> None:
    """T8: else the owner of the play."""
    away = member("ann", Region="EMEA", Availability=0)
    found = Office(away, logic=Logic.NEXT_AVAILABLE, fallback=fallback).ask("pool:emea")
    assert found == Assignee(fallback or OWNER, "pool:emea, none of its 1 has hours left")


def test_a_pool_that_the_playbook_does_not_have_any_more() -> None:
    assert Office(ANN).ask("pool:apac") == Assignee(OWNER, "the playbook has no pool:apac")


def test_the_open_tasks_count_whoever_made_them() -> None:
    """TSK-07, TSK-08: Ann has four hours to do, of which one task is closed."""
    office = Office(ANN, BO)
    office.work.put_task(task("own", "ann", 2.0, "A-9"))
    office.work.put_task(task("done", "bo", 30.0, "A-9", Status="Completed"))
    assert [office.give(f"t-{number}") for number in range(4)] == ["bo", "bo", "ann", "bo"]
    why = office.ask("pool:emea", "t-9", effort=2.5).why
    assert why == "pool:emea, the least busy of 2, with 5.5 of 40 hours a week"


def test_what_is_given_out_counts_before_it_is_seen() -> None:
    """T8: nothing of it is stored as a task yet."""
    office = Office(ANN, BO)
    given = [office.ask("pool:emea", f"t-{number}").email for number in range(6)]
    assert sorted(given) == ["ann@example.com"] * 3 + ["bo@example.com"] * 3


@pytest.mark.parametrize("logic", Logic)
def test_a_task_has_one_owner_however_often_it_is_asked_for(logic: Logic) -> None:
    """T8: before it is stored, after, and long after."""
    office = Office(ANN, BO, logic=logic)
    first = office.ask("pool:emea").email
    for other in range(5):
        office.give(f"o-{other}")
    assert office.ask("pool:emea").email == first
    office.work.put_task(task("t-1", first.removesuffix("@example.com")))
    office.now += timedelta(days=1)
    assert office.ask("pool:emea").email == first


def test_a_task_is_named_within_its_account() -> None:
    office = Office(ANN, BO)
    assert [office.give("t-1", account_id=f"A-{number}") for number in range(4)] == ["ann", "bo"] * 2


def test_a_task_that_was_given_to_somebody_else_stays_so() -> None:
    office = Office(ANN, BO)
    office.work.put_task(task("t-1", "cleo"))
    assert office.ask("pool:emea").email == "cleo@example.com"


def test_a_task_may_be_given_anew() -> None:
    """By a person: of Ann's ten hours this task is nine, and they do not count for it."""
    office = Office(ANN, BO)
    office.work.put_task(task("t-1", "ann", 9.0))
    office.work.put_task(task("t-2", "ann", 1.0))
    office.work.put_task(task("t-3", "bo", 2.0))
    assert office.ask("pool:emea", effort=9.0, anew=True).email == "ann@example.com"
    office.work.put_task(task("t-4", "ann", 2.0))
    assert office.ask("pool:emea", effort=9.0, anew=True).email == "bo@example.com"


def test_what_is_only_looked_at_is_not_given_out() -> None:
    """A shadow play tells who would have had the task."""
    office = Office(ANN, BO)
    assert {office.ask("pool:emea", f"t-{n}", reserve=False).email for n in range(4)} == {"ann@example.com"}
    assert office.control.get("pool#emea") is None


def test_what_never_became_a_task_counts_for_minutes_only() -> None:
    office = Office(ANN, BO)
    assert office.ask("pool:emea", "lost", effort=30.0).email == "ann@example.com"
    assert office.give("t-1") == "bo"
    office.now += RESERVED_FOR + timedelta(seconds=1)
    assert office.give("t-2") == "ann"
    row = office.control.get("pool#emea")
    assert row is not None
    assert list(row["reserved"]) == ["A-1/t-2"]


@pytest.mark.parametrize("ended", [{"Status": "Completed"}, {"Assignee": "cleo@example.com"}])
def test_what_is_closed_or_went_to_somebody_else_counts_no_more(ended: Mapping[str, Value]) -> None:
    """TSK-08: as soon as its task would be seen if it were open still."""
    office = Office(ANN)
    office.give("t-1", 38.0)
    made = office.work.tasks_of("A-1", ["t-1"])["t-1"]
    office.work.change_task(replace(made, facts=replace(made.facts, values={**made.facts.values, **ended})))
    office.now += timedelta(minutes=2)
    assert office.ask("pool:emea", "t-2", effort=8.0).email == "ann@example.com"


def test_a_pool_in_turn_reads_no_task_of_those_it_gave_out() -> None:
    """It goes by no hours, so none of them matters, and a burst would read each again and again."""
    office = Office(ANN, BO, logic=Logic.ROUND_ROBIN)
    for number in range(5):
        office.ask("pool:emea", f"t-{number}")
    office.now += timedelta(minutes=2)
    with patch.object(office.work, "tasks_of", wraps=office.work.tasks_of) as reads:
        office.ask("pool:emea", "t-9")
    assert [call.args for call in reads.call_args_list] == [("A-1", ["t-9"])]


def test_a_pool_that_gave_out_more_than_there_is_room_to_note_is_asked_later() -> None:
    """Rather than that a task has nobody, or two."""
    office = Office(ANN, BO)
    notes = {f"A-1/lost-{n}": ["ann@example.com", 0.001, NOON.isoformat()] for n in range(MOST)}
    office.control.put("pool#emea", {"last": "", "reserved": notes})
    with pytest.raises(Conflict, match="faster"):
        office.ask("pool:emea")
    office.now += RESERVED_FOR + timedelta(seconds=1)
    assert office.give("t-1") == "ann"


def test_what_is_seen_leaves_the_row() -> None:
    """It stays small however much a pool gives out."""
    office = Office(ANN, BO)
    for number in range(100):
        office.give(f"t-{number}")
        office.now += timedelta(seconds=10)
    row = office.control.get("pool#emea")
    assert row is not None
    assert len(row["reserved"]) <= 8


def test_a_clock_that_goes_back_makes_nobody_busy_for_ever() -> None:
    office = Office(ANN, BO)
    office.ask("pool:emea", "lost", effort=30.0)
    office.now -= timedelta(days=30)
    assert office.give("t-1") == "ann"


class Contended(InMemoryControl):
    """Somebody else is faster so many times; what they do stands in the row."""

    def __init__(self, times: int):
        super().__init__()
        self.times = times

    def swap(self, key: str, before: Mapping[str, Any] | None, after: Mapping[str, Any]) -> bool:
        if self.times:
            self.times -= 1
            at: datetime = NOON
            super().put(key, {"last": "", "reserved": {f"x/{self.times}": ["ann@example.com", 9.0, f"{at}"]}})
        return super().swap(key, before, after)


def test_who_was_not_the_first_looks_again_after_a_pause() -> None:
    office, pauses = Office(ANN, BO), list[float]()
    office.control = Contended(3)
    found = replace(office.assigner, pause=pauses.append).assign(
        "t-1", "pool:emea", 1.0, ACCOUNT, OWNER, NOON
    )
    assert found.email == "bo@example.com", "what the others gave to Ann counts"
    assert len(pauses) == 3
    assert all(0 <= pause <= 0.02 * 2**number for number, pause in enumerate(pauses))


def test_who_never_is_the_first_gives_up_to_be_tried_again() -> None:
    office = Office(ANN, BO)
    office.control = Contended(1000)
    with pytest.raises(Conflict, match="pool 'emea' gave out tasks faster"):
        office.ask("pool:emea")


@pytest.mark.parametrize("logic", Logic)
def test_the_time_zone_of_who_has_the_task_is_told(logic: Logic) -> None:
    """By role, by name, by pool and asked again."""
    office = Office(member("ann", Region="EMEA", Timezone="Europe/Berlin"), logic=logic)
    asked = facts("A-1", Success_Manager="ann@example.com")
    for assign_to in ("Success Manager", "ann@example.com", "pool:emea", "pool:emea"):
        assert office.ask(assign_to, account=asked).timezone == "Europe/Berlin"
