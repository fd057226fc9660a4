"""The history of imports: what was dropped when, what became of it, and what of it was undone.

It needs no scan: an empty object for each drop and each undo, whose key begins with its time.
"""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, tzinfo
from typing import Any

from keepwell.imports.drops import moment
from keepwell.imports.job import ImportJob, control_key, report_file, undo_report_file
from keepwell.ports import Control, Files

HISTORY = "history/"
_UNDO = ".undo"
_MOMENT = len(moment(datetime(2026, 1, 1, tzinfo=UTC)))

COUNTS = ("rows", "applied", "created", "updated", "unchanged", "rejected")


@dataclass(frozen=True)
class PastImport:
    """One import: its drop, when that was written, what became of it, and whether it is undone.

    `status` is `received` (nothing has looked at the file yet), `splitting`, `importing`, `done` or `failed`;
    `shards_done` of `shards` are done. `counts` are the numbers of the report, empty before there is one.
    `undo` is `under way` or `done`.
    """

    drop_id: str
    dropped_at: datetime
    status: str = "received"
    object: str | None = None
    file: str | None = None
    mapping: str | None = None
    shards: int | None = None
    shards_done: int = 0
    counts: dict[str, int] | None = None
    reason: str | None = None
    started_at: datetime | None = None
    finished_at: datetime | None = None
    undo: str | None = None

    def document(self) -> dict[str, Any]:
        """As JSON, flat."""
        started, finished = self.started_at, self.finished_at
        return {
            "drop_id": self.drop_id,
            "object": self.object,
            "file": self.file,
            "mapping": self.mapping,
            "status": self.status,
            **{name: (self.counts or {}).get(name) for name in COUNTS},
            "reason": self.reason,
            "shards": self.shards,
            "shards_done": self.shards_done,
            "dropped_at": moment(self.dropped_at),
            "started_at": moment(started) if started else None,
            "finished_at": moment(finished) if finished else None,
            "seconds": round((finished - started).total_seconds(), 3) if started and finished else None,
            "undo": self.undo,
        }


def note_drop(drop_id: str, dropped_at: datetime, files: Files) -> None:
    """Put a drop into the history, before anything becomes of it. A repetition puts it there once."""
    files.write(f"{HISTORY}{moment(dropped_at)}-{drop_id}", b"", "text/plain")


def note_undo(drop_id: str, started_at: str, files: Files) -> None:
    """Put an undo into the history; `started_at` as `moment` writes it."""
    files.write(f"{HISTORY}{started_at}-{drop_id}{_UNDO}", b"", "text/plain")


def past_imports(files: Files, control: Control, since: date, zone: tzinfo) -> Iterator[PastImport]:
    """The imports of drops written since a day began in a zone, the newest first."""
    start = moment(datetime.combine(since, time(), zone))
    noted = [key.removeprefix(HISTORY) for key in files.keys(HISTORY, f"{HISTORY}{start}")]
    undone = {text[_MOMENT + 1 :].removesuffix(_UNDO) for text in noted if text.endswith(_UNDO)}
    for text in reversed(noted):
        if not text.endswith(_UNDO):
            drop_id, dropped_at = text[_MOMENT + 1 :], datetime.fromisoformat(text[:_MOMENT])
            yield _past(drop_id, dropped_at, files, control, undone=drop_id in undone)


def _past(drop_id: str, dropped_at: datetime, files: Files, control: Control, *, undone: bool) -> PastImport:
    if files.exists(report_file(drop_id)):
        report = json.loads(files.read(report_file(drop_id)))
        is_failed = report["status"] == "failed"
        undo = None
        if undone:
            undo = "done" if files.exists(undo_report_file(drop_id)) else "under way"
        return PastImport(
            drop_id,
            dropped_at,
            status=report["status"],
            object=report["object"],
            file=report["file"],
            mapping=report["mapping"],
            counts={name: report[name] for name in COUNTS},
            reason=report["errors"][0]["reason"] if is_failed else None,
            started_at=datetime.fromisoformat(report["started_at"]),
            finished_at=datetime.fromisoformat(report["finished_at"]),
            undo=undo,
        )
    row = control.get(control_key(drop_id))
    if row is None:
        return PastImport(drop_id, dropped_at)
    job = ImportJob.from_row(row)
    return PastImport(
        drop_id,
        dropped_at,
        status=job.status,
        object=job.object,
        file=job.file,
        mapping=job.mapping,
        shards=job.shards,
        shards_done=len(row.get("done", ())),
        started_at=job.started_at,
    )
