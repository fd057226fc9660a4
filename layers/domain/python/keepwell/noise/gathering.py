"""Gathering what one mail is to tell of, in a wake that carries a list.

The list only grows. Of its entries, the first `told` ones have been told; those up to `telling` are being
told: that is stored before anything is sent, so that whoever was interrupted tells of the same again, and
what came later is told by another mail. A wake that has told of all rests for a while, to know what is put on
it once more.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from itertools import count
from typing import Any

from keepwell.errors import Conflict
from keepwell.ports import Wakes
from keepwell.wakes import Wake

ATTEMPTS = 12
KNOWN_FOR = timedelta(days=2)
"""So long it is known what was told: a launch that was interrupted is repeated long before."""


def gather(wakes: Wakes, fresh: Wake, key: str, entry: Sequence[str] | str, most: int) -> None:
    """Put an entry on the list under `key` of a wake, of which `fresh` is the first; where a list has `most`
    entries it is on that of the next part. Raises Conflict if the wake kept changing."""
    for part in count(1):
        if _is_on(wakes, replace(fresh, wake_id=f"{fresh.wake_id}/{part}"), key, entry, most):
            return


def _is_on(wakes: Wakes, fresh: Wake, key: str, entry: Sequence[str] | str, most: int) -> bool:
    """Whether an entry is on a list, or there was room for it."""
    first = replace(fresh, content={**fresh.content, key: [entry]})
    for _ in range(ATTEMPTS):
        if wakes.add(first):
            return True
        wake = wakes.get(fresh.wake_id)
        if wake is None:
            continue
        listed = wake.content[key]
        if entry in listed or len(listed) >= most:
            return entry in listed
        rests = wake.content.get("told", 0) == len(listed)
        due_at = fresh.due_at if rests else wake.due_at
        try:
            wakes.put(replace(wake, due_at=due_at, content={**wake.content, key: [*listed, entry]}))
        except Conflict:
            continue
        return True
    raise Conflict(f"{fresh.wake_id} kept changing while one more was put on it")


@dataclass(frozen=True)
class Batch:
    """The entries of a wake that are told by one mail, up to the `end`-th of its list. The mail's id is
    derived from the `source`, so that telling of the same entries again is the same mail."""

    wake_id: str
    entries: Sequence[Any]
    end: int

    @property
    def source(self) -> str:
        return f"{self.wake_id}/{sorted(map(_text, self.entries))}"


def batch_of(wakes: Wakes, wake: Wake, key: str) -> Batch:
    """What a wake that was claimed is to tell of now: what an interrupted try had to, else all that is new.

    It is stored that it does. Raises Conflict if the wake was changed since it was claimed.
    """
    listed, told = wake.content[key], wake.content.get("told", 0)
    end = wake.content.get("telling", 0)
    if end <= told < len(listed):
        end = len(listed)
        wakes.put(replace(claimed(wakes, wake), content={**wake.content, "telling": end}))
    return Batch(wake.wake_id, listed[told:end], end)


def claimed(wakes: Wakes, wake: Wake) -> Wake:
    """A wake as whoever carries it out has claimed it. Raises Conflict if it was changed since."""
    stored = wakes.get(wake.wake_id)
    if stored is None or stored.revision != wake.revision:
        raise Conflict(f"{wake.wake_id} was changed since it was claimed")
    return stored


def settle(wakes: Wakes, batch: Batch, key: str, next_at: datetime, now: datetime) -> None:
    """Note that a batch was told. What came meanwhile is told at `next_at`; where nothing did, the wake
    rests. Raises Conflict if the wake kept changing."""
    for _ in range(ATTEMPTS):
        wake = wakes.get(batch.wake_id)
        if wake is None or wake.content.get("told", 0) >= batch.end:
            return
        more = len(wake.content[key]) > batch.end
        content = {**wake.content, "told": batch.end}
        due_at = next_at if more else now + KNOWN_FOR
        try:
            wakes.put(replace(wake, content=content, due_at=due_at, attempts=0, problem="", given_up=False))
        except Conflict:
            continue
        return
    raise Conflict(f"{batch.wake_id} kept changing while it was noted what it told of")


def _text(entry: Sequence[str] | str) -> str:
    return entry if isinstance(entry, str) else "/".join(entry)
