"""What segments ask of other segments: it must lead somewhere, and never back."""

from collections.abc import Mapping

from keepwell.circles import circles
from keepwell.criteria import Condition
from keepwell.criteria.belonging import InSegment
from keepwell.playbook import kinds
from keepwell.playbook.checking import Checker

Conditions = Mapping[str, Condition | None]
"""A segment's conditions by their key, `criteria` and `leave`."""


def check_references(conditions: Mapping[str, Conditions], check: Checker) -> None:
    """That segments can be judged one after the other; `conditions` are theirs, by id."""
    sources = check.sources.of(kinds.Segment)
    ids = {source.says.name: id_ for id_, source in sources.items()}
    asked: dict[str, dict[str, str]] = {id_: {} for id_ in sources}
    for id_, own in conditions.items():
        for key, condition in own.items():
            for leaf in condition.leaves() if condition else ():
                if isinstance(leaf, InSegment):
                    asked[id_].setdefault(ids.get(leaf.segment, ""), key)

    def companys_first(id_: str) -> tuple[bool, str]:
        return bool(sources[id_].bloc), id_

    for way in circles(asked, companys_first):
        message = f"segments ask for one another in a circle: {' -> '.join(way)}"
        check.note(sources[way[0]], (asked[way[0]][way[1]],), message)
