"""However a file is cut into chunks, its rows come out of their shards as they went in (I1, I5)."""

import csv
import io
import json
from dataclasses import replace
from typing import Any
from unittest.mock import patch

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from keepwell.imports import splitting
from keepwell.imports.dialect import NO_QUOTES, Dialect
from keepwell.imports.drops import Drop
from keepwell.imports.finding import waited_for
from keepwell.imports.frame import frame_of
from keepwell.imports.job import Checkpoint, ImportJob, control_key
from keepwell.imports.pieces import read_pieces
from keepwell.imports.planning import plan_drop
from keepwell.imports.reading import Fault, read_rows
from keepwell.imports.records import cells_of, lines_of
from keepwell.imports.splitting import shape_of, shard_of, shards_for
from keepwell.imports.spreadsheets import as_it_was
from keepwell.in_memory import InMemoryControl, InMemoryFiles, InMemoryQueue
from keepwell.ports import Files
from tests.domain.imports.corpus.case import read_as
from tests.domain.imports.importing import NOON, Stack, playbook, without_times

HEADER = "Account ID,Account Name,NPS\n"
ENCODINGS = ("utf-8", "utf-8-sig", "utf-16")

Whole = tuple[int, int, tuple[str, ...], Fault | None]
"""A row: its line, its number, its cells and its fault."""

TEXTS = st.text(st.characters(codec="utf-8", exclude_characters="\0"), max_size=8)
CELLS = st.one_of(
    st.sampled_from(
        ["", "A-1", "7", '"', '""', "a,b", "x\ny", "x\r\ny", "\r", "'=1", "'", " ", "Total", "é😀"]
    ),
    TEXTS,
)
TABLES = st.lists(st.lists(CELLS, min_size=1, max_size=4), max_size=15)


def written(rows: list[list[str]], line_end: str, quoting: Any = csv.QUOTE_MINIMAL) -> str:
    out = io.StringIO(newline="")
    csv.writer(out, lineterminator=line_end, quoting=quoting).writerows(rows)
    return HEADER.replace("\n", line_end) + out.getvalue()


def split(content: bytes, chunk_bytes: int, shards: int = 4) -> tuple[ImportJob, InMemoryFiles]:
    """The file, planned and split by chunks of about this size, each in a run of its own."""
    files, control, queue = InMemoryFiles(), InMemoryControl(), InMemoryQueue()
    files.write("drops/accounts/a.csv", content, "text/csv")
    told = [Drop("b", "drops/accounts/a.csv", "1", len(content), NOON)]
    with patch("keepwell.imports.planning.shards_for", lambda _rows: shards):
        for drop in told:
            drop_id = plan_drop(
                drop,
                playbook=playbook(),
                files=files,
                control=control,
                queue=queue,
                now=NOON,
                out_of_time=lambda: True,
                chunk_bytes=chunk_bytes,
            )
            told += unsplit(files)[len(told) - 1 :]
    row = control.get(control_key(drop_id))
    assert row is not None, json.loads(files.read(f"reports/{drop_id}.json"))
    assert {message["shard"] for message in queue.messages} == set(range(shards))
    return ImportJob.from_row(row), files


def unsplit(files: Files) -> list[Drop]:
    """What the function that splits is to go on with, run by run."""
    return [Drop.from_json(files.read(key)) for key in files.keys("unsplit/")]


def rows_in(job: ImportJob, files: InMemoryFiles) -> list[Whole]:
    """All rows of all shards, in the order of the file; each is in the shard of its account."""
    found = list[Whole]()
    shape = shape_of(job, files)
    for shard in range(job.shards):
        for piece in read_pieces(files, job.drop_id, job.checkpoint.chunks, shard):
            cells = list(cells_of([text.decode() for text in piece.texts], shape.dialect))
            found += zip(piece.lines, piece.numbers, cells, [None] * len(cells), strict=True)
            found += [(row.line, row.number, row.cells, row.fault) for row in piece.faulty]
            assert {shard_of(keys[0], job.shards) for keys in piece.keys if keys[0]} <= {shard}
            assert [shape.columns.keys_of(each, 1) for each in cells] == piece.keys
    return sorted(found, key=lambda row: row[:2])


def rows_of_the_whole(content: bytes) -> list[Whole]:
    """The same, read in one go and in the plain way."""
    frame = frame_of(content, known=waited_for(playbook().catalogue))
    text = frame.encoding.decode(content[frame.start : frame.end])
    lines = io.StringIO(text, newline="")
    return [
        (row.line, row.number, row.cells, row.fault)
        for row in read_rows(lines, frame.headers, frame.dialect, frame.line, 1)
    ]


@given(TABLES, st.sampled_from(["\n", "\r\n"]), st.sampled_from(ENCODINGS), st.integers(1, 200))
@example([["A-1", "a\r\nb", "7"], ["A-2", "c", "8"]], "\r\n", "utf-8", 30)
@example([["A-1", 'say "hi"\n\nyou', "7"]] * 3, "\n", "utf-16", 7)
@example([["A-1", "é😀", "7"]] * 3, "\n", "utf-8", 1)
def test_every_row_comes_back_whatever_the_chunks(
    rows: list[list[str]], line_end: str, encoding: str, chunk_bytes: int
) -> None:
    content = written(rows, line_end).encode(encoding)
    job, files = split(content, chunk_bytes)
    assert rows_in(job, files) == rows_of_the_whole(content)
    assert job.rows == len(rows_of_the_whole(content))


@given(
    st.text(alphabet=st.sampled_from("A1,\"'\n\r;= \té"), max_size=120),
    st.sampled_from(ENCODINGS),
    st.integers(1, 60),
)
@example('A,"x\nB,"y\nC,"z\n' * 3, "utf-8", 4)
@example("A-1,b,7\rA-2,c,8\r\nA-3,d,9", "utf-8", 9)
def test_of_any_text_below_a_header(text: str, encoding: str, chunk_bytes: int) -> None:
    """Quotes that nobody closes, stray carriage returns, rows of any width."""
    content = (HEADER + text).encode(encoding)
    job, files = split(content, chunk_bytes)
    assert rows_in(job, files) == rows_of_the_whole(content)


@given(TABLES, st.integers(1, 100))
def test_the_report_and_the_rejects_are_those_of_one_chunk(rows: list[list[str]], chunk_bytes: int) -> None:
    content = written(rows, "\n").encode()
    reports, rejects = [], []
    for size in (splitting.CHUNK_BYTES, chunk_bytes):
        stack = Stack(chunk_bytes=size)
        report = stack.drop(content)
        reports.append(without_times(report))
        rejects.append(stack.rejects(report) if report["rejects_file"] else [])
    assert reports[0] == reports[1]
    assert rejects[0] == rejects[1]


@pytest.mark.parametrize("cell", ["\r", "\n", "\r\n", '"', "a,b", "\u2028", "\x0b\x1c", "'=1", " x ", "👩‍💻"])
def test_a_cell_of_characters_that_part_others_is_one(cell: str) -> None:
    content = written([["A-1", cell, "7"], ["A-2", "Cedar", "8"]], "\n", csv.QUOTE_ALL).encode()
    job, files = split(content, 30)
    assert rows_in(job, files) == rows_of_the_whole(content)
    assert [cells for _, _, cells, _ in rows_in(job, files)] == [
        ("A-1", as_it_was(cell), "7"),
        ("A-2", "Cedar", "8"),
    ]


def test_quoted_rows_are_as_unquoted_ones() -> None:
    rows = [[f"A-{n}", f"Name {n}", str(n)] for n in range(50)]
    cells = [
        [cells for _, _, cells, _ in rows_in(*split(written(rows, "\n", quoting).encode(), 100))]
        for quoting in (csv.QUOTE_MINIMAL, csv.QUOTE_ALL)
    ]
    assert cells[0] == cells[1] == [tuple(row) for row in rows]


def test_a_row_that_cannot_be_read_comes_back_with_its_fault_whatever_its_length() -> None:
    content = f'{HEADER}A-1,{"x" * 200_000},7\nA-2,"{"y" * 120_000}",7\nA-3,b,c,d\nA-4,d,7\n'.encode()
    job, files = split(content, 100)
    back = rows_in(job, files)
    assert back == rows_of_the_whole(content)
    assert [fault is None for *_, fault in back] == [False, False, False, True]


def test_a_line_and_a_quote_without_end_cost_one_row_each(monkeypatch: pytest.MonkeyPatch) -> None:
    """Memory holds one chunk: what is longer is a fault, and the rows below it are read."""
    monkeypatch.setattr(splitting, "CHUNK_BYTES", 1 << 16)
    monkeypatch.setattr("keepwell.imports.reading.MAX_RECORD_CHARACTERS", 1 << 14)
    monkeypatch.setattr(splitting, "MAX_RECORD_CHARACTERS", 1 << 14)
    endless = ["A-1,b,7", "x" * 1_000_000, "A-2,c,8", f'A-3,"{"y" * 10}', *["z" * 20_000] * 4, 'A-4,"d",9']
    for size, line_end in ((100, "\n"), (1 << 16, "\r\n"), (1 << 16, "\r")):
        job, files = split((HEADER + "\n".join(endless)).replace("\n", line_end).encode(), size)
        back = rows_in(job, files)
        assert [line for line, *_ in back] == [2, 3, 4, 5, 6, 7, 8, 9, 10]
        assert [cells for _, _, cells, fault in back if fault is None] == [
            ("A-1", "b", "7"),
            ("A-2", "c", "8"),
            ("A-4", "d", "9"),
        ]
        assert all(len("".join(cells)) <= 20_000 for _, _, cells, _ in back)


@pytest.mark.parametrize("line", ["{}A-2,c,8", "A-2,c,{}8"])
def test_a_line_without_end_is_a_fault_whatever_it_begins_with(
    monkeypatch: pytest.MonkeyPatch, line: str
) -> None:
    """I1: blanks alone would be no row, and blanks for a value none: but its end may say more."""
    monkeypatch.setattr(splitting, "CHUNK_BYTES", 1 << 16)
    job, files = split(f"{HEADER}A-1,b,7\n{line.format(' ' * 200_000)}\nA-3,d,9\n".encode(), 100)
    (_, first), (number, second), (_, third) = ((n, fault) for n, *_, fault in rows_in(job, files))
    assert (first, number, third) == (None, 3, None)
    assert second is not None
    assert second.reason.startswith("the row is longer than")


def test_a_checkpoint_moves_forward_only() -> None:
    """I5: also where an older run comes late."""
    control = InMemoryControl()
    steps = [
        Checkpoint(99, 3, 2, 1, "a"),
        Checkpoint(1_000, 9, 8, 2, "b"),
        Checkpoint(1_000, 9, 8, 3, "c", ended=True),
    ]
    for step in (*steps, *steps):
        held = control.raise_to("import#1", "checkpoint", step.to_text())
    assert Checkpoint.from_text(held) == steps[-1]
    assert [Checkpoint.from_text(step.to_text()) for step in steps] == steps


def test_a_run_reads_on_from_its_checkpoint() -> None:
    """I5: no more than one chunk is read twice, wherever a run ends."""
    read = list[int]()

    class Watched(InMemoryFiles):
        def read_range(self, key: str, start: int, size: int, version: str | None = None) -> bytes:
            if key.startswith("drops/"):
                read.append(start)
            return super().read_range(key, start, size, version)

    stack = Stack(files=Watched(), chunk_bytes=100)
    rows = "".join(f"A-{n},Name,7\n" for n in range(100))
    drop = stack.put("drops/accounts/a.csv", (HEADER + rows).encode())
    stack.plan(drop, out_of_time=lambda: True)
    assert unsplit(stack.files) == [drop]
    first = list(read)
    read.clear()
    stack.plan(drop)
    assert max(first) <= min(read)
    assert read == sorted(read)
    stack.run_queue()
    assert stack.report(drop.id)["created"] == 100


def test_a_file_that_cannot_be_read_to_its_end_is_refused_as_a_whole() -> None:
    """I1: its rows are in no shard that was queued."""
    stack = Stack(chunk_bytes=50)
    drop = stack.put("drops/accounts/a.csv", HEADER.encode() + b"A-1,Name,7\n" * 50_000 + b"A-2,\xff,7\n")
    for _ in range(2):
        stack.plan(drop, out_of_time=lambda: False)
    report = stack.report(drop.id)
    assert (report["status"], report["rows"]) == ("failed", 0)
    assert "line 50,002 holds the byte 0xff" in report["errors"][0]["reason"]
    assert stack.writes == 0
    row = stack.control.get(control_key(drop.id))
    assert row
    assert row["status"] == "failed"


def test_the_number_of_shards_is_a_power_of_two_by_the_number_of_rows() -> None:
    sizes = (0, 90, 1_000, 1_001, 50_000, 64_000, 1_000_000, 1_024_000, 2_000_000, 8_000_000, 55_000_000)
    assert [shards_for(rows) for rows in sizes] == [1, 1, 1, 2, 64, 64, 64, 64, 128, 512, 512]


def test_shards_of_accounts_are_even_and_one_becomes_two() -> None:
    accounts = [f"ACC-{n:06}" for n in range(20_000)]
    counts = [0] * 16
    for account_id in accounts:
        counts[shard_of(account_id, 16)] += 1
        assert shard_of(account_id, 32) & 15 == shard_of(account_id, 16)
    assert min(counts) > 0.9 * max(counts)


def test_lines_end_where_files_end_them() -> None:
    text = "a\nb\r\nc\rd\u2028e\x0bf\x85g"
    assert lines_of(text) == ["a\n", "b\r\n", "c\r", "d\u2028e\x0bf\x85g"]
    assert lines_of("a\nb\r\nc\rd") == ["a\n", "b\r\n", "c\r", "d"]


@given(
    st.lists(st.lists(st.text("a';, \t\"|"), min_size=1, max_size=4), max_size=6),
    st.sampled_from(",; \t|"),
    st.sampled_from(['"', "'", NO_QUOTES]),
)
def test_cells_are_those_of_the_reader_of_csv(rows: list[list[str]], delimiter: str, quote: str) -> None:
    """Which most records are read without."""
    dialect = Dialect("utf-8", delimiter, quote)
    mark = '"' if quote == NO_QUOTES else quote
    texts = [delimiter.join([_written(cell, mark) for cell in row]) for row in rows]
    texts = [text.replace(mark, "") if quote == NO_QUOTES else text for text in texts]
    texts = [text for text in texts if text]
    read = csv.reader(texts, **dialect.csv_options())
    assert list(cells_of(texts, dialect)) == [tuple(map(as_it_was, cells)) for cells in read]


def _written(cell: str, quote: str) -> str:
    """Quoted where there is a quote in it, as it stands otherwise."""
    return f"{quote}{cell.replace(quote, 2 * quote)}{quote}" if quote in cell else cell


def test_too_many_rows_of_few_accounts_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    """A shard holds all rows of an account, and its ids must fit into memory: also over several runs."""
    monkeypatch.setattr(splitting, "MAX_ROWS_OF_A_SHARD", 100)
    stack = Stack(chunk_bytes=200)
    report = stack.drop(HEADER + "A-1,Name,7\n" * 101)
    assert "split it into several files" in report["errors"][0]["reason"]
    assert replace(stack, chunk_bytes=200).drop(HEADER + "A-1,Name,7\n" * 100)["status"] == "done"


def test_which_encoding_it_is_holds_for_all_chunks_once_one_shows_it() -> None:
    """I1: no chunk is read in another encoding than those before it, whichever run comes to it."""
    plain = HEADER + "".join(f"P-{n},{'x' * 90},7\n" for n in range(3_000))
    western, modern = (f"W-1,Café {'x' * 90},7\n".encode(codec) for codec in ("cp1252", "utf-8"))
    stack = Stack(playbook=playbook(read_as(encoding="cp1252")), chunk_bytes=100)
    key = "drops/accounts/mapping=odd/a.csv"
    reasons = []
    for name, content in (("a", western + modern), ("b", modern + western)):
        drop = stack.put(key.replace("a.csv", f"{name}.csv"), plain.encode() + content)
        drop_id = stack.plan(drop, out_of_time=lambda: True)
        while not stack.files.exists(f"reports/{drop_id}.json"):
            stack.plan(drop, out_of_time=lambda: True)
        assert isinstance(stack.queue, InMemoryQueue)
        assert not stack.queue.messages
        reasons += [stack.report(drop_id)["errors"][0]["reason"]]

    assert "line 3,003 of the file is utf-8, and lines above it are cp1252" in reasons[0]
    assert "the file is not utf-8: line 3,003 holds the byte 0xe9" in reasons[1]
