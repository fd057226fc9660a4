"""Whatever text is dropped, every row is accounted for (reliability I1, I3, I6)."""

import csv
import io
from datetime import timedelta

from hypothesis import example, given
from hypothesis import strategies as st

from tests.domain.imports.importing import NOON, Stack, adds_up

CELLS = st.one_of(
    st.sampled_from(
        ["", " ", "A-1", "A-2", "7", "Core", '"', '"x', "=1+1", "a,b", "x;y", "\n", "2026-11-21", "é"]
    ),
    st.text(max_size=8),
)
ROWS = st.lists(st.lists(CELLS, min_size=1, max_size=5), max_size=12)
LATER = NOON + timedelta(hours=1)
HEADERS = "Account ID,Account Name,NPS,Customer Tier\n"


@given(st.text(alphabet=st.sampled_from('A1,"\n\r;= \té'), max_size=80))
@example('A,"x\nB,"y\nC,"z\n')
@example("A,b,7,Core\r\nA,b,7,Core\r\n")
@example("A,b,7\nA,b,7,Core,1\nA,b,x,Core\n")
def test_of_any_text_below_a_header(text: str) -> None:
    """And of its rejects file, dropped again unmended: the same rows are refused for the same reasons."""
    stack = Stack()
    report = stack.drop(HEADERS + text)

    assert report["status"] == "done"
    assert adds_up(report)
    assert stack.writes == report["applied"]
    if report["rejected"]:
        assert len(stack.rejects(report)) == report["rejected"]
        again = stack.drop(stack.files.read(report["rejects_file"]), at=LATER)
        assert (again["rows"], again["rejected"]) == (report["rejected"], report["rejected"])
        assert again["ignored_columns"] == []
        told = [(row["Account ID"], row["Reason"]) for row in stack.rejects(report)]
        assert [(row["Account ID"], row["Reason"]) for row in stack.rejects(again)] == told


KNOWN = "Account ID\nA-1\n"
OBJECTS = {
    "users": "Account ID,User ID,Email,Key Contact",
    "touchpoints": "Account ID,Touchpoint ID,Date,Type",
    "usage": "Account ID,User ID,Module,Action,Time,Count",
    "tasks": "Account ID,Task ID,Title,Assignee",
    "team": "Email,Manager,Timezone,Availability",
    "assignments": "Account ID,Role,Email",
    "collections": "Account ID,Collection ID,Collection",
}


@given(st.sampled_from(sorted(OBJECTS)), ROWS, st.text(max_size=20))
@example("touchpoints", [["A-1", "T-1", "2026-11-21", "QBR"], ["A-1", "T-1", "2026-11-20", ""]], "")
@example("users", [["A-1", "ann", "", "yes"], ["A-2", "bo", "", "no"], ["A-1", "ann", "", "x"]], "")
@example("tasks", [["A-1", "T-1", "Call", "a@b.example"], ["A-1", "T-2", "", ""]], "")
@example("team", [["A@b.example", "b@b.example", "utc", "1"], ["b@b.example", "a@b.example", "", ""]], "")
@example("team", [["A@b.example", "", "", "9"], ["a@B.example", "", "", "200"]], "")
@example("assignments", [["A-1", "csm", "a@b.example"], ["A-1", "Owner", "A@b.example"]], "")
@example("assignments", [["A-1", "csm", "z@b.example"], ["A-1", "Boss", "a@b.example"]], "")
@example("collections", [["A-1", "S-1", "Seats"], ["A-1", "S-1", ""], ["A-2", "S-1", "Seats"]], "")
@example("usage", [["A-1", "ann", "M", "A", "2026-11-21", "1"]] * 2, "")
def test_of_files_about_what_belongs_to_accounts(about: str, rows: list[list[str]], more: str) -> None:
    """And dropped again nothing is applied, nor of its rejects file (I3)."""
    out = io.StringIO(newline="")
    csv.writer(out).writerows(rows)
    text = f"{OBJECTS[about]}\n{out.getvalue()}{more}"
    stack = Stack()
    stack.drop(KNOWN)
    stack.drop("Email\na@b.example\n", "drops/team/known.csv")
    report = stack.drop(text.encode("utf-8", "replace"), f"drops/{about}/1.csv")
    assert adds_up(report)
    if report["status"] != "done":
        return
    again = stack.drop(text.encode("utf-8", "replace"), f"drops/{about}/2.csv", at=LATER)
    assert (again["applied"], again["unchanged"]) == (0, report["applied"])
    assert again["rejected"] == report["rejected"]
    if report["rejected"]:
        unmended = stack.files.read(report["rejects_file"])
        refused = stack.drop(unmended, f"drops/{about}/3.csv", at=LATER)
        assert (refused["applied"], refused["rejected"]) == (0, report["rejected"])


@given(ROWS)
def test_each_well_formed_row_counts_once(rows: list[list[str]]) -> None:
    out = io.StringIO(newline="")
    csv.writer(out).writerows(rows)
    text = HEADERS + out.getvalue()
    if "\0" in text:
        return
    report = Stack().drop(text.encode("utf-8", "replace"))

    filled = sum(1 for row in rows if any(cell.strip() for cell in row))
    assert adds_up(report)
    assert report["rows"] == filled


@given(st.binary(max_size=200))
def test_any_bytes_give_a_report(content: bytes) -> None:
    report = Stack().drop(content)
    assert adds_up(report)
    assert report["status"] == "done" or report["errors"][0]["reason"]


@given(st.text(alphabet=st.sampled_from("AB12,\n"), max_size=60))
def test_the_same_bytes_again_change_nothing(text: str) -> None:
    """I3: no account is touched, and what was applied is now unchanged."""
    stack = Stack()
    first = stack.drop(HEADERS + text)
    before = stack.writes
    second = stack.drop(HEADERS + text)

    assert stack.writes == before
    assert second["drop_id"] != first["drop_id"]
    assert (second["applied"], second["unchanged"]) == (0, first["applied"])
    assert second["rejected"] == first["rejected"]


def test_a_quote_that_never_closes_costs_its_own_row_only() -> None:
    rows = [f"A-{n},Name,7,Core" for n in range(300)]
    rows[10] = 'A-10,"Name,7,Core'
    stack = Stack()
    report = stack.drop(HEADERS + "\n".join(rows))

    assert (report["rows"], report["created"], report["rejected"]) == (300, 299, 1)
    assert stack.rejects(report)[0]["Row"] == "12"


def test_what_cannot_be_stored_is_a_reject() -> None:
    """I6: too long, too many digits, an id that is no key."""
    rows = [
        f"A-1,{'x' * 40_000},7,Core",
        f"A-2,{'x' * 20_000},7,Core",
        f"A-3,Name,{'9' * 39},Core",
        f"{'i' * 300},Name,7,Core",
        '"A\n4",Name,7,Core',
        "A-5,Name,NaN,Core",
        f"A-6,{'x' * 200_000},7,Core",
    ]
    stack = Stack()
    report = stack.drop(HEADERS + "\n".join(rows))

    assert (report["rows"], report["rejected"], report["applied"]) == (7, 7, 0)
    assert [reject["Row"] for reject in stack.rejects(report)] == ["2", "3", "4", "5", "6", "8", "9"]


def test_an_account_that_would_outgrow_its_item_is_a_reject() -> None:
    from dataclasses import replace

    from keepwell.attributes import Attribute, Kind, standard_catalogue

    names = [f"Note {n}" for n in range(40)]
    stack = Stack()
    notes = standard_catalogue().extended(Attribute(name, Kind.TEXT) for name in names)
    stack.playbook = replace(stack.playbook, catalogue=notes)
    cells = ",".join(["y" * 9_999] * 40)
    report = stack.drop(f"Account ID,{','.join(names)}\nA-1,{cells}\nA-2{',' * 40}\n")

    assert (report["rejected"], report["created"]) == (1, 1)
    assert "shorten its texts" in report["errors"][0]["reason"]
