"""`keepwell drop --preview`: the first rows before and after, and the counts of the very import."""

import io
import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from rich.console import Console
from typer.testing import CliRunner

from keepwell.errors import RejectedInput
from keepwell.imports.job import feed_key
from keepwell.imports.mapping import ImportMapping, Source
from keepwell_cli import preview as preview_module
from keepwell_cli.drop import drop
from keepwell_cli.main import build
from keepwell_cli.stack import Stack
from tests.domain.imports.importing import Stack as ImportStack

MAPPING = """\
object: accounts
columns:
  Account ID: {column: Kunde}
  Renewal Date: {column: Ende, then: [{date: "%d.%m.%Y"}]}
  Contract Value: {column: Wert, then: [{number: "1.234,56"}]}
  Risk Reason: {column: Grund}
"""
EXPORT = """\
Kunde;Ende;Wert;Grund;Notiz
K-1;15.06.2027;1.200,50;"Budget, Adoption";ruft an
K-1;15.06.2027;1.300,50;;
K-2;2027-06-15;800,00;;
"zu;K-3
K-4;31.12.2027;700,00;;
"""


OTHER = ImportMapping(
    "other", "accounts", {"Account ID": Source("Account ID"), "Licenses": Source("Licenses")}
)


@pytest.fixture
def playbook(tmp_path: Path) -> Path:
    (tmp_path / "mappings").mkdir()
    (tmp_path / "keepwell.yaml").write_text("owner: kim@example.com\nblocs: [health]\n")
    (tmp_path / "mappings" / "export.yaml").write_text(MAPPING)
    (tmp_path / "export.csv").write_text(EXPORT)
    return tmp_path


def previewed(file: Path, **options: Any) -> dict[str, Any]:
    return dict(drop([file], preview_only=True, **options).document)


@pytest.mark.usefixtures("no_cloud")
class TestTheFirstRows:
    def test_each_is_shown_before_and_after_or_with_its_faults(self, playbook: Path) -> None:
        report = previewed(playbook / "export.csv", mapping="export", playbook=playbook)
        first, again, odd, open_quote, last = report["first_rows"]
        assert first["cells"]["Wert"] == "1.200,50"
        assert "stands again in row 3" in first["rejected"]["reason"]
        assert again == {
            "row": 3,
            "cells": {"Kunde": "K-1", "Ende": "15.06.2027", "Wert": "1.300,50", "Grund": "", "Notiz": ""},
            "values": {"Account ID": "K-1", "Renewal Date": "2027-06-15", "Contract Value": 1300.5},
            "rejected": None,
        }
        assert (odd["row"], odd["values"], odd["rejected"]["column"]) == (4, None, "Ende")
        assert "quote is not closed" in open_quote["rejected"]["reason"]
        assert last["values"]["Account ID"] == "K-4"
        assert (report["rows"], report["created"], report["rejected"]) == (5, 2, 3)

    def test_there_are_ten_of_them(self, tmp_path: Path) -> None:
        rows = "".join(f"A-{row},{row}\n" for row in range(30))
        (tmp_path / "accounts.csv").write_text(f"Account ID,Licenses\n{rows}")
        report = previewed(tmp_path / "accounts.csv")
        assert [row["values"]["Licenses"] for row in report["first_rows"]] == list(range(10))
        assert (report["rows"], report["cut_after"]) == (30, None)

    def test_lists_are_lists_and_texts_that_look_like_markup_stay(self, tmp_path: Path) -> None:
        (tmp_path / "accounts.csv").write_text('Account ID,Account Name,Tags\nA-1,[red]x,"b2b, emea"\n')
        answer = drop([tmp_path / "accounts.csv"], preview_only=True)
        assert answer.document["first_rows"][0]["values"]["Tags"] == ["b2b", "emea"]
        console = Console(width=300, file=io.StringIO())
        console.print(answer.view)
        assert isinstance(console.file, io.StringIO)
        told = console.file.getvalue()
        assert "in the file Account ID: A-1 | Account Name: [red]x | Tags: b2b, emea" in told
        assert "becomes     Account ID: A-1 | Account Name: [red]x | Tags: b2b, emea" in told

    def test_a_file_that_cannot_be_read_has_none(self, tmp_path: Path) -> None:
        (tmp_path / "accounts.csv").write_text("Name\nHarbor Labs\n")
        assert previewed(tmp_path / "accounts.csv")["first_rows"] == []

    def test_those_of_several_files_are_their_own(self, tmp_path: Path) -> None:
        for name in ("a", "b"):
            (tmp_path / f"{name}.csv").write_text(f"Account ID\n{name}\n")
        document = drop([tmp_path / "a.csv", tmp_path / "b.csv"], preview_only=True).document
        ids = [report["first_rows"][0]["values"]["Account ID"] for report in document["drops"]]
        assert ids == ["a", "b"]


@pytest.mark.usefixtures("no_cloud")
def test_of_a_long_file_only_the_beginning_is_looked_at(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(preview_module, "MOST_CHUNKS", 1)
    rows = "".join(f'A-{row},"{"long " * 1000}\nname",{row}\n' for row in range(2_000))
    (tmp_path / "accounts.csv").write_text(f"Account ID,Renewal Type,Licenses\n{rows}")
    answer = drop([tmp_path / "accounts.csv"], preview_only=True)
    report = answer.document
    assert 1_000 < report["cut_after"] < 2_000
    assert (report["rows"], report["created"]) == (report["cut_after"], report["cut_after"])
    console = Console(width=300, file=io.StringIO())
    console.print(answer.view)
    assert isinstance(console.file, io.StringIO)
    assert f"Only the first {report['cut_after']:,} rows were looked at" in console.file.getvalue()


class TestComparedWithTheStack:
    """It says of a file that repeats what the import will say."""

    FILE = "Account ID,Licenses\nA-1,5\nA-2,6\n"

    @pytest.fixture
    def imported(self, stack: Stack) -> ImportStack:
        book = replace(stack.playbooks.get(), mappings={OTHER.id: OTHER})
        known = ImportStack(accounts=stack.accounts, control=stack.control, playbook=book)
        known.drop(self.FILE)
        known.drop("Account ID,Licenses\nA-1,9\n", "drops/accounts/mapping=other/other.csv")
        for key in known.files.keys("seen/"):
            stack.files.write(key, known.files.read(key), "application/json")
        return known

    @pytest.mark.usefixtures("imported")
    def test_what_the_feed_merely_repeats_is_unchanged(self, tmp_path: Path) -> None:
        (tmp_path / "accounts.csv").write_text(self.FILE)
        report = previewed(tmp_path / "accounts.csv")
        assert (report["updated"], report["unchanged"]) == (0, 2)

    @pytest.mark.usefixtures("imported")
    def test_again_looks_at_every_row(self, tmp_path: Path) -> None:
        (tmp_path / "accounts.csv").write_text(self.FILE)
        report = previewed(tmp_path / "accounts.csv", again=True)
        assert (report["updated"], report["unchanged"]) == (1, 1)


class TestAgain:
    def test_the_drop_is_as_if_another_had_come_in_between(self, stack: Stack, tmp_path: Path) -> None:
        (tmp_path / "accounts.csv").write_text("Account ID\nA-1\n")
        drop([tmp_path / "accounts.csv"])
        assert stack.control.get(feed_key("accounts")) is None
        drop([tmp_path / "accounts.csv"], again=True)
        assert stack.control.get(feed_key("accounts")) == {"planned": 1}

    def test_a_file_that_cannot_be_read_is_dropped_all_the_same(self, stack: Stack, tmp_path: Path) -> None:
        (tmp_path / "accounts.csv").write_text("")
        assert drop([tmp_path / "accounts.csv"], again=True).document["drop_id"]


def test_what_is_dropped_is_not_read_by_a_playbook_of_this_computer(stack: Stack, playbook: Path) -> None:
    with pytest.raises(RejectedInput, match="--preview"):
        drop([playbook / "export.csv"], mapping="export", playbook=playbook)


@pytest.mark.usefixtures("no_cloud")
def test_the_document_has_the_first_rows(playbook: Path) -> None:
    line = [str(playbook / "export.csv"), "--mapping", "export", "--playbook", str(playbook)]
    done = CliRunner().invoke(build(), ["drop", *line, "--preview", "--json"])
    assert done.exit_code == 1
    assert len(json.loads(done.stdout)["first_rows"]) == 5
