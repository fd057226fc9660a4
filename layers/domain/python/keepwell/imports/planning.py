"""Planning an import: find how the dropped file is to be read, split its rows into shards, queue them.

The control row is created once that is known, and tells it to every run from then on. A repeated event goes
on from the row's checkpoint, or queues what is not done yet. Shards are queued only when all of the file is
split: so a file that cannot be read to its end is refused as a whole.
"""

import json
from collections.abc import Callable
from dataclasses import MISSING, Field, asdict, fields, is_dataclass, replace
from datetime import datetime
from hashlib import blake2b
from typing import Any

from keepwell.errors import UnreadableDrop
from keepwell.imports.choosing import choose_mapping
from keepwell.imports.columns import Columns, bind_columns, nearly_named
from keepwell.imports.dialect import AS_FOUND, ReadingAs
from keepwell.imports.drops import Drop, check_supported, parse_drop_key
from keepwell.imports.failing import Operator
from keepwell.imports.finding import waited_for
from keepwell.imports.frame import Frame
from keepwell.imports.job import (
    Checkpoint,
    ImportJob,
    columns_file,
    control_key,
    feed_key,
    report_file,
    sheet_file,
    unsplit_file,
)
from keepwell.imports.listing import note_drop
from keepwell.imports.mapping import ImportMapping
from keepwell.imports.objects import OBJECTS
from keepwell.imports.report import failed_report
from keepwell.imports.seen import undos
from keepwell.imports.source import Source
from keepwell.imports.splitting import CHUNK_BYTES, Splitter, shape_of, shards_for
from keepwell.playbook import Playbook
from keepwell.ports import Control, Files, Queue

MAX_ROWS_IN_ORDER = 20_000
"""Of a file whose rows are judged together, since one may not fit another (`layout.Layout`)."""


def plan_drop(
    drop: Drop,
    *,
    playbook: Playbook,
    files: Files,
    control: Control,
    queue: Queue,
    now: datetime,
    operator: Operator | None = None,
    out_of_time: Callable[[], bool] = lambda: False,
    chunk_bytes: int = CHUNK_BYTES,
) -> str:
    """Split a drop into queued shards, or report why it cannot be read; returns the drop id.

    Repeating it at any time and after any crash is harmless (reliability I1, I2, I5, R1). When `out_of_time`
    becomes true, the drop itself is stored as a file for which this is called again, each time further on
    (`job.unsplit_file`). The `operator`, if there is one, is told why a file cannot be read.
    """
    row = control.get(control_key(drop.id))
    if row is None:
        if files.exists(report_file(drop.id)):
            return drop.id
        note_drop(drop.id, drop.observed_at, files)
        try:
            job = _plan(drop, playbook, files, control, now)
        except UnreadableDrop as error:
            _refuse(drop, files, error, playbook, operator, now)
            return drop.id
        control.create(control_key(drop.id), job.to_row())
        row = control.get(control_key(drop.id)) or job.to_row()
    job = ImportJob.from_row(row)
    if job.status in {"done", "failed"}:
        return drop.id
    if job.place:
        control.raise_to(feed_key(job.feed), "latest", f"{job.place:09} {job.drop_id}")
    splitter = Splitter(job, drop, shape_of(job, files), files, control, chunk_bytes)
    try:
        reached = splitter.go_on(out_of_time)
        _check_order(job, reached)
    except UnreadableDrop as error:
        _refuse(drop, files, error, playbook, operator, now)
        control.put(control_key(drop.id), job.to_row() | {"status": "failed"})
        return drop.id
    if not reached.ended:
        files.write(unsplit_file(drop.id, reached), drop.to_json(), "application/json")
        return drop.id
    control.raise_to(feed_key(job.feed), "watermark", job.watermark)
    control.settle(control_key(drop.id), "compared_with", _comparable(job, control))
    done = set(row.get("done", ()))
    queue.send([{"drop_id": drop.id, "shard": shard} for shard in range(job.shards) if shard not in done])
    return drop.id


def _check_order(job: ImportJob, reached: Checkpoint) -> None:
    """Raises UnreadableDrop if the rows are more than are judged together, where one may not fit another."""
    if OBJECTS[job.object].layout.in_order and reached.rows > MAX_ROWS_IN_ORDER:
        raise UnreadableDrop(
            f"the file has more than the {MAX_ROWS_IN_ORDER:,} rows that one of the {job.object} may have, "
            "which are judged together; split it into several files, each with the header row"
        )


def _plan(drop: Drop, playbook: Playbook, files: Files, control: Control, now: datetime) -> ImportJob:
    """How the file is to be imported; raises UnreadableDrop if that cannot be."""
    parsed = parse_drop_key(drop.key)
    check_supported(drop, parsed, OBJECTS)
    about = OBJECTS[parsed.object]
    catalogue = about.columns_in(playbook)
    source = Source(drop, files)

    def headers_as(says: ReadingAs) -> tuple[str, ...]:
        return source.frame(says, waited_for(catalogue, playbook.mappings.values())).headers

    mapping, chosen_by = choose_mapping(parsed, playbook.mappings, headers_as)
    reading = mapping.reading if mapping else AS_FOUND
    frame = source.frame(reading, waited_for(catalogue, [mapping] if mapping else []))
    keys, required = about.layout.keys, about.layout.required
    columns = bind_columns(frame.headers, mapping, catalogue, keys=keys, required=required)
    if frame.dialect.delimiter == ";":
        columns = columns.doubting_thousands(catalogue)
    digest = _write_columns(drop.id, frame, columns, files)
    sheet = source.sheet(reading).csv if frame.dialect.sheet is not None else None
    if sheet is not None:
        files.write(sheet_file(drop.id, digest), sheet, "text/csv")
    job = ImportJob(
        drop_id=drop.id,
        object=parsed.object,
        file=parsed.file,
        feed=replace(parsed, mapping=mapping.id).feed if mapping else parsed.feed,
        mapping=mapping.id if mapping else None,
        chosen_by=chosen_by,
        dialect=asdict(frame.dialect),
        ignored=columns.ignored,
        shards=1 if about.layout.in_order else shards_for(_estimated_rows(frame, sheet or source.head)),
        observed_at=drop.observed_at,
        started_at=now,
        nearly_named={} if mapping else nearly_named(columns, catalogue),
        encoding=asdict(frame.encoding),
        end=frame.end,
        columns_file=columns_file(drop.id, digest),
        sheet_file=None if sheet is None else sheet_file(drop.id, digest),
        complete=_complete(mapping, columns),
        undos=undos(control),
        doubts_end=reading.trailing_rows is None and columns.former_reason is None,
        checkpoint=Checkpoint(frame.start, frame.line, content=hash_of_reading(frame, columns)),
    )
    return job if about.layout.adds_up else _behind_others(job, control)


def _complete(mapping: ImportMapping | None, columns: Columns) -> dict[str, Any] | None:
    """What the mapping says of a file that is all there is; mended rejects are not."""
    if mapping is None or mapping.complete is None or columns.former_reason is not None:
        return None
    return asdict(mapping.complete)


def _write_columns(drop_id: str, frame: Frame, columns: Columns, files: Files) -> str:
    """Store what is known of the columns; its hash, by which it is named: another playbook finds others."""
    dialect = [frame.dialect.delimiter, frame.dialect.quote, frame.dialect.sheet]
    known = {"headers": frame.headers, "columns": columns.to_json(), "dialect": dialect}
    content = json.dumps(known, ensure_ascii=False).encode()
    digest = blake2b(content, digest_size=16).hexdigest()
    files.write(columns_file(drop_id, digest), content, "application/json")
    return digest


def hash_of_reading(frame: Frame, columns: Columns) -> str:
    """Of what decides how the file's rows are read. What is as it is by default does not count: so a later
    version, which knows of more, says the same of the same file (reliability I3)."""
    dialect = [frame.dialect.delimiter, frame.dialect.quote, frame.dialect.sheet]
    decides = [frame.headers, dialect, _without_defaults(replace(columns, ignored=()))]
    return blake2b(json.dumps(decides, ensure_ascii=False).encode(), digest_size=16).hexdigest()


def _without_defaults(value: Any) -> Any:
    """As JSON can hold it, without the fields of dataclasses that hold their default, sorted by name."""
    if isinstance(value, tuple):
        return [_without_defaults(each) for each in value]
    if not is_dataclass(value):
        return value
    told = {each.name: getattr(value, each.name) for each in fields(value) if _is_told(each, value)}
    return {name: _without_defaults(told[name]) for name in sorted(told)}


def _is_told(each: Field[Any], of: Any) -> bool:
    held = getattr(of, each.name)
    return bool(held != (each.default if each.default_factory is MISSING else each.default_factory()))


def _estimated_rows(frame: Frame, head: bytes) -> float:
    """By the lines of the file's start."""
    known = min(len(head), frame.end) - frame.start
    lines = head.count(frame.newline, frame.start, frame.end)
    return (frame.end - frame.start) * lines / known if known > 0 else 0


def _behind_others(job: ImportJob, control: Control) -> ImportJob:
    """The job with its place in its feed. Where no other drop was planned in between, it follows the one that
    was planned last; a run that died in between leaves a gap, and nothing is compared across a gap."""
    place, _, latest = str((control.get(feed_key(job.feed)) or {}).get("latest", "0")).partition(" ")
    mine = control.count(feed_key(job.feed), "planned")
    return replace(job, place=mine, previous=latest if latest and int(place) == mine - 1 else None)


def _comparable(job: ImportJob, control: Control) -> str:
    """The import whose notes of its rows this one may trust: the one before, if it is done by now, and
    nothing was undone since it began, and no other was planned since: until its watermark was raised, that
    one may have stored what this one knows better."""
    row = control.get(control_key(job.previous)) if job.previous else None
    latest = str((control.get(feed_key(job.feed)) or {}).get("latest", ""))
    if row is None or latest.partition(" ")[2] != job.drop_id:
        return ""
    before = ImportJob.from_row(row)
    return before.drop_id if before.status == "done" and before.undos == undos(control) else ""


def _refuse(
    drop: Drop,
    files: Files,
    error: UnreadableDrop,
    playbook: Playbook,
    operator: Operator | None,
    now: datetime,
) -> None:
    """Report why, once: what was reported stays. The mail comes first: what has its report is not told."""
    if not files.exists(report_file(drop.id)):
        report = failed_report(drop.id, parse_drop_key(drop.key), error, now)
        if operator:
            operator.tell_of_import(report, playbook.owner, now)
        files.write(report_file(drop.id), report, "application/json")
