"""Importing one shard: store its rows and account for every one (reliability I1-I4, I6, R1, R4).

A shard may be delivered again after a crash at any point; how its rows are stored is a matter of their object
(`imports.objects`), the report is the same as without the crash. Rows that only repeat what the feed's last
drop said are unchanged without a look at what is stored (`imports.seen`); the others are stored in batches.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from itertools import islice
from typing import Any

from keepwell.errors import ConfigurationError, TransientFailure
from keepwell.imports.changes import ChangeLog
from keepwell.imports.failing import Operator
from keepwell.imports.feeds import CompleteDrop, forget_if_overtaken, is_overtaken
from keepwell.imports.job import (
    ImportJob,
    changes_file,
    control_key,
    feed_key,
    rejects_file,
    report_file,
    result_file,
    shard_rejects_file,
)
from keepwell.imports.objects import OBJECTS, Importing, ImportObject, Stores
from keepwell.imports.objects.importing import Outcome, Tally
from keepwell.imports.pieces import Keys, StoredPiece, read_pieces
from keepwell.imports.report import (
    Kinds,
    Rejected,
    ShardResult,
    add_kinds,
    all_rejects,
    done_report,
    kinds_of,
)
from keepwell.imports.rows import ShardRow, Telling
from keepwell.imports.seen import Look, Notes, earlier_notes, rule_of
from keepwell.imports.shard_rows import all_rows, lines_that_count, rows_at
from keepwell.imports.splitting import shape_of
from keepwell.playbook import Playbook
from keepwell.ports import Clock, Control, Files, Queue

ROWS_OF_A_BATCH = 2_000


def import_shard(
    drop_id: str,
    shard: int,
    *,
    playbook: Playbook,
    stores: Stores,
    files: Files,
    control: Control,
    queue: Queue,
    clock: Clock,
    operator: Operator | None = None,
    flag: bool = False,
    out_of_time: Callable[[], bool] = lambda: False,
) -> None:
    """Import one shard, and compose the report if it is the last.

    Where accounts are missing in a complete file, their shards are sent to `queue` once more: with `flag`,
    which flags them, and the last of those composes the report. The `operator`, if there is one, is told of
    a file of which nothing was taken.

    Raises TransientFailure if the message should come again: `out_of_time` became true (what is stored by
    then stays), an account kept changing, or the import is not known yet.
    """
    row = control.get(control_key(drop_id))
    if row is None:
        raise TransientFailure(f"import {drop_id!r} is not known (yet); the message can be delivered again")
    job = ImportJob.from_row(row)
    if job.status == "done":
        return
    if not job.columns_file:
        raise ConfigurationError(
            f"import {drop_id!r} was split by an older version of Keepwell; drop the file again"
        )
    complete = CompleteDrop.of(job, files, control)
    if flag and complete:
        ended = complete.flag(shard, playbook, stores.accounts, out_of_time)
    else:
        if not files.exists(result_file(drop_id, shard)):
            _Shard(job, shard, playbook, stores, files, control, out_of_time).store(clock)
        ended = len(control.add_to_set(control_key(drop_id), "done", shard)) == job.shards
    missing = complete.conclude(queue) if ended and complete else None
    if ended and (missing or not complete):
        _finish(job, missing, playbook, files, control, operator, clock)


class _Shard:
    """One shard on its way into the stores."""

    def __init__(
        self,
        job: ImportJob,
        shard: int,
        playbook: Playbook,
        stores: Stores,
        files: Files,
        control: Control,
        out_of_time: Callable[[], bool],
    ):
        self.job, self.shard, self.playbook, self.stores = job, shard, playbook, stores
        self.files, self.control, self.out_of_time = files, control, out_of_time
        self.about = OBJECTS[job.object]
        self.shape = shape_of(job, files)
        self.telling = _telling(job, self.about, playbook, control)
        self.counts = dict.fromkeys(Outcome, 0)
        self.rejected = Rejected(self.shape.headers, self.shape.dialect)
        self.warnings = Kinds()

    def store(self, clock: Clock) -> None:
        """Store all rows; then what was rejected, what was noted, and last the result."""
        pieces = list(read_pieces(self.files, self.job.drop_id, self.job.checkpoint.chunks, self.shard))
        if self.about.layout.adds_up:
            self._store(all_rows(pieces, self.shape), 0, {})
        else:
            self._store_what_is_new(pieces)
            if complete := CompleteDrop.of(self.job, self.files, self.control):
                complete.note(self.shard, sum(len(piece.faulty) for piece in pieces))
        name = (self.job.drop_id, self.shard)
        if self.rejected:
            content = self.rejected.content()
            self.files.write(shard_rejects_file(*name), content, "application/x-ndjson")
        result = ShardResult(
            created=self.counts[Outcome.CREATED],
            updated=self.counts[Outcome.UPDATED],
            unchanged=self.counts[Outcome.UNCHANGED],
            rejected=len(self.rejected),
            kinds=self.rejected.kinds(),
            fill_only=self.telling.fill_only and self.shape.columns.observed_at is None,
            finished_at=clock.now(),
            warnings=list(self.warnings.values()),
        )
        self.files.write(result_file(*name), result.to_json(), "application/json")

    def _store(self, rows: Iterator[ShardRow], batch: int, later: Mapping[Keys, int]) -> Tally:
        log_file = changes_file(self.job, self.shard, batch)
        tally = self.about.store(
            Importing(
                job=self.job,
                shard=self.shard,
                rows=rows,
                columns=self.shape.columns,
                telling=self.telling,
                playbook=self.playbook,
                stores=self.stores,
                files=self.files,
                control=self.control,
                log=ChangeLog(self.files, log_file, self.job.observed_at, self.about.layout.keys),
                out_of_time=self.out_of_time,
                later=later,
            )
        )
        for outcome, count in tally.counts.items():
            self.counts[outcome] += count
        self.rejected.add(tally.rejects)
        add_kinds(self.warnings, kinds_of(tally.warnings))
        return tally

    def _store_what_is_new(self, pieces: Sequence[StoredPiece]) -> None:
        """Batch by batch, and note the rows for the next import of the feed."""
        later = lines_that_count(pieces, self.shape, self.telling)
        notes, hashes = Notes(self._rule()), dict[Keys, str]()
        rows = self._to_look_at(pieces, later, notes, hashes)
        today, was_newest = self.telling.told_at.date(), not self.telling.fill_only
        batch = 0
        at_once = None if self.about.layout.in_order else ROWS_OF_A_BATCH  # one row may not fit another
        while looked_at := list(islice(rows, at_once)):
            self._see_if_overtaken()
            tally = self._store(iter(looked_at), batch, later)
            refused = {reject.line for reject in tally.rejects}
            for row in looked_at:
                if row.fault is None and later.get(row.keys, row.line) == row.line:
                    if row.line in refused or self.telling.fill_only:
                        notes.reject(row.keys)
                    else:
                        notes.accept(row.keys, hashes.pop(row.keys), tally.told.get(row.keys, today))
            batch += 1
        notes.write(self.files, self.job.drop_id, self.shard)
        forget_if_overtaken(self.job, self.control, was_newest=was_newest)

    def _see_if_overtaken(self) -> None:
        """From when a newer file of the feed came, this one fills gaps only."""
        if not self.telling.fill_only and is_overtaken(self.job, self.control):
            self.telling = replace(self.telling, fill_only=True)

    def _rule(self) -> str:
        book = self.playbook
        return rule_of(
            self.shape, self.about.name, self.telling.catalogue, book.catalogue.systems, book.time_zone
        )

    def _to_look_at(
        self,
        pieces: Sequence[StoredPiece],
        later: Mapping[Keys, int],
        notes: Notes,
        hashes: dict[Keys, str],
    ) -> Iterator[ShardRow]:
        """The rows that may say something new, in order, their hashes left in `hashes`; the others are
        counted and noted as they were."""
        look = self._look(notes.rule)
        for piece in pieces:
            places, told = [], look.hashes_of(piece)
            known = zip(piece.keys, piece.lines, told, look.unchanged(piece.keys, told), strict=True)
            for place, (keys, line, hash_, note) in enumerate(known):
                if not later or later.get(keys, line) == line:
                    if note:
                        notes.of[keys] = note
                        continue
                    hashes[keys] = hash_
                places.append(place)
            self.counts[Outcome.UNCHANGED] += len(piece.keys) - len(places)
            yield from rows_at(piece, places, self.shape)

    def _look(self, rule: str) -> Look:
        earlier = self.control.get(control_key(self.job.compared_with)) if self.job.compared_with else None
        noted = (
            earlier_notes(self.files, ImportJob.from_row(earlier), self.shard, self.job.shards, rule)
            if earlier
            else {}
        )
        ages = self.about.ages(self.playbook)
        told = {column.attribute for column in self.shape.columns.attributes}
        days = [most for name, most in ages.items() if name in told]
        return Look(noted, self.shape.columns, days, self.telling.told_at.date())


def _telling(job: ImportJob, about: ImportObject, playbook: Playbook, control: Control) -> Telling:
    newest = job.watermark
    if not about.layout.adds_up:
        newest = control.raise_to(feed_key(job.feed), "watermark", job.watermark)
    return Telling(
        change_id=job.drop_id,
        source=job.source,
        observed_at=job.observed_at,
        fill_only=newest > job.watermark,
        time_zone=playbook.time_zone,
        catalogue=about.columns_in(playbook),
        layout=about.layout,
        remove_tags=frozenset(filter(None, [(job.complete or {}).get("flag")])),
    )


def _finish(
    job: ImportJob,
    missing: Mapping[str, Any] | None,
    playbook: Playbook,
    files: Files,
    control: Control,
    operator: Operator | None,
    clock: Clock,
) -> None:
    """Write the rejects file, tell the operator if there is need, write the report, then mark the import as
    done: each the same on repetition, for the row keeps all that was settled. What is done already stays."""
    row = control.get(control_key(job.drop_id)) or job.to_row()
    if row["status"] == "done":
        return
    results = [
        ShardResult.from_json(files.read(result_file(job.drop_id, shard))) for shard in range(job.shards)
    ]
    parts = [shard_rejects_file(job.drop_id, shard) for shard in range(job.shards) if results[shard].rejected]
    if parts:
        shape = shape_of(job, files)
        content = all_rejects(files, shape.headers, shape.dialect, parts)
        files.write_parts(rejects_file(job.drop_id), content, "text/csv; charset=utf-8")
    report = done_report(job, results, missing)
    if operator:
        operator.tell_of_import(report, playbook.owner, clock.now())
    files.write(report_file(job.drop_id), report, "application/json")
    control.put(control_key(job.drop_id), row | {"status": "done"})
