"""A sheet becomes the CSV it would be saved as, and nothing that it unpacks to breaks the reader."""

import csv
import io
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from keepwell.errors import UnreadableDrop
from keepwell.imports import workbooks
from keepwell.imports.workbooks import read_sheet
from tests.domain.imports.corpus.spreadsheet import Cell, frame_of, packed, workbook
from tests.domain.imports.importing import Stack

TEXTS = st.text(
    st.characters(exclude_categories=("Cc", "Cs", "Cn"), exclude_characters="\ufffe\uffff"), max_size=12
)
CELLS: st.SearchStrategy[Cell] = st.one_of(
    st.none(),
    st.booleans(),
    TEXTS,
    st.integers(-(10**14), 10**14),
    st.decimals(-1000, 1000, places=3).map(float),
    st.dates(min_value=date(1901, 1, 1)),
)
BOOK = workbook({"Customers": [("Account ID",), ("A-1",)]})


def as_text(cell: Cell) -> str:
    if cell is None:
        return ""
    if isinstance(cell, bool):
        return "yes" if cell else "no"
    if isinstance(cell, float):
        return f"{cell or 0.0:.3f}".rstrip("0").rstrip(".")
    return str(cell)


def without_blank_end(rows: list[list[str]]) -> list[list[str]]:
    filled = [number for number, row in enumerate(rows, start=1) if any(row)]
    return rows[: filled[-1]]


@given(st.lists(st.lists(CELLS, min_size=3, max_size=3), min_size=1, max_size=8))
def test_what_is_in_the_cells_comes_out(rows: list[list[Cell]]) -> None:
    header: list[Cell] = ["Account ID", "Name", "x"]
    sheet = read_sheet(workbook({"Customers": [header, *rows]}))
    read = list(csv.reader(io.StringIO(sheet.csv.decode(), newline=""), strict=True))
    written = [[as_text(cell) for cell in row] for row in (header, *rows)]

    assert without_blank_end(read) == without_blank_end(written)


def test_a_workbook_that_is_too_large_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(workbooks, "MAX_BYTES", len(BOOK) - 1)
    with pytest.raises(UnreadableDrop, match="bytes, more than the"):
        read_sheet(BOOK)


@pytest.mark.parametrize("lies", [False, True], ids=["told", "not told"])
def test_a_bomb_is_not_unpacked(monkeypatch: pytest.MonkeyPatch, lies: bool) -> None:
    """Whatever the archive says of the size: what it unpacks to is counted."""
    monkeypatch.setattr(workbooks, "MAX_UNPACKED_BYTES", 1_000_000)
    parts = {"xl/worksheets/sheet1.xml": "<worksheet>" + " " * 2_000_000 + "</worksheet>"}
    bomb = packed(parts | frame_of([("Customers", "visible")]))
    if lies:
        true = (2_000_000 + len("<worksheet></worksheet>")).to_bytes(4, "little")
        assert true in bomb
        bomb = bomb.replace(true, (100).to_bytes(4, "little"))
    assert len(bomb) < 10_000
    with pytest.raises(UnreadableDrop, match="unpacks to more than the 1,000,000 bytes"):
        read_sheet(bomb)


@given(st.binary(max_size=300), st.integers(0, len(BOOK)))
def test_a_damaged_workbook_gives_a_report(junk: bytes, at: int) -> None:
    content = b"PK\x03\x04" + (BOOK[4:at] + junk + BOOK[at + len(junk) :])
    report = Stack().drop(content, "drops/accounts/a.xlsx")
    assert report["status"] == "done" or report["errors"][0]["reason"]
    assert report["rows"] == report["applied"] + report["rejected"]
