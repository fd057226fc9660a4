"""A file of any size as blocks of lines: each starts with a record and can be read without the others.

Blocks are cut where a line ends. Whether a record ends there, too, only a reader of the whole file can tell:
a quoted cell may go on. The survey reads it once and names the blocks to be judged.
"""

import codecs
import io
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import NamedTuple

from keepwell.errors import RejectedInput, UnreadableDrop
from keepwell.imports.dialect import AS_FOUND, ReadingAs
from keepwell.imports.encoding import check_is_text, decode
from keepwell.imports.finding import Known
from keepwell.imports.frame import HEAD_BYTES, TAIL_BYTES, Frame, find_frame, frame_of_sheet
from keepwell.imports.workbooks import Sheet, is_workbook, read_sheet

BLOCK_BYTES = 1024 * 1024


@dataclass(frozen=True)
class Block:
    """The bytes from `start` up to `end`, the first of which starts line `line` and data row `number`."""

    start: int
    end: int
    line: int
    number: int


class Readable(NamedTuple):
    """A file in UTF-8, and the name of the workbook's sheet that it was made of, if it was."""

    path: Path
    sheet: str | None = None


@contextmanager
def as_utf8(path: Path, says: ReadingAs = AS_FOUND) -> Iterator[Readable]:
    """The file, or a copy of it in UTF-8 that is removed at the end.

    `says` is what a mapping says of how it is read. Raises RejectedInput, which names the file, for what
    cannot be read, or if what is done with it raises UnreadableDrop. A file that is not in UTF-8 is held in
    memory while it is copied.
    """
    try:
        with TemporaryDirectory(prefix="keepwell-score-") as folder:
            yield Readable(path) if _is_utf8(path) else _copied(path, Path(folder), says)
    except UnreadableDrop as error:
        example = f"\n  {error.example}" if error.example else ""
        raise RejectedInput(f"{path} cannot be read: {error.reason}{example}") from None
    except OSError as error:
        if error.filename != str(path):
            raise
        raise RejectedInput(f"{path} cannot be read: {error.strerror}") from None


def _copied(path: Path, folder: Path, says: ReadingAs) -> Readable:
    content, copy = path.read_bytes(), folder / path.name
    if is_workbook(content):
        sheet = read_sheet(content, says.sheet)
        copy.write_bytes(sheet.csv)
        return Readable(copy, sheet.name)
    text, _ = decode(content, says.encoding)
    copy.write_bytes(text.encode())
    return Readable(copy)


def _is_utf8(path: Path) -> bool:
    """Whether it is text in UTF-8. Raises UnreadableDrop for what is no text at all."""
    decoder = codecs.getincrementaldecoder("utf-8")()
    with path.open("rb") as file:
        start = file.peek()
        if is_workbook(start):
            return False
        check_is_text(start)
        try:
            while data := file.read(BLOCK_BYTES):
                if b"\0" in data:
                    return False
                decoder.decode(data)
            decoder.decode(b"", final=True)
        except UnicodeDecodeError:
            return False
    return True


def frame_at(path: Path, says: ReadingAs, known: Known, sheet: str | None = None) -> Frame:
    """The frame of a file in UTF-8, which may have been the `sheet` of a workbook.

    Raises UnreadableDrop if its header cannot be read.
    """
    if sheet is not None:
        return frame_of_sheet(Sheet(sheet, path.read_bytes()), says, known)
    size = path.stat().st_size
    with path.open("rb") as file:
        head = file.read(HEAD_BYTES)
        file.seek(max(0, size - TAIL_BYTES))
        return find_frame(head, file.read(), size, says, known)


def lines_of(path: Path, frame: Frame, starts: dict[int, int], size: int = BLOCK_BYTES) -> Iterator[str]:
    """Every line below the header with its end; notes in `starts`, by line, the byte at which a block could
    start."""
    offset, line = frame.start, frame.line
    with path.open("rb") as file:
        file.seek(offset)
        while data := file.read(min(size, frame.end - offset)):
            if offset + len(data) < frame.end:
                data += file.readline(frame.end - offset - len(data))
            starts[line] = offset
            lines = _lines(data).readlines()
            offset += len(data)
            line += len(lines)
            yield from lines


def lines_in(path: Path, block: Block) -> Iterator[str]:
    """The lines of one block."""
    with path.open("rb") as file:
        file.seek(block.start)
        return _lines(file.read(block.end - block.start))


def _lines(data: bytes) -> io.StringIO:
    return io.StringIO(data.decode(), newline="")
