"""A file's records: every row comes out once, whole or with its fault (reliability I1).

`csv` alone lets an unclosed quote swallow the rest of a file, or as far as a quote in another row. Here a
record that cannot be read, or whose lines look like rows of their own, gives up its first line as the fault
and hands the following lines back, so each is read as a row of its own.
"""

import csv
import io
from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from keepwell.errors import UnreadableDrop
from keepwell.imports.dialect import Dialect
from keepwell.imports.posing import TOTALS, holds_rows, plain, posing, swallows_rows
from keepwell.imports.spreadsheets import as_it_was

REJECT_COLUMNS = ("Row", "Column", "Reason")
ROW_TOLD = ". The row: "
MAX_COLUMNS = 500
MAX_CELL_CHARACTERS = 32_767
MAX_LINES_PER_CELL = 200
MAX_RECORD_CHARACTERS = 1024 * 1024
csv.field_size_limit(MAX_RECORD_CHARACTERS)  # of the process: what else reads CSV in it gains nothing by less


@dataclass(frozen=True)
class Fault:
    """Why a row is rejected: `column` is a header ("" for the row as a whole), `value` the text at fault.

    `group` is the reason without what differs from row to row, so that the report can count alike ones.
    `hides_id` is for a row that would pass for a good one in the rejects file, filled up to the width of the
    header or without the row that outdid it: its id is left blank there, so that it is refused again until
    it is mended.
    """

    column: str
    reason: str
    value: str = ""
    group: str = ""
    hides_id: bool = False

    @property
    def kind(self) -> str:
        return self.group or self.reason


class Record(NamedTuple):
    """What `csv` reads at once: the line of the file it starts on, and its fault if it cannot be read (its
    first line is then one cell)."""

    line: int
    cells: list[str]
    fault: Fault | None

    @property
    def blank(self) -> bool:
        return not any(map(str.strip, self.cells))


class Row(NamedTuple):
    """One data row. `line` is the line of the file it starts on (the header is usually on 1), `number` counts
    data rows from 1."""

    line: int
    number: int
    cells: tuple[str, ...]
    fault: Fault | None = None


@dataclass(frozen=True)
class Table:
    """A header and the rows below it, read as they are asked for. Blank rows are no rows."""

    headers: tuple[str, ...]
    rows: Iterator[Row]


def own_headers(headers: tuple[str, ...]) -> tuple[str, ...]:
    """The headers without the three that end a rejects file, which may be dropped again as it is."""
    ends_as_rejects = headers[-len(REJECT_COLUMNS) :] == REJECT_COLUMNS
    return headers[: -len(REJECT_COLUMNS)] if ends_as_rejects else headers


def read_table(text: str, dialect: Dialect) -> Table:
    """The table of a whole text, whose header is its first row that is not blank.

    Raises UnreadableDrop if there is no usable header; whatever is wrong below it is a row's fault.
    """
    records = read_records(io.StringIO(text, newline=""), dialect)
    first = next((record for record in records if not record.blank), None)
    headers = headers_of(first)
    return Table(headers, rows_of(records, headers, dialect))


def headers_of(record: Record | None) -> tuple[str, ...]:
    """The headers that a record tells. Raises UnreadableDrop if it is no usable header, or there is none."""
    if record is None:
        raise UnreadableDrop("the file is empty; its first row must name the columns")
    if record.fault is not None:
        raise UnreadableDrop(
            f"the header in line {record.line} cannot be read: {record.fault.reason}",
            example=record.fault.value[:200],
        )
    headers = tuple(as_it_was(cell).strip() for cell in record.cells)
    _check(own_headers(headers))
    return headers


def read_rows(
    lines: Iterable[str], headers: tuple[str, ...], dialect: Dialect, line: int, number: int
) -> Iterator[Row]:
    """The rows of a part of a file, whose header is known. `lines` keep their ends; the first is the file's
    `line` and starts a record, and the first row in it is the file's data row `number`."""
    return rows_of(read_records(lines, dialect, line, len(headers)), headers, dialect, number)


def read_records(
    lines: Iterable[str], dialect: Dialect, line: int = 1, width: int | None = None
) -> Iterator[Record]:
    """Every record, blank ones too. `lines` keep their ends; the first is the file's `line`. With the `width`
    of the table is seen, too, where an unclosed quote swallows rows."""
    counted = _Lines(lines, line, by_record=dialect.sheet is not None)
    reader = csv.reader(counted, **dialect.csv_options())
    while True:
        counted.next_record()
        try:
            cells = next(reader)
        except StopIteration:
            return
        except _OverlongRecord:
            yield _faulty(counted, f"a quote is not closed within {MAX_RECORD_CHARACTERS:,} characters")
        except csv.Error as error:
            yield _faulty(counted, _plain(str(error), dialect))
        else:
            if width and len(counted.taken) > 1 and swallows_rows(counted.taken, width, dialect):
                yield _faulty(counted, _SWALLOWS)
            else:
                yield Record(counted.number, cells, None)


def rows_of(
    records: Iterator[Record], headers: tuple[str, ...], dialect: Dialect, number: int = 1
) -> Iterator[Row]:
    """The rows of records, but for blank ones; the first of them is the file's data row `number`."""
    width, first_header = len(headers), plain(headers[0])
    for line, cells, fault in records:
        if not any(map(str.strip, cells)):
            continue
        text = "".join(cells)
        first = plain(cells[0])
        fits = (
            len(cells) == width
            and len(text) <= MAX_CELL_CHARACTERS
            and first != first_header
            and first not in TOTALS
            and "\0" not in text
            and "\n" not in text
        )
        shown = map(as_it_was, cells) if "'" in text else cells
        yield Row(line, number, tuple(shown), fault or (None if fits else _misfit(cells, headers, dialect)))
        number += 1


def overlong(line: int, number: int, start: str) -> Row:
    """The row of a line that is longer than what is looked at of one: what follows its `start` is unknown."""
    start = start[:MAX_CELL_CHARACTERS]
    return Row(line, number, (start,), _shapeless(_OVERLONG, start))


def _misfit(cells: Sequence[str], headers: tuple[str, ...], dialect: Dialect) -> Fault | None:
    """What is wrong with a row that is CSV, if anything is."""
    row = dialect.delimiter.join(cells)
    if len(row) > MAX_RECORD_CHARACTERS:
        return _shapeless(_OVERLONG, row[:MAX_CELL_CHARACTERS])
    if "\0" in row:
        return _shapeless(
            "there is a zero character in the row; take it out", row.replace("\0", "\N{SYMBOL FOR NULL}")
        )
    if len(cells) != len(headers):
        reason = (
            f"the row has {len(cells)} cells, the header {len(headers)}; put text that holds "
            f"{dialect.delimiter!r} in {_named(dialect.quote)}s"
        )
        return _shapeless(reason, row)
    longest = max(cells, key=len)
    if len(longest) > MAX_CELL_CHARACTERS:
        return Fault(
            headers[cells.index(longest)],
            f"the text is longer than {MAX_CELL_CHARACTERS:,} characters",
            value=f"{longest[:80]}...",
        )
    lines = max(cells, key=_lines_in)
    if _lines_in(lines) > MAX_LINES_PER_CELL:
        reason = f"the text has more than {MAX_LINES_PER_CELL} lines"
        return Fault(headers[cells.index(lines)], reason, value=f"{lines[:80]}...")
    if holds_rows(cells, dialect):
        return Fault("", _HOLDS_ROWS, value=cells[0], hides_id=True)
    if no_data := posing(cells, headers):
        return Fault("", no_data, value=cells[0], hides_id=True)
    return None


def _lines_in(cell: str) -> int:
    return cell.count("\n") + 1


def _check(headers: tuple[str, ...]) -> None:
    if any("\0" in header for header in headers):
        raise UnreadableDrop("the header holds a zero character; take it out", example=repr(headers)[:200])
    if len(headers) > MAX_COLUMNS:
        raise UnreadableDrop(f"the file has {len(headers):,} columns; at most {MAX_COLUMNS} are read")
    seen: dict[str, int] = {}
    for place, header in enumerate(headers, start=1):
        folded = " ".join(header.casefold().split())
        if folded and folded in seen:
            raise UnreadableDrop(
                f"columns {seen[folded]} and {place} have the same header {header!r}; rename or remove one",
                column=header,
                example=", ".join(headers)[:200],
            )
        seen[folded] = place


_OVERLONG = f"the row is longer than {MAX_RECORD_CHARACTERS:,} characters"
_HOLDS_ROWS = (
    "a text in the row holds a line that looks like a row of its own: was a quote not closed? Close it, or "
    "take the line break out"
)
_SWALLOWS = (
    "a quote seems not to be closed, for the following lines look like rows of their own; close it, or "
    "double it if it is part of the text"
)


class _OverlongRecord(Exception):
    """A quoted cell ran over too much text: a signal to `read_records`, never seen outside."""


class _Lines:
    """A file's lines; remembers those of the present record and can take back all but the first.

    `number` is the line the present record starts on or, of a workbook, its row.
    """

    def __init__(self, lines: Iterable[str], number: int, *, by_record: bool):
        self._lines = iter(lines)
        self._again: deque[str] = deque()
        self.taken: list[str] = []
        self._size = 0
        self.number = number
        self._by_record = by_record

    def __iter__(self) -> Iterator[str]:
        return self

    def __next__(self) -> str:
        if self._size > MAX_RECORD_CHARACTERS:
            raise _OverlongRecord
        line = self._again.popleft() if self._again else next(self._lines)
        self.taken.append(line)
        self._size += len(line)
        return line

    def next_record(self) -> None:
        self.number += min(len(self.taken), 1) if self._by_record else len(self.taken)
        self.taken.clear()
        self._size = 0

    def give_back(self) -> str:
        """The record's first line; the others will be read again."""
        first, *others = self.taken
        self._again.extendleft(reversed(others))
        self.taken = [first]
        return first


def _faulty(lines: _Lines, reason: str) -> Record:
    line = lines.give_back().rstrip("\r\n")
    return Record(lines.number, [line], _shapeless(reason, line))


def _shapeless(reason: str, row: str) -> Fault:
    """The fault of a row that has no id to go by; its text stands in the reason, on one line."""
    told = f"{reason}{ROW_TOLD}{' '.join(row.splitlines()).strip()}"
    return Fault("", told, value=row[:200], group=reason, hides_id=True)


def _plain(error: str, dialect: Dialect) -> str:
    """What `csv` means, and the mend."""
    quote = _named(dialect.quote)
    if "unexpected end of data" in error:
        return f"a {quote} is not closed; close it, or double it if it is part of the text"
    if "expected after" in error:
        return f"a {quote} inside a quoted cell; double it if it is part of the text"
    if "field larger" in error:
        return f"the text is longer than {MAX_CELL_CHARACTERS:,} characters"
    return f"the row is not CSV: {error}"


def _named(quote: str) -> str:
    return "single quote" if quote == "'" else "double quote"
