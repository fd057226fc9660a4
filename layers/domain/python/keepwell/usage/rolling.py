"""The days on which each user of an account was active: the newest, and the 63 before it as bits of a mask.

Adding days is an OR, so it may be repeated and done in any order. A user's newest day is kept for good, so
that it is known when a user was last seen.

The users of an account are kept in one part, or in 32 by a hash of the user's id where one would get too
large: an item of DynamoDB takes 400 KB, and 20,000 users need over 1 MB.
"""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple
from zlib import crc32

from keepwell.usage.events import iso, ordinal
from keepwell.usage.summary import KEPT_DAYS

MANY_PARTS = 32
MOST_USERS = 2_000
"""In one part."""
MOST_ID_BYTES = 200_000
"""Of all ids in one part together, since ids can be of any length."""

FULL = (1 << KEPT_DAYS) - 1


class ActiveDays(NamedTuple):
    """`newest` is the ordinal of the newest active day; bit k of `mask` is the day k days before it."""

    newest: int
    mask: int


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


def active_on(days: Iterable[int]) -> ActiveDays:
    """What these days (ordinals, at least one) make."""
    days = tuple(days)
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
