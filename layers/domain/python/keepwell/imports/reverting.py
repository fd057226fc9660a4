"""Undoing what one shard of an import changed: read what there is now, put back what goes back (decision 20).

What is back already, or gone, is found so and counted the same: a shard may be begun again at any time.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import islice
from typing import Any

from keepwell.accounts import Facts
from keepwell.attributes import Catalogue
from keepwell.errors import Conflict, RejectedInput, TransientFailure
from keepwell.imports.changes import Entry, Keys
from keepwell.imports.drops import moment
from keepwell.imports.objects import ImportObject, Stores
from keepwell.imports.objects.merging import ATTEMPTS_ON_CONFLICT, AccountShelf, Shelf, read_what_can_be
from keepwell.imports.restoring import Restored, Undo, restored
from keepwell.playbook import Playbook

AT_ONCE = 100
COUNTS = ("restored", "removed", "kept", "unchanged")
"""In one of these ways each record ends that the import changed."""

MOST_EXAMPLES = 20


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
class ShardUndo:
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
                raise TransientFailure("little time is left; what is back stays, and the next run goes on")
            for _ in range(ATTEMPTS_ON_CONFLICT):
                batch = list(self._try(batch, shelf, catalogue))
                if not batch:
                    break
            else:
                named = shelf.named(batch[0].keys)
                raise TransientFailure(f"{named} kept changing; it can be begun again")

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
