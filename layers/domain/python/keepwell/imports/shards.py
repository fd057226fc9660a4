"""Importing one shard: store its rows and account for every one (reliability I1-I4, I6, R1, R4).

A shard may be delivered again after a crash at any point; how its rows are stored is a matter of their object
(`imports.objects`), the report is the same as without the crash.
"""

from collections.abc import Callable
from dataclasses import replace

from keepwell.errors import TransientFailure
from keepwell.imports.changes import ChangeLog
from keepwell.imports.columns import Columns
from keepwell.imports.drops import moment
from keepwell.imports.job import (
    ImportJob,
    changes_file,
    control_key,
    feed_key,
    rejects_file,
    report_file,
    result_file,
    shard_file,
)
from keepwell.imports.objects import OBJECTS, Importing, ImportObject, Stores
from keepwell.imports.objects.importing import Outcome
from keepwell.imports.report import Rejected, ShardResult, done_report
from keepwell.imports.rows import Telling
from keepwell.imports.splitting import read_shard
from keepwell.playbook import Playbook
from keepwell.ports import Clock, Control, Files


def import_shard(
    drop_id: str,
    shard: int,
    *,
    playbook: Playbook,
    stores: Stores,
    files: Files,
    control: Control,
    clock: Clock,
    out_of_time: Callable[[], bool] = lambda: False,
) -> None:
    """Import one shard, and compose the report if it is the last.

    Raises TransientFailure if the message should come again: `out_of_time` became true (what is stored by
    then stays), an account kept changing, or the import is not known yet.
    """
    row = control.get(control_key(drop_id))
    if row is None:
        raise TransientFailure(f"import {drop_id!r} is not known (yet); the message can be delivered again")
    job = ImportJob.from_row(row)
    if job.status == "done":
        return
    if not files.exists(result_file(drop_id, shard)):
        about = OBJECTS[job.object]
        telling = _telling(job, about, playbook, control)
        head, rows = read_shard(files.read(shard_file(drop_id, shard)))
        log = ChangeLog(files, changes_file(job, shard), job.observed_at, about.layout.keys)
        columns = Columns.from_json(head["columns"])
        tally = about.store(
            Importing(
                job=job,
                shard=shard,
                rows=rows,
                columns=columns,
                telling=telling,
                playbook=playbook,
                stores=stores,
                files=files,
                control=control,
                log=log,
                out_of_time=out_of_time,
            )
        )
        result = ShardResult(
            shard=shard,
            headers=tuple(head["headers"]),
            created=tally.counts[Outcome.CREATED],
            updated=tally.counts[Outcome.UPDATED],
            unchanged=tally.counts[Outcome.UNCHANGED],
            rejects=tuple(tally.rejects),
            fill_only=telling.fill_only and columns.observed_at is None,
            finished_at=clock.now(),
        )
        files.write(result_file(drop_id, shard), result.to_json(), "application/json")
    if len(control.add_to_set(control_key(drop_id), "done", shard)) == job.shards:
        _finish(job, files, control)


def _telling(job: ImportJob, about: ImportObject, playbook: Playbook, control: Control) -> Telling:
    observed = moment(job.observed_at)
    newest = observed if about.layout.adds_up else control.raise_to(feed_key(job.feed), "watermark", observed)
    return Telling(
        change_id=job.drop_id,
        source=job.source,
        observed_at=job.observed_at,
        fill_only=newest > observed,
        time_zone=playbook.time_zone,
        catalogue=about.columns_in(playbook),
        layout=about.layout,
    )


def _finish(job: ImportJob, files: Files, control: Control) -> None:
    """Write the rejects file, then the report, then mark the import as done: each the same on repetition."""
    results, rejected = list[ShardResult](), Rejected()
    for shard in range(job.shards):
        result = ShardResult.from_json(files.read(result_file(job.drop_id, shard)))
        rejected.add(result)
        results.append(replace(result, rejects=()))
    if rejected:
        files.write(rejects_file(job.drop_id), rejected.csv(), "text/csv; charset=utf-8")
    files.write(report_file(job.drop_id), done_report(job, results, rejected), "application/json")
    control.put(control_key(job.drop_id), job.to_row() | {"status": "done"})
