"""Leaves about what an account belongs to: `has tag "at-risk"`, `in segment "Watch List"`.

They are two-valued: an account of which nothing is said has no tags and is in no segment.
"""

from typing import Any

from keepwell.criteria.comparing import quoted
from keepwell.criteria.knowing import Moment
from keepwell.criteria.tree import Leaf


class HasTag(Leaf):
    """`has tag "at-risk"`: one of the attribute Tags, in any case."""

    tag: str

    def __str__(self) -> str:
        return f"has tag {quoted(self.tag)}"

    @property
    def denial(self) -> str:
        return f"does not have tag {quoted(self.tag)}"

    def as_json(self) -> dict[str, Any]:
        return self.as_operation("has tag", value=self.tag)

    def answer(self, moment: Moment) -> bool:
        return _holds(self, self.tag, moment)


class InSegment(Leaf):
    """`in segment "Watch List"`: inside the segment of this name now, by the attribute Segments."""

    segment: str

    def __str__(self) -> str:
        return f"in segment {quoted(self.segment)}"

    @property
    def denial(self) -> str:
        return f"not in segment {quoted(self.segment)}"

    def as_json(self) -> dict[str, Any]:
        return self.as_operation("in segment", value=self.segment)

    def answer(self, moment: Moment) -> bool:
        return _holds(self, self.segment, moment)


def _holds(leaf: Leaf, wanted: str, moment: Moment) -> bool:
    value = moment.value(leaf.attribute)
    return isinstance(value, tuple) and wanted.casefold() in [each.casefold() for each in value]
