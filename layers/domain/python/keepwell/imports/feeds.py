"""Complete feeds: of a file that is all there is, what the drop before had besides is missing.

Each shard notes what of it is missing. Once all have, the limit is judged over the whole file, and the
missing accounts get the mapping's tag, shard by shard; a row that stands in a file takes it off again
(`imports.rows`). A drop whose missing accounts were dealt with is what the next one is compared with. One
whose were left alone is not: so they are told of again.

All of it may be repeated after a crash at any point.
"""

import json
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from datetime import datetime
from functools import partial
from itertools import islice
from typing import Any

from keepwell.accounts import Change, Facts, merge
from keepwell.errors import Conflict, RejectedInput, TransientFailure
from keepwell.imports.changes import ChangeLog
from keepwell.imports.drops import moment
from keepwell.imports.job import CHANGES, ImportJob, control_key, feed_key, seen_file
from keepwell.imports.mapping import Complete
from keepwell.imports.objects.merging import read_what_can_be
from keepwell.imports.pieces import Keys
from keepwell.imports.seen import forget, ids_of, notes_of, shards_like
from keepwell.playbook import Playbook
from keepwell.ports import Accounts, Control, Files, Queue

MOST_SHOWN = 20
FLAGGED_AT_ONCE = 100
ATTEMPTS_ON_CONFLICT = 8


def missing_file(drop_id: str, shard: int) -> str:
    return f"imports/{drop_id}/missing-{shard:04}.json"


def flagged_file(drop_id: str, shard: int) -> str:
    return f"imports/{drop_id}/flagged-{shard:04}.json"


def flags_log(job: ImportJob, shard: int) -> str:
    """Beside the logs of what the shard's rows changed."""
    return f"{CHANGES}{moment(job.observed_at)}-{job.drop_id}/{shard:04}-flags.jsonl"


def is_overtaken(job: ImportJob, control: Control) -> bool:
    """Whether a newer file of the feed came, and could be read to its end."""
    return _newest(job, control) > job.watermark


def forget_if_overtaken(job: ImportJob, control: Control, *, was_newest: bool = True) -> None:
    """Once a part of an import is stored: let the next one of the feed look at every row if a newer file came
    meanwhile. It may have found what it says before this one wrote something else (I4). `was_newest` tells
    that none had come when this run began; an earlier run may have begun before any that was planned later.
    """
    newest = _newest(job, control)
    planned_later = newest.rpartition(" ")[2] > job.watermark.rpartition(" ")[2]
    if newest > job.watermark and (was_newest or planned_later):
        forget(job.feed, control)


def _newest(job: ImportJob, control: Control) -> str:
    """The watermark of the feed: the time of its newest file that could be read to its end, and its place."""
    return str((control.get(feed_key(job.feed)) or {}).get("watermark", ""))


@dataclass(frozen=True)
class Missing:
    """Of one shard: how many ids the earlier drop had, which of them are missing here, and how many rows do
    not tell theirs. `known` tells whether the earlier drop's ids are still kept."""

    earlier: int = 0
    ids: tuple[Keys, ...] = ()
    unreadable: int = 0
    known: bool = True

    def to_json(self) -> bytes:
        return json.dumps(asdict(self), ensure_ascii=False).encode()

    @classmethod
    def from_json(cls, content: bytes) -> "Missing":
        fields = json.loads(content)
        return cls(**fields | {"ids": tuple(map(tuple, fields["ids"]))})


@dataclass(frozen=True)
class Verdict:
    """What becomes of what is missing in a file: `withheld` says why nothing does.

    `count` of the `earlier` ids of the drop `compared_with` are missing; `ids` are the first of them,
    and `shards` those that have any. `known` is as of `Missing`.
    """

    compared_with: str | None
    earlier: int
    count: int
    ids: tuple[Keys, ...]
    shards: tuple[int, ...]
    withheld: str
    known: bool


@dataclass(frozen=True)
class CompleteDrop:
    """The import of a file that is all there is."""

    job: ImportJob
    complete: Complete
    files: Files
    control: Control

    @classmethod
    def of(cls, job: ImportJob, files: Files, control: Control) -> "CompleteDrop | None":
        """None for a file of another feed."""
        return cls(job, Complete(**job.complete), files, control) if job.complete else None

    def note(self, shard: int, unreadable: int) -> None:
        """Store what of the earlier drop is missing in a shard, whose rows are noted already
        (`imports.seen`). `unreadable` counts those that do not tell their ids."""
        job, earlier = self.job, self._earlier()
        found = Missing(unreadable=unreadable)
        if earlier:
            ids = ids_of(self.files, earlier, shard, job.shards)
            before = {keys for keys in ids if "" not in keys}
            here = notes_of(self.files, job.drop_id, shard).of.keys()
            unreadable += any("" in keys for keys in here)
            likes = shards_like(shard, job.shards, earlier.shards)
            known = all(self.files.exists(seen_file(earlier.drop_id, like)) for like in likes)
            found = Missing(len(before), tuple(sorted(before - here)), unreadable, known)
        self.files.write(missing_file(job.drop_id, shard), found.to_json(), "application/json")

    def conclude(self, queue: Queue) -> dict[str, Any] | None:
        """After all shards have noted what is missing: what the report says of it. None as long as accounts
        are to be flagged; the shards that have some are queued, each for `flag`."""
        verdict = self._verdict()
        flagged, overtaken = 0, False
        if verdict.count and self.complete.flag and not verdict.withheld:
            self.control.settle(self._key, "to_flag", json.dumps(verdict.shards))
            left = self._left_to_flag()
            queue.send([{"drop_id": self.job.drop_id, "shard": shard, "flag": True} for shard in left])
            if left:
                return None
            told = [json.loads(self.files.read(self._flagged_file(shard))) for shard in verdict.shards]
            flagged = sum(each["flagged"] for each in told)
            overtaken = any(each["overtaken"] for each in told)
        if not overtaken and (not verdict.withheld or not verdict.known):
            stands = f"{self.job.watermark} {self.job.drop_id}"
            self.control.raise_to(feed_key(self.job.feed), "dealt_with", stands)
        newer = "a newer file of the feed came meanwhile, and it decides" if overtaken else ""
        return {
            "compared_with": verdict.compared_with,
            "of": verdict.earlier,
            "count": verdict.count,
            "ids": ["/".join(keys) for keys in verdict.ids],
            "flag": self.complete.flag,
            "flagged": flagged,
            "withheld": newer or verdict.withheld or None,
        }

    def flag(
        self, shard: int, playbook: Playbook, accounts: Accounts, out_of_time: Callable[[], bool]
    ) -> bool:
        """Give the missing accounts of one shard the tag; whether it was the last shard.

        Raises TransientFailure if it was not queued yet, if little time is left, or if someone else keeps
        writing.
        """
        row = self.control.get(self._key) or {}
        if "to_flag" not in row or self.complete.flag is None:
            raise TransientFailure(f"nobody of import {self.job.drop_id!r} is to be flagged (yet)")
        if not self.files.exists(self._flagged_file(shard)):
            log = ChangeLog(self.files, flags_log(self.job, shard), self.job.observed_at)
            change = partial(_flagging, self.job, self.complete.flag, playbook)
            told = self._flag(shard, _Flags(change, playbook, accounts, log), out_of_time)
            forget_if_overtaken(self.job, self.control)
            self.files.write(self._flagged_file(shard), json.dumps(told).encode(), "application/json")
        self.control.add_to_set(self._key, "flagged", shard)
        return not self._left_to_flag()

    def _flag(self, shard: int, flags: "_Flags", out_of_time: Callable[[], bool]) -> dict[str, Any]:
        """Before each batch it looks whether a newer file came, which may have the accounts again."""
        ids = iter(Missing.from_json(self.files.read(missing_file(self.job.drop_id, shard))).ids)
        flagged = 0
        while batch := [account_id for (account_id,) in islice(ids, FLAGGED_AT_ONCE)]:
            if is_overtaken(self.job, self.control):
                return {"flagged": flagged, "overtaken": True}
            if out_of_time():
                raise TransientFailure("little time is left; who is flagged stays so, the next goes on")
            flagged += flags.give(batch)
        return {"flagged": flagged, "overtaken": False}

    def _left_to_flag(self) -> list[int]:
        row = self.control.get(self._key) or {}
        return sorted(set(json.loads(row.get("to_flag", "[]"))) - set(row.get("flagged", ())))

    def _verdict(self) -> Verdict:
        """By what all shards noted: the same however often it is asked."""
        earlier = self._earlier()
        count, before, unreadable, known = 0, 0, 0, True
        ids, shards = list[Keys](), list[int]()
        for shard in range(self.job.shards):
            found = Missing.from_json(self.files.read(missing_file(self.job.drop_id, shard)))
            count, before = count + len(found.ids), before + found.earlier
            unreadable, known = unreadable + found.unreadable, known and found.known
            ids = sorted([*ids, *found.ids])[:MOST_SHOWN]
            shards += [shard] if found.ids else []
        return Verdict(
            compared_with=earlier.drop_id if earlier else None,
            earlier=before,
            count=count,
            ids=tuple(ids),
            shards=tuple(shards),
            withheld=_withheld(count, before, self.complete.at_most, unreadable, known=known),
            known=known,
        )

    def _earlier(self) -> ImportJob | None:
        """The drop of the feed that was dealt with last when the first shard asks; None if there is none, or
        if it is newer than this file."""
        last = str((self.control.get(feed_key(self.job.feed)) or {}).get("dealt_with", ""))
        told = self.control.settle(self._key, "earlier", last if last < self.job.watermark else "")
        row = self.control.get(control_key(told.rpartition(" ")[2])) if told else None
        return ImportJob.from_row(row) if row else None

    def _flagged_file(self, shard: int) -> str:
        return flagged_file(self.job.drop_id, shard)

    @property
    def _key(self) -> str:
        return control_key(self.job.drop_id)


def _withheld(count: int, before: int, at_most: float, unreadable: int, *, known: bool) -> str:
    if not known:
        return "what the drop before had is not kept any more; the next one is compared with this drop"
    if 100 * count > at_most * before:
        return (
            f"{count:,} of {before:,} are more than the {at_most:g}% that may be missing, so nobody is "
            "flagged; if they are gone, raise at_most in the mapping and drop the file again"
        )
    if count and unreadable:
        return (
            f"rows that do not tell their ids ({unreadable:,}) may be what is missing, so nobody is flagged; "
            "mend the rows and drop the whole file again"
        )
    return ""


def _flagging(job: ImportJob, flag: str, playbook: Playbook, account_id: str) -> Change:
    at: datetime = job.observed_at
    return Change(
        account_id=account_id,
        values={},
        source=job.source,
        observed_at=at,
        day=at.astimezone(playbook.time_zone).date(),
        change_id=job.drop_id,
        add_tags=frozenset({flag}),
    )


@dataclass(frozen=True)
class _Flags:
    """Gives accounts a tag; `change` makes the change of one by its id."""

    change: "partial[Change]"
    playbook: Playbook
    accounts: Accounts
    log: ChangeLog

    def give(self, account_ids: list[str]) -> int:
        """How many have it now. Those that are not there, or cannot be read or stored, have none."""
        left, has_it = account_ids, 0
        for _ in range(ATTEMPTS_ON_CONFLICT):
            found, _broken = read_what_can_be(self.accounts.facts_of, left)
            changed = dict(self._changed(found))
            self.log.write()
            answers = self.accounts.put_many(list(changed.values()))
            stored = dict(zip(changed, answers, strict=True))
            for account_id, answer in stored.items():
                if isinstance(answer, RejectedInput):
                    self.log.forget((account_id,))
            left = [account_id for account_id, answer in stored.items() if isinstance(answer, Conflict)]
            has_it += len(found) - len(left) - sum(isinstance(each, RejectedInput) for each in answers)
            if not left:
                self.log.write()
                return has_it
        raise TransientFailure(f"account {left[0]!r} kept changing; the message can be delivered again")

    def _changed(self, found: dict[str, Facts]) -> Iterator[tuple[str, Facts]]:
        """The facts that get the tag, noted in the log; the others have it."""
        for account_id, before in found.items():
            after = merge(before, self.change(account_id), self.playbook.catalogue)
            if after is None:
                self.log.forget_unless_made((account_id,), before)
            else:
                self.log.note((account_id,), before, after)
                yield account_id, after
