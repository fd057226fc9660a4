"""`keepwell score` as it is typed: what it answers, and how it refuses (interfaces, "JSON shapes")."""

import csv
import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner, Result

from keepwell_cli import main
from keepwell_cli.reference import ANSWERS
from tests.docs.test_command import same_shape

HEADERS = "Account ID,Account Name,Status,Customer Tier,Usage Frequency,Open Ticket Count,NPS"
# Light (1.15): usage 0 x 35, support 100 x 25, surveys 60 x 20, adoption unknown: 3,700 / 80 = 46.25.
POOR = "A-1,Harbor Labs,Paying,Light,Inactive,1,8"
# 100 x 35, 60 x 25 (three tickets), 100 x 20: 7,000 / 80 = 87.5, which rounds up.
GOOD = "A-2,=HYPERLINK(1),Paying,Light,Daily,3,10"
GONE = "A-3,Iris Foods,Churned,Light,Daily,0,10"
FAULTY = "A-4,Oak Books,Paying,Light,Daily,few,10"


@pytest.fixture
def keepwell(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., Result]:
    """The command in an empty folder, with no cloud in reach and no way to ask for one."""
    monkeypatch.chdir(tmp_path)

    def run(*arguments: str) -> Result:
        return CliRunner(env={"AWS_PROFILE": "nobody"}).invoke(main.build(), arguments)

    return run


def write(name: str, *rows: str) -> None:
    Path(name).write_text("\n".join([HEADERS, *rows, ""]), encoding="utf-8")


def scored(keepwell: Callable[..., Result], *arguments: str) -> dict[str, Any]:
    run = keepwell("score", "--accounts", "accounts.csv", *arguments, "--json")
    document: dict[str, Any] = json.loads(run.stdout)
    return document


def test_the_scores_worked_out_by_hand(keepwell: Callable[..., Result]) -> None:
    """HLT-02, HLT-09, 1.14 rows 13 and 14: rounding, what is missing, no active contract."""
    write("accounts.csv", POOR, GOOD, GONE)
    run = keepwell("score", "--accounts", "accounts.csv", "--json")
    document = json.loads(run.stdout)
    assert run.exit_code == 0, run.stderr
    told = [(a["account_id"], a["health"], a["score"], a["profile"]) for a in document["accounts"]]
    assert told == [
        ("A-1", "poor", 46, "light"),
        ("A-2", "good", 88, "light"),
        ("A-3", "unknown", None, None),
    ]
    assert document["summary"] == {
        "good": 1,
        "average": 0,
        "poor": 1,
        "unknown": 1,
        "portfolio_quality_score": 70.0,
        "rows": 3,
        "rejected": 0,
    }


def test_the_json_is_as_documented_and_its_weights_sum_to_100(keepwell: Callable[..., Result]) -> None:
    write("accounts.csv", POOR, FAULTY)
    document = scored(keepwell)
    same_shape(ANSWERS["score"]["document"], document)
    [account] = document["accounts"]
    assert sum(d["weight"] for d in account["dimensions"] if d["score"] is not None) == pytest.approx(100)
    for dimension in account["dimensions"]:
        weights = [m["weight"] for m in account["metrics"] if m["dimension"] == dimension["name"]]
        assert sum(weights) == pytest.approx(0 if dimension["score"] is None else 100)
    assert account["segments"] == sorted({reason["segment"] for reason in account["reasons"]})
    assert all(reason["matches"] for reason in account["reasons"])


def test_health_and_segments_come_before_any_effect(keepwell: Callable[..., Result]) -> None:
    """1.14 row 24: a play would set the risk status of an account that fell to Poor, and tag it."""
    write("accounts.csv", POOR)
    [account] = scored(keepwell)["accounts"]
    assert "At Risk" in account["segments"]
    assert not any("Risk Status" in reason["condition"] for reason in account["reasons"])


def test_rejected_rows_are_findings_that_say_what_to_mend(keepwell: Callable[..., Result]) -> None:
    write("accounts.csv", FAULTY, POOR)
    document = scored(keepwell)
    assert document["summary"]["rejected"] == 1
    assert [account["account_id"] for account in document["accounts"]] == ["A-1"]
    [error] = document["errors"]
    assert (error["column"], error["row"], error["count"], error["example"]) == (
        "Open Ticket Count",
        2,
        1,
        "few",
    )
    run = keepwell("score", "--accounts", "accounts.csv")
    assert run.exit_code == 1
    assert "expected a plain number" in run.stdout


def test_the_table_shows_the_worst_first_and_as_many_as_asked_for(keepwell: Callable[..., Result]) -> None:
    write("accounts.csv", GONE, GOOD, POOR)
    shown = keepwell("score", "--accounts", "accounts.csv", "--worst", "2").stdout
    assert shown.index("A-1") < shown.index("A-2")
    assert "A-3" not in shown
    assert "accounts on " in shown
    assert "portfolio quality score 70" in shown


def test_the_csv_holds_every_account_in_order_and_no_formula(keepwell: Callable[..., Result]) -> None:
    """Reliability 6, "CSV out"."""
    write("accounts.csv", GOOD, POOR, GONE)
    run = keepwell("score", "--accounts", "accounts.csv", "--csv", "scored.csv")
    assert run.exit_code == 0, run.stderr
    with Path("scored.csv").open(encoding="utf-8-sig", newline="") as file:
        rows = list(csv.DictReader(file))
    assert [row["Account ID"] for row in rows] == ["A-2", "A-1", "A-3"]
    assert [row["Health Score"] for row in rows] == ["88", "46", ""]
    assert [row["Health"] for row in rows] == ["good", "poor", "unknown"]
    assert rows[0]["Account Name"] == "'=HYPERLINK(1)"
    assert [row["Profile"] for row in rows] == ["light", "light", ""]
    assert "At Risk" in rows[1]["Segments"]


def test_a_day_of_the_past_and_a_playbook_of_ones_own(keepwell: Callable[..., Result]) -> None:
    write("accounts.csv", POOR)
    Path("book/health").mkdir(parents=True)
    Path("book/keepwell.yaml").write_text(
        "owner: kim@example.com\nblocs: [health]\nbands: {good: 75, average: 40}\n"
    )
    document = scored(keepwell, "--playbook", "book", "--on", "2026-02-28")
    assert document["on"] == "2026-02-28"
    assert document["accounts"][0]["health"] == "average", "46, where Average begins at 40"


def test_foreign_columns_by_a_mappings_file(keepwell: Callable[..., Result]) -> None:
    """INT-05: the mapping need not be in a playbook."""
    Path("crm.yaml").write_text(
        "object: accounts\ncolumns:\n  Account ID: {column: Key}\n  Status: {constant: Paying}\n"
        "  Customer Tier: {constant: Light}\n  NPS: {column: Score}\n"
    )
    Path("accounts.csv").write_text("Key,Score\nK-1,10\n")
    document = scored(keepwell, "--mapping", "crm.yaml")
    assert [(a["account_id"], a["score"]) for a in document["accounts"]] == [("K-1", 100)]


def test_a_mappings_file_may_change_texts_and_create_attributes(keepwell: Callable[..., Result]) -> None:
    """INT-05: the same functions as in an import."""
    Path("crm.yaml").write_text(
        "object: accounts\ncolumns:\n  Account ID: {columns: [Region, Key], then: [{join: '-'}]}\n"
        "  Status: {constant: Paying}\n  Customer Tier: {constant: Light}\n"
        "  NPS: {column: Score, then: [{number: '1,5'}]}\n  Shoe Size: Shoes\n"
        "creates: {Shoe Size: {kind: number}}\n"
    )
    Path("accounts.csv").write_text(
        "Region,Key,Score,Shoes\nEU,1,'10,0',44\nEU,2,10.0,44\n".replace("'", '"')
    )
    run = keepwell("score", "--accounts", "accounts.csv", "--mapping", "crm.yaml", "--json")
    document = json.loads(run.stdout)
    assert [(a["account_id"], a["score"]) for a in document["accounts"]] == [("EU-1", 100)]
    (error,) = document["errors"]
    assert (error["column"], error["row"], error["example"]) == ("Score", 3, "10.0")


def test_rejected_rows_of_the_other_files_are_findings_too(keepwell: Callable[..., Result]) -> None:
    write("accounts.csv", POOR)
    Path("t.csv").write_text("Account ID,Touchpoint ID,Type,Date\nA-1,T-1,Call,soon\n")
    run = keepwell("score", "--accounts", "accounts.csv", "--touchpoints", "t.csv")
    assert run.exit_code == 1
    assert "t.csv: rows 1, rejected 1" in run.stdout
    assert "soon" in run.stdout


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ([], "--accounts"),
        (["--accounts", "missing.csv"], "missing.csv"),
        (["--accounts", "."], "directory"),
        (["--accounts", "accounts.csv", "--on", "2026-13-01"], "2026-13-01"),
        (["--accounts", "accounts.csv", "--playbook", "nowhere"], "keepwell.yaml"),
        (["--accounts", "accounts.csv", "--csv", "accounts.csv"], "overwrite"),
        (["--accounts", "accounts.csv", "--csv", "nowhere/out.csv"], "no folder"),
        (["--accounts", "accounts.csv", "--worst", "-1"], "greater"),
        (["--accounts", "workbook.csv"], "Excel workbook"),
        (["--accounts", "headless.csv"], "Account ID"),
        (["--accounts", "empty.csv"], "empty"),
        (["--accounts", "accounts.csv", "--usage", "missing.csv"], "missing.csv"),
        (["--accounts", "accounts.csv", "--usage", "workbook.csv"], "workbook.csv cannot be read"),
        (["--accounts", "accounts.csv", "--users", "accounts.csv"], "no column holds the User ID"),
        (["--accounts", "accounts.csv", "--usage", "headless.csv", "--csv", "headless.csv"], "overwrite"),
        (["--accounts", "accounts.csv", "--mapping", "headless.csv"], "headless.csv"),
    ],
)
def test_wrong_usage_is_refused_and_nothing_is_written(
    keepwell: Callable[..., Result], arguments: list[str], said: str
) -> None:
    write("accounts.csv", POOR)
    Path("workbook.csv").write_bytes(b"PK\x03\x04 and so on")
    Path("headless.csv").write_text("A-1,Harbor Labs\n")
    Path("empty.csv").write_text("")
    before = sorted(path.name for path in Path().iterdir())
    run = keepwell("score", *arguments)
    assert run.exit_code == 2
    assert said in run.output
    assert sorted(path.name for path in Path().iterdir()) == before
    told = json.loads(keepwell("score", *arguments, "--json").stdout)
    assert said in told["error"]


def test_a_day_to_come_is_refused(keepwell: Callable[..., Result]) -> None:
    write("accounts.csv", POOR)
    tomorrow = datetime.now(UTC).date() + timedelta(days=2)
    run = keepwell("score", "--accounts", "accounts.csv", "--on", str(tomorrow))
    assert run.exit_code == 2
    assert f"{tomorrow} is in the future" in run.stderr
