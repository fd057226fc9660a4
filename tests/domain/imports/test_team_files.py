"""Files about the team and about who has which role (interfaces, "CSV"; USR-01, USR-02, DAT-06)."""

import json
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from keepwell.attributes import Attribute, Kind
from keepwell.errors import Conflict, TransientFailure
from keepwell.imports import planning, shards
from keepwell.imports.job import CHANGES
from keepwell.imports.mapping import ImportMapping, Source
from keepwell.imports.objects.outsiders import NOBODYS
from keepwell.in_memory import InMemoryQueue, InMemoryTeam
from keepwell.team import Licence, Member, circles
from tests.domain.imports.importing import NOON, Stack, adds_up, playbook

TEAM, ASSIGNMENTS = "drops/team/file.csv", "drops/assignments/file.csv"
LATER, EARLIER = NOON + timedelta(hours=1), NOON - timedelta(hours=1)
NOWHERE = '"Nowhere" is no time zone; write one such as Europe/Berlin'
ROUND = "the managers go round in a circle"
ROLES = "Success Manager, Executive Sponsor"
DECLARE = "another is declared in attributes/ with role: true"
PEOPLE = """Email,Name,Role,Licence,Teams,Manager,Region,Time Zone,Language,Availability
Ann@Example.com,Ann Lee,CSM,practitioner,"EU, Core",cleo@example.com,EMEA,europe/berlin,German,32.5
bo@example.com,Bo Sand,CSM,Contributor,,Cleo@example.com,AMER,America/New_York,English,20
cleo@example.com,Cleo Ray,Head of CS,Practitioner,,,,,,
vic@example.com,Vic Poe,Finance,Viewer,,,,,,
"""


def member(stack: Stack, email: str) -> Member:
    return stack.team.members_of([email])[email]


def why(stack: Stack, report: dict[str, Any]) -> dict[str, tuple[str, str]]:
    """The column and the reason of each rejected row."""
    return {row["Row"]: (row["Column"], row["Reason"]) for row in stack.rejects(report)}


def staffed(*mappings: ImportMapping) -> Stack:
    """Two accounts, and a team; the playbook has a second role."""
    book = playbook(*mappings)
    sponsor = Attribute("Executive Sponsor", Kind.TEXT, aliases=("Sponsor",), role=True)
    stack = Stack(playbook=replace(book, catalogue=book.catalogue.extended([sponsor])))
    stack.drop("Account ID,CSM\nA-1,Bo@Example.com\nA-2,\n", at=NOON - timedelta(days=1))
    stack.drop(PEOPLE, TEAM)
    return stack


class Contended(InMemoryTeam):
    """Somebody else is always first."""

    def put(self, member: Member) -> Member:
        raise Conflict("somebody else wrote first")


def test_who_keeps_changing_is_not_named_in_what_is_logged() -> None:
    """An address is personal."""
    with pytest.raises(TransientFailure, match="a team member kept changing") as failure:
        Stack(team=Contended()).drop(PEOPLE, TEAM)
    assert "@" not in str(failure.value)


class TestTeam:
    def test_members_are_as_the_file_tells(self) -> None:
        """USR-01, USR-02, TSK-04, TSK-08."""
        stack = Stack()
        report = stack.drop(PEOPLE, TEAM)

        assert adds_up(report)
        assert (report["created"], report["rejected"], report["ignored_columns"]) == (4, 0, [])
        assert [each.email for each in stack.team.members()] == [
            "ann@example.com",
            "bo@example.com",
            "cleo@example.com",
            "vic@example.com",
        ]
        ann = member(stack, "ann@example.com")
        assert (ann.name, ann.role, ann.licence) == ("Ann Lee", "CSM", Licence.PRACTITIONER)
        assert (ann.teams, ann.manager) == (("EU", "Core"), "cleo@example.com")
        assert (ann.region, ann.timezone, ann.language) == ("EMEA", "Europe/Berlin", "German")
        assert ann.availability == 32.5
        assert ann.facts.provenance.source == "csv:team"
        cleo = member(stack, "cleo@example.com")
        assert (cleo.manager, cleo.timezone, cleo.teams, cleo.availability) == ("", "", (), None)

    def test_each_fault_is_told_with_its_mend(self) -> None:
        stack = Stack()
        rows = (
            "ann at example.com,,,\n,UTC,,\nbo@example.com,Berlin,,\ncleo@example.com,Europe/Berln,,\n"
            "dan@example.com,Nowhere,200,\neve@example.com,,,Viever\nfay@example.com,,-1,\n"
        )
        report = stack.drop(f"Email,Timezone,Availability,Licence\n{rows}", TEAM)

        assert adds_up(report)
        assert (report["created"], report["rejected"]) == (0, 7)
        assert why(stack, report) == {
            "2": ("Email", 'expected one e-mail address such as ann@example.com, found "ann at example.com"'),
            "3": ("Email", "the Email is blank; every row needs one"),
            "4": ("Timezone", '"Berlin" is no time zone; did you mean Europe/Berlin?'),
            "5": ("Timezone", '"Europe/Berln" is no time zone; did you mean Europe/Berlin?'),
            "6": (
                "Timezone; Availability",
                f'{NOWHERE}; expected hours a week, 0 to 168, found "200"',
            ),
            "7": (
                "Licence",
                '"Viever" is not one of Practitioner, Contributor, Viewer; did you mean Viewer?',
            ),
            "8": ("Availability", 'expected hours a week, 0 to 168, found "-1"'),
        }

    def test_the_same_member_in_another_case_is_one(self) -> None:
        stack = Stack()
        report = stack.drop("Email,Name\nANN@example.com,A\nann@Example.com,Ann\n", TEAM)
        assert (report["created"], report["rejected"]) == (1, 1)
        assert "stands again in row 3" in why(stack, report)["2"][1]
        assert member(stack, "ann@example.com").name == "Ann"

    def test_the_same_team_again_changes_nothing_and_an_older_file_fills_gaps(self) -> None:
        """I3, I4."""
        stack = Stack()
        stack.drop(PEOPLE, TEAM)
        before = list(stack.team.members())
        again = stack.drop(PEOPLE, TEAM, at=LATER)
        assert (again["applied"], again["unchanged"]) == (0, 4)
        assert list(stack.team.members()) == before

        older = stack.drop("Email,Name,Language\ncleo@example.com,C,French\n", TEAM, at=EARLIER)
        assert (older["fill_only"], older["updated"]) == (True, 1)
        cleo = member(stack, "cleo@example.com")
        assert (cleo.name, cleo.language) == ("Cleo Ray", "French")

    def test_managers_in_a_circle_are_rejects_and_the_others_are_not(self) -> None:
        """USR-02."""
        stack = Stack()
        rows = (
            "a@x.example,b@x.example\nb@x.example,a@x.example\n"
            "c@x.example,a@x.example\nd@x.example,D@x.example\n"
        )
        report = stack.drop(f"Email,Manager\n{rows}", TEAM)
        assert (report["created"], report["rejected"]) == (1, 3)
        assert why(stack, report) == {
            "2": (
                "Manager",
                f"{ROUND}: a@x.example -> b@x.example -> a@x.example; mend one of them",
            ),
            "3": (
                "Manager",
                f"{ROUND}: b@x.example -> a@x.example -> b@x.example; mend one of them",
            ),
            "5": (
                "Manager",
                f"{ROUND}: d@x.example -> d@x.example; mend one of them",
            ),
        }

    def test_a_circle_with_members_of_before_is_a_reject(self) -> None:
        stack = Stack()
        stack.drop("Email,Manager\na@x.example,b@x.example\nb@x.example,c@x.example\n", TEAM)
        report = stack.drop("Email,Manager\nc@x.example,a@x.example\n", TEAM, at=LATER)
        assert report["rejected"] == 1
        assert "c@x.example -> a@x.example -> b@x.example -> c@x.example" in why(stack, report)["2"][1]

    def test_a_reject_may_leave_a_circle_with_what_was_before(self) -> None:
        """Row 4 fits only if row 2 is taken, which row 3 forbids."""
        stack = Stack()
        stack.drop("Email,Manager\na@x.example,b@x.example\n", TEAM)
        rows = "a@x.example,d@x.example\nd@x.example,a@x.example\nb@x.example,a@x.example\n"
        report = stack.drop(f"Email,Manager\n{rows}", TEAM, at=LATER)
        assert report["rejected"] == 3
        assert member(stack, "a@x.example").manager == "b@x.example"

    def test_a_large_team_has_no_circle_either(self) -> None:
        """The next leads each, and the first the last."""
        stack = Stack()
        rows = "".join(f"m{n}@x.example,m{(n + 1) % 2000}@x.example\n" for n in range(2000))
        report = stack.drop(f"Email,Manager\n{rows}", TEAM)
        assert adds_up(report)
        assert report["rejected"] >= 1
        assert circles({each.email: each.manager for each in stack.team.members()}) == {}

    def test_the_rows_are_judged_together_however_many_there_are(
        self, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """Else both rows of a circle would not be named, who trade places would be rejected, and a manager
        further down would be warned of."""
        monkeypatch.setattr(shards, "ROWS_OF_A_BATCH", 1)
        stack = Stack()
        circle = "a@example.com,b@example.com\nb@example.com,a@example.com\n"
        rows = "c@example.com,d@example.com\nd@example.com,\n"
        report = stack.drop(f"Email,Manager\n{circle}{rows}", TEAM)
        assert (report["created"], report["rejected"], report["warnings"]) == (2, 2, [])
        assert set(why(stack, report)) == {"2", "3"}

        swapped = "d@example.com,c@example.com\nc@example.com,\n"
        mapping = ImportMapping(
            "m", "team", {n: Source(column=n) for n in ("Email", "Manager")}, clear_blanks=True
        )
        stack.playbook = playbook(mapping)
        report = stack.drop(f"Email,Manager\n{swapped}", "drops/team/mapping=m/a.csv", at=LATER)
        assert (report["updated"], report["rejected"]) == (2, 0)

    def test_a_file_of_more_rows_than_a_team_has_is_refused_as_a_whole(
        self, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(planning, "MAX_ROWS_IN_ORDER", 3)
        stack = Stack()
        report = stack.drop(PEOPLE, TEAM)
        assert (report["status"], report["rows"]) == ("failed", 0)
        assert "more than the 3 rows that one of the team may have" in report["errors"][0]["reason"]
        assert list(stack.team.members()) == []
        assert stack.drop("".join(PEOPLE.splitlines(keepends=True)[:4]), TEAM)["created"] == 3


class TestAssignments:
    def test_an_assignment_is_a_fact_of_the_account(self) -> None:
        """DAT-06, PLY-10: the Success Manager is the same as the assignment to that role."""
        stack = staffed()
        rows = "A-1,csm,ann@example.com\nA-1,Executive Sponsor,CLEO@example.com\nA-2,sponsor,bo@example.com\n"
        report = stack.drop(f"Account ID,Role,Email\n{rows}", ASSIGNMENTS)

        assert adds_up(report)
        assert (report["created"], report["updated"], report["rejected"]) == (0, 3, 0)
        facts = stack.facts("A-1")
        assert facts.values == {"Success Manager": "ann@example.com", "Executive Sponsor": "cleo@example.com"}
        assert facts.exceptions["Success Manager"].source == "csv:assignments"
        assert stack.facts("A-2").values == {"Executive Sponsor": "bo@example.com"}

    def test_what_a_later_file_of_accounts_tells_is_the_assignment(self) -> None:
        stack = staffed()
        stack.drop("Account ID,Role,Email\nA-1,Success Manager,ann@example.com\n", ASSIGNMENTS)
        stack.drop("Account ID,CSM\nA-1,cleo@example.com\n", at=LATER)
        again = stack.drop("Account ID,Role,Email\nA-1,CSM,cleo@example.com\n", ASSIGNMENTS, at=LATER)
        assert (again["applied"], again["unchanged"]) == (0, 1)
        assert stack.facts("A-1").values == {"Success Manager": "cleo@example.com"}

    def test_an_address_in_another_case_is_the_same(self) -> None:
        """I3."""
        stack = staffed()
        writes = stack.writes
        report = stack.drop("Account ID,Role,Email\nA-1,CSM,bo@example.com\n", ASSIGNMENTS)
        assert (report["unchanged"], stack.writes) == (1, writes)
        assert stack.facts("A-1").values == {"Success Manager": "Bo@Example.com"}

    def test_one_write_for_all_roles_of_an_account_and_each_row_by_itself(self) -> None:
        stack = staffed()
        writes = stack.writes
        rows = "A-1,CSM,bo@example.com\nA-1,Sponsor,cleo@example.com\n"
        report = stack.drop(f"Account ID,Role,Email\n{rows}", ASSIGNMENTS)
        assert (report["updated"], report["unchanged"], stack.writes) == (1, 1, writes + 1)

    def test_each_fault_is_told_with_its_mend(self) -> None:
        stack = staffed()
        rows = (
            "A-9,CSM,ann@example.com\nA-1,Sponser,ann@example.com\nA-1,,ann@example.com\n"
            "A-1,CSM,vic@example.com\nA-2,Sponsor,Ann Lee\n"
        )
        report = stack.drop(f"Account ID,Role,Email\n{rows}", ASSIGNMENTS)
        assert adds_up(report)
        assert report["rejected"] == 5
        assert why(stack, report) == {
            "2": ("Account ID", "there is no account 'A-9' yet; drop accounts first"),
            "3": (
                "Role",
                f'"Sponser" is not one of {ROLES}; did you mean Executive Sponsor?; {DECLARE}',
            ),
            "4": ("Role", "the Role is blank; every row needs one"),
            "5": (
                "Email",
                "vic@example.com is a Viewer, who holds no role; change the licence, or name another",
            ),
            "6": ("Email", 'expected one e-mail address such as ann@example.com, found "Ann Lee"'),
        }

    def test_one_role_by_two_names_stands_twice(self) -> None:
        stack = staffed()
        rows = "A-1,CSM,ann@example.com\nA-1,success manager,cleo@example.com\n"
        report = stack.drop(f"Account ID,Role,Email\n{rows}", ASSIGNMENTS)
        assert (report["updated"], report["rejected"]) == (1, 1)
        assert stack.facts("A-1").values["Success Manager"] == "cleo@example.com"
        assert "'Success Manager' stands again in row 3" in why(stack, report)["2"][1]

    def test_a_mapping_may_name_the_role_for_all_rows(self) -> None:
        columns = {
            "Account ID": Source(column="id"),
            "Role": Source(constant="csm"),
            "Email": Source(column="owner"),
        }
        stack = staffed(ImportMapping("owners", "assignments", columns))
        report = stack.drop("id,owner\nA-1,ann@example.com\n", "drops/assignments/mapping=owners/file.csv")
        assert report["updated"] == 1
        assert stack.facts("A-1").values["Success Manager"] == "ann@example.com"

    def test_an_older_file_overwrites_nothing(self) -> None:
        """I4."""
        stack = staffed()
        stack.drop("Account ID,Role,Email\nA-1,CSM,ann@example.com\n", ASSIGNMENTS)
        rows = "A-1,CSM,cleo@example.com\nA-1,Sponsor,cleo@example.com\n"
        report = stack.drop(f"Account ID,Role,Email\n{rows}", ASSIGNMENTS, at=EARLIER)
        assert (report["fill_only"], report["updated"], report["unchanged"]) == (True, 1, 1)
        assert stack.facts("A-1").values["Success Manager"] == "ann@example.com"

    def test_what_changed_is_logged_of_the_account(self) -> None:
        """So that undo and recalculation know it."""
        stack = staffed()
        report = stack.drop("Account ID,Role,Email\nA-1,CSM,ann@example.com\n", ASSIGNMENTS)
        [key] = (key for key in stack.files.keys(CHANGES) if report["drop_id"] in key)
        entry = json.loads(stack.files.read(key))
        assert entry["account_id"] == "A-1"
        assert "role" not in entry
        assert entry["changes"] == {"Success Manager": ["Bo@Example.com", "ann@example.com"]}


class TestWhoIsNotOfTheTeam:
    """A warning, never a reject: mail reaches anybody, and files come in any order (decision 18)."""

    FILES = (
        (
            "drops/accounts/a.csv",
            "Account ID,CSM,Sponsor\nA-1,{},Ann@example.com\nA-2,,{}\n",
            ["CSM", "Sponsor"],
        ),
        ("drops/tasks/a.csv", "Account ID,Task ID,Title,Assignee\nA-1,1,a,{}\nA-1,2,b,{}\n", ["Assignee"]),
        (
            TEAM,
            "Email,Manager\nnew@example.com,{}\nann@example.com,new@example.com\nbo@example.com,{}\n",
            ["Manager"],
        ),
        (
            ASSIGNMENTS,
            "Account ID,Role,Email\nA-1,CSM,{}\nA-2,CSM,bo@example.com\nA-2,Sponsor,{}\n",
            ["Email"],
        ),
    )

    @pytest.mark.parametrize(("key", "content", "columns"), FILES)
    def test_the_report_warns_of_each_column_and_takes_the_rows(
        self, key: str, content: str, columns: list[str]
    ) -> None:
        stack = staffed()
        report = stack.drop(content.format("zoe@elsewhere.example", "Yan@Elsewhere.example"), key)
        assert adds_up(report)
        assert (report["rejected"], report["errors"]) == (0, [])
        warnings = report["warnings"]
        assert [each["column"] for each in warnings] == columns
        assert warnings[0].keys() == {"reason", "column", "row", "count", "example"}
        assert {each["reason"] for each in warnings} == {NOBODYS}
        assert (warnings[0]["row"], warnings[0]["example"]) == (2, "zoe@elsewhere.example")
        assert sum(each["count"] for each in warnings) == 2

    @pytest.mark.parametrize(("key", "content", "columns"), FILES)
    def test_of_members_nothing_is_said(self, key: str, content: str, columns: list[str]) -> None:
        assert columns
        report = staffed().drop(content.format("cleo@example.com", "Cleo@Example.com"), key)
        assert (report["rejected"], report["warnings"]) == (0, [])

    @pytest.mark.parametrize(("key", "content", "columns"), FILES)
    def test_where_there_is_no_team_nobody_is_outside(
        self, key: str, content: str, columns: list[str]
    ) -> None:
        stack = replace(staffed(), team=InMemoryTeam())
        report = stack.drop(content.format("zoe@elsewhere.example", "yan@elsewhere.example"), key)
        expected = columns if key == TEAM else []  # such a file makes the team
        assert report["rejected"] == 0
        assert [each["column"] for each in report["warnings"]] == expected

    def test_a_name_or_a_long_text_is_nobodys_address_either(self) -> None:
        """No key of DynamoDB is that long."""
        report = staffed().drop(f"Account ID,CSM\nA-1,Kim Miller\nA-2,{'x' * 2_000}\n")
        assert [(each["count"], each["example"]) for each in report["warnings"]] == [(2, "Kim Miller")]

    def test_rows_of_all_shards_and_deliveries_count_once(self) -> None:
        """I2."""
        stack = staffed()
        rows = "".join(f"B-{number},zoe@elsewhere.example\n" for number in range(3_000))
        drop = stack.put("drops/accounts/many.csv", f"Account ID,CSM\n{rows}".encode())
        drop_id = stack.plan(drop)
        assert isinstance(stack.queue, InMemoryQueue)
        messages = [*stack.queue.messages]
        assert len(messages) > 1
        for message in [*messages[:1], *messages]:
            stack.run(message)
        [warning] = stack.report(drop_id)["warnings"]
        assert (warning["count"], warning["row"]) == (3_000, 2)


@pytest.mark.parametrize(
    ("managers", "expected"),
    [
        ({}, {}),
        ({"a": "b", "b": "c"}, {}),
        ({"a": "a"}, {"a": ("a", "a")}),
        ({"x": "a", "a": "b", "b": "a"}, {"a": ("a", "b", "a"), "b": ("b", "a", "b")}),
    ],
)
def test_circles_are_those_who_lead_themselves(
    managers: dict[str, str], expected: dict[str, tuple[str, ...]]
) -> None:
    assert circles(managers) == expected


def test_a_role_whose_system_of_record_assignments_become_is_assigned_by_the_same_rows() -> None:
    """S1: they say what they said, and now it counts above what accounts said."""
    stack, book = staffed(), staffed().playbook
    stack.playbook = replace(book, catalogue=book.catalogue.recorded_by({"Success Manager": "csv:accounts"}))
    rows = "Account ID,Role,Email\nA-1,CSM,ann@example.com\n"
    stack.drop(rows, "drops/assignments/a.csv")
    assert stack.facts("A-1").values["Success Manager"] == "Bo@Example.com"
    systems = {"Success Manager": "csv:assignments"}
    stack.playbook = replace(book, catalogue=book.catalogue.recorded_by(systems))
    stack.drop(rows, "drops/assignments/a.csv", at=NOON + timedelta(days=1))
    assert stack.facts("A-1").values["Success Manager"] == "ann@example.com"
