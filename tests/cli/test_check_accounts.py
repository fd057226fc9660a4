"""What `keepwell check` shows, and with `--account-csv F --id X` what is wrong with that account alone."""

import io
from pathlib import Path

import pytest
from rich.console import Console

from keepwell.attributes import standard_catalogue
from keepwell.criteria import hash_of, parse
from keepwell.errors import RejectedInput
from keepwell.playbook import read_bundle
from keepwell_aws.playbooks import default_bundle
from keepwell_cli import check as check_module
from keepwell_cli.check import check

DROPS = Path(__file__).parents[2] / "events" / "drops"


@pytest.fixture(autouse=True)
def _standard_playbook(monkeypatch: pytest.MonkeyPatch) -> None:
    book = read_bundle(default_bundle())
    monkeypatch.setattr(check_module, "local_playbook", lambda _: book)


def why(path: Path, account_id: str) -> str:
    with pytest.raises(RejectedInput) as caught:
        check("NPS > 1", account_csv=path, id=account_id)
    return str(caught.value)


@pytest.mark.parametrize(
    ("account_id", "faults"),
    [
        ("B-004", ['row 5: Renewal Date: expected a date such as 2026-01-12, found "03/04/27"']),
        ("B-008", ["row 9: the row has 8 cells, the header 7"]),
        ("B-999", []),
        ("B", []),
        ("row", []),
    ],
)
def test_the_faults_are_those_of_the_row_with_its_values(account_id: str, faults: list[str]) -> None:
    first, *told = why(DROPS / "bad_rows.csv", account_id).splitlines()
    assert f"no account {account_id!r}" in first
    assert len(told) == len(faults)
    assert all(line.startswith(fault) for line, fault in zip(told, faults, strict=True))


def test_a_file_that_cannot_be_read_is_told_as_such(tmp_path: Path) -> None:
    path = tmp_path / "accounts.csv"
    path.write_bytes(b"a\0b")
    assert why(path, "A-1").startswith(f"{path} cannot be read: the file is not text")


def shown(expression: str, facts: str | None = None) -> list[str]:
    console = Console(width=120, file=io.StringIO())
    console.print(check(expression, facts=facts, on="2026-11-21").view)
    assert isinstance(console.file, io.StringIO)
    return [" ".join(line.split()) for line in console.file.getvalue().splitlines()]


def test_a_condition_is_shown_with_all_that_it_depends_on() -> None:
    facts = '{"Engagement": 35, "history": {"Engagement": {"2026-11-10": 80}}}'
    lines = shown("Engagement dropped 50%+ in 14 days OR Engagement fell in 11 days", facts)
    assert "depends on Engagement Score" in lines
    assert "looks back 14 days" in lines
    assert "matches yes" in lines
    assert "can change on 2026-11-24" in lines
    assert "? Engagement Score dropped at least 50% in 14 days unknown -> 35" in lines
    assert "✓ Engagement Score dropped in 11 days 80 -> 35" in lines
    assert f"hash {hash_of(parse(lines[0].removeprefix('condition '), standard_catalogue()))}" in lines


def test_a_condition_without_facts_is_shown_without_an_answer() -> None:
    lines = shown("Renewal Date this quarter")
    assert lines[0] == "condition Renewal Date this quarter"
    assert "changes with time alone" in lines
    assert not any(line.startswith(("matches", "can change on", "looks back")) for line in lines)


def test_the_day_on_which_time_alone_can_change_the_answer_is_shown() -> None:
    assert "can change on 2026-12-12" in shown("Renewal Date within 9 days", '{"Renewal Date": "2026-12-21"}')
