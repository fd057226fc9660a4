"""The rows of a part of a file, each with its ids and its record as it stands (reliability I1, I5).

A line without a quote is a record by itself: its ids and its width are seen without reading its cells. What
has quotes, does not fit, or looks odd goes the careful way of `imports.reading`; both say the same of a line.
"""

import csv
import io
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from keepwell.imports.columns import Columns
from keepwell.imports.dialect import NO_QUOTES, Dialect
from keepwell.imports.encoding import Encoding
from keepwell.imports.pieces import Keys
from keepwell.imports.reading import MAX_CELL_CHARACTERS, TOTALS, Row, plain, read_records, rows_of
from keepwell.imports.spreadsheets import as_it_was

# What `str.splitlines` takes for the end of a line, and files do not.
_NO_LINE_ENDS = "\x0b\x0c\x1c\x1d\x1e\x85\u2028\u2029"


class Record(NamedTuple):
    """A data row: the line it starts on, its number, and either its ids and its text without the line end or,
    if it cannot be read, the row with its fault."""

    line: int
    number: int
    keys: Keys
    text: str
    faulty: Row | None = None


@dataclass(frozen=True)
class Shape:
    """What all rows of a file have in common."""

    headers: tuple[str, ...]
    columns: Columns
    dialect: Dialect
    encoding: Encoding


def lines_of(text: str) -> list[str]:
    """The lines of a text, with their ends: LF, CR LF or CR."""
    if any(mark in text for mark in _NO_LINE_ENDS):
        return io.StringIO(text, newline="").readlines()
    return text.splitlines(keepends=True)


def cells_of(texts: Sequence[str], dialect: Dialect) -> Iterator[tuple[str, ...]]:
    """The cells of records that `Part` gave, as they were."""
    for text, cells in zip(texts, csv.reader(texts, **dialect.csv_options()), strict=True):
        yield tuple(map(as_it_was, cells)) if "'" in text else tuple(cells)


class _Unfinished(Exception):
    """The part ends within a record: a signal of `Part`, never seen outside."""


class Part:
    """A part of a file: its whole lines, of which the first is the file's `line` and starts a record; the
    first row in it is the file's data row `number`. What follows it is unknown unless it `ends` the file.

    Once all its records were asked for, `taken` tells how many lines they are: a record that the part does
    not finish is none of it.
    """

    def __init__(self, lines: Sequence[str], shape: Shape, line: int, number: int, *, ends: bool):
        self._lines, self._shape, self._ends = lines, shape, ends
        self.line, self.number, self.taken = line, number, 0

    def records(self) -> Iterator[Record]:
        """Each data row, once, in order. Blank rows are no rows."""
        dialect, columns = self._shape.dialect, self._shape.columns
        quote = "\n" if dialect.quote == NO_QUOTES else dialect.quote  # no line holds its end before its end
        delimiter, width = dialect.delimiter, len(self._shape.headers)
        commas, places = width - 1, columns.places_of_keys
        last = max(places, default=width) + 1
        odd = {*TOTALS, plain(self._shape.headers[0])}
        lines = self._lines
        while self.taken < len(lines):
            line = lines[self.taken]
            text = line.rstrip("\r\n")
            if (
                quote not in text
                and text.count(delimiter) == commas
                and len(text) <= MAX_CELL_CHARACTERS
                and "\0" not in text
            ):
                cells = text.split(delimiter, last)
                if plain(cells[0]) not in odd:
                    keys = tuple([cells[place].strip() for place in places])
                    if places and keys[0] and not any(key[:1] == "'" for key in keys):
                        record = Record(self.line, self.number, keys, text)
                        self._go_on(1, is_row=True)
                        yield record
                        continue
            try:
                found = self._careful(text)
            except _Unfinished:
                return
            if found:
                yield found

    def _go_on(self, lines: int, *, is_row: bool) -> None:
        """Past a record of so many lines; of a workbook's table a record is one row, whatever its lines."""
        self.taken += lines
        self.line += lines if self._shape.dialect.sheet is None else 1
        self.number += is_row

    def _careful(self, text: str) -> Record | None:
        """The record that starts with this text, None if it is a blank one; goes on past it."""
        dialect, columns = self._shape.dialect, self._shape.columns
        pulled = 0

        def following() -> Iterator[str]:
            nonlocal pulled
            while self.taken + pulled < len(self._lines):
                pulled += 1
                yield self._lines[self.taken + pulled - 1]
            if not self._ends:
                raise _Unfinished

        record = next(read_records(following(), dialect, self.line))
        lines = 1 if record.fault else pulled
        row = next(rows_of(iter([record]), self._shape.headers, dialect, self.number), None)
        if lines > 1:
            text = "".join(self._lines[self.taken : self.taken + lines]).rstrip("\r\n")
        self._go_on(lines, is_row=row is not None)
        if row is None:
            return None
        keys = () if row.fault else columns.keys_of(row.cells, row.number)
        return Record(row.line, row.number, keys, text, row if row.fault else None)
