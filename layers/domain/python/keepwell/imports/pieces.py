"""Pieces: the rows that one chunk of a file has for one shard, with what it takes to tell them apart.

A chunk's pieces are stored as one object: where each begins, in bytes; how many rows each shard has up to
here; and the pieces one after the other. So a chunk is there wholly or not at all, and a shard reads no more
of it than its own. A piece is one line of JSON and the texts of its records as they stand in the file, in
UTF-8.
"""

import struct
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass, field
from itertools import accumulate, pairwise
from typing import Any

import orjson

from keepwell.imports.job import chunk_file
from keepwell.imports.reading import Fault, Row
from keepwell.ports import Files

Keys = tuple[str, ...]


@dataclass
class Piece:
    """Of the i-th row `lines[i]` is the line of the file it starts on, `numbers[i]` counts the file's data
    rows, `keys[i]` are the ids it goes by, and `texts[i]` is its record without the line end. `faulty` are
    rows that have no ids, since they cannot be read."""

    lines: list[int] = field(default_factory=list)
    numbers: list[int] = field(default_factory=list)
    keys: list[Keys] = field(default_factory=list)
    texts: list[str] = field(default_factory=list)
    faulty: list[Row] = field(default_factory=list)

    def __len__(self) -> int:
        return len(self.lines) + len(self.faulty)


@dataclass(frozen=True)
class StoredPiece:
    """A piece that was read: the same, but for the texts, which are bytes still."""

    lines: Sequence[int]
    numbers: Sequence[int]
    keys: Sequence[Keys]
    texts: Sequence[bytes]
    faulty: Sequence[Row]


def write_chunk(
    files: Files, drop_id: str, chunk: int, pieces: Sequence[Piece], before: Sequence[int]
) -> None:
    """Store the pieces of a chunk, one for each shard; `before` are the rows each had in earlier chunks."""
    encoded = [_encode(piece) for piece in pieces]
    starts = accumulate(map(len, encoded), initial=_head_size(len(pieces)))
    rows = [known + len(piece) for known, piece in zip(before, pieces, strict=True)]
    head = struct.pack(f"<{2 * len(pieces) + 1}Q", *starts, *rows)
    files.write(chunk_file(drop_id, chunk), b"".join([head, *encoded]), "application/octet-stream")


def rows_so_far(files: Files, drop_id: str, chunks: int, shards: int) -> list[int]:
    """How many rows each shard has in so many chunks."""
    if not chunks:
        return [0] * shards
    head = files.read_range(chunk_file(drop_id, chunks - 1), 8 * (shards + 1), 8 * shards)
    return list(struct.unpack(f"<{shards}Q", head))


def read_pieces(files: Files, drop_id: str, chunks: int, shard: int) -> Iterator[StoredPiece]:
    """The pieces of one shard, in the order of the file; chunks that have none for it are left out."""
    for chunk in range(chunks):
        key = chunk_file(drop_id, chunk)
        start, end = struct.unpack("<2Q", files.read_range(key, 8 * shard, 16))
        if end > start:
            yield _decode(files.read_range(key, start, end - start))


def _head_size(shards: int) -> int:
    return 8 * (2 * shards + 1)


def _encode(piece: Piece) -> bytes:
    if not piece:
        return b""
    texts = [text.encode() for text in piece.texts]
    faulty = [{**row._asdict(), "fault": row.fault and asdict(row.fault)} for row in piece.faulty]
    by_column = list(zip(*piece.keys, strict=True))
    head = (piece.lines, piece.numbers, by_column, list(map(len, texts)), faulty)
    return b"".join([orjson.dumps(head), b"\n", *texts])


def _decode(content: bytes) -> StoredPiece:
    end = content.index(b"\n")
    lines, numbers, by_column, sizes, faulty = orjson.loads(content[:end])
    places = pairwise(accumulate(sizes, initial=end + 1))
    return StoredPiece(
        lines,
        numbers,
        list(zip(*by_column, strict=True)),
        [content[start:stop] for start, stop in places],
        [_row(**fields) for fields in faulty],
    )


def _row(line: int, number: int, cells: list[str], fault: dict[str, Any]) -> Row:
    return Row(line, number, tuple(cells), Fault(**fault))
