"""What rolls on from day to day: the days on which a user was active, and how often something was done by
day; of each the newest day and the 63 before it.

Days are ordinals (`date.toordinal`). Joining days is an OR, so it may be repeated; adding counts may not.
Both may be done in any order, since what is kept follows from the newest day alone. A user's newest day is
kept for good, so that it is known when a user was last seen.

The users of an account are kept in one part, or in 32 by a hash of the user's id where one would get too
large: an item of DynamoDB takes 400 KB, and 20,000 users need over 1 MB.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cache
from operator import add
from typing import Any, NamedTuple
from zlib import crc32

from keepwell.usage.summary import KEPT_DAYS

MANY_PARTS = 32
MOST_USERS = 2_000
"""In one part."""
MOST_ID_BYTES = 200_000
"""Of all ids in one part together, since ids can be of any length."""

FULL = (1 << KEPT_DAYS) - 1


class ActiveDays(NamedTuple):
    """`newest` is the newest active day; bit k of `mask` stands for the day k days before it."""

    newest: int
    mask: int


class Daily(NamedTuple):
    """`first` and `newest` are the first and the newest day with a count; place k of `counts`, at most 64, is
    that of the day k days before the newest, and places that are not there are 0."""

    first: int
    newest: int
    counts: Sequence[int]


@dataclass(frozen=True)
class DaysPart:
    """One of `parts` parts of the users of an account, with their days by user id.

    `revision` counts the writes; 0 means not stored yet.
    """

    account_id: str
    parts: int
    part: int
    users: Mapping[str, ActiveDays]
    revision: int = 0


def active_on(days: Collection[int]) -> ActiveDays:
    """What these days, at least one, make."""
    newest = max(days)
    mask = 0
    for day in days:
        if newest - day < KEPT_DAYS:
            mask |= 1 << newest - day
    return ActiveDays(newest, mask)


def joined(one: ActiveDays | None, other: ActiveDays) -> ActiveDays:
    """The days of both."""
    if one is None:
        return other
    later, earlier = (one, other) if one.newest >= other.newest else (other, one)
    behind = later.newest - earlier.newest
    if behind >= KEPT_DAYS:
        return later
    return ActiveDays(later.newest, later.mask | earlier.mask << behind & FULL)


def daily(counts: Mapping[int, int]) -> Daily:
    """What these counts by day, of at least one, make."""
    first, newest = min(counts), max(counts)
    places = [0] * min(newest - first + 1, KEPT_DAYS)
    for day, count in counts.items():
        if newest - day < KEPT_DAYS:
            places[newest - day] += count
    return Daily(first, newest, places)


def added(one: Daily | None, other: Daily) -> Daily:
    """The sums of both."""
    if one is None:
        return other
    newest = max(one.newest, other.newest)
    counts = summed(back_from(one, newest), back_from(other, newest))
    return Daily(min(one.first, other.first), newest, counts)


def back_from(counts: Daily, day: int) -> Sequence[int]:
    """The counts of a day, which is not before the newest, and of those before it."""
    return moved(counts.counts, day - counts.newest)


def moved(counts: Sequence[int], days: int) -> Sequence[int]:
    """Counts that go back from a day, as they go back from so many days later."""
    return [*([0] * min(days, KEPT_DAYS)), *counts][:KEPT_DAYS] if days else counts


def summed(one: Sequence[int], other: Sequence[int]) -> Sequence[int]:
    """The sums of counts that go back from the same day."""
    shorter, longer = (one, other) if len(one) < len(other) else (other, one)
    return [*map(add, shorter, longer), *longer[len(shorter) :]]


def parts_for(users: Collection[str], present: int = 1) -> int:
    """In how many parts users are to be kept; never fewer than at present."""
    if len(users) <= MOST_USERS and sum(len(user.encode()) for user in users) <= MOST_ID_BYTES:
        return present
    return MANY_PARTS


def part_of(user_id: str, parts: int) -> int:
    """Which of the parts a user is in."""
    return crc32(user_id.encode()) % parts


def users_document(users: Mapping[str, ActiveDays]) -> dict[str, Any]:
    """As JSON, masks in hexadecimal: {"ann": ["2026-11-20", "1f"]}."""
    return {user: [iso(days.newest), f"{days.mask:x}"] for user, days in users.items()}


def users_from(document: Mapping[str, Any]) -> dict[str, ActiveDays]:
    """The users of a document that `users_document` made."""
    return {user: ActiveDays(ordinal(newest), int(mask, 16)) for user, (newest, mask) in document.items()}


@cache
def iso(day: int) -> str:
    """A day as text: `2026-11-20`."""
    return date.fromordinal(day).isoformat()


@cache
def ordinal(text: str) -> int:
    """The day of a text that `iso` made."""
    return date.fromisoformat(text).toordinal()
