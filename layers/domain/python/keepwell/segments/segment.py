"""A segment: a named condition whose membership keeps itself (product SEG-01)."""

from dataclasses import dataclass

from keepwell.criteria import Condition


@dataclass(frozen=True)
class Segment:
    """`id` is the file's name; `owner` is who answers for it."""

    id: str
    name: str
    criteria: Condition
    description: str = ""
    owner: str = ""
