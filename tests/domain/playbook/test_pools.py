"""Team pools in a playbook, and tasks that are assigned to them (product TSK-04)."""

import json
from pathlib import Path

import pytest

from keepwell.assignment.pools import Logic, Pool
from keepwell.assignment.rules import OwnerChange, TaskMail
from keepwell.playbook import Playbook, read_bundle
from keepwell.playbook.bundle import write_bundle
from keepwell.playbook.compiling import check_playbook, compile_playbook
from tests.domain.playbook.folders import BLOCS, COMPANY, write_folder

EMEA = "name: EMEA\nlogic: round_robin\nmembers: {Region: EMEA}\n"
PLAY = (
    "name: Call\nstate: live\ntrigger: {segment: at-risk}\n"
    "tasks:\n  - {title: Call, description: Now, flow: Risk, assign_to: 'pool:emea'}\n"
)


def compiled(folder: Path, files: dict[str, str]) -> Playbook:
    return read_bundle(compile_playbook(write_folder(folder, files), BLOCS))


def findings(folder: Path, files: dict[str, str]) -> list[tuple[int, int, str, str | None]]:
    found = check_playbook(write_folder(folder, files), BLOCS)
    return [(each.line, each.column, each.message, each.suggestion) for each in found]


def test_a_pool_says_who_is_of_it_and_who_is_next(tmp_path: Path) -> None:
    text = (
        "name: EMEA\nlogic: most_available\nmembers:\n  region: [EMEA, 7]\n  Role: CSM\n"
        "match: {language: account name}\nfallback: lead@acme.example\n"
    )
    playbook = compiled(tmp_path, {"team/emea.yaml": text, "plays/call.yaml": PLAY})
    assert playbook.pools == {
        "emea": Pool(
            id="emea",
            name="EMEA",
            logic=Logic.MOST_AVAILABLE,
            members={"Region": ("EMEA", "7"), "Role": ("CSM",)},
            match={"Language": "Account Name"},
            fallback="lead@acme.example",
        )
    }
    [call] = [play for play in playbook.plays if play.id == "call"]
    assert [task.assign_to for task in call.tasks] == ["pool:emea"]


def test_a_pool_may_be_the_whole_team(tmp_path: Path) -> None:
    pool = compiled(tmp_path, {"team/all.yaml": "name: All\nlogic: next_in_line\n"}).pools["all"]
    assert (pool.members, pool.match, pool.fallback) == ({}, {}, "")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (
            "name: E\nlogic: round_robin\nmembers: {Regoin: EMEA}\n",
            (3, 11, "members are not chosen by 'Regoin', but by", "Region"),
        ),
        (
            "name: E\nlogic: round_robin\nmembers: {Availability: 5}\n",
            (3, 11, "members are not chosen by 'Availability', but by", None),
        ),
        (
            "name: E\nlogic: round_robin\nmember: {}\n",
            (3, 1, "the key 'member' is not", "members"),
        ),
        (
            "name: E\nlogic: robin\n",
            (2, 8, "'robin' is not one of next_in_line, round_robin", "round_robin"),
        ),
        (
            "name: E\nlogic: round_robin\nmatch: {Region: Regon Code}\n",
            (3, 17, "no attribute is called 'Regon Code'", None),
        ),
        (
            "name: E\nlogic: round_robin\nmembers: {Region: EMEA, region: UK}\n",
            (3, 10, "one attribute stands here twice", None),
        ),
        (
            "name: E\nlogic: round_robin\nmembers: {Region: []}\n",
            (3, 19, "expected at least one", None),
        ),
        ("name: E\nlogic: round_robin\nfallback: nobody\n", (3, 11, "'nobody' is no e-mail address", None)),
        ("name: E\n", (1, 1, "the key 'logic' is missing", None)),
    ],
)
def test_what_is_wrong_with_a_pool_is_told_where_it_stands(
    text: str, expected: tuple[int, int, str, str | None], tmp_path: Path
) -> None:
    [(line, column, message, suggestion)] = findings(tmp_path, {"team/emea.yaml": text})
    assert (line, column, suggestion) == (expected[0], expected[1], expected[3])
    assert expected[2] in message


def test_a_value_that_no_member_has_yet_is_fine(tmp_path: Path) -> None:
    """Who is of the team changes without the playbook."""
    assert findings(tmp_path, {"team/emea.yaml": EMEA.replace("EMEA", "Atlantis")}) == []


def test_a_task_of_a_pool_there_is_not(tmp_path: Path) -> None:
    files = {"team/emea.yaml": EMEA, "plays/call.yaml": PLAY.replace("pool:emea", "pool:emae")}
    [(line, _, message, suggestion)] = findings(tmp_path, files)
    assert (line, suggestion) == (5, "emea")
    assert message == "no pool is called 'emae'; the name of its file in team/ counts"


def test_a_pool_that_cannot_be_read_is_there(tmp_path: Path) -> None:
    """One mistake is told once."""
    files = {"team/emea.yaml": "logic: round_robin\n", "plays/call.yaml": PLAY}
    assert [message for _, _, message, _ in findings(tmp_path, files)] == ["the key 'name' is missing"]


def test_what_becomes_of_tasks_is_said_in_keepwell_yaml(tmp_path: Path) -> None:
    """TSK-09, TSK-10."""
    plain = compiled(tmp_path / "plain", {})
    assert (plain.on_owner_change, plain.task_mail) == (OwnerChange.KEEP, TaskMail.EACH)
    assert plain.watched_roles == ()
    said = f"{COMPANY}tasks: {{on_owner_change: split_by_due_date, mail: summary}}\n"
    told = compiled(tmp_path / "told", {"keepwell.yaml": said})
    assert (told.on_owner_change, told.task_mail) == (OwnerChange.SPLIT_BY_DUE_DATE, TaskMail.SUMMARY)
    assert told.watched_roles == ("Success Manager",)


def test_a_bundle_of_before_keeps_tasks_where_they_are(tmp_path: Path) -> None:
    body = json.loads(compile_playbook(write_folder(tmp_path, {}), BLOCS))
    for key in ("tasks", "pools", "version", "format"):
        del body[key]
    before = read_bundle(write_bundle(body))
    assert (before.pools, before.on_owner_change, before.task_mail) == ({}, OwnerChange.KEEP, TaskMail.EACH)


MAIL = "emails:\n  - {to: 'pool:emea', subject: Look, body: Now}\n"


def test_a_mail_to_a_pool_stands_beside_a_task_for_it(tmp_path: Path) -> None:
    files = {"team/emea.yaml": EMEA, "plays/call.yaml": PLAY + MAIL}
    [call] = [play for play in compiled(tmp_path / "beside", files).plays if play.id == "call"]
    assert [email.to for email in call.emails] == ["pool:emea"]
    alone = PLAY.replace("assign_to: 'pool:emea'", "assign_to: Success Manager") + MAIL
    [(line, column, message, _)] = findings(tmp_path / "alone", {**files, "plays/call.yaml": alone})
    assert (line, column) == (7, 10)
    assert message.endswith("add a task with `assign_to: pool:emea`, or name a role or an address")


def test_who_leads_the_holder_of_a_role_is_named_by_the_role(tmp_path: Path) -> None:
    """EWS-08, USR-02."""
    play = PLAY.replace("'pool:emea'", "'manager:success manager'")
    [call] = [
        each for each in compiled(tmp_path / "role", {"plays/call.yaml": play}).plays if each.id == "call"
    ]
    assert [task.assign_to for task in call.tasks] == ["manager:Success Manager"]
    misspelt = play.replace("success manager", "Sucess Manager")
    [(line, _, message, suggestion)] = findings(tmp_path / "misspelt", {"plays/call.yaml": misspelt})
    assert (line, suggestion) == (5, "Success Manager")
    assert message.startswith("'Sucess Manager' is no role")
    address = play.replace("success manager", "ann@acme.example")
    [(_, _, message, _)] = findings(tmp_path / "address", {"plays/call.yaml": address})
    assert message == "who leads ann@acme.example is looked up by role: name one after manager:"
