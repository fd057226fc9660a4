"""The first rows of a preview: each as it stands in the file, and what it becomes, or why it is rejected."""

import csv
import io
from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from typing import Any

from rich.table import Table

from keepwell.attributes import Value, show_cell
from keepwell.imports.drops import Drop
from keepwell.imports.job import ImportJob
from keepwell.imports.objects import OBJECTS
from keepwell.imports.pieces import read_pieces
from keepwell.imports.reading import own_headers
from keepwell.imports.records import Shape, cells_of
from keepwell.imports.report import delimiter_of_rejects
from keepwell.imports.rows import Candidate, ShardRow, Telling, judge
from keepwell.imports.splitting import shape_of
from keepwell_cli.output import plain
from keepwell_cli.rehearsal import Rehearsal

MOST_ROWS = 10
_LONGEST_SHOWN = 40

FirstRow = Mapping[str, Any]


def first_rows(rehearsal: Rehearsal, drop: Drop, report: Mapping[str, Any]) -> list[FirstRow]:
    """The first ten data rows of an import that was rehearsed, in the order of the file.

    `row` is the line of the file, `cells` are by header, `values` by attribute, None where the row is
    rejected: `rejected` then has its column and the reason.
    """
    job = rehearsal.job(drop)
    if job is None or report["status"] == "failed":
        return []
    shape = shape_of(job, rehearsal.files)
    rows = sorted(_rows(rehearsal, job, shape), key=lambda row: row.number)[:MOST_ROWS]
    rejected = _rejected(rehearsal, report, rows[-1].line if rows else 0)
    told = {each.row.line: each for each in _judged(rehearsal, job, shape, rows)}
    headers = own_headers(shape.headers)
    return [
        {
            "row": row.line,
            "cells": dict(zip(headers, row.cells, strict=False)),
            "values": None if row.line in rejected else _values(told[row.line], shape),
            "rejected": rejected.get(row.line),
        }
        for row in rows
    ]


def first_rows_view(rows: Sequence[FirstRow]) -> Table:
    """Two lines for each row: before, and after."""
    table = Table("Row", "", "", box=None, padding=(0, 1, 0, 0))
    for row in rows:
        table.add_row(str(row["row"]), "in the file", plain(_listed(row["cells"])))
        if row["rejected"]:
            why = row["rejected"]
            at = f"{why['column']}: " if why["column"] else ""
            table.add_row("", "[red]rejected[/]", plain(f"{at}{why['reason']}"))
        else:
            table.add_row("", "[green]becomes[/]", plain(_listed(row["values"])))
    return table


def _rows(rehearsal: Rehearsal, job: ImportJob, shape: Shape) -> Iterator[ShardRow]:
    """Those of the first chunk that may be among the first."""
    for shard in range(job.shards):
        for piece in read_pieces(rehearsal.files, job.drop_id, min(job.checkpoint.chunks, 1), shard):
            for faulty in piece.faulty:
                yield ShardRow(faulty.line, faulty.number, (), faulty.cells, faulty.fault)
            places = [place for place, number in enumerate(piece.numbers) if number <= MOST_ROWS]
            texts = [piece.texts[place].decode() for place in places]
            for place, cells in zip(places, cells_of(texts, shape.dialect), strict=True):
                yield ShardRow(piece.lines[place], piece.numbers[place], piece.keys[place], cells, None)


def _judged(
    rehearsal: Rehearsal, job: ImportJob, shape: Shape, rows: Sequence[ShardRow]
) -> Iterator[Candidate]:
    about = OBJECTS[job.object]
    telling = Telling(
        change_id=job.drop_id,
        source=job.source,
        observed_at=job.observed_at,
        fill_only=False,
        time_zone=rehearsal.playbook.time_zone,
        catalogue=about.columns_in(rehearsal.playbook),
        layout=about.layout,
    )
    outcomes = judge(rows, shape.columns, telling)
    return (outcome for outcome in outcomes if isinstance(outcome, Candidate))


def _rejected(rehearsal: Rehearsal, report: Mapping[str, Any], last: int) -> dict[int, dict[str, str]]:
    """Of the lines up to `last` those that are rejected, and why."""
    if report["rejects_file"] is None:
        return {}
    text = rehearsal.files.read(report["rejects_file"]).decode("utf-8-sig")
    delimiter = delimiter_of_rejects(report["dialect"]["delimiter"])
    found = {}
    for *_, row, column, reason in csv.reader(
        io.StringIO(text, newline=""), delimiter=delimiter, strict=True
    ):
        if row.isdecimal():
            if int(row) > last:
                break
            found[int(row)] = {"column": column, "reason": reason}
    return found


def _values(told: Candidate, shape: Shape) -> dict[str, Any]:
    keys = {column.attribute: key for column, key in zip(shape.columns.keys, told.keys, strict=True)}
    cleared = dict.fromkeys(sorted(told.cleared))
    return {**keys, **{name: _as_json(value) for name, value in told.values.items()}, **cleared}


def _as_json(value: Value) -> Any:
    return list(value) if isinstance(value, tuple) else str(value) if isinstance(value, date) else value


def _listed(texts: Mapping[str, Any]) -> str:
    """Names and values on a line; what is blank is left out."""
    shown = {name: _short(value) for name, value in texts.items() if value not in ("", None)}
    return " | ".join(f"{name}: {text}" for name, text in shown.items())


def _short(value: Any) -> str:
    text = show_cell(tuple(value) if isinstance(value, list) else value)
    return text if len(text) <= _LONGEST_SHOWN else f"{text[: _LONGEST_SHOWN - 1]}…"
