"""Splitting a file into shards, and reading a shard: all rows of one account are in one of them.

A shard's first line is JSON: the headers, the columns, and the rows that cannot be read. The others follow as
CSV, each behind its line and its number: `csv` writes and reads them several times as fast as JSON.
"""

import csv
import hashlib
import io
import json
from collections.abc import Iterable, Iterator
from dataclasses import asdict
from functools import lru_cache
from itertools import chain
from typing import Any

from keepwell.errors import UnreadableDrop
from keepwell.imports.columns import Columns
from keepwell.imports.job import shard_file
from keepwell.imports.reading import Fault, Table
from keepwell.imports.rows import ShardRow
from keepwell.ports import Files

MAX_ROWS = 2_000_000
"""Half of them, all rejected with five faults each, fit into the memory of the function that reports it."""


def write_shards(drop_id: str, table: Table, columns: Columns, shards: int, files: Files) -> int:
    """Write the rows of a file as so many shards, so that each sees every duplicate; how many rows there are.

    Raises UnreadableDrop, before anything is written, if they are too many.
    """
    outs = [io.BytesIO() for _ in range(shards)]
    texts = [io.TextIOWrapper(out, "utf-8", newline="") for out in outs]
    writers = [csv.writer(text) for text in texts]
    faulty = [list[dict[str, Any]]() for _ in range(shards)]
    rows = 0
    for row in table.rows:
        rows = row.number
        if rows > MAX_ROWS:
            raise UnreadableDrop(
                f"the file has more than the {MAX_ROWS:,} rows that one drop may have; split it into several "
                "files, each with the header row"
            )
        account_id = columns.keys_of(row.cells, row.number)[0] if row.fault is None else ""
        shard = _shard_of(account_id or f"row {row.line}", shards)
        if row.fault is None:
            writers[shard].writerow((row.line, row.number, *row.cells))
        else:
            faulty[shard].append({**row._asdict(), "fault": asdict(row.fault)})
    head = {"headers": table.headers, "columns": columns.to_json()}
    for shard, (out, text) in enumerate(zip(outs, texts, strict=True)):
        text.flush()
        first = json.dumps({**head, "faulty": faulty[shard]}, ensure_ascii=False)
        files.write(shard_file(drop_id, shard), f"{first}\n".encode() + out.getvalue(), "text/plain")
    return rows


def read_shard(content: bytes) -> tuple[dict[str, Any], Iterator[ShardRow]]:
    """A shard's head (`headers` and `columns`) and its rows, read as they are asked for."""
    lines = io.TextIOWrapper(io.BytesIO(content), "utf-8", newline="")
    head = json.loads(next(lines))
    columns = Columns.from_json(head["columns"])
    return head, chain(_faulty(head.pop("faulty")), _sound(csv.reader(lines, strict=True), columns))


def _faulty(rows: Iterable[dict[str, Any]]) -> Iterator[ShardRow]:
    for row in rows:
        yield ShardRow(row["line"], row["number"], (), tuple(row["cells"]), Fault(**row["fault"]))


def _sound(rows: Iterable[list[str]], columns: Columns) -> Iterator[ShardRow]:
    for line, row_number, *cells in rows:
        number = int(row_number)
        yield ShardRow(int(line), number, columns.keys_of(cells, number), tuple(cells), None)


@lru_cache(maxsize=1 << 14)
def _shard_of(account_id: str, shards: int) -> int:
    return int.from_bytes(hashlib.blake2b(account_id.encode(), digest_size=4).digest()) % shards
