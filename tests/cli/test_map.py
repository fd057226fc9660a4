"""`keepwell map`: what it says of a foreign file, and writes: a mapping as it stands."""

import json
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from keepwell.playbook import read_bundle
from keepwell.playbook.compiling import check_playbook, compile_playbook
from keepwell.playbook.loading import shipped_blocs
from keepwell_cli.main import build
from tests.domain.imports.corpus.spreadsheet import Rows, workbook

EXPORT = """\
Kunden-Nr;Firma;Kundenbetreuer;Status;Vertragsende;Vertragswert;Größe;Notiz
K-1;Hafen GmbH;kim@example.com;aktiv;15.06.2027;1.200,50;klein;"=1+1
# zwei: Zeilen"
K-2;Zeder AG;ann@example.com;aktiv;31.12.2027;800,00;groß;
"""


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The current folder, which is a playbook."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "keepwell.yaml").write_text("owner: kim@example.com\nblocs: [health]\n")
    (tmp_path / "export.csv").write_text(EXPORT, encoding="utf-8")
    return tmp_path


def run(*arguments: str) -> tuple[int, dict[str, Any]]:
    done = CliRunner().invoke(build(), ["map", *arguments, "--json"])
    assert done.stdout, done.output
    return done.exit_code, json.loads(done.stdout)


def shown(*arguments: str) -> str:
    return CliRunner().invoke(build(), ["map", *arguments]).output


def test_what_it_writes_lints_and_imports_as_it_stands(folder: Path) -> None:
    code, said = run("export.csv", "--write")
    assert (code, said["written"]) == (0, "mappings/export.yaml")
    assert (folder / "mappings" / "export.yaml").read_text(encoding="utf-8") == said["yaml"]
    assert check_playbook(folder, shipped_blocs()) == []
    mapping = read_bundle(compile_playbook(folder, shipped_blocs())).mappings["export"]
    assert {name: source.column for name, source in mapping.columns.items()} == {
        "Account ID": "Kunden-Nr",
        "Account Name": "Firma",
        "Success Manager": "Kundenbetreuer",
        "Status": "Status",
        "Renewal Date": "Vertragsende",
        "Contract Value": "Vertragswert",
    }
    assert "Kunden-Nr" in mapping.headers


def test_what_a_person_must_look_at_stands_beside_it(folder: Path) -> None:
    text = run("export.csv")[1]["yaml"]
    assert 'values: {aktiv: Paying}}  # LOOK, 75%: is it right to take "aktiv" as Paying?' in text
    assert "# Größe: {column: Größe}  # such as klein" in text
    assert "#   Größe: {kind: text}" in text
    assert "such as =1+1 # zwei: Zeilen" in text  # a text of two lines does not leave its comment
    assert not (folder / "mappings").exists()


def test_the_table_has_a_sample_under_each_column(folder: Path) -> None:
    told = shown("export.csv")
    assert "utf-8, semicolon, header in line 1; all 2 rows looked at" in told
    row = next(place for place, line in enumerate(told.splitlines()) if "Vertragsende" in line)
    assert "15.06.2027" in told.splitlines()[row + 1]
    assert "Left out: Größe, Notiz" in told
    assert "Nothing was written" in told


def test_what_comes_with_the_left_out_columns_lints_when_it_is_kept(folder: Path) -> None:
    text = run("export.csv")[1]["yaml"]
    kept = text.replace("  # Größe:", "  Größe:").replace("# creates:", "creates:")
    (folder / "mappings").mkdir()
    (folder / "mappings" / "export.yaml").write_text(kept.replace("#   Größe:", "  Größe:"), encoding="utf-8")
    assert check_playbook(folder, shipped_blocs()) == []


class TestWithoutAnId:
    @pytest.fixture(autouse=True)
    def no_id(self, folder: Path) -> None:
        (folder / "export.csv").write_text("Region,Branch,Seats\nN,Oslo,5\nN,Bergen,5\nS,Oslo,5\n")

    def test_it_ends_with_1_and_says_what_to_do(self) -> None:
        code, said = run("export.csv", "--write")
        assert code == 1
        [question] = said["questions"]
        assert question["needed"]
        assert question["choices"] == [
            {"columns": ["Region", "Branch"], "then": ["hash_id"]},
            {"row_number": "row-{row}"},
        ]
        assert "Decide: Account ID: no column" in shown("export.csv")

    def test_lint_asks_for_it_until_a_line_is_chosen(self, folder: Path) -> None:
        run("export.csv", "--write")
        [finding] = check_playbook(folder, shipped_blocs())
        assert "Account ID" in finding.message
        file = folder / "mappings" / "export.yaml"
        file.write_text(file.read_text().replace("  # Account ID: {columns", "  Account ID: {columns"))
        assert check_playbook(folder, shipped_blocs()) == []

    @pytest.mark.parametrize(
        ("ids", "source"),
        [
            (["--id", "Seats"], {"column": "Seats"}),
            (["--id", "Region", "--id", "Branch"], {"columns": ["Region", "Branch"], "then": ["hash_id"]}),
            (["--id", "R-{row}"], {"row_number": "R-{row}"}),
        ],
    )
    def test_it_can_be_said(self, folder: Path, ids: list[str], source: dict[str, Any]) -> None:
        code, said = run("export.csv", "--write", *ids)
        assert (code, said["columns"][0]["source"]) == (0, source)
        assert check_playbook(folder, shipped_blocs()) == []

    def test_a_column_that_is_not_there_is_none(self) -> None:
        code, said = run("export.csv", "--id", "Regions")
        assert code == 2
        assert "no column of the file; it has: Region, Branch, Seats" in said["error"]


@pytest.mark.usefixtures("folder")
class TestWhatItRefuses:
    def test_a_mapping_that_is_there_is_not_written_over(self) -> None:
        run("export.csv", "--write")
        code, said = run("export.csv", "--write")
        assert code == 2
        assert "give another --name" in said["error"]
        assert run("export.csv", "--write", "--name", "other")[0] == 0

    def test_a_name_that_is_none(self) -> None:
        assert run("export.csv", "--write", "--name", "../x")[0] == 2

    def test_to_write_where_there_is_no_playbook(self, folder: Path) -> None:
        (folder / "keepwell.yaml").unlink()
        code, said = run("export.csv", "--write")
        assert code == 2
        assert "--playbook" in said["error"]
        assert run("export.csv")[0] == 0  # by the standard playbook

    @pytest.mark.parametrize("content", [b"", b"\x89PNG\r\n\x1a\n", b"a;b\n" + bytes(200)], ids=len)
    def test_what_is_no_table(self, folder: Path, content: bytes) -> None:
        (folder / "odd.csv").write_bytes(content)
        code, said = run("odd.csv")
        assert code == 2
        assert "odd.csv cannot be read" in said["error"]


def test_a_file_that_is_not_utf8_needs_its_encoding_in_the_mapping(folder: Path) -> None:
    (folder / "export.csv").write_bytes(EXPORT.encode("cp1252"))
    code, said = run("export.csv", "--write")
    assert (code, said["read"]["encoding"]) == (0, "cp1252")
    assert "encoding: cp1252  # LOOK" in said["yaml"]
    assert "# Größe: {column: Größe}" in said["yaml"]
    assert check_playbook(folder, shipped_blocs()) == []


def test_a_workbook_is_mapped_as_a_file_is(folder: Path) -> None:
    rows: Rows = [
        ("Kunden-Nr", "Firma", "Vertragswert"),
        ("K-1", "Hafen GmbH", 1200.5),
        ("K-2", "Zeder AG", 800),
    ]
    (folder / "export.xlsx").write_bytes(workbook({"Kunden": rows}))
    code, said = run("export.xlsx", "--write")
    assert (code, [each["attribute"] for each in said["columns"]]) == (
        0,
        ["Account ID", "Account Name", "Contract Value"],
    )
    assert "sheet Kunden, header in line 1; all 2 rows looked at" in said["yaml"]
    assert check_playbook(folder, shipped_blocs()) == []


def test_of_a_long_file_the_first_rows_are_looked_at(folder: Path) -> None:
    rows = "".join(f"K-{row},{row % 7}\n" for row in range(11_000))
    (folder / "export.csv").write_text(f"Customer ID,NPS\n{rows}")
    _, said = run("export.csv")
    assert (said["read"]["rows"], said["read"]["whole"]) == (10_000, False)
    assert "the first 10,000 rows looked at" in shown("export.csv")


def test_the_columns_of_a_rejects_file_are_not_proposed(folder: Path) -> None:
    (folder / "rejects.csv").write_text("Customer ID,NPS,Row,Column,Reason\nK-1,x,2,NPS,no number\n")
    _, said = run("rejects.csv")
    assert said["left_out"] == []
