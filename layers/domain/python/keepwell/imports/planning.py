"""Planning an import: read the dropped file, judge its header, split its rows into shards, queue them.

The control row is created after all shards are written and before any is queued. So a repeated event either
finds no row and does everything again, with the same result, or finds it and queues what is not done yet.
"""

import difflib
import hashlib
import io
import json
from dataclasses import asdict
from datetime import datetime

from keepwell.errors import UnreadableDrop
from keepwell.imports.columns import bind_columns, nearly_named
from keepwell.imports.dialect import AS_FOUND
from keepwell.imports.drops import Drop, DropKey, check_supported, moment, parse_drop_key
from keepwell.imports.finding import waited_for
from keepwell.imports.frame import frame_of
from keepwell.imports.job import ImportJob, control_key, feed_key, report_file
from keepwell.imports.mapping import ImportMapping
from keepwell.imports.objects import OBJECTS
from keepwell.imports.reading import Table, read_rows
from keepwell.imports.report import failed_report
from keepwell.imports.splitting import write_shards
from keepwell.playbook import Playbook
from keepwell.ports import Control, Files, Queue

ROWS_PER_SHARD = 250
MAX_SHARDS = 64


def plan_drop(
    drop: Drop, *, playbook: Playbook, files: Files, control: Control, queue: Queue, now: datetime
) -> str:
    """Split a drop into queued shards, or report why it cannot be read; returns the drop id.

    Repeating it at any time and after any crash is harmless (reliability I1, I2, R1).
    """
    row = control.get(control_key(drop.id))
    if row is None:
        if files.exists(report_file(drop.id)):
            return drop.id
        try:
            job = _split(drop, playbook, files, now)
        except UnreadableDrop as error:
            report = failed_report(drop.id, parse_drop_key(drop.key), error, now)
            files.write(report_file(drop.id), report, "application/json")
            return drop.id
        control.create(control_key(drop.id), job.to_row())
        row = control.get(control_key(drop.id)) or job.to_row()
    job = ImportJob.from_row(row)
    if job.status == "done":
        return drop.id
    control.raise_to(feed_key(job.feed), "watermark", moment(job.observed_at))
    done = set(row.get("done", ()))
    queue.send([{"drop_id": drop.id, "shard": shard} for shard in range(job.shards) if shard not in done])
    return drop.id


def _split(drop: Drop, playbook: Playbook, files: Files, now: datetime) -> ImportJob:
    """Write the shards; raises UnreadableDrop if the file cannot be read."""
    parsed = parse_drop_key(drop.key)
    check_supported(drop, parsed, OBJECTS)
    about = OBJECTS[parsed.object]
    catalogue = about.columns_in(playbook)
    mapping = _mapping(parsed, playbook)
    try:
        content = files.read(drop.key, drop.version)
    except KeyError:
        raise UnreadableDrop(
            "the file was removed before it could be read; drop it again", example=drop.key
        ) from None
    reading = mapping.reading if mapping else AS_FOUND
    frame = frame_of(content, reading, waited_for(catalogue, [mapping] if mapping else []))
    text = frame.encoding.decode(content[frame.start : frame.end], frame.line)
    hashed = hashlib.blake2b(content, digest_size=16)
    del content  # which may be large, as is what the rows become
    lines = io.StringIO(text, newline="")
    table = Table(frame.headers, read_rows(lines, frame.headers, frame.dialect, frame.line, 1))
    columns = bind_columns(
        table.headers, mapping, catalogue, keys=about.layout.keys, required=about.layout.required
    )
    hashed.update(json.dumps(columns.to_json(), ensure_ascii=False).encode())
    shards = _shards_for(text)
    rows = write_shards(drop.id, table, columns, shards, files)
    return ImportJob(
        drop_id=drop.id,
        object=parsed.object,
        file=parsed.file,
        feed=parsed.feed,
        mapping=parsed.mapping,
        dialect=asdict(frame.dialect),
        ignored=columns.ignored,
        shards=shards,
        observed_at=drop.observed_at,
        started_at=now,
        nearly_named={} if mapping else nearly_named(columns, catalogue),
        rows=rows,
        content=hashed.hexdigest(),
    )


def _mapping(parsed: DropKey, playbook: Playbook) -> ImportMapping | None:
    if parsed.mapping is None:
        return None
    mapping = playbook.mappings.get(parsed.mapping)
    if mapping is None:
        known = ", ".join(sorted(playbook.mappings)) or "none"
        near = difflib.get_close_matches(parsed.mapping[:100], playbook.mappings, n=1)
        raise UnreadableDrop(
            f"the playbook has no mapping {parsed.mapping!r}; it has: {known}. "
            + (f"Did you mean {near[0]!r}? If not, add " if near else "Add ")
            + f"mappings/{parsed.mapping}.yaml, run `keepwell apply`, and drop the file again"
        )
    if mapping.object != parsed.object:
        raise UnreadableDrop(
            f"mapping {mapping.id!r} is for {mapping.object}, the file was dropped as {parsed.object}; drop "
            f"it under drops/{mapping.object}/mapping={mapping.id}/"
        )
    return mapping


def _shards_for(text: str) -> int:
    return min(MAX_SHARDS, max(1, round(text.count("\n") / ROWS_PER_SHARD)))
