"""Undoing an import: what it replaced goes back where nothing newer came (decision 20; reliability S1, R1).

It goes shard by shard, as the import did, by the logs of what that changed. A shard may be delivered again
after a crash at any point: what is back already is found so, and is counted the same.
"""

import json
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from datetime import datetime
from itertools import islice
from typing import Any

from keepwell.accounts import Facts
from keepwell.attributes import Catalogue
from keepwell.errors import Conflict, RejectedInput, TransientFailure
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
from keepwell.imports.objects import OBJECTS, ImportObject, Stores
from keepwell.imports.objects.merging import ATTEMPTS_ON_CONFLICT, AccountShelf, Shelf, read_what_can_be
from keepwell.imports.restoring import Restored, Undo, restored
from keepwell.imports.seen import forget
from keepwell.playbook import Playbook
from keepwell.ports import Clock, Control, Files, Queue
from keepwell.recalculating import FARTHEST_DAYS
from keepwell.touchpoints import SOURCE as TOUCHPOINTS

AT_ONCE = 100
MOST_EXAMPLES = 20


def request_undo(drop_id: str, *, control: Control, files: Files, queue: Queue, now: datetime) -> ImportJob:
    """Begin to undo an import, or go on with what was begun; once it is undone nothing happens any more.

    Raises RejectedInput, with the reason, if it cannot be undone.
    """
    job = _undoable(drop_id, control, files, now)
    if files.exists(undo_report_file(drop_id)):
        return job
    watermark = (control.get(feed_key(job.feed)) or {}).get("watermark", "")
    fields = {"started_at": moment(now), "newer_file": watermark > job.watermark}
    control.create(undo_key(drop_id), fields)
    row = control.get(undo_key(drop_id)) or fields
    # Before anything goes back: the next file of the feed is to be looked at row by row.
    forget(job.feed, control)
    note_undo(drop_id, row["started_at"], files)
    done = set(row.get("done", ()))
    queue.send([{"drop_id": drop_id, "shard": shard} for shard in range(job.shards) if shard not in done])
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
) -> None:
    """Undo what one shard of an import changed, and compose the report if it is the last.

    Raises TransientFailure if the message should come again: `out_of_time` became true (what is back by then
    stays), something kept changing, or the undo is not known yet.
    """
    row, import_row = control.get(undo_key(drop_id)), control.get(control_key(drop_id))
    if row is None or import_row is None:
        raise TransientFailure(f"no undo of {drop_id!r} is known (yet); the message can be delivered again")
    if files.exists(undo_report_file(drop_id)):
        return
    job = ImportJob.from_row(import_row)
    if not files.exists(undo_result_file(drop_id, shard)):
        at = datetime.fromisoformat(row["started_at"])
        sources = frozenset({job.source, TOUCHPOINTS} if job.object == "touchpoints" else {job.source})
        undo = Undo(drop_id, sources, at, at.astimezone(playbook.time_zone).date())
        undoing = _Undoing(undo, OBJECTS[job.object], playbook, stores, out_of_time)
        undoing.undo(_folded(files, job, shard))
        document = asdict(undoing.result) | {"finished_at": moment(clock.now())}
        content = json.dumps(document, ensure_ascii=False).encode()
        files.write(undo_result_file(drop_id, shard), content, "application/json")
    if len(control.add_to_set(undo_key(drop_id), "done", shard)) == job.shards:
        files.write(undo_report_file(drop_id), _report(job, row, files), "application/json")


def _folded(files: Files, job: ImportJob, shard: int) -> list[Entry]:
    """What the shard changed, an entry for each thing: of what it changed several times, from the first to
    the last."""
    found: dict[Keys, Entry] = {}
    for key in change_logs(files, job, shard):
        for entry in entries(files.read(key), OBJECTS[job.object].layout.keys):
            first = found.get(entry.keys)
            found[entry.keys] = entry.after(first) if first else entry
    return list(found.values())


@dataclass
class ShardUndone:
    """What became of the records of one shard, each in one way, and of their values. `stays` are examples of
    values that stay, `problems` are what could not be read or stored."""

    restored: int = 0
    removed: int = 0
    kept: int = 0
    unchanged: int = 0
    values_restored: int = 0
    values_kept: int = 0
    stays: list[dict[str, Any]] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)


@dataclass
class _Undoing:
    """The undo of one shard."""

    by: Undo
    about: ImportObject
    playbook: Playbook
    stores: Stores
    out_of_time: Callable[[], bool]
    result: ShardUndone = field(default_factory=ShardUndone)

    def undo(self, changed: Sequence[Entry]) -> None:
        own = len(self.about.layout.keys)
        assert self.about.shelf
        self._undo(
            [entry for entry in changed if len(entry.keys) == own],
            self.about.shelf(self.stores),
            self.about.columns_in(self.playbook),
        )
        accounts = AccountShelf(self.stores.accounts)
        others = [entry for entry in changed if len(entry.keys) != own]
        self._undo(others, accounts, self.playbook.catalogue)

    def _undo(self, changed: Sequence[Entry], shelf: Shelf, catalogue: Catalogue) -> None:
        left = iter(changed)
        while batch := list(islice(left, AT_ONCE)):
            if self.out_of_time():
                raise TransientFailure(
                    "little time is left; what is back stays and the next delivery goes on"
                )
            for _ in range(ATTEMPTS_ON_CONFLICT):
                batch = list(self._try(batch, shelf, catalogue))
                if not batch:
                    break
            else:
                named = f"a {shelf.noun} of {batch[0].keys[0]!r}"
                raise TransientFailure(f"{named} kept changing; the message can be delivered again")

    def _try(self, batch: Sequence[Entry], shelf: Shelf, catalogue: Catalogue) -> Iterator[Entry]:
        """Undo these; those that somebody else wrote first are left over."""
        present, broken = read_what_can_be(shelf.read, [entry.keys for entry in batch])
        changes = list[tuple[Entry, Restored]]()
        for entry in batch:
            facts = present.get(entry.keys)
            if entry.keys in broken:
                self._fail(broken[entry.keys])
            elif facts is None:
                self._count_gone(removed=entry.created)
            else:
                back = restored(facts, entry, self.by, catalogue)
                if back.is_bare and self._is_alone(entry.keys, shelf):
                    if _removed(entry.keys, facts, shelf):
                        self._count_gone(removed=True)
                    else:
                        yield entry
                elif back.facts == facts:
                    self._count(entry, back)
                else:
                    changes.append((entry, back))
        answers = shelf.put_many([(entry.keys, back.facts) for entry, back in changes]) if changes else ()
        for (entry, back), answer in zip(changes, answers, strict=True):
            if isinstance(answer, Conflict):
                yield entry
            elif isinstance(answer, RejectedInput):
                self._fail(str(answer))
            else:
                self._count(entry, back)

    def _is_alone(self, keys: Keys, shelf: Shelf) -> bool:
        """Whether nothing hangs on it that would be left behind (reliability S5). Only on accounts does."""
        if not isinstance(shelf, AccountShelf):
            return True
        [account_id] = keys
        stores = self.stores
        account = stores.accounts.get(account_id)
        beside: tuple[Callable[[str], Iterator[object]], ...] = (
            stores.work.runs,
            stores.work.tasks,
            stores.people.people,
            stores.touchpoints.touchpoints,
            stores.collections.records,
        )
        return not (account and account.usage) and not any(True for of in beside for _ in of(account_id))

    def _count_gone(self, *, removed: bool) -> None:
        """What is not there any more, by this undo or as it was before the import."""
        self.result.removed += removed
        self.result.unchanged += not removed

    def _count(self, entry: Entry, back: Restored) -> None:
        result = self.result
        result.values_restored += len(back.names)
        result.values_kept += len(back.kept)
        result.restored += bool(back.names)
        result.kept += bool(back.kept and not back.names)
        result.unchanged += not (back.names or back.kept)
        for name in back.kept[: MOST_EXAMPLES - len(result.stays)]:
            result.stays.append(_stay(entry.keys, name, back.facts))

    def _fail(self, reason: str) -> None:
        self.result.kept += 1
        if len(self.result.problems) < MOST_EXAMPLES:
            self.result.problems.append(reason)


def _removed(keys: Keys, facts: Facts, shelf: Shelf) -> bool:
    try:
        shelf.remove(keys, facts)
    except Conflict:
        return False
    return True


def _stay(keys: Keys, name: str, facts: Facts) -> dict[str, Any]:
    told = facts.exceptions.get(name, facts.provenance)
    return {
        "ids": list(keys),
        "attribute": name,
        "told_by": told.source,
        "told_at": moment(facts.last_told(name)),
    }


def _report(job: ImportJob, row: Mapping[str, Any], files: Files) -> bytes:
    results = [json.loads(files.read(undo_result_file(job.drop_id, n))) for n in range(job.shards)]
    counts = {
        name: sum(result[name] for result in results)
        for name in ("restored", "removed", "kept", "unchanged", "values_restored", "values_kept")
    }
    document = {
        "drop_id": job.drop_id,
        "status": "done",
        "object": job.object,
        "file": job.file,
        "records": sum(counts[name] for name in ("restored", "removed", "kept", "unchanged")),
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
