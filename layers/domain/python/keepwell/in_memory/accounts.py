"""The twin of the accounts table."""

from collections.abc import Sequence
from copy import deepcopy
from dataclasses import replace
from typing import TypeVar
from zlib import crc32

from keepwell.accounts import Account, Facts
from keepwell.errors import Conflict, RejectedInput
from keepwell.in_memory.shelves import one_by_one, require_json_number
from keepwell.ports import Page
from keepwell.standings import Standing
from keepwell.trails import AccountTrail
from keepwell.usage import UsageSummary

Revised = TypeVar("Revised", Facts, Standing, AccountTrail, UsageSummary)


class InMemoryAccounts:
    """`writes` counts what was stored, so that a test can tell that nothing was touched (reliability I3)."""

    def __init__(self) -> None:
        self._facts: dict[str, Facts] = {}
        self._standings: dict[str, Standing] = {}
        self._trails: dict[str, AccountTrail] = {}
        self._usage: dict[str, UsageSummary] = {}
        self.writes = 0

    def get(self, account_id: str) -> Account | None:
        facts = self._facts.get(account_id)
        if facts is None:
            return None
        standing, trail = self._standings.get(account_id), self._trails.get(account_id)
        return deepcopy(Account(facts, standing, trail, self._usage.get(account_id)))

    def facts_of(self, account_ids: Sequence[str]) -> dict[str, Facts]:
        return deepcopy({i: self._facts[i] for i in account_ids if i in self._facts})

    def put_facts(self, facts: Facts) -> Facts:
        require_json_number(facts)
        return self._put(self._facts, facts)

    def put_many(self, facts: Sequence[Facts]) -> list[Facts | Conflict | RejectedInput]:
        return one_by_one(self.put_facts, facts)

    def remove(self, facts: Facts) -> None:
        stored = self._facts.get(facts.account_id)
        if stored and stored.revision != facts.revision:
            raise Conflict(
                f"account {facts.account_id!r} was changed since revision {facts.revision} was read"
            )
        for shelf in (self._facts, self._standings, self._trails):
            shelf.pop(facts.account_id, None)

    def put_standing(self, standing: Standing) -> Standing:
        return self._put(self._standings, standing)

    def put_trail(self, trail: AccountTrail) -> AccountTrail:
        return self._put(self._trails, trail)

    def usage_of(self, account_ids: Sequence[str]) -> dict[str, UsageSummary]:
        return deepcopy({i: self._usage[i] for i in account_ids if i in self._usage})

    def put_usage(self, usage: UsageSummary) -> UsageSummary:
        return self._put(self._usage, usage)

    def _put(self, shelf: dict[str, Revised], item: Revised) -> Revised:
        stored = shelf.get(item.account_id)
        written = replace(item, revision=item.revision + 1)
        if stored == written:
            return written
        if (stored.revision if stored else 0) != item.revision:
            raise Conflict(f"account {item.account_id!r} was changed since revision {item.revision} was read")
        shelf[item.account_id] = deepcopy(written)
        self.writes += 1
        return written

    def revisions(self) -> dict[str, tuple[int, int]]:
        """Of every account the revisions of its facts and its standing: what was written, as streams tell."""
        standings = {account_id: standing.revision for account_id, standing in self._standings.items()}
        return {i: (self._facts[i].revision, standings.get(i, 0)) for i in sorted(self._facts)}

    def scan(self, segment: int, of: int, start: str | None = None, limit: int = 200) -> Page:
        ids = sorted(
            i for i in self._facts if crc32(i.encode()) % of == segment and (start is None or i > start)
        )
        accounts = tuple(account for i in ids[:limit] if (account := self.get(i)))
        return Page(accounts, ids[limit - 1] if len(ids) > limit else None)
