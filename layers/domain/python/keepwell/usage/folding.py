"""Folding what was told of an account's use into its summary.

No order of telling and no grouping of what is told can change the result: days and sums are kept for the 64
days up to the newest day there is, and only they; what is older moves the first and last days of use alone.
"""

from array import array
from collections import Counter
from collections.abc import Collection, Iterable, Sequence
from datetime import date, datetime
from sys import byteorder

from keepwell.usage.events import Use
from keepwell.usage.rolling import FULL, ActiveDays, Daily, back_from, moved, summed
from keepwell.usage.summary import KEPT_DAYS, WINDOWS, ActionUse, UsageSummary


def fold(
    summary: UsageSummary | None,
    account_id: str,
    use: Use,
    users: Collection[ActiveDays],
    told_at: datetime,
    *,
    parts: int = 1,
    batch: int = 0,
) -> UsageSummary:
    """The summary of an account after `use`, which is told at `told_at` at the latest and tells of some day.

    `users` are the days of all users of the account, those of `use` included.
    """
    first = date.fromordinal(min(counts.first for counts in use.counts.values()))
    through = date.fromordinal(max(counts.newest for counts in use.counts.values()))
    before = summary or UsageSummary(account_id, first, through, told_at)
    through = max(through, before.through)
    shift, end = (through - before.through).days, through.toordinal()
    return UsageSummary(
        account_id=account_id,
        first=min(first, before.first),
        through=through,
        told_at=max(told_at, before.told_at),
        last_seen=_last_seen(users, end),
        active=_active(users, end),
        actions=_plus(moved(before.actions, shift), use.counts.values(), end),
        sessions=_plus(moved(before.sessions, shift), [use.sessions] if use.sessions else [], end),
        seconds=_plus(moved(before.seconds, shift), [use.seconds] if use.seconds else [], end),
        uses=_uses(before.uses, shift, use, end),
        parts=parts,
        batch=batch,
        revision=before.revision,
    )


def _uses(before: Sequence[ActionUse], shift: int, use: Use, end: int) -> tuple[ActionUse, ...]:
    uses = {(each.module, each.action): each for each in before}
    if shift:
        uses = {name: each._replace(counts=_plus(moved(each.counts, shift))) for name, each in uses.items()}
    for name, counts in use.counts.items():
        first, last = date.fromordinal(counts.first), date.fromordinal(counts.newest)
        known = uses.get(name)
        if known:
            first, last = min(first, known.first), max(last, known.last)
        uses[name] = ActionUse(*name, _plus(known.counts if known else (), [counts], end), first, last)
    return tuple(uses[name] for name in sorted(uses))


def _plus(series: Sequence[int], counts: Iterable[Daily] = (), end: int = 0) -> tuple[int, ...]:
    """A series that goes back from the day `end` with these counts added, without last zeros."""
    for each in counts:
        series = summed(series, back_from(each, end))
    length = len(series)
    while length and not series[length - 1]:
        length -= 1
    return tuple(series[:length])


def _last_seen(users: Collection[ActiveDays], end: int) -> tuple[int, ...]:
    ago = Counter(end - days.newest for days in users)
    return _plus([ago[place] for place in range(KEPT_DAYS)])


def _active(users: Collection[ActiveDays], end: int) -> dict[int, tuple[int, ...]]:
    """The users of each window that ends k days before the day `end`, by window, at place k.

    All users' masks are one long number, with 64 bits for each, so that a shift moves all of them: bit k of a
    user is to be set if any bit from k to k + window - 1 is.
    """
    masks = array(
        "Q", (days.mask << end - days.newest & FULL for days in users if end - days.newest < KEPT_DAYS)
    )
    if not masks:
        return dict.fromkeys(WINDOWS, ())
    bits, reach, active = int.from_bytes(masks.tobytes(), byteorder), 1, dict[int, tuple[int, ...]]()
    for window in WINDOWS:
        while reach < window:
            step = min(reach, window - reach)
            bits |= bits >> step & _every(FULL >> step, len(masks))
            reach += step
        active[window] = _columns(bits, len(masks))
    return active


def _columns(bits: int, lanes: int) -> tuple[int, ...]:
    """How many lanes of 64 bits have each bit set, from the lowest bit on, without last zeros."""
    octets, ones = bits.to_bytes(8 * lanes, "little"), int.from_bytes(b"\1" * lanes)
    counts = []
    for place in range(8):
        column = int.from_bytes(octets[place::8])
        counts += [(column >> bit & ones).bit_count() for bit in range(8)] if column else [0] * 8
    while counts and not counts[-1]:
        counts.pop()
    return tuple(counts)


def _every(pattern: int, lanes: int) -> int:
    return int.from_bytes(pattern.to_bytes(8, "little") * lanes, "little")
