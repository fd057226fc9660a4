"""The worked example of docs/how-to/import-a-foreign-file.md is what it says."""

import re
from pathlib import Path

import pytest

from keepwell.playbook import read_bundle
from keepwell.playbook.compiling import compile_playbook
from keepwell.playbook.loading import shipped_blocs
from tests.domain.imports.importing import Stack

GUIDE = Path(__file__).parents[3] / "docs" / "how-to" / "import-a-foreign-file.md"


def block(language: str) -> str:
    found = re.search(rf"```{language}\n(.*?)```", GUIDE.read_text(encoding="utf-8"), re.DOTALL)
    assert found, f"no {language} block in {GUIDE.name}"
    return found[1]


@pytest.fixture
def stack(tmp_path: Path) -> Stack:
    (tmp_path / "keepwell.yaml").write_text("owner: owner@example.com\ntime_zone: UTC\nblocs: [health]\n")
    (tmp_path / "mappings").mkdir()
    (tmp_path / "mappings" / "telecom.yaml").write_text(block("yaml"))
    return Stack(playbook=read_bundle(compile_playbook(tmp_path, shipped_blocs())))


def test_the_example_row_becomes_the_account_it_describes(stack: Stack) -> None:
    report = stack.drop(block("csv"), "drops/accounts/mapping=telecom/telecom.csv")

    assert (report["rows"], report["created"], report["mapping"]) == (1, 1, "telecom")
    assert stack.facts("T-1").values == {
        "Account Name": "Telecom customer 1",
        "Status": "Paying",
        "Customer Tier": "Light",
        "Customer Journey Stage": "Adoption",
        "Open Ticket Count": 2,
        "Success Manager": "csm.pool@example.com",
    }
    assert "state" in report["ignored_columns"]
