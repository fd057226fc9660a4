"""The trail of an account: past values of the attributes that some condition looks back on, and no others.

A day has one value: the last one of the day. What was told counts from the day it was so, what is computed or
concluded from the day it was found; today's own entry decides nothing, for today's value is always that of
the account (product 1.14 row 21).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from itertools import accumulate

from keepwell.attributes import Value
from keepwell.criteria.knowing import Trail

Entry = tuple[date, Value | None]
_DAY = 18  # characters of an entry as JSON, its value aside


@dataclass(frozen=True)
class AccountTrail:
    """`values` reach back as far as some condition looks. `revision` counts the writes; 0: not stored yet."""

    account_id: str
    values: Trail = field(default_factory=dict)
    revision: int = 0


def recalled(
    past: Sequence[Entry], value: Value | None, since: date, today: date, lookback: int
) -> Sequence[Entry]:
    """The past of a fact that today's conditions read: what is remembered of it, and what it tells itself.

    It has stood as `value` since a day gone by. So a value told today of last week is known of last week at
    once, and judging again gives the same answer (reliability S3).
    """
    return _followed(past, (since, value), today, lookback)


def extended(
    trail: AccountTrail,
    values: Mapping[str, Value],
    told: Mapping[str, date],
    today: date,
    lookbacks: Mapping[str, int],
) -> AccountTrail:
    """The trail after today; `trail` itself where there is nothing to write.

    `lookbacks` gives the days that each attribute is looked back on. An attribute whose value differs from
    the last entry gets one (the first is that it has none, if so it is): for the day in `told`, else for
    today; never before the entry it follows, whose place it takes on the same day. Then what no look-back
    reaches any more goes; the value as of the oldest day asked for stays. An attribute that nothing looks
    back on any more goes at once: its gap would lie.
    """
    after = _recorded(trail.values, values, told, today, lookbacks)
    return trail if after == trail.values else replace(trail, values=after)


def _recorded(
    trail: Trail,
    values: Mapping[str, Value],
    told: Mapping[str, date],
    today: date,
    lookbacks: Mapping[str, int],
) -> Trail:
    return {
        name: _followed(trail.get(name, ()), (told.get(name, today), values.get(name)), today, days)
        for name, days in lookbacks.items()
    }


LONGEST_PAST = 26_000
"""Characters of one attribute's past: 1,100 days of a number. Of long texts that change daily fewer days are
kept, and before those the past is unknown: an item holds 400 KB, which no text may use up."""


def _followed(past: Sequence[Entry], entry: Entry, today: date, lookback: int) -> Sequence[Entry]:
    """`past` and the entry; `past` itself if that tells nothing new, so that time alone writes nothing."""
    day, value = entry
    if not past:
        return ((min(day, today), value),)
    if value == past[-1][1]:
        return past
    day = max(past[-1][0], min(day, today))
    kept = [(each, earlier) for each, earlier in past if each < day]
    if not kept or value != kept[-1][1]:
        kept.append((day, value))
    oldest = today.toordinal() - lookback
    out_of_reach = sum(each.toordinal() <= oldest for each, _ in kept) - 1
    return tuple(_within_bounds(kept[max(0, out_of_reach) :]))


def _within_bounds(entries: Sequence[Entry]) -> Sequence[Entry]:
    """The newest of the entries: as many as LONGEST_PAST allows."""
    ends = accumulate(_DAY + len(str(value)) for _, value in reversed(entries))
    fitting = sum(end <= LONGEST_PAST for end in ends)
    return entries[-max(1, fitting) :]
