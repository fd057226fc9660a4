"""The survey of a file: what its header says, where its blocks start, which ids stand twice.

Of every row no more than a number is kept: a million rows take 8 MB.
"""

from array import array
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

from keepwell.imports.columns import Columns, bind_columns
from keepwell.imports.dialect import AS_FOUND
from keepwell.imports.finding import waited_for
from keepwell.imports.frame import Frame
from keepwell.imports.mapping import ImportMapping
from keepwell.imports.objects import ImportObject
from keepwell.imports.reading import Row, read_rows
from keepwell.imports.rows import Keys
from keepwell.playbook import Playbook
from keepwell_cli.scoring.blocks import BLOCK_BYTES, Block, Readable, frame_at, lines_in, lines_of


@dataclass(frozen=True)
class Survey:
    """What is known of a file before any row of it is judged. `later` gives, for the ids that stand in it
    more than once, the line of the last row, which counts."""

    path: Path
    frame: Frame
    columns: Columns
    blocks: tuple[Block, ...]
    rows: int
    later: Mapping[Keys, int]

    @property
    def headers(self) -> tuple[str, ...]:
        return self.frame.headers

    def rows_of(self, block: Block) -> Iterator[Row]:
        """The data rows of a block."""
        lines = lines_in(self.path, block)
        return read_rows(lines, self.headers, self.frame.dialect, block.line, block.number)


def survey(
    readable: Readable,
    about: ImportObject,
    playbook: Playbook,
    mapping: ImportMapping | None = None,
    block_bytes: int = BLOCK_BYTES,
) -> Survey:
    """Survey a file. Raises UnreadableDrop if its header cannot be read."""
    catalogue = about.columns_in(playbook)
    reading, mappings = (mapping.reading, [mapping]) if mapping else (AS_FOUND, [])
    path, sheet = readable
    frame = frame_at(path, reading, waited_for(catalogue, mappings), sheet)
    if sheet is not None:  # its rows are counted, not its lines, by which blocks are found
        block_bytes = frame.end
    columns = bind_columns(frame.headers, mapping, catalogue, about.layout.keys, about.layout.required)
    hashes, starts, number = array("q"), dict[int, int](), 0
    places = [(frame.start, frame.line, 1)]
    for row in _read(path, frame, starts, block_bytes):
        if starts:
            if row.line in starts and row.number > 1:
                places.append((starts[row.line], row.line, row.number))
            starts.clear()  # what else is in it was read to the end of a row that began before it
        if row.fault is None:
            hashes.append(hash(columns.keys_of(row.cells, row.number)))
        number = row.number
    repeated = {one for one, other in pairwise(sorted(hashes)) if one == other}
    return Survey(
        path=path,
        frame=frame,
        columns=columns,
        blocks=tuple(_blocks(places, frame.end)),
        rows=number,
        later=_last_lines(_read(path, frame, {}, block_bytes), columns, repeated),
    )


def _read(path: Path, frame: Frame, starts: dict[int, int], block_bytes: int) -> Iterator[Row]:
    """Every row."""
    lines = lines_of(path, frame, starts, block_bytes)
    return read_rows(lines, frame.headers, frame.dialect, frame.line, 1)


def _blocks(places: list[tuple[int, int, int]], end: int) -> Iterator[Block]:
    ends = [*(start for start, _, _ in places[1:]), end]
    for (start, line, number), end in zip(places, ends, strict=True):
        yield Block(start, end, line, number)


def _last_lines(rows: Iterator[Row], columns: Columns, repeated: set[int]) -> dict[Keys, int]:
    if not repeated:
        return {}
    named = (row for row in rows if row.fault is None)
    ids = ((columns.keys_of(row.cells, row.number), row.line) for row in named)
    return {keys: line for keys, line in ids if hash(keys) in repeated}
