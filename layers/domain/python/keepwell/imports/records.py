"""The rows of a part of a file, each with its ids and its record as it stands (reliability I1, I5).

Nearly every line is a record by itself, and is read as one. What goes on in the next line, does not fit, or
looks odd goes the careful way of `imports.reading`; both say the same of a line.
"""

import csv
import io
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from keepwell.imports.columns import Columns
from keepwell.imports.dialect import NO_QUOTES, Dialect
from keepwell.imports.encoding import Encoding
from keepwell.imports.pieces import Keys
from keepwell.imports.posing import TOTALS, plain
from keepwell.imports.reading import MAX_CELL_CHARACTERS, Row, read_records, rows_of
from keepwell.imports.spreadsheets import as_it_was

# What `str.splitlines` takes for the end of a line, and files do not.
_NO_LINE_ENDS = "\x0b\x0c\x1c\x1d\x1e\x85\u2028\u2029"


Record = tuple[int, int, Keys, str, Row | None]
"""A data row: the line it starts on, its number, and either its ids and its text without the line end or, if
it cannot be read, the row with its fault."""


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
    rows = _rows_of(texts, dialect)
    if not any("'" in text for text in texts):
        return map(tuple, rows)
    return (tuple(map(as_it_was, cells)) for cells in rows)


def _rows_of(texts: Sequence[str], dialect: Dialect) -> Iterator[list[str]]:
    """As `csv.reader` has them, which takes three times as long for the many that have no quotes."""
    if dialect.quote == NO_QUOTES:
        yield from csv.reader(texts, **dialect.csv_options())
        return
    delimiter, spaced = dialect.delimiter, f"{dialect.delimiter} "
    feed = list[str]()
    reader = csv.reader(iter(feed.pop, None), **dialect.csv_options())
    for text in texts:
        if dialect.quote in text or spaced in text or text.startswith(" "):
            feed.append(text)
            yield next(reader)
        else:
            yield text.split(delimiter)


def _reader_of_lines(dialect: Dialect, width: int, first: int) -> Callable[[str], list[str] | None]:
    """What reads so many of the first cells of a line, or more, if it is a record by itself, of this width;
    of any other it gives None."""
    delimiter, commas = dialect.delimiter, width - 1
    quote = None if dialect.quote == NO_QUOTES else dialect.quote
    feed = list[str]()
    reader = csv.reader(iter(feed.pop, None), **dialect.csv_options())

    def cells_of_line(text: str) -> list[str] | None:
        if len(text) > MAX_CELL_CHARACTERS or "\0" in text:
            return None
        if quote is None or quote not in text:
            return text.split(delimiter, first) if text.count(delimiter) == commas else None
        feed.append(text)
        try:
            cells = next(reader)
        except (csv.Error, IndexError):  # there is no next line: the record does not end in this one
            return None
        return cells if len(cells) == width else None

    return cells_of_line


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
        dialect, places = self._shape.dialect, self._shape.columns.places_of_keys
        odd = {*TOTALS, plain(self._shape.headers[0])}
        width = len(self._shape.headers)
        cells_of_line = _reader_of_lines(dialect, width, max(places) + 1 if places else width)
        only = places[0] if len(places) == 1 else None
        keys_of, lines, line, number = self._shape.columns.keys_of, self._lines, self.line, self.number
        while self.taken < len(lines):
            text = lines[self.taken].rstrip("\r\n")
            if (cells := cells_of_line(text)) and plain(cells[0]) not in odd and "'" not in text:
                keys = (cells[only].strip(),) if only is not None else keys_of(cells, number)
                if keys[0] and (places or any(map(str.strip, cells))):
                    self.taken += 1
                    yield line, number, keys, text, None
                    line += 1
                    number += 1
                    continue
            self.line, self.number = line, number
            try:
                found = self._careful(text)
            except _Unfinished:
                return
            line, number = self.line, self.number
            if found:
                yield found
        self.line, self.number = line, number

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

        record = next(read_records(following(), dialect, self.line, len(self._shape.headers)))
        lines = 1 if record.fault else pulled
        row = next(rows_of(iter([record]), self._shape.headers, dialect, self.number), None)
        if lines > 1:
            text = "".join(self._lines[self.taken : self.taken + lines]).rstrip("\r\n")
        self._go_on(lines, is_row=row is not None)
        if row is None:
            return None
        if row.fault:
            return row.line, row.number, (), text, row
        return row.line, row.number, columns.keys_of(row.cells, row.number), text, None
