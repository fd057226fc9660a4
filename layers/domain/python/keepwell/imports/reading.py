"""A file's records: every row comes out once, whole or with its fault (reliability I1).

`csv` alone lets an unclosed quote swallow the rest of a file. Here a record that cannot be read gives up its
first line as the fault and hands the following lines back, so each is read as a row of its own.
"""

import csv
import io
from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from keepwell.errors import UnreadableDrop
from keepwell.imports.spreadsheets import as_it_was

REJECT_COLUMNS = ("Row", "Column", "Reason")
ROW_TOLD = ". The row: "
MAX_COLUMNS = 500
MAX_CELL_CHARACTERS = 32_767
MAX_LINES_PER_RECORD = 200


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


def read_table(text: str, delimiter: str) -> Table:
    """Raises UnreadableDrop if there is no usable header; whatever is wrong below it is a row's fault."""
    records = _records(_Lines(io.StringIO(text, newline="")), delimiter)
    first = next((record for record in records if any(map(str.strip, record[1]))), None)
    if first is None:
        raise UnreadableDrop("the file is empty; its first row must name the columns")
    line, cells, fault = first
    if fault is not None:
        raise UnreadableDrop(
            f"the header in line {line} cannot be read: {fault.reason}", example=fault.value[:200]
        )
    headers = tuple(as_it_was(cell).strip() for cell in cells)
    _check(own_headers(headers))
    return Table(headers, _rows(records, headers, delimiter))


def read_rows(
    lines: Iterable[str], headers: tuple[str, ...], delimiter: str, line: int, number: int
) -> Iterator[Row]:
    """The rows of a part of a file, whose header is known. `lines` keep their ends; the first is the file's
    `line` and starts a record, and the first row in it is the file's data row `number`."""
    return _rows(_records(_Lines(lines, line), delimiter), headers, delimiter, number)


def _rows(
    records: Iterator[tuple[int, list[str], Fault | None]],
    headers: tuple[str, ...],
    delimiter: str,
    number: int = 1,
) -> Iterator[Row]:
    for line, cells, fault in records:
        if any(map(str.strip, cells)):
            yield as_row(line, number, cells, fault, headers, delimiter)
            number += 1


def as_row(
    line: int,
    number: int,
    cells: Sequence[str],
    fault: Fault | None,
    headers: tuple[str, ...],
    delimiter: str,
) -> Row:
    """A record as a row below these headers: its cells as they were, and its fault if it does not fit."""
    text = "".join(cells)
    fits = len(cells) == len(headers) and len(text) <= MAX_CELL_CHARACTERS
    shown = map(as_it_was, cells) if "'" in text else cells
    return Row(line, number, tuple(shown), fault or (None if fits else _misfit(cells, headers, delimiter)))


def read_record(lines: Iterable[str], delimiter: str) -> tuple[list[str], Fault | None, int]:
    """The first record of these lines, which keep their ends: its cells, its fault if it cannot be read (its
    first line is then the one cell), and how many lines it has.

    What `lines` raises ends it: a part of a file may end within a record.
    """
    taken = _Lines(lines)
    _, cells, fault = next(_records(taken, delimiter))
    return cells, fault, len(taken.taken)


def _misfit(cells: Sequence[str], headers: tuple[str, ...], delimiter: str) -> Fault | None:
    """What is wrong with the shape of a row that is CSV."""
    if len(cells) != len(headers):
        reason = (
            f"the row has {len(cells)} cells, the header {len(headers)}; put text that holds {delimiter!r} "
            "in double quotes"
        )
        return _shapeless(reason, delimiter.join(cells))
    longest = max(cells, key=len)
    if len(longest) > MAX_CELL_CHARACTERS:
        return Fault(
            headers[cells.index(longest)],
            f"the text is longer than {MAX_CELL_CHARACTERS:,} characters",
            value=f"{longest[:80]}...",
        )
    return None


def _check(headers: tuple[str, ...]) -> None:
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


class _OverlongRecord(Exception):
    """A quoted cell ran over too many lines: a signal to `_records`, never seen outside."""


class _Lines:
    """A file's lines; remembers those of the present record and can take back all but the first."""

    def __init__(self, lines: Iterable[str], number: int = 1):
        self._lines = iter(lines)
        self._again: deque[str] = deque()
        self.taken: list[str] = []
        self.number = number

    def __iter__(self) -> Iterator[str]:
        return self

    def __next__(self) -> str:
        if len(self.taken) >= MAX_LINES_PER_RECORD:
            raise _OverlongRecord
        line = self._again.popleft() if self._again else next(self._lines)
        self.taken.append(line)
        return line

    def next_record(self) -> None:
        self.number += len(self.taken)
        self.taken.clear()

    def give_back(self) -> str:
        """The record's first line; the others will be read again."""
        first, *others = self.taken
        self._again.extendleft(reversed(others))
        self.taken = [first]
        return first


def _records(lines: "_Lines", delimiter: str) -> Iterator[tuple[int, list[str], Fault | None]]:
    """Each record's first line number, cells, and fault if it cannot be read (its line is then one cell)."""
    reader = csv.reader(lines, delimiter=delimiter, strict=True)
    while True:
        lines.next_record()
        try:
            cells = next(reader)
        except StopIteration:
            return
        except _OverlongRecord:
            yield _faulty(lines, f"a double quote is not closed within {MAX_LINES_PER_RECORD} lines")
        except csv.Error as error:
            yield _faulty(lines, _plain(str(error)))
        else:
            yield lines.number, cells, None


def _faulty(lines: _Lines, reason: str) -> tuple[int, list[str], Fault]:
    line = lines.give_back().rstrip("\r\n")
    return lines.number, [line], _shapeless(reason, line)


def _shapeless(reason: str, row: str) -> Fault:
    """The fault of a row that has no id to go by; its text stands in the reason, on one line."""
    told = f"{reason}{ROW_TOLD}{' '.join(row.splitlines()).strip()}"
    return Fault("", told, value=row[:200], group=reason, hides_id=True)


def _plain(error: str) -> str:
    """What `csv` means, and the mend."""
    if "unexpected end of data" in error:
        return "a double quote is not closed; close it, or double it if it is part of the text"
    if "expected after" in error:
        return "a double quote inside a quoted cell; double it if it is part of the text"
    if "field larger" in error:
        return f"the text is longer than {MAX_CELL_CHARACTERS:,} characters"
    return f"the row is not CSV: {error}"
