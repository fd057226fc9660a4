"""`keepwell check --account-csv F --id X` tells what is wrong with that account's row, and with no other."""

from pathlib import Path

import pytest

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
