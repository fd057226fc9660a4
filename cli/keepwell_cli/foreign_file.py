"""A foreign file on this computer: how it is written, its header, and its first rows."""

import codecs
import io
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from itertools import islice
from pathlib import Path

from keepwell.attributes import Catalogue
from keepwell.errors import RejectedInput, UnreadableDrop
from keepwell.imports.dialect import AS_FOUND, Dialect, ReadingAs
from keepwell.imports.drops import Drop
from keepwell.imports.finding import waited_for
from keepwell.imports.frame import Frame
from keepwell.imports.proposing import MOST_ROWS
from keepwell.imports.reading import own_headers, read_rows
from keepwell.imports.source import Source
from keepwell_cli.known import KnownFiles
from keepwell_cli.report_view import in_words

_LOOKED_AT_BYTES = 8 * 1024 * 1024
_IF_NOT_UTF8 = ReadingAs(encoding="cp1252")
"""Every byte is some character of it: a person must see whether it is the right one."""


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
        looked = f"all {len(self.rows):,} rows" if self.is_whole else f"the first {len(self.rows):,} rows"
        return f"{in_words(asdict(self.dialect))}; {looked} looked at"


def read_foreign(path: Path, catalogue: Catalogue) -> ForeignFile:
    """Raises RejectedInput, which names the file, if it has no header that can be read."""
    files, size = KnownFiles(), path.stat().st_size
    files.lay(path.name, path)
    drop = Drop("", path.name, "", size, datetime.fromtimestamp(0, UTC))
    start = files.read_range(drop.key, 0, _LOOKED_AT_BYTES)
    try:
        source = Source(drop, files)
        try:
            return _read(source, start, catalogue, AS_FOUND)
        except UnreadableDrop as problem:
            return _read_otherwise(source, start, catalogue, problem)
    except UnreadableDrop as problem:
        raise RejectedInput(f"{path} cannot be read: {problem.reason}") from None


def _read_otherwise(
    source: Source, start: bytes, catalogue: Catalogue, problem: UnreadableDrop
) -> ForeignFile:
    """As what most files are that are not UTF-8."""
    try:
        return _read(source, start, catalogue, _IF_NOT_UTF8)
    except UnreadableDrop:
        raise problem from None


def _read(source: Source, start: bytes, catalogue: Catalogue, says: ReadingAs) -> ForeignFile:
    """From the file's start, or from all of a workbook's sheet."""
    frame = source.frame(says, waited_for(catalogue))
    content = start if frame.dialect.sheet is None else source.sheet(says).csv
    ends = frame.end <= len(content)
    text = _text(frame, content[frame.start : frame.end], ends=ends)
    width = len(own_headers(frame.headers))
    lines = io.StringIO(text, newline="")
    sound = (row for row in read_rows(lines, frame.headers, frame.dialect, frame.line, 1) if not row.fault)
    rows = tuple(row.cells[:width] for row in islice(sound, MOST_ROWS + 1))
    return ForeignFile(
        dialect=frame.dialect,
        headers=frame.headers[:width],
        rows=rows[:MOST_ROWS],
        is_whole=ends and len(rows) <= MOST_ROWS,
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
