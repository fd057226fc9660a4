"""Measuring: every delta is folded once into the summaries of its accounts.

The deltas of a shard that are not folded yet become its next batch: the control row `usage#<shard>#<number>`
lists their keys, and whoever creates it first decides, so that two runs fold the same. Batches are folded one
after the other. Of each account the days of its users are stored first, where adding twice does no harm, and
the summary last, on condition that nobody else wrote it: the number of the batch that it holds tells that
this account is done. When all are, the row `usage#<shard>` says so, and the next batch may begin.
"""

import json
from bisect import bisect_right
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta

from keepwell.errors import ConfigurationError, Conflict, RejectedInput, TransientFailure
from keepwell.nightly import Step
from keepwell.ports import Accounts, Control, Files, UserDays
from keepwell.usage.deltas import DELTA_SHARDS, REMEMBERED, keys_since, read_delta, told_at
from keepwell.usage.events import Use
from keepwell.usage.folding import fold
from keepwell.usage.rolling import ActiveDays, joined, part_of, parts_for
from keepwell.usage.summary import UsageSummary

MOST_DELTAS = 200
"""In one batch, which is in memory as a whole; at most some 64 KB each."""
ACCOUNTS_PER_PAGE = 25
ATTEMPTS_ON_CONFLICT = 8

_CLOCKS_DIFFER = timedelta(days=1)
_NOTHING_MADE = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True)
class Batch:
    """The deltas of a shard that are folded together; `told_at` is that of the newest that tells of an
    account."""

    shard: int
    number: int
    keys: tuple[str, ...]
    use: Mapping[str, Use]
    told_at: Mapping[str, datetime]
    account_ids: Sequence[str]


class Measuring(Step):
    """Folds the deltas of the shards of its segment.

    It counts the `deltas` of the batches that it ended, the `accounts` whose summaries it wrote, the `events`
    in these, and as `failed` the accounts that could not be read or stored: what the batch tells of them is
    lost to them.
    """

    def __init__(self, files: Files, accounts: Accounts, days: UserDays, control: Control, now: datetime):
        super().__init__()
        self._files = files
        self._accounts = accounts
        self._days = days
        self._control = control
        self._now = now
        self._open: Batch | None = None

    def _page(self, cursor: str | None) -> str | None:
        """The cursor is [shard, batch, the last account that is done in it] as JSON."""
        shard, number, after = json.loads(cursor) if cursor else (self.segment, 0, "")
        batch = self._batch(shard)
        if batch is None:
            following = shard + self.of
            return json.dumps([following, 0, ""]) if following < DELTA_SHARDS else None
        start = bisect_right(batch.account_ids, after) if batch.number == number else 0
        page = batch.account_ids[start : start + ACCOUNTS_PER_PAGE]
        self._fold(batch, page)
        if start + len(page) < len(batch.account_ids):
            return json.dumps([shard, batch.number, page[-1]])
        self._control.raise_to(_shard_key(shard), "folded", f"{batch.number:09}")
        self.counts["deltas"] += len(batch.keys)
        return json.dumps([shard, batch.number + 1, ""])

    def _fold(self, batch: Batch, account_ids: Sequence[str]) -> None:
        try:
            summaries = self._accounts.usage_of(account_ids)
        except RejectedInput as problem:
            if len(account_ids) == 1:
                self._record_problem(account_ids[0], str(problem))
                return
            for account_id in account_ids:
                self._fold(batch, [account_id])
            return
        for account_id in account_ids:
            try:
                self._fold_account(batch, account_id, summaries.get(account_id))
            except RejectedInput as problem:
                self._record_problem(account_id, str(problem))

    def _fold_account(self, batch: Batch, account_id: str, summary: UsageSummary | None) -> None:
        use = batch.use[account_id]
        for _ in range(ATTEMPTS_ON_CONFLICT):
            if summary and summary.batch >= batch.number:
                return
            try:
                parts, users = self._add_days(account_id, summary.parts if summary else 1, use)
                told = batch.told_at[account_id]
                folded = fold(summary, account_id, use, users, told, parts=parts, batch=batch.number)
                self._accounts.put_usage(folded)
            except Conflict:
                summary = self._accounts.usage_of([account_id]).get(account_id)
                continue
            self.counts["accounts"] += 1
            self.counts["events"] += use.events
            return
        raise TransientFailure(f"the use of account {account_id!r} kept changing; the step can be repeated")

    def _add_days(self, account_id: str, parts: int, use: Use) -> tuple[int, list[ActiveDays]]:
        """Store the days of the users; in how many parts they are, and the days of all."""
        stored = self._days.of(account_id, parts)
        users = {user: days for part in stored for user, days in part.users.items()}
        for user, days in use.days.items():
            users[user] = joined(users.get(user), days)
        if (needed := parts_for(users, parts)) != parts:
            stored = self._days.of(account_id, needed)
            for part in stored:  # where an earlier try ended before the summary named these parts
                users.update({user: joined(users.get(user), days) for user, days in part.users.items()})
        for part, wanted in zip(stored, _split(users, needed), strict=True):
            if wanted != part.users:
                self._days.put(replace(part, users=wanted))
        return needed, list(users.values())

    def _batch(self, shard: int) -> Batch | None:
        """The shard's batch that is to be folded now; None if there is nothing to fold."""
        done = int((self._control.get(_shard_key(shard)) or {}).get("folded", 0))
        number = done + 1
        if self._open and (self._open.shard, self._open.number) == (shard, number):
            return self._open
        row = self._control.get(_batch_key(shard, number))
        if row is None:
            keys = self._not_folded(shard, done)
            if not keys:
                return None
            made = {"keys": keys[:MOST_DELTAS], "made": self._now.isoformat()}
            self._control.create(_batch_key(shard, number), made)
            row = self._control.get(_batch_key(shard, number)) or made
        self._open = self._read(shard, number, row["keys"])
        return self._open

    def _not_folded(self, shard: int, done: int) -> list[str]:
        """The keys that are in no batch, but for those that were too old when the newest batch was made;
        older batches cannot hold any that is young enough. However long no night ran, nothing is left out."""
        since, known = _NOTHING_MADE, set[str]()
        for number in range(done, 0, -1):
            row = self._control.get(_batch_key(shard, number))
            if row is None:
                raise ConfigurationError(
                    f"control row {_batch_key(shard, number)!r} is gone, so it is not known what is "
                    "folded already; restore it from a point-in-time recovery of the control table"
                )
            made = datetime.fromisoformat(row["made"])
            if number == done:
                since = made - REMEMBERED
            known.update(row["keys"])
            if made < since - _CLOCKS_DIFFER:
                break
        return [key for key in keys_since(self._files, shard, since) if key not in known]

    def _read(self, shard: int, number: int, keys: Sequence[str]) -> Batch:
        use, told = dict[str, Use](), dict[str, datetime]()
        for key in keys:
            moment = told_at(key)
            try:
                content = self._files.read(key)
            except KeyError:
                raise ConfigurationError(
                    f"the delta {key} is gone before it was folded; restore its last version in the bucket"
                ) from None
            for account_id, told_use in read_delta(content):
                if account_id in use:
                    use[account_id] += told_use
                    told[account_id] = max(told[account_id], moment)
                else:
                    use[account_id], told[account_id] = told_use, moment
        return Batch(shard, number, tuple(keys), use, told, sorted(use))


def _split(users: Mapping[str, ActiveDays], parts: int) -> list[dict[str, ActiveDays]]:
    found: list[dict[str, ActiveDays]] = [{} for _ in range(parts)]
    for user, days in users.items():
        found[part_of(user, parts)][user] = days
    return found


def _shard_key(shard: int) -> str:
    return f"usage#{shard:02}"


def _batch_key(shard: int, number: int) -> str:
    return f"usage#{shard:02}#{number}"
