"""A row comes out of its shard as it went in (reliability I1)."""

import csv
import io

import pytest
from hypothesis import given
from hypothesis import strategies as st

from keepwell.attributes import standard_catalogue
from keepwell.imports.columns import bind_columns
from keepwell.imports.dialect import Dialect
from keepwell.imports.job import shard_file
from keepwell.imports.reading import read_table
from keepwell.imports.rows import ShardRow
from keepwell.imports.splitting import read_shard, write_shards
from keepwell.in_memory import InMemoryFiles

COMMA = Dialect("utf-8", ",")
TEXTS = st.text(st.characters(codec="utf-8", exclude_characters="\0"), max_size=8)


def table_of(text: str) -> tuple[list[ShardRow], list[ShardRow]]:
    """The rows of a file, and those of its shards."""
    columns = bind_columns(read_table(text, COMMA).headers, None, standard_catalogue(), keys=("Account ID",))
    rows = [ShardRow.of(row, columns) for row in read_table(text, COMMA).rows]
    files = InMemoryFiles()
    assert write_shards("drop", read_table(text, COMMA), columns, 3, files) == len(rows)
    shards = [list(read_shard(files.read(shard_file("drop", shard)))[1]) for shard in range(3)]
    return rows, sorted(row for shard in shards for row in shard)


@given(st.lists(st.tuples(TEXTS, TEXTS)))
def test_every_row_comes_back(cells: list[tuple[str, str]]) -> None:
    out = io.StringIO(newline="")
    csv.writer(out).writerows([("Account ID", "Account Name"), *cells])
    rows, back = table_of(out.getvalue())
    assert back == rows


@pytest.mark.parametrize("cell", ["\r", "\n", "\r\n", '"', "a,b", "\u2028", "\x0b\x1c", "'=1", " x ", "👩‍💻"])
def test_a_cell_of_characters_that_part_others_is_one(cell: str) -> None:
    rows, back = table_of(f'Account ID,Account Name\nA-1,"{cell.replace(chr(34), 2 * chr(34))}"\nA-2,Cedar\n')
    assert back == rows
    assert {row.keys for row in back} == {("A-1",), ("A-2",)}


def test_a_row_that_cannot_be_read_comes_back_with_its_fault_whatever_its_length() -> None:
    rows, back = table_of(
        f'Account ID,Account Name\nA-1,{"x" * 200_000}\nA-2,"{"y" * 120_000}"\nA-3,b,c\nA-4,d\n'
    )
    assert back == rows
    assert [row.fault is None for row in back] == [False, False, False, True]
