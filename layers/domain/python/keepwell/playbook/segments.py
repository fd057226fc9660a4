"""Segments, checked and in their compiled form."""

from typing import Any

from keepwell.playbook import kinds
from keepwell.playbook.checking import Checker, canonical
from keepwell.playbook.examples import exemplified
from keepwell.playbook.loading import Source

Part = dict[str, Any]


def compile_segments(check: Checker, owner: str) -> list[Part]:
    """The segments, in the order of their ids; `owner` answers for those that name nobody."""
    return [_segment(source, owner, check) for _, source in sorted(check.sources.of(kinds.Segment).items())]


def _segment(source: Source[kinds.Segment], owner: str, check: Checker) -> Part:
    says = source.says
    criteria = exemplified(check, source, ("criteria",), says.criteria, says.examples)
    return {
        "id": source.id,
        "name": says.name,
        "criteria": canonical(criteria),
        "description": says.description,
        "owner": says.owner or owner,
    }
