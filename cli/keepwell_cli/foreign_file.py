"""A foreign file on this computer: how it is written, its header, and its first rows."""

import codecs
import io
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

from keepwell.attributes import Catalogue
from keepwell.errors import RejectedInput, UnreadableDrop
from keepwell.imports.dialect import AS_FOUND, Dialect, ReadingAs
from keepwell.imports.finding import waited_for
from keepwell.imports.frame import HEAD_BYTES, TAIL_BYTES, Frame, find_frame
from keepwell.imports.proposing import MOST_ROWS
from keepwell.imports.reading import own_headers, read_rows

_LOOKED_AT_BYTES = 8 * 1024 * 1024
_IF_NOT_UTF8 = ReadingAs(encoding="cp1252")
"""Every byte is some character of it: a person must see whether it is the right one."""

_DELIMITERS = {",": "comma", ";": "semicolon", "\t": "tab", "|": "pipe"}


@dataclass(frozen=True)
class ForeignFile:
    """`rows` are the first ones that can be read, each as wide as `headers`. `declared` is the encoding that
    a mapping must declare, None if there is no need."""

    dialect: Dialect
    headers: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    is_whole: bool
    declared: str | None

    def in_words(self) -> str:
        """How it is written, and how much of it was looked at."""
        dialect = self.dialect
        delimiter = _DELIMITERS.get(dialect.delimiter, dialect.delimiter)
        looked = f"all {len(self.rows):,} rows" if self.is_whole else f"the first {len(self.rows):,} rows"
        return f"{dialect.encoding}, {delimiter}, header in line {dialect.header_row}; {looked} looked at"


def read_foreign(path: Path, catalogue: Catalogue) -> ForeignFile:
    """Raises RejectedInput, which names the file, if it has no header that can be read."""
    with path.open("rb") as file:
        content = file.read(_LOOKED_AT_BYTES)
        size = file.seek(0, io.SEEK_END)
        file.seek(max(0, size - TAIL_BYTES))
        tail = file.read()
    try:
        try:
            return _read(content, tail, size, catalogue, AS_FOUND)
        except UnreadableDrop as problem:
            return _read_otherwise(content, tail, size, catalogue, problem)
    except UnreadableDrop as problem:
        raise RejectedInput(f"{path} cannot be read: {problem.reason}") from None


def _read_otherwise(
    content: bytes, tail: bytes, size: int, catalogue: Catalogue, problem: UnreadableDrop
) -> ForeignFile:
    """As what most files are that are not UTF-8."""
    try:
        return _read(content, tail, size, catalogue, _IF_NOT_UTF8)
    except UnreadableDrop:
        raise problem from None


def _read(content: bytes, tail: bytes, size: int, catalogue: Catalogue, says: ReadingAs) -> ForeignFile:
    frame = find_frame(content[:HEAD_BYTES], tail, size, says, waited_for(catalogue))
    text = _text(frame, content[frame.start : frame.end], ends=frame.end <= len(content))
    width = len(own_headers(frame.headers))
    lines = io.StringIO(text, newline="")
    sound = (row for row in read_rows(lines, frame.headers, frame.dialect, frame.line, 1) if not row.fault)
    rows = tuple(row.cells[:width] for row in islice(sound, MOST_ROWS + 1))
    return ForeignFile(
        dialect=frame.dialect,
        headers=frame.headers[:width],
        rows=rows[:MOST_ROWS],
        is_whole=len(content) == size and len(rows) <= MOST_ROWS,
        declared=says.encoding,
    )


def _text(frame: Frame, part: bytes, *, ends: bool) -> str:
    """The whole lines of a part of the file that starts with its first row."""
    if ends:
        return frame.encoding.decode(part, frame.line)
    try:
        text = codecs.getincrementaldecoder(frame.encoding.codec)().decode(part)
    except UnicodeDecodeError:
        text = frame.encoding.decode(part, frame.line)
    return text[: max(text.rfind("\n"), text.rfind("\r")) + 1]
