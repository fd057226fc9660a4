"""The survey of a file: what its header says, where its blocks start, which ids stand twice.

Of every row no more than a number is kept: a million rows take 8 MB.
"""

from array import array
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

from keepwell.imports.columns import Columns, bind_columns
from keepwell.imports.dialect import find_delimiter
from keepwell.imports.mapping import ImportMapping
from keepwell.imports.objects import ImportObject
from keepwell.imports.reading import Row, read_rows, read_table
from keepwell.imports.rows import Keys
from keepwell.playbook import Playbook
from keepwell_cli.scoring.blocks import BLOCK_BYTES, Block, head_of, lines_in, lines_of

_HEAD_CHARACTERS = 1024 * 1024


@dataclass(frozen=True)
class Survey:
    """What is known of a file before any row of it is judged. `later` gives, for the ids that stand in it
    more than once, the line of the last row, which counts."""

    path: Path
    headers: tuple[str, ...]
    delimiter: str
    columns: Columns
    blocks: tuple[Block, ...]
    rows: int
    later: Mapping[Keys, int]

    def rows_of(self, block: Block) -> Iterator[Row]:
        """The data rows of a block."""
        lines = lines_in(self.path, block)
        rows = read_rows(lines, self.headers, self.delimiter, block.line, block.number)
        return (row for row in rows if row.number)


def survey(
    path: Path,
    about: ImportObject,
    playbook: Playbook,
    mapping: ImportMapping | None = None,
    block_bytes: int = BLOCK_BYTES,
) -> Survey:
    """Survey a file in UTF-8. Raises UnreadableDrop if its header cannot be read."""
    head = head_of(path, _HEAD_CHARACTERS)
    delimiter = find_delimiter(head)
    headers = read_table(head, delimiter).headers
    keys, required = about.layout.keys, about.layout.required
    columns = bind_columns(headers, mapping, about.columns_in(playbook), keys, required)
    hashes, starts, places, number = array("q"), dict[int, int](), [(0, 1, 0)], 0
    for row in _read(path, headers, delimiter, starts, block_bytes):
        if starts:
            if row.line in starts and row.number:
                places.append((starts[row.line], row.line, row.number))
            starts.clear()  # what else is in it was read to the end of a row that began before it
        if row.number and row.fault is None:
            hashes.append(hash(columns.keys_of(row.cells, row.number)))
        number = row.number
    repeated = {one for one, other in pairwise(sorted(hashes)) if one == other}
    return Survey(
        path=path,
        headers=headers,
        delimiter=delimiter,
        columns=columns,
        blocks=tuple(_blocks(places, path.stat().st_size)),
        rows=number,
        later=_last_lines(_read(path, headers, delimiter, {}, block_bytes), columns, repeated),
    )


def _read(
    path: Path, headers: tuple[str, ...], delimiter: str, starts: dict[int, int], block_bytes: int
) -> Iterator[Row]:
    """Every row, the header being row 0."""
    return read_rows(lines_of(path, starts, block_bytes), headers, delimiter, line=1, number=0)


def _blocks(places: list[tuple[int, int, int]], size: int) -> Iterator[Block]:
    ends = [*(start for start, _, _ in places[1:]), size]
    for (start, line, number), end in zip(places, ends, strict=True):
        yield Block(start, end, line, number)


def _last_lines(rows: Iterator[Row], columns: Columns, repeated: set[int]) -> dict[Keys, int]:
    if not repeated:
        return {}
    named = (row for row in rows if row.number and row.fault is None)
    ids = ((columns.keys_of(row.cells, row.number), row.line) for row in named)
    return {keys: line for keys, line in ids if hash(keys) in repeated}
