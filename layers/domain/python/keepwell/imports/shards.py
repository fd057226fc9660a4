"""Importing one shard: merge its rows into facts and account for every row (reliability I1-I4, I6, R1, R4).

A shard may be delivered again after a crash at any point. What it already stored is recognised by the facts'
`changed_by` and counted as applied, so the report is the same as without the crash.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from enum import Enum, auto

from keepwell.accounts import Change, Facts, merge
from keepwell.attributes import Catalogue
from keepwell.errors import Conflict, RejectedInput, TransientFailure
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
from keepwell.imports.reading import Fault
from keepwell.imports.report import Reject, ShardResult, all_rejects, done_report, rejects_csv
from keepwell.imports.rows import Candidate, Telling, judge, read_shard
from keepwell.playbook import Playbook
from keepwell.ports import Accounts, Clock, Control, Files

MAX_STORED_BYTES = 350_000
ATTEMPTS_ON_CONFLICT = 8


def import_shard(
    drop_id: str,
    shard: int,
    *,
    playbook: Playbook,
    accounts: Accounts,
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
        observed = moment(job.observed_at)
        telling = Telling(
            change_id=drop_id,
            source=job.source,
            observed_at=job.observed_at,
            fill_only=control.raise_to(feed_key(job.feed), "watermark", observed) > observed,
            time_zone=playbook.time_zone,
            catalogue=playbook.catalogue,
        )
        head, rows = read_shard(files.read(shard_file(drop_id, shard)))
        outcomes = list(judge(rows, Columns.from_json(head["columns"]), telling))
        log = ChangeLog(files, changes_file(drop_id, shard), job.observed_at)
        tally = _Tally(rejects=[outcome for outcome in outcomes if isinstance(outcome, Reject)])
        candidates = [outcome for outcome in outcomes if isinstance(outcome, Candidate)]
        _store(candidates, playbook.catalogue, accounts, log, tally, out_of_time)
        result = ShardResult(
            shard=shard,
            headers=tuple(head["headers"]),
            created=tally.counts[_Outcome.CREATED],
            updated=tally.counts[_Outcome.UPDATED],
            unchanged=tally.counts[_Outcome.UNCHANGED],
            rejects=tuple(tally.rejects),
            fill_only=telling.fill_only,
            finished_at=clock.now(),
        )
        files.write(result_file(drop_id, shard), result.to_json(), "application/json")
    if len(control.add_to_set(control_key(drop_id), "done", shard)) == job.shards:
        _finish(job, files, control)


def _finish(job: ImportJob, files: Files, control: Control) -> None:
    """Write the rejects file, then the report, then mark the import as done: each the same on repetition."""
    results = [
        ShardResult.from_json(files.read(result_file(job.drop_id, shard))) for shard in range(job.shards)
    ]
    rejects = all_rejects(results)
    if rejects:
        content = rejects_csv(results[0].headers, rejects)
        files.write(rejects_file(job.drop_id), content, "text/csv; charset=utf-8")
    files.write(report_file(job.drop_id), done_report(job, results, rejects), "application/json")
    control.put(control_key(job.drop_id), job.to_row() | {"status": "done"})


class _Outcome(Enum):
    CREATED = auto()
    UPDATED = auto()
    UNCHANGED = auto()


@dataclass
class _Tally:
    rejects: list[Reject]
    counts: dict[_Outcome, int] = field(default_factory=lambda: dict.fromkeys(_Outcome, 0))


def _store(
    candidates: list[Candidate],
    catalogue: Catalogue,
    accounts: Accounts,
    log: ChangeLog,
    tally: _Tally,
    out_of_time: Callable[[], bool],
) -> None:
    present = accounts.facts_of([candidate.change.account_id for candidate in candidates])
    merged = []
    for candidate in candidates:
        before = present.get(candidate.change.account_id)
        after = merge(before, candidate.change, catalogue)
        if after:
            log.note(before, after)
        merged.append((candidate, before, after))
    log.write()
    for candidate, before, after in merged:
        if out_of_time():
            raise TransientFailure("little time is left; what is stored stays and the next delivery goes on")
        try:
            outcome = _apply(candidate.change, before, after, catalogue, accounts, log)
        except RejectedInput as error:
            log.forget(candidate.change.account_id)
            tally.rejects.append(candidate.row.reject(Fault("", str(error))))
        else:
            tally.counts[outcome] += 1
            if outcome is _Outcome.UNCHANGED:
                log.forget(candidate.change.account_id)
    log.write()


def _apply(
    change: Change,
    before: Facts | None,
    after: Facts | None,
    catalogue: Catalogue,
    accounts: Accounts,
    log: ChangeLog,
) -> _Outcome:
    """Store what `change` made of the facts; merge again with what is stored if someone else wrote first.

    Raises RejectedInput if the account cannot be stored (reliability I6).
    """
    for _ in range(ATTEMPTS_ON_CONFLICT):
        if after is None:
            assert before is not None
            return _already(before, change.change_id)
        _check_size(after)
        try:
            accounts.put_facts(after)
        except Conflict:
            before = accounts.facts_of([change.account_id]).get(change.account_id)
            after = merge(before, change, catalogue)
            if after:
                log.note(before, after)
            continue
        return _Outcome.UPDATED if before else _Outcome.CREATED
    raise TransientFailure(f"account {change.account_id!r} kept changing; the message can be delivered again")


def _already(facts: Facts, change_id: str) -> _Outcome:
    """Whether an earlier delivery of this import made the facts what they are."""
    if facts.created_by == change_id:
        return _Outcome.CREATED
    return _Outcome.UPDATED if facts.changed_by == change_id else _Outcome.UNCHANGED


def _check_size(facts: Facts) -> None:
    size = sum(len(f"{name}{value}".encode()) for name, value in facts.values.items())
    if size > MAX_STORED_BYTES:
        raise RejectedInput(
            f"with this row the account would hold {size:,} bytes, more than the {MAX_STORED_BYTES:,} that "
            "can be stored; shorten its texts"
        )
