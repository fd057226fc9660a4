"""`keepwell template`: a file to fill in, from the data model of a playbook."""

import csv
import io
from pathlib import Path

import pytest
from typer.testing import CliRunner

from keepwell.imports.objects import OBJECTS
from keepwell_cli.main import build


def test_stdout_is_the_file_and_has_the_columns_of_the_playbook(tmp_path: Path) -> None:
    (tmp_path / "attributes").mkdir()
    (tmp_path / "keepwell.yaml").write_text("owner: kim@example.com\nblocs: [health]\n")
    (tmp_path / "attributes" / "shoe-size.yaml").write_text("name: Shoe Size\nkind: number\n")
    run = CliRunner().invoke(build(), ["template", "accounts", "--playbook", str(tmp_path)])
    assert run.exit_code == 0, run.output
    headers, example = csv.reader(io.StringIO(run.stdout, newline=""), strict=True)
    assert headers[0] == "Account ID"
    assert dict(zip(headers, example, strict=True))["Shoe Size"] == "12"


@pytest.mark.parametrize("verb", [["template"], ["drop", __file__, "--preview", "--object"]])
def test_the_objects_to_choose_from_are_those_that_can_be_imported(verb: list[str]) -> None:
    refused = CliRunner().invoke(build(), [*verb, "deals"])
    assert refused.exit_code == 2
    assert f"what can: {', '.join(OBJECTS)}" in " ".join(refused.output.replace("│", " ").split())
