"""The import report and the rejects file (interfaces, "Import report").

Both are composed from the shards' results alone, so composing them again gives the same bytes (I2).
"""

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

from keepwell.errors import UnreadableDrop
from keepwell.imports.drops import DropKey, moment
from keepwell.imports.job import ImportJob, rejects_file
from keepwell.imports.reading import MAX_CELL_CHARACTERS, REJECT_COLUMNS, Fault, own_headers
from keepwell.imports.spreadsheets import csv_lines, write_csv

MAX_ERROR_KINDS = 50
_MAX_EXAMPLE = 200


@dataclass(frozen=True)
class Reject:
    """A row that was not taken: its line, its cells as they were, and everything that is wrong with it."""

    line: int
    cells: tuple[str, ...]
    faults: tuple[Fault, ...]


@dataclass(frozen=True)
class ShardResult:
    """What became of one shard's rows. `fill_only` tells that the file was older than its feed's newest."""

    shard: int
    headers: tuple[str, ...]
    created: int
    updated: int
    unchanged: int
    rejects: tuple[Reject, ...]
    fill_only: bool
    finished_at: datetime

    def to_json(self) -> bytes:
        fields = asdict(self) | {"finished_at": moment(self.finished_at)}
        return json.dumps(fields, ensure_ascii=False).encode()

    @classmethod
    def from_json(cls, content: bytes) -> "ShardResult":
        fields = json.loads(content)
        rejects = tuple(
            Reject(
                reject["line"], tuple(reject["cells"]), tuple(Fault(**fault) for fault in reject["faults"])
            )
            for reject in fields.pop("rejects")
        )
        return cls(
            **fields
            | {
                "headers": tuple(fields["headers"]),
                "finished_at": datetime.fromisoformat(fields["finished_at"]),
                "rejects": rejects,
            }
        )


class Rejected:
    """The rejects of all shards, as the lines of the rejects file and the kinds of fault: however many there
    are, no more than their text is kept."""

    def __init__(self) -> None:
        self._headers: tuple[str, ...] = ()
        self._lines: list[tuple[int, bytes]] = []
        self._kinds: dict[tuple[str | None, str], dict[str, Any]] = {}

    def __len__(self) -> int:
        return len(self._lines)

    def add(self, result: ShardResult) -> None:
        """Take in those of one shard."""
        self._headers = own_headers(result.headers)
        rejects = sorted(result.rejects, key=lambda reject: reject.line)
        for reject in rejects:
            row = (*_fitted(reject.cells, len(self._headers)), *_why(reject))
            self._lines.append((reject.line, csv_lines([row]).encode()))
        for kind in error_kinds(rejects):
            known = self._kinds.setdefault((kind["column"], kind["reason"]), kind | {"count": 0})
            known["count"] += kind["count"]
            if kind["row"] < known["row"]:
                known |= {"row": kind["row"], "example": kind["example"]}

    def csv(self) -> bytes:
        """The original columns plus Row, Column and Reason, in the order of the file.

        The three columns of an earlier rejects file, dropped again, make way for the new ones.
        """
        self._lines.sort()
        header = write_csv([*self._headers, *REJECT_COLUMNS], ())
        return b"".join([header, *(line for _, line in self._lines)])

    def kinds(self) -> list[dict[str, Any]]:
        """What was wrong, the most frequent first."""
        return sorted(self._kinds.values(), key=lambda kind: (-kind["count"], kind["row"]))[:MAX_ERROR_KINDS]


def done_report(job: ImportJob, results: Sequence[ShardResult], rejected: Rejected) -> bytes:
    """The report of an import whose every shard has a result; `results` may have left their rejects out."""
    created = sum(result.created for result in results)
    updated = sum(result.updated for result in results)
    unchanged = sum(result.unchanged for result in results)
    return _document(
        drop_id=job.drop_id,
        status="done",
        object=job.object,
        file=job.file,
        rows=created + updated + unchanged + len(rejected),
        applied=created + updated,
        unchanged=unchanged,
        rejected=len(rejected),
        created=created,
        updated=updated,
        rejects_file=rejects_file(job.drop_id) if rejected else None,
        mapping=job.mapping,
        dialect=dict(job.dialect),
        started_at=moment(job.started_at),
        finished_at=max(moment(result.finished_at) for result in results),
        errors=rejected.kinds(),
        ignored_columns=list(job.ignored),
        nearly_named=dict(job.nearly_named),
        fill_only=any(result.fill_only for result in results),
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
        ignored_columns=[],
        nearly_named={},
        fill_only=False,
    )


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
    """Faults grouped by what mends them, the most frequent first, each with its first row and example."""
    kinds: dict[tuple[str, str], dict[str, Any]] = {}
    for row, fault in ((reject.line, fault) for reject in rejects for fault in reject.faults):
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
