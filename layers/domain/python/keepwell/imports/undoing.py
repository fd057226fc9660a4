"""Undoing an import: what it replaced goes back where nothing newer came (decision 20; reliability S1, R1).

It goes shard by shard, as the import did, by the logs of what that changed. A shard may be begun again after
a crash at any point: what is back already is found so, and is counted the same.
"""

import json
from collections.abc import Callable, Collection, Mapping
from dataclasses import asdict
from datetime import datetime
from functools import partial
from typing import Any

from keepwell.errors import RejectedInput
from keepwell.imports.changes import Entry, Keys, entries
from keepwell.imports.drops import moment
from keepwell.imports.job import (
    ImportJob,
    change_logs,
    control_key,
    feed_key,
    report_file,
    undo_key,
    undo_report_file,
    undo_result_file,
)
from keepwell.imports.listing import note_undo
from keepwell.imports.objects import OBJECTS, Stores
from keepwell.imports.restoring import Undo
from keepwell.imports.reverting import COUNTS, MOST_EXAMPLES, ShardUndo
from keepwell.imports.seen import forget_all
from keepwell.nightly import Step
from keepwell.playbook import Playbook
from keepwell.ports import Clock, Control, Files
from keepwell.recalculating import FARTHEST_DAYS
from keepwell.touchpoints import SOURCE as TOUCHPOINTS


def request_undo(drop_id: str, *, control: Control, files: Files, now: datetime) -> ImportJob:
    """Get ready to undo an import; the undo itself (`Undoing`) begins afterwards. To be repeated if either
    ends in between.

    Raises RejectedInput, with the reason, if it cannot be undone.
    """
    job = _undoable(drop_id, control, files, now)
    if files.exists(undo_report_file(drop_id)):
        return job
    watermark = (control.get(feed_key(job.feed)) or {}).get("watermark", "")
    fields = {"started_at": moment(now), "newer_file": watermark > job.watermark}
    control.create(undo_key(drop_id), fields)
    row = control.get(undo_key(drop_id)) or fields
    # Before anything goes back: the next file of any feed is to be looked at row by row.
    forget_all(control)
    note_undo(drop_id, row["started_at"], files)
    return job


def _undoable(drop_id: str, control: Control, files: Files, now: datetime) -> ImportJob:
    row = control.get(control_key(drop_id))
    if row is None or row["status"] == "failed":
        if files.exists(report_file(drop_id)):
            raise RejectedInput(f"the file of {drop_id} could not be read, so it changed nothing")
        raise RejectedInput(f"there is no import {drop_id!r}; keepwell imports lists them")
    job = ImportJob.from_row(row)
    if OBJECTS[job.object].shelf is None:
        raise RejectedInput(
            f"{drop_id} is a file of {job.object}, which cannot be undone: what it told is added up with "
            "what other files told, and no log says what there was before"
        )
    if job.status != "done":
        raise RejectedInput(f"the import {drop_id} is still at work; undo it when it is done")
    if (now - job.started_at).days > FARTHEST_DAYS:
        raise RejectedInput(
            f"{drop_id} was imported on {job.started_at.date()}; what an import replaced is kept for "
            f"{FARTHEST_DAYS} days"
        )
    return job


def undo_shard(
    drop_id: str,
    shard: int,
    *,
    playbook: Playbook,
    stores: Stores,
    files: Files,
    control: Control,
    clock: Clock,
    out_of_time: Callable[[], bool] = lambda: False,
) -> Mapping[str, Any]:
    """Undo what one shard of an import changed, and compose the report if it is the last; what became of the
    shard's records (see `ShardUndone`), nothing where the report has told it.

    Raises TransientFailure if it should be begun again: `out_of_time` became true (what is back by then
    stays), or something kept changing.
    """
    row, job = _known(drop_id, control)
    if files.exists(undo_report_file(drop_id)):
        return {}
    if not files.exists(undo_result_file(drop_id, shard)):
        at = datetime.fromisoformat(row["started_at"])
        sources = frozenset({job.source, TOUCHPOINTS} if job.object == "touchpoints" else {job.source})
        undo = Undo(drop_id, sources, at, at.astimezone(playbook.time_zone).date())
        undoing = ShardUndo(undo, OBJECTS[job.object], playbook, stores, out_of_time)
        undoing.undo(_folded(files, job, shard))
        document = asdict(undoing.result) | {"finished_at": moment(clock.now())}
        content = json.dumps(document, ensure_ascii=False).encode()
        files.write(undo_result_file(drop_id, shard), content, "application/json")
    if len(control.add_to_set(undo_key(drop_id), "done", shard)) == job.shards:
        # Once more: what was imported meanwhile may have met a value before it went back.
        forget_all(control)
        files.write(undo_report_file(drop_id), _report(job, row, files), "application/json")
    undone: dict[str, Any] = json.loads(files.read(undo_result_file(drop_id, shard)))
    return undone


def _known(drop_id: str, control: Control) -> tuple[dict[str, Any], ImportJob]:
    row, import_row = control.get(undo_key(drop_id)), control.get(control_key(drop_id))
    if row is None or import_row is None:
        raise RejectedInput(f"nobody asked to undo {drop_id!r}; that is: keepwell undo {drop_id}")
    return row, ImportJob.from_row(import_row)


class Undoing(Step):
    """Undoes an import: in each segment of the run every `of`th shard, one after the other.

    It counts the records as `ShardUndone` does.
    """

    def __init__(
        self, drop_id: str, playbook: Playbook, stores: Stores, files: Files, control: Control, clock: Clock
    ):
        super().__init__()
        self._shards = _known(drop_id, control)[1].shards
        self._undo = partial(
            undo_shard,
            drop_id,
            playbook=playbook,
            stores=stores,
            files=files,
            control=control,
            clock=clock,
        )
        self._out_of_time: Callable[[], bool] = lambda: False

    def go_on(self, out_of_time: Callable[[], bool] = lambda: False) -> None:
        self._out_of_time = out_of_time
        super().go_on(out_of_time)

    def _page(self, cursor: str | None) -> str | None:
        shard = self.segment if cursor is None else int(cursor)
        if shard < self._shards:
            undone = self._undo(shard, out_of_time=self._out_of_time)
            self.counts.update({name: undone[name] for name in COUNTS if name in undone})
        return str(shard + self.of) if shard + self.of < self._shards else None


def _folded(files: Files, job: ImportJob, shard: int) -> list[Entry]:
    """What the shard changed, an entry for each thing: of what it changed several times, from the first to
    the last."""
    found: dict[Keys, Entry] = {}
    for key in change_logs(files, job, shard):
        for entry in entries(files.read(key), OBJECTS[job.object].layout.keys):
            first = found.get(entry.keys)
            found[entry.keys] = entry.after(first) if first else entry
    return list(found.values())


def _report(job: ImportJob, row: Mapping[str, Any], files: Files) -> bytes:
    results = [json.loads(files.read(undo_result_file(job.drop_id, n))) for n in range(job.shards)]
    counts = {
        name: sum(result[name] for result in results) for name in (*COUNTS, "values_restored", "values_kept")
    }
    document = {
        "drop_id": job.drop_id,
        "status": "done",
        "object": job.object,
        "file": job.file,
        "records": sum(counts[name] for name in COUNTS),
        **counts,
        "stays": _first(results, "stays"),
        "problems": _first(results, "problems"),
        "newer_file": row["newer_file"],
        "started_at": row["started_at"],
        "finished_at": max(result["finished_at"] for result in results),
    }
    return json.dumps(document, ensure_ascii=False, indent=2).encode()


def _first(results: Collection[Mapping[str, Any]], name: str) -> list[Any]:
    return [each for result in results for each in result[name]][:MOST_EXAMPLES]
