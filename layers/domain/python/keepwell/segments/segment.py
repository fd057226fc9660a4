"""A segment: a named condition whose membership keeps itself (product SEG-01)."""

from dataclasses import dataclass
from typing import NamedTuple

from keepwell.criteria import Condition


@dataclass(frozen=True)
class Link:
    """A page that helps: a mail template, an FAQ, a training (product SEG-15)."""

    title: str
    url: str


@dataclass(frozen=True)
class Segment:
    """`id` is the file's name; `owner` is who answers for it.

    An account enters when `criteria` match. It leaves when `leave` does, or, where there is none, when
    `criteria` no longer match, but not within `minimum_stay_days` of its entry. An entry fires only when
    `cool_down_days` have passed since the exit before it (reliability T4). `playbook` says what to do about
    those in it, `links` where to read on (SEG-15); `group` is its place in My Command Center (SEG-17).
    """

    id: str
    name: str
    criteria: Condition
    description: str = ""
    owner: str = ""
    leave: Condition | None = None
    minimum_stay_days: int = 0
    cool_down_days: int = 0
    playbook: str = ""
    links: tuple[Link, ...] = ()
    group: str = ""


class Tagging(NamedTuple):
    """The tags that are added and removed when a border is crossed."""

    add: tuple[str, ...] = ()
    remove: tuple[str, ...] = ()


NO_TAGS = Tagging()


@dataclass(frozen=True)
class UserSegment(Segment):
    """A segment of people: `criteria` and `leave` ask of each person at an account.

    Its triggers set tags of the person and nothing else (definitions 1.3); `acts_on_members` says whether
    those who are inside when it is activated are tagged, too (1.14 row 23).
    """

    on_entry: Tagging = NO_TAGS
    on_exit: Tagging = NO_TAGS
    acts_on_members: bool = False
