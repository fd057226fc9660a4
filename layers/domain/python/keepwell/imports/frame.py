"""The frame of a file: how it is written, its header, and the bytes between which its rows are.

It is found from the start of a file and its last bytes, whatever lies between them.
"""

import io
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import islice

from keepwell.errors import UnreadableDrop
from keepwell.imports.dialect import AS_FOUND, Dialect, ReadingAs
from keepwell.imports.encoding import Encoding, find_encoding
from keepwell.imports.finding import Known, find_table, nobody
from keepwell.imports.reading import Record, headers_of, read_records
from keepwell.imports.trailing import trailing_lines
from keepwell.imports.workbooks import Sheet

HEAD_BYTES = 256 * 1024
TAIL_BYTES = 64 * 1024
_START = 16 * 1024
_REJECTS = re.compile(r'"?Row"?([,;\t|])"?Column"?\1"?Reason"?\s*?$', re.MULTILINE)
_MOST_TOLD = 20
_LONGEST_TOLD = 200


@dataclass(frozen=True)
class Frame:
    """Where a file's rows are: from byte `start`, which is the first of `line`, up to byte `end`."""

    dialect: Dialect
    encoding: Encoding
    headers: tuple[str, ...]
    start: int
    end: int
    line: int

    @property
    def newline(self) -> bytes:
        """The bytes at which the file may be parted into lines."""
        return self.encoding.newline("\r" if self.dialect.line_end == "CR" else "\n")


def frame_of(content: bytes, says: ReadingAs = AS_FOUND, known: Known = nobody) -> Frame:
    """The frame of a file that is at hand as a whole. Raises UnreadableDrop, as `find_frame` does."""
    return find_frame(content[:HEAD_BYTES], content[-TAIL_BYTES:], len(content), says, known)


def frame_of_sheet(sheet: Sheet, says: ReadingAs = AS_FOUND, known: Known = nobody) -> Frame:
    """The frame of the CSV that a workbook's sheet became; how files are written is not asked of it."""
    says = replace(says, encoding=None, delimiter=",", quote='"')
    content = sheet.csv
    return find_frame(
        content[:HEAD_BYTES], content[-TAIL_BYTES:], len(content), says, known, sheet=sheet.name
    )


def find_frame(
    head: bytes,
    tail: bytes,
    size: int,
    says: ReadingAs = AS_FOUND,
    known: Known = nobody,
    sheet: str | None = None,
) -> Frame:
    """The frame of a file of `size` bytes that starts with `head` (HEAD_BYTES of them, or all) and ends with
    `tail` (TAIL_BYTES, or all).

    `known` tells the headers that somebody waits for, `sheet` that the file is what a workbook's sheet of
    this name became. A rejects file that is dropped again is not written as the mapping says.

    Raises UnreadableDrop if it is no text, in no certain encoding, or has no usable header.
    """
    whole = len(head) >= size
    encoding = find_encoding(head, says.encoding, whole=whole)
    text = encoding.start_of(head, whole)
    if ends := _REJECTS.search(text, 0, _START):
        says = ReadingAs(encoding=says.encoding, delimiter=ends[1], header_row=1, trailing_rows=0)
    written = Dialect(encoding.name, ",", line_end=_line_end(text), sheet=sheet)
    found = find_table(text, written, says, known, whole=whole)
    header = None if found.header is None else found.records[found.header]
    headers = headers_of(header)
    above = found.records[: found.header]
    preamble = list(filter(None, map(_text, above)))
    start, lines = _below(text, found.dialect, len(above), head[encoding.bom :], encoding, whole=whole)
    first = header.line if header else 1
    dialect = replace(found.dialect, header_row=first, preamble=_told(preamble), preamble_lines=len(preamble))
    below, end = _trailing(tail, size, encoding.bom + start, encoding, dialect, len(headers), says)
    trailing = list(_without_blanks(below, dialect))
    dialect = replace(dialect, trailing=_told(trailing), trailing_lines=len(trailing))
    return Frame(dialect, encoding, headers, encoding.bom + start, end, first + 1 if sheet else lines + 1)


def _line_end(text: str) -> str:
    """The most frequent one; CR only where there is no other."""
    both, feeds = text.count("\r\n"), text.count("\n")
    if feeds == 0 and "\r" in text:
        return "CR"
    return "CRLF" if both * 2 > feeds else "LF"


def _below(
    text: str, dialect: Dialect, above: int, head: bytes, encoding: Encoding, *, whole: bool
) -> tuple[int, int]:
    """How many bytes and lines lie above the first line below the header, which follows `above` records."""
    lines = io.StringIO(text, newline="").readlines()
    records = read_records(lines, replace(dialect, sheet=None))
    below = next((record.line - 1 for record in islice(records, above + 1, None)), len(lines))
    if below == len(lines) and not whole:
        raise UnreadableDrop(
            f"the header does not end within the first {HEAD_BYTES:,} bytes of the file; shorten it",
            example=text[:200],
        )
    taken = "".join(lines[:below]).encode(encoding.codec)
    if not head.startswith(taken):
        raise UnreadableDrop(
            f"the file's encoding {encoding.name!r} has more than one spelling of a text, which is not read; "
            'save it as "CSV UTF-8" and drop that'
        )
    return len(taken), below


def _trailing(
    tail: bytes, size: int, start: int, encoding: Encoding, dialect: Dialect, width: int, says: ReadingAs
) -> tuple[list[str], int]:
    """The trailing lines of a file whose rows begin at byte `start`, and the byte at which they begin."""
    last = _whole_lines(tail, size, start, encoding)
    for codec in filter(None, (encoding.codec, encoding.fallback)):
        try:
            lines = trailing_lines(last.decode(codec), dialect, width, says.trailing_rows)
        except UnicodeDecodeError:  # reading the rows will tell the line
            continue
        length = len("".join(lines).encode(codec))
        return lines, size - length
    return [], size


def _whole_lines(tail: bytes, size: int, start: int, encoding: Encoding) -> bytes:
    """The last bytes of the rows, from the beginning of a line."""
    if size - len(tail) <= start:
        return tail[len(tail) - (size - start) :]
    newline = encoding.newline()
    offset = size - len(tail) - encoding.bom
    at = tail.find(newline)
    while at >= 0 and (offset + at) % len(newline):
        at = tail.find(newline, at + 1)
    return tail[at + len(newline) :] if at >= 0 else b""


def _without_blanks(lines: Iterable[str], dialect: Dialect) -> Iterator[str]:
    return (line.strip() for line in lines if line.strip(f" \r\n{dialect.delimiter}{dialect.quote[:1]}"))


def _text(record: Record) -> str:
    return " ".join(filter(None, map(str.strip, record.cells)))


def _told(lines: Sequence[str]) -> tuple[str, ...]:
    """Lines as a report tells them: not too many, none too long."""
    return tuple(line[:_LONGEST_TOLD] for line in lines[:_MOST_TOLD])
