"""Splitting a file into shards, chunk by chunk: all rows of one account are in one shard.

One chunk is in memory, whatever the size of the file. After each one that is stored a checkpoint moves
forward, from which any run goes on: two runs at once, or one again, store the same (reliability I2, I5).
"""

import json
from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from hashlib import blake2b
from itertools import islice
from operator import add
from typing import NamedTuple

from keepwell.errors import UnreadableDrop
from keepwell.imports.columns import Columns
from keepwell.imports.dialect import Dialect
from keepwell.imports.drops import Drop
from keepwell.imports.encoding import Encoding
from keepwell.imports.job import Checkpoint, ImportJob, control_key
from keepwell.imports.pieces import Piece, rows_so_far, write_chunk
from keepwell.imports.reading import MAX_RECORD_CHARACTERS, overlong
from keepwell.imports.records import Part, Record, Shape, lines_of
from keepwell.imports.source import removed
from keepwell.ports import Control, Files

CHUNK_BYTES = 8 * 1024 * 1024
"""What is read, split and stored at once; also the longest line, and the most of a record that is looked
at."""

MAX_ROWS = 64_000_000
"""At most 125,000 for each of 512 shards, on average: the ids of a shard's rows are held in memory."""

MAX_ROWS_OF_A_SHARD = 2_000_000

ROWS_OF_A_SMALL_SHARD, SMALL_SHARDS = 1_000, 64
ROWS_OF_A_SHARD, MOST_SHARDS = 16_000, 512


def shards_for(rows: float) -> int:
    """How many shards a file of about so many rows is split into: a power of two."""
    small = min(rows / ROWS_OF_A_SMALL_SHARD, SMALL_SHARDS)
    wanted = min(max(small, rows / ROWS_OF_A_SHARD), MOST_SHARDS)
    shards = 1
    while shards < wanted:
        shards *= 2
    return shards


def shard_of(account_id: str, shards: int) -> int:
    """Which of so many shards an account's rows are in, `shards` being a power of two: with twice as many,
    one shard becomes two. The deltas of usage are split by the same hash (`usage.deltas`)."""
    return int.from_bytes(blake2b(account_id.encode(), digest_size=4).digest()) & (shards - 1)


@dataclass(frozen=True)
class Splitter:
    """The splitting of one drop; `chunk_bytes` is how much is read at once, or more where a record is
    longer."""

    job: ImportJob
    drop: Drop
    shape: Shape
    files: Files
    control: Control
    chunk_bytes: int = CHUNK_BYTES

    def go_on(self, out_of_time: Callable[[], bool]) -> Checkpoint:
        """Split until the end, or until there is no time left, but at least one chunk; how far it came.

        Raises UnreadableDrop if the file cannot be read on, or has too many rows.
        """
        at, rows = self.job.checkpoint, list[int]()
        while not at.ended:
            rows = rows or rows_so_far(self.files, self.job.drop_id, at.chunks, self.job.shards)
            reached = self._split_chunk(at, rows)
            held = self.control.raise_to(control_key(self.job.drop_id), "checkpoint", reached.to_text())
            at = Checkpoint.from_text(held)
            if at != reached:  # another run is ahead
                rows = []
            if out_of_time():
                break
        return at

    def _split_chunk(self, at: Checkpoint, rows: list[int]) -> Checkpoint:
        """Store the next chunk, and count its rows into `rows`, those of each shard; how far that is."""
        cut = self._next_cut(at)
        part, offset = cut.part, at.offset + cut.size
        self._check_sizes(part.number - 1, cut.pieces, rows)
        write_chunk(self.files, self.job.drop_id, at.chunks, cut.pieces, rows)
        rows[:] = map(add, rows, map(len, cut.pieces))
        content = blake2b(at.content.encode() + cut.digest, digest_size=16).hexdigest()
        ended = offset >= self.job.end
        return Checkpoint(offset, part.line, part.number - 1, at.chunks + 1, content, ended, cut.codec)

    def _next_cut(self, at: Checkpoint) -> "_Cut":
        """The next records that are in the file wholly, as many as are read at once."""
        size, known = self.chunk_bytes, self.shape.encoding.settled_as(at.codec)
        while True:
            content = self._read(at.offset, size)
            ends = at.offset + len(content) >= self.job.end
            whole = content if ends else content[: self._end_of_lines(content)]
            encoding = known.settled_by(whole)
            lines = lines_of(encoding.decode(whole, at.line))
            part = Part(lines, self.shape, at.line, at.rows + 1, ends=ends)
            pieces = self._pieces(part.records())
            if part.taken == len(lines) and (lines or ends):
                return self._cut(whole, part, pieces, encoding)
            if part.taken:
                taken = _bytes_of("".join(lines[: part.taken]), whole, encoding)
                return self._cut(taken, part, pieces, encoding)
            if size >= CHUNK_BYTES:
                return self._first_line(content, lines, at, encoding)
            size *= 2

    def _first_line(self, content: bytes, lines: list[str], at: Checkpoint, encoding: Encoding) -> "_Cut":
        """The first line of a record that is longer than a chunk: a fault, as is a line that is so long."""
        if lines:
            part = Part(lines, self.shape, at.line, at.rows + 1, ends=True)
            pieces = self._pieces(islice(part.records(), 1))
            return self._cut(_bytes_of(lines[0], content, encoding), part, pieces, encoding)
        start = replace(encoding, bom=0).start_of(content, whole=False)
        row = overlong(at.line, at.rows + 1, start[:MAX_RECORD_CHARACTERS])
        pieces = self._pieces([(row.line, row.number, (), "", row)])
        part = Part((), self.shape, row.line + 1, row.number + 1, ends=True)  # what is below it
        hashed, size, marks = blake2b(digest_size=16), 0, self._line_ends
        while content:
            end = _end_of_first(content, *marks)
            known = end or len(content) - (len(marks[1]) if content.endswith(marks[1]) else 0)
            size += known
            hashed.update(content[:known])
            content = b"" if end else self._read(at.offset + size, CHUNK_BYTES)
        return _Cut(size, hashed.digest(), part, pieces, at.codec)

    def _cut(self, content: bytes, part: Part, pieces: list[Piece], encoding: Encoding) -> "_Cut":
        codec = encoding.codec if encoding != self.shape.encoding else ""
        return _Cut(len(content), blake2b(content, digest_size=16).digest(), part, pieces, codec)

    def _pieces(self, records: Iterable[Record]) -> list[Piece]:
        """The records by shard; one that has no id is in any, always the same."""
        shards = self.job.shards
        pieces = [Piece() for _ in range(shards)]
        known: dict[str, Piece] = {}
        for line, number, keys, text, faulty in records:
            if faulty:
                pieces[shard_of(f"row {line}", shards)].faulty.append(faulty)
                continue
            account_id = keys[0] or f"row {line}"
            piece = known.get(account_id)
            if piece is None:
                piece = known[account_id] = pieces[shard_of(account_id, shards)]
            piece.lines.append(line)
            piece.numbers.append(number)
            piece.keys.append(keys)
            piece.texts.append(text)
        return pieces

    def _check_sizes(self, rows: int, pieces: Sequence[Piece], before: Sequence[int]) -> None:
        if rows > MAX_ROWS:
            raise UnreadableDrop(
                f"the file has more than the {MAX_ROWS:,} rows that one drop may have; split it into several "
                "files, each with the header row"
            )
        if any(known + len(piece) > MAX_ROWS_OF_A_SHARD for known, piece in zip(before, pieces, strict=True)):
            raise UnreadableDrop(
                f"more than {MAX_ROWS_OF_A_SHARD:,} rows are about a few of the file's accounts; split it "
                "into several files, each with the header row"
            )

    def _read(self, start: int, size: int) -> bytes:
        size = min(size, self.job.end - start)
        if not size:
            return b""
        if self.job.sheet_file:
            return self.files.read_range(self.job.sheet_file, start, size)
        try:
            return self.files.read_range(self.drop.key, start, size, self.drop.version)
        except KeyError:
            raise removed(self.drop) from None

    def _end_of_lines(self, content: bytes) -> int:
        """Where the last whole line ends; 0 if there is none."""
        line_feed, carriage_return = self._line_ends
        return _end_of_last(line_feed, content) or _end_of_last(carriage_return, content, line_feed)

    @property
    def _line_ends(self) -> tuple[bytes, bytes]:
        """LF and CR; a file of LF may have lines that end with CR, too."""
        encoding = self.shape.encoding
        return encoding.newline("\n"), encoding.newline("\r")


class _Cut(NamedTuple):
    """What a chunk is made of: so many bytes of the file, their hash, the rows in them by shard, and the
    encoding that it or an earlier one settled."""

    size: int
    digest: bytes
    part: Part
    pieces: list[Piece]
    codec: str


def _bytes_of(text: str, content: bytes, encoding: Encoding) -> bytes:
    """The bytes of a text that `content` starts with."""
    with suppress(UnicodeEncodeError):
        if content.startswith(encoded := text.encode(encoding.codec)):
            return encoded
    raise UnreadableDrop(
        f"a file of this size cannot be read in {encoding.name}, which writes the same text in several "
        'ways; save it as "CSV UTF-8" and drop that'
    )


def _end_of_last(mark: bytes, content: bytes, unless_before: bytes | None = None) -> int:
    """Where the last of these marks ends, whose characters have the width of a mark; 0 if there is none.

    One that is followed by `unless_before`, or may be, does not count.
    """
    width, place = len(mark), len(content)
    while (place := content.rfind(mark, 0, place)) >= 0:
        end = place + width
        follows = unless_before is not None and (
            end + width > len(content) or content.startswith(unless_before, end)
        )
        if place % width == 0 and not follows:
            return end
        place = end - 1
    return 0


def _end_of_first(content: bytes, line_feed: bytes, carriage_return: bytes) -> int:
    """Where the first line ends; 0 if it does not, or if what follows a CR is not known yet."""
    width = len(line_feed)
    places = [place for mark in (line_feed, carriage_return) if (place := _first(mark, content)) >= 0]
    if not places:
        return 0
    end = min(places) + width
    if content.startswith(carriage_return, end - width):
        if content.startswith(line_feed, end):
            return end + width
        if end + width > len(content) > width:
            return 0
    return end


def _first(mark: bytes, content: bytes) -> int:
    place = content.find(mark)
    while place >= 0 and place % len(mark):
        place = content.find(mark, place + 1)
    return place


def shape_of(job: ImportJob, files: Files) -> Shape:
    """What all rows of an import have in common, as it was planned."""
    plan = json.loads(files.read(job.columns_file))
    columns = Columns.from_json(plan["columns"])
    return Shape(tuple(plan["headers"]), columns, Dialect(**job.dialect), Encoding(**job.encoding))
