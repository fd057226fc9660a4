"""The rows of a shard, and which counts of those that have one id (reliability I1, I4)."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime

from keepwell.imports.pieces import Keys, StoredPiece
from keepwell.imports.records import Shape, cells_of
from keepwell.imports.rows import ShardRow, Telling, when_told


def all_rows(pieces: Sequence[StoredPiece], shape: Shape) -> Iterator[ShardRow]:
    for piece in pieces:
        yield from rows_at(piece, range(len(piece.keys)), shape)


def rows_at(piece: StoredPiece, places: Sequence[int], shape: Shape) -> Iterator[ShardRow]:
    """The faulty rows of a piece, and those at these places."""
    for faulty in piece.faulty:
        yield ShardRow(faulty.line, faulty.number, (), faulty.cells, faulty.fault)
    yield from _with_ids(piece, places, shape)


def lines_that_count(pieces: Sequence[StoredPiece], shape: Shape, telling: Telling) -> dict[Keys, int]:
    """Of the ids that stand there more than once, the lines of the rows that count: the last ones or, where
    rows say when they were so, the newest, of several the last."""
    last = {keys: line for piece in pieces for keys, line in zip(piece.keys, piece.lines, strict=True)}
    if len(last) == sum(len(piece.lines) for piece in pieces):
        return {}
    repeated = {
        keys: last[keys]
        for piece in pieces
        for keys, line in zip(piece.keys, piece.lines, strict=True)
        if last[keys] != line
    }
    return _newest(pieces, repeated, shape, telling) if shape.columns.observed_at else repeated


def _newest(
    pieces: Sequence[StoredPiece], repeated: Mapping[Keys, int], shape: Shape, telling: Telling
) -> dict[Keys, int]:
    newest = dict[Keys, tuple[datetime, int]]()
    for piece in pieces:
        places = [place for place, keys in enumerate(piece.keys) if keys in repeated]
        for row in _with_ids(piece, places, shape):
            mine = when_told(row, shape.columns, telling), row.line
            newest[row.keys] = max(mine, newest.get(row.keys, mine))
    return {keys: line for keys, (_, line) in newest.items()}


def _with_ids(piece: StoredPiece, places: Sequence[int], shape: Shape) -> Iterator[ShardRow]:
    texts = [piece.texts[place].decode() for place in places]
    for place, cells in zip(places, cells_of(texts, shape.dialect), strict=True):
        yield ShardRow(piece.lines[place], piece.numbers[place], piece.keys[place], cells, None)
