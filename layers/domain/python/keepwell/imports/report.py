"""The import report and the rejects file (interfaces, "Import report").

Both are composed from the shards' results alone, so composing them again gives the same bytes (I2).
"""

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from heapq import merge
from itertools import islice
from typing import Any

from keepwell.errors import UnreadableDrop
from keepwell.imports.dialect import Dialect
from keepwell.imports.drops import DropKey, moment
from keepwell.imports.job import ImportJob, rejects_file
from keepwell.imports.reading import MAX_CELL_CHARACTERS, REJECT_COLUMNS, Fault, own_headers
from keepwell.imports.spreadsheets import csv_lines, write_csv
from keepwell.ports import Files

MAX_ERROR_KINDS = 50
MAX_KINDS_COUNTED = 2_000
_LINES_AT_ONCE = 1_000
_BYTES_AT_ONCE = 64 * 1024
_MAX_EXAMPLE = 200


_encode = json.JSONEncoder(ensure_ascii=False).encode
Kinds = dict[tuple[str | None, str], dict[str, Any]]
"""By column and reason: what the report tells of alike faults, or of what else is alike."""


Noted = tuple[int, Fault]
"""What is to be told of a row, and its line."""


@dataclass(frozen=True)
class Reject:
    """A row that was not taken: its line, its cells as they were, and everything that is wrong with it."""

    line: int
    cells: tuple[str, ...]
    faults: tuple[Fault, ...]


@dataclass(frozen=True)
class ShardResult:
    """What became of one shard's rows: how many were `created` and so on, the `kinds` of fault, and of
    `warnings` about rows that were taken. `fill_only` tells that the file was older than its feed's newest.
    """

    created: int
    updated: int
    unchanged: int
    rejected: int
    kinds: Sequence[dict[str, Any]]
    fill_only: bool
    finished_at: datetime
    warnings: Sequence[dict[str, Any]] = ()

    def to_json(self) -> bytes:
        fields = asdict(self) | {"finished_at": moment(self.finished_at)}
        return json.dumps(fields, ensure_ascii=False).encode()

    @classmethod
    def from_json(cls, content: bytes) -> "ShardResult":
        fields = json.loads(content)
        return cls(**fields | {"finished_at": datetime.fromisoformat(fields["finished_at"])})


class Rejected:
    """The rejects of one shard, as the lines of the rejects file and the kinds of fault: however many there
    are, no more than their text is kept."""

    def __init__(self, headers: tuple[str, ...], dialect: Dialect) -> None:
        self._width = len(own_headers(headers))
        self._delimiter = delimiter_of_rejects(dialect.delimiter)
        self._lines: list[tuple[int, str]] = []
        self._kinds: Kinds = {}

    def __len__(self) -> int:
        return len(self._lines)

    def add(self, rejects: Sequence[Reject]) -> None:
        for reject in rejects:
            row = (*_fitted(reject.cells, self._width), *_why(reject))
            self._lines.append((reject.line, csv_lines([row], self._delimiter)))
        add_kinds(self._kinds, error_kinds(rejects))

    def content(self) -> bytes:
        """A JSON array for each reject, in the order of the file: its line, and its row of the rejects
        file."""
        lines = map(_encode, sorted(self._lines))
        return "".join(f"{line}\n" for line in lines).encode()

    def kinds(self) -> list[dict[str, Any]]:
        return list(self._kinds.values())


def all_rejects(
    files: Files, headers: tuple[str, ...], dialect: Dialect, parts: Sequence[str]
) -> Iterator[bytes]:
    """The rejects file, piece by piece, of those that the shards stored: the original columns plus Row,
    Column and Reason, in the order of the file.

    The three columns of an earlier rejects file, dropped again, make way for the new ones.
    """
    yield write_csv([*own_headers(headers), *REJECT_COLUMNS], (), delimiter_of_rejects(dialect.delimiter))
    rows = merge(*(_lines_of(files, part) for part in parts))
    while lines := list(islice(rows, _LINES_AT_ONCE)):
        yield "".join(text for _, text in lines).encode()


def _lines_of(files: Files, part: str) -> Iterator[tuple[int, str]]:
    """What `Rejected` gave, read little by little: all parts are open at once."""
    start, rest = 0, b""
    while read := files.read_range(part, start, _BYTES_AT_ONCE):
        start += len(read)
        *lines, rest = (rest + read).split(b"\n")
        for line in lines:
            number, text = json.loads(line)
            yield number, text
        if len(read) < _BYTES_AT_ONCE:
            return


def delimiter_of_rejects(delimiter: str) -> str:
    """Semicolons where the file has them, else commas: its spreadsheet opens no other, and what its numbers
    may be taken for stays in doubt."""
    return ";" if delimiter == ";" else ","


def add_kinds(known: Kinds, more: Iterable[Mapping[str, Any]]) -> None:
    """Count alike faults together; the example is that of the first row. Of too many kinds some are left
    out."""
    for kind in more:
        name = kind["column"], kind["reason"]
        if name not in known and len(known) >= MAX_KINDS_COUNTED:
            continue
        counted = known.setdefault(name, {**kind, "count": 0})
        counted["count"] += kind["count"]
        if kind["row"] < counted["row"]:
            counted |= {"row": kind["row"], "example": kind["example"]}


def done_report(
    job: ImportJob, results: Sequence[ShardResult], missing: Mapping[str, Any] | None = None
) -> bytes:
    """The report of an import whose every shard has a result; `missing` of one of a complete feed
    (`imports.feeds`)."""
    created = sum(result.created for result in results)
    updated = sum(result.updated for result in results)
    unchanged = sum(result.unchanged for result in results)
    rejected = sum(result.rejected for result in results)
    errors, warnings = Kinds(), Kinds()
    for result in results:
        add_kinds(errors, result.kinds)
        add_kinds(warnings, result.warnings)
    return _document(
        drop_id=job.drop_id,
        status="done",
        object=job.object,
        file=job.file,
        rows=created + updated + unchanged + rejected,
        applied=created + updated,
        unchanged=unchanged,
        rejected=rejected,
        created=created,
        updated=updated,
        rejects_file=rejects_file(job.drop_id) if rejected else None,
        mapping=job.mapping,
        dialect=dict(job.dialect),
        started_at=moment(job.started_at),
        finished_at=max(moment(result.finished_at) for result in results),
        errors=_most_frequent(errors),
        warnings=_most_frequent(warnings),
        ignored_columns=list(job.ignored),
        nearly_named=dict(job.nearly_named),
        fill_only=any(result.fill_only for result in results),
        mapping_chosen_by=job.chosen_by,
        earlier_drop=job.compared_with or None,
        missing=missing,
    )


def failed_report(drop_id: str, parsed: DropKey, error: UnreadableDrop, now: datetime) -> bytes:
    """The report of a file that could not be read at all: no row was looked at (reliability I1)."""
    return _document(
        drop_id=drop_id,
        status="failed",
        object=parsed.object,
        file=parsed.file,
        rows=0,
        applied=0,
        unchanged=0,
        rejected=0,
        created=0,
        updated=0,
        rejects_file=None,
        mapping=parsed.mapping,
        dialect=None,
        started_at=moment(now),
        finished_at=moment(now),
        errors=[
            {
                "reason": error.reason,
                "column": error.column,
                "row": None,
                "count": 1,
                "example": error.example,
            }
        ],
        warnings=[],
        ignored_columns=[],
        nearly_named={},
        fill_only=False,
        mapping_chosen_by=None,
        earlier_drop=None,
        missing=None,
    )


def _most_frequent(kinds: Kinds) -> list[dict[str, Any]]:
    return sorted(kinds.values(), key=lambda kind: (-kind["count"], kind["row"]))[:MAX_ERROR_KINDS]


def _document(**fields: Any) -> bytes:
    return json.dumps(fields, ensure_ascii=False, indent=2).encode()


def _why(reject: Reject) -> tuple[str, str, str]:
    columns = "; ".join(dict.fromkeys(fault.column for fault in reject.faults if fault.column))
    reasons = "; ".join(fault.reason for fault in reject.faults)
    return str(reject.line), columns, reasons[:MAX_CELL_CHARACTERS]


def _fitted(cells: tuple[str, ...], width: int) -> tuple[str, ...]:
    """As many cells as there are headers: missing ones are blank, surplus ones stand in the reason alone.

    A cell too long for a spreadsheet is cut; the dropped file keeps the whole.
    """
    return tuple(cell[:MAX_CELL_CHARACTERS] for cell in (*cells, *[""] * (width - len(cells)))[:width])


def error_kinds(rejects: Sequence[Reject]) -> list[dict[str, Any]]:
    """The faults of rejects, grouped."""
    return kinds_of((reject.line, fault) for reject in rejects for fault in reject.faults)


def kinds_of(noted: Iterable[Noted]) -> list[dict[str, Any]]:
    """Faults grouped by what mends them, the most frequent first, each with its first row and example."""
    kinds: dict[tuple[str, str], dict[str, Any]] = {}
    for row, fault in noted:
        kind = kinds.setdefault(
            (fault.column, fault.kind),
            {
                "reason": fault.kind,
                "column": fault.column or None,
                "row": row,
                "count": 0,
                "example": fault.value[:_MAX_EXAMPLE] or None,
            },
        )
        kind["count"] += 1
    return sorted(kinds.values(), key=lambda kind: -kind["count"])
