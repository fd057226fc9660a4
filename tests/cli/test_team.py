"""What the CLI tells of the team, of roles, tasks and collections (USR-01, USR-02, DAT-06, TSK-03)."""

import csv
import re
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path

import pytest

from keepwell.accounts import Facts, Provenance
from keepwell.assignment.pools import Logic, Pool
from keepwell.assignment.rules import OwnerChange
from keepwell.attributes import Value
from keepwell.collections import ChildRecord
from keepwell.tasks import Task
from keepwell.team import Member
from keepwell_cli.account import account
from keepwell_cli.preview import preview
from keepwell_cli.tasks import tasks
from keepwell_cli.team import team
from tests.cli.in_memory_stack import InMemoryStack, shown
from tests.domain.plays.entering import play
from tests.story import NOON

EARLIER = NOON - timedelta(days=1)


@pytest.fixture
def here(monkeypatch: pytest.MonkeyPatch) -> InMemoryStack:
    return InMemoryStack.installed(monkeypatch)


def facts(key: str, **values: Value) -> Facts:
    told = {name.replace("_", " "): value for name, value in values.items()}
    return Facts(key, told, Provenance("csv:test", EARLIER), EARLIER, "drop-1", "drop-1")


ANN = Member(facts("ann@example.com", Name="Ann [Lee]", Licence="Practitioner", Manager="cleo@example.com"))
BO = Member(facts("bo@example.com", Timezone="Europe/Berlin", Region="EMEA", Availability=32.5))


def test_the_team_is_listed_with_what_it_has_to_do(here: InMemoryStack) -> None:
    """TSK-08: hours a week, less the effort of the open tasks, is what remains."""
    here.team.put(BO)
    here.team.put(ANN)
    for task_id, assignee, effort, status in (
        ("T-1", "Ann@example.com", 1.5, "Open"),
        ("T-2", "ann@example.com", 2, "Open"),
        ("T-3", "ann@example.com", 8, "Completed"),
        ("T-4", "bo@example.com", 40, "Open"),
    ):
        here.work.put_task(Task(task_id, facts("A-1", Assignee=assignee, Effort=effort, Status=status)))
    answer = team()
    assert answer.document["team"] == [
        {
            "email": "ann@example.com",
            "name": "Ann [Lee]",
            "role": "",
            "licence": "Practitioner",
            "active": True,
            "teams": [],
            "manager": "cleo@example.com",
            "region": "",
            "timezone": None,
            "language": "",
            "availability": None,
            "open_tasks": 2,
            "allocated": 3.5,
            "remaining": None,
        },
        {
            "email": "bo@example.com",
            "name": "",
            "role": "",
            "licence": None,
            "active": True,
            "teams": [],
            "manager": None,
            "region": "EMEA",
            "timezone": "Europe/Berlin",
            "language": "",
            "availability": 32.5,
            "open_tasks": 1,
            "allocated": 40.0,
            "remaining": -7.5,
        },
    ]
    assert "Ann [Lee]" in shown(answer)
    assert re.search(r"EMEA, Europe/Berlin +32.5 +1 +40 +-7.5", shown(answer))


def test_who_has_left_is_listed_as_such(here: InMemoryStack) -> None:
    """TSK-09: what they still have is seen."""
    here.team.put(Member(facts("dan@example.com", Active=False, Licence="Practitioner")))
    here.work.put_task(Task("T-1", facts("A-1", Assignee="dan@example.com", Status="Open")))
    answer = team()
    [told] = answer.document["team"]
    assert (told["active"], told["open_tasks"]) == (False, 1)
    told = " ".join(shown(answer).split())
    assert "dan@example.com is active no more and has 1 open task: on_owner_change is keep, so give" in told
    here.playbooks.active = replace(here.playbooks.active, on_owner_change=OwnerChange.SPLIT_BY_DUE_DATE)
    assert "1 open task: the next daily sweep hands over" in " ".join(shown(team()).split())


def test_who_has_left_and_is_still_named_in_the_playbook_is_told(here: InMemoryStack) -> None:
    """TSK-09, PLY-10: it is to be mended before something goes to them."""
    here.team.put(Member(facts("dan@example.com", Active=False)))
    here.team.put(BO)
    plays = tuple(
        play(name, owner=owner)
        for name, owner in (
            ("call", "Dan@example.com"),
            ("visit", "bo@example.com"),
            ("ask", "lead@example.com"),
        )
    )
    desk = Pool("desk", "Desk", Logic.ROUND_ROBIN, {}, {}, "dan@example.com")
    book = replace(here.playbooks.active, owner="lead@example.com", plays=plays, pools={"desk": desk})
    here.playbooks.active = book
    assert (
        "dan@example.com is active no more and is still the owner of the play call, the fallback of the pool "
        "desk: name somebody else." in " ".join(shown(team()).split())
    )
    here.playbooks.active = replace(book, owner="dan@example.com", pools={})
    assert (
        "dan@example.com is active no more and is still the owner of the playbook: name somebody else."
        in " ".join(shown(team()).split())
    )


def test_who_has_left_nothing_behind_is_no_news(here: InMemoryStack) -> None:
    here.team.put(Member(facts("dan@example.com", Active=False)))
    here.team.put(ANN)
    here.work.put_task(Task("T-1", facts("A-1", Assignee="ann@example.com", Status="Open")))
    assert "and " not in shown(team())


def test_the_pools_are_listed_with_who_is_of_them(here: InMemoryStack) -> None:
    """TSK-04; viewers are of none."""
    here.team.put(BO)
    here.team.put(Member(facts("vic@example.com", Region="EMEA", Licence="Viewer")))
    emea = Pool("emea", "EMEA", Logic.ROUND_ROBIN, {"Region": ("emea",)}, {"Language": "Support Language"})
    apac = Pool("apac", "APAC", Logic.NEXT_IN_LINE, {"Region": ("APAC",)}, {}, "desk@example.com")
    here.playbooks.active = replace(here.playbooks.active, pools={"emea": emea})
    answer = team(pools=True)
    assert not answer.findings
    [told] = answer.document["pools"]
    assert told == {
        "pool": "emea",
        "name": "EMEA",
        "logic": "round_robin",
        "members": ["bo@example.com"],
        "match": {"Language": "Support Language"},
        "fallback": None,
    }
    assert re.search(r"emea +round_robin +bo@example.com +Language = Support Language", shown(answer))

    here.playbooks.active = replace(here.playbooks.active, pools={"emea": emea, "apac": apac})
    answer = team(pools=True)
    assert answer.findings
    assert [each["members"] for each in answer.document["pools"]] == [[], ["bo@example.com"]]
    assert "Nobody of the team is of the pool apac" in shown(answer)
    assert "Mend team/apac.yaml" in shown(answer)


def test_a_playbook_without_pools_says_where_they_stand(here: InMemoryStack) -> None:
    answer = team(pools=True)
    assert (answer.document, answer.findings) == ({"pools": []}, False)
    assert "folder team/" in shown(answer)


def test_an_empty_team_says_how_to_fill_it(here: InMemoryStack) -> None:
    assert "keepwell drop team.csv --object team" in shown(team())


def test_an_account_tells_who_has_its_roles(here: InMemoryStack) -> None:
    here.accounts.put_facts(facts("A-1", Success_Manager="Ann@Example.com"))
    assert [each["member"] for each in account("A-1").document["assignments"]] == [None]
    assert "not of the team" not in shown(account("A-1"))

    here.team.put(BO)
    assert [each["member"] for each in account("A-1").document["assignments"]] == [False]
    assert "Success Manager: Ann@Example.com, not of the team" in shown(account("A-1"))

    here.team.put(ANN)
    assert account("A-1").document["assignments"] == [
        {"role": "Success Manager", "email": "Ann@Example.com", "name": "Ann [Lee]", "member": True}
    ]
    assert "Success Manager: Ann [Lee] <Ann@Example.com>" in shown(account("A-1"))


def test_an_account_tells_its_collections(here: InMemoryStack) -> None:
    here.accounts.put_facts(facts("A-1"))
    here.collections.put(ChildRecord("S-1", facts("A-1", Collection="Subscriptions", Seats=20)))
    here.collections.put(ChildRecord("X", facts("A-1")))
    answer = account("A-1")
    assert answer.document["collections"] == [
        {"collection_id": "S-1", "collection": "Subscriptions", "facts": {"Seats": "20"}},
        {"collection_id": "X", "collection": "", "facts": {}},
    ]
    assert "S-1  Seats: 20" in shown(answer)


def test_tasks_without_a_day_come_later_and_an_assignee_is_found_in_any_case(here: InMemoryStack) -> None:
    here.work.put_task(Task("T-1", facts("A-1", Title="Some day", Assignee="ann@example.com")))
    due = facts("A-1", Title="Soon", Assignee="Ann@Example.com", Due_Date=date(2026, 12, 1), Priority="High")
    here.work.put_task(Task("T-2", due))
    here.work.put_task(Task("T-3", facts("A-1", Title="Nobody's")))

    answer = tasks(mine="ANN@example.com")
    assert [(task["title"], task["due_date"]) for task in answer.document["tasks"]] == [
        ("Soon", "2026-12-01"),
        ("Some day", None),
    ]
    assert len(tasks().document["tasks"]) == 3


HEADERS = {
    "team": ("Email", "Name"),
    "tasks": ("Account ID", "Task ID", "Title"),
    "collections": ("Account ID", "Collection ID", "Collection"),
    "assignments": ("Account ID", "Role", "Email"),
}


@pytest.mark.parametrize(
    ("about", "rows", "expected"),
    [
        (
            "team",
            [("ANN@example.com", "Ann [Lee]"), ("bo@example.com", "Bo"), ("c@x.example", "")],
            (1, 1, 1),
        ),
        ("tasks", [("A-1", "T-1", "Call"), ("A-1", "T-2", "Visit")], (1, 0, 1)),
        ("collections", [("A-1", "S-1", "Subscriptions"), ("A-1", "S-2", "Subscriptions")], (1, 0, 1)),
        ("assignments", [("A-1", "CSM", "ann@example.com"), ("A-1", "CSM", "zoe@example.com")], (0, 1, 0)),
        ("assignments", [("A-1", "CSM", "bo@example.com")], (0, 1, 0)),
    ],
)
def test_a_preview_compares_with_what_the_stack_knows(
    here: InMemoryStack, about: str, rows: list[tuple[str, ...]], expected: tuple[int, ...], tmp_path: Path
) -> None:
    """It says what would be created, updated and unchanged, and writes nothing."""
    here.accounts.put_facts(facts("A-1", Success_Manager="Ann@Example.com"))
    for member in (ANN, BO):
        here.team.put(member)
    here.work.put_task(Task("T-1", facts("A-1", Title="Call")))
    here.collections.put(ChildRecord("S-1", facts("A-1", Collection="Subscriptions")))
    before = list(here.team.members())

    [report] = preview([written(tmp_path, about, rows)], about, None)
    assert tuple(report[name] for name in ("created", "updated", "unchanged")) == expected
    assert list(here.team.members()) == before
    assert len(list(here.work.tasks())) == len(list(here.collections.records("A-1"))) == 1


def test_with_no_stack_at_hand_everybody_is_of_the_team(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("AWS_ENDPOINT_URL", "http://127.0.0.1:9")
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_DEFAULT_REGION"):
        monkeypatch.setenv(name, "us-east-1")
    [report] = preview(
        [written(tmp_path, "assignments", [("A-1", "CSM", "ann@example.com")])], "assignments", None
    )
    assert (report["updated"], report["compared_with"]) == (1, "nothing")


def written(folder: Path, about: str, rows: list[tuple[str, ...]]) -> Path:
    path = folder / f"{about}.csv"
    with path.open("w", newline="", encoding="utf-8") as file:
        csv.writer(file).writerows([HEADERS[about], *rows])
    return path
