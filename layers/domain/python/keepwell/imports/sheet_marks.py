"""What the values of a sheet alone do not tell: errors, formulas never calculated, merged cells, formats that
are part of a value. It also bounds a sheet before it is read: one cell far off makes all before it.
"""

import re
import zipfile
from collections import defaultdict
from collections.abc import Iterator, Mapping
from functools import cache
from typing import NamedTuple
from xml.etree import ElementTree
from xml.parsers import expat

from keepwell.errors import UnreadableDrop
from keepwell.imports.spreadsheets import MERGED, NOT_CALCULATED

_MAX_SMALL_PART = 32 * 1024 * 1024
_ENOUGH = 100  # characters of an error, or of what a formula comes to
_BUILT_IN_PERCENT = frozenset(("9", "10"))
_LITERAL = re.compile(r'"[^"]*"|\\.|\[[^\]]*\]')


class Mark(NamedTuple):
    """What is to be said of a cell: a `text` in place of its value, or how the value is shown: as a
    `percent`, or with so many `digits`."""

    text: str = ""
    percent: bool = False
    digits: int = 0


Marks = Mapping[int, Mapping[int, Mark]]
"""By row and column, from 0."""


def marks_of(archive: zipfile.ZipFile, sheet: str, max_cells: int) -> Marks:
    """The marks of a workbook's sheet.

    Raises UnreadableDrop if it has more than `max_cells` cells, blank ones included; BadZipFile if the parts
    of the workbook do not fit together.
    """
    parser = expat.ParserCreate()
    scan = _Scan(parser, _formats(archive), max_cells)
    parser.StartElementHandler = scan.start
    parser.StartDoctypeDeclHandler = _refuse_doctype
    parser.buffer_text = True
    try:
        with archive.open(_part_of(archive, sheet)) as part:
            parser.ParseFile(part)
    except (expat.ExpatError, ValueError) as error:
        raise zipfile.BadZipFile(f"sheet {sheet!r}: {error}") from None
    return scan.marks()


def _refuse_doctype(*_told: object) -> None:
    """Workbooks have none; what it declares could make a text of any length."""
    raise zipfile.BadZipFile("a sheet has a document type")


def _part_of(archive: zipfile.ZipFile, sheet: str) -> str:
    """The name of the part that holds a sheet."""
    for element in _elements(archive, "xl/workbook.xml", "sheet"):
        if element.get("name") == sheet:
            key = next((value for name, value in element.items() if name.endswith("}id")), None)
            for relation in _elements(archive, "xl/_rels/workbook.xml.rels", "Relationship"):
                if relation.get("Id") == key:
                    target = relation.get("Target", "")
                    return target.lstrip("/") if target.startswith("/") else f"xl/{target}"
    raise zipfile.BadZipFile(f"the part with the sheet {sheet!r} is not there")


def _formats(archive: zipfile.ZipFile) -> dict[str, Mark]:
    """The cell styles, by their number, whose format is part of the value."""
    if "xl/styles.xml" not in archive.namelist():
        return {}
    codes = {
        element.get("numFmtId"): element.get("formatCode", "")
        for element in _elements(archive, "xl/styles.xml", "numFmt")
    }
    styles = [style for group in _elements(archive, "xl/styles.xml", "cellXfs") for style in group]
    marks = {}
    for number, style in enumerate(styles):
        key = style.get("numFmtId", "0")
        code = _LITERAL.sub("", codes.get(key, "").split(";")[0])
        if key in _BUILT_IN_PERCENT or "%" in code:
            marks[str(number)] = Mark(percent=True)
        elif re.fullmatch("00+", code):
            marks[str(number)] = Mark(digits=len(code))
    return marks


def _elements(archive: zipfile.ZipFile, part: str, tag: str) -> Iterator[ElementTree.Element]:
    """The elements of a small part with this tag, in whatever namespace."""
    if archive.getinfo(part).file_size > _MAX_SMALL_PART:
        raise zipfile.BadZipFile(f"{part} is too large")
    try:
        # What is read here is small, and expat itself bounds what entities may become.
        root = ElementTree.fromstring(archive.read(part))  # noqa: S314
    except ElementTree.ParseError as error:
        raise zipfile.BadZipFile(f"{part}: {error}") from None
    return (element for element in root.iter() if element.tag.rpartition("}")[2] == tag)


class _Scan:
    """Takes in the elements of a sheet, one by one, and holds the cell that is being read."""

    def __init__(self, parser: expat.XMLParserType, formats: Mapping[str, Mark], max_cells: int):
        self._parser = parser
        self._formats = formats
        self._max_cells = max_cells
        self._marks: defaultdict[int, dict[int, Mark]] = defaultdict(dict)
        self._merged: list[tuple[int, int, int, int]] = []
        self._rows = self._columns = 0
        self._next_row = self._row = self._column = 0
        self._type = self._style = self._text = ""
        self._is_formula = False
        self._does = {"c": self._cell, "v": self._value, "is": self._value, "f": self._formula}
        self._does |= {"row": self._begin_row, "mergeCell": self._merge}

    def start(self, name: str, attributes: dict[str, str]) -> None:
        if does := self._does.get(name) or self._does.get(name.rpartition(":")[2]):
            does(attributes)

    def marks(self) -> Marks:
        """All marks, those of merged cells included: of the rows below the first, which has the value."""
        self._finish()
        for top, left, bottom, right in self._merged:
            for row in range(top + 1, min(bottom + 1, self._rows)):
                for column in range(left, min(right + 1, self._columns)):
                    self._marks[row][column] = Mark(MERGED)
        return self._marks

    def _begin_row(self, attributes: dict[str, str]) -> None:
        self._finish()
        self._row = int(attributes.get("r", self._next_row + 1)) - 1
        self._next_row, self._column = self._row + 1, -1

    def _cell(self, attributes: dict[str, str]) -> None:
        self._finish()
        if reference := attributes.get("r"):
            self._row, self._column = _place(reference)
        else:
            self._column += 1
        self._type, self._style = attributes.get("t", ""), attributes.get("s", "")

    def _formula(self, _attributes: dict[str, str]) -> None:
        self._is_formula = True

    def _value(self, _attributes: dict[str, str]) -> None:
        self._note_size()
        if self._is_formula or self._type == "e":
            self._parser.CharacterDataHandler = self._take

    def _take(self, text: str) -> None:
        if len(self._text) < _ENOUGH:
            self._text += text

    def _finish(self) -> None:
        """Mark the cell whose last element was seen."""
        if self._type == "e":
            self._mark(Mark(self._text.strip() or "#N/A"))
        elif self._is_formula and self._type != "str" and not self._text.strip():
            self._note_size()
            self._mark(Mark(NOT_CALCULATED))
        elif self._style in self._formats and self._type in ("", "n"):
            self._mark(self._formats[self._style])
        if self._is_formula or self._type == "e":
            self._parser.CharacterDataHandler = None
        self._type = self._style = self._text = ""
        self._is_formula = False

    def _mark(self, mark: Mark) -> None:
        self._marks[self._row][self._column] = mark

    def _note_size(self) -> None:
        if self._row < self._rows and self._column < self._columns:
            return
        self._rows, self._columns = max(self._rows, self._row + 1), max(self._columns, self._column + 1)
        if self._rows * self._columns > self._max_cells:
            raise UnreadableDrop(
                f"the sheet has {self._rows:,} rows and {self._columns:,} columns, more than the "
                f"{self._max_cells:,} cells that are read of a workbook; delete what stands far from the "
                'table, or save it as "CSV UTF-8" and drop that'
            )

    def _merge(self, attributes: dict[str, str]) -> None:
        first, _, last = attributes.get("ref", "").partition(":")
        (top, left), (bottom, right) = _place(first), _place(last or first)
        self._merged.append((top, left, bottom, right))


_REFERENCE = re.compile(r"([A-Z]{1,3})([0-9]{1,7})")


@cache
def _column_of(letters: str) -> int:
    column = 0
    for letter in letters:
        column = column * 26 + ord(letter) - 64
    return column - 1


def _place(reference: str) -> tuple[int, int]:
    """Row and column, from 0, of a reference such as `B7`. BadZipFile if it is none."""
    found = _REFERENCE.fullmatch(reference)
    if not found:
        raise zipfile.BadZipFile(f"{reference[:20]!r} is no cell")
    return int(found[2]) - 1, _column_of(found[1])
