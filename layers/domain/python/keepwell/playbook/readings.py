"""What the rules of a playbook read: the names that could change their answers."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from keepwell.criteria import Condition
from keepwell.criteria.belonging import HasTag, InSegment
from keepwell.criteria.knowing import name_read
from keepwell.playbook.playbook import Playbook
from keepwell.playbook.writing import name_of_tag


@dataclass(frozen=True)
class Rule:
    """What decides on a passage. `reads` has attributes, and tags by `name_of_tag`."""

    criteria: Condition
    leave: Condition | None
    reads: frozenset[str]


class Readings:
    """The rules of the segments, and of the plays with a condition of their own."""

    def __init__(self, playbook: Playbook):
        self._of_segment = {each.name: (each.criteria, each.leave) for each in playbook.segments}
        self._by_segment: dict[str, frozenset[str]] = {}
        self._sources_of = playbook.recipe.sources_of
        self._health: frozenset[str] = frozenset()
        self._health = frozenset(self._names(_conditions_of_health(playbook)))
        conditions = {each.id: (each.criteria, each.leave) for each in playbook.segments} | {
            play.segment: (play.criteria, None) for play in playbook.plays if play.criteria
        }
        self._rules = {
            id_: Rule(criteria, leave, frozenset(self._names((criteria, leave))))
            for id_, (criteria, leave) in conditions.items()
        }

    def rule(self, id_: str) -> Rule | None:
        """That of a segment's id or a play's own trigger; None for a play without a trigger."""
        return self._rules.get(id_)

    def _names(self, conditions: Iterable[Condition | None]) -> Iterator[str]:
        """What conditions read, be it through health, a computed attribute or another segment."""
        for leaf in (leaf for condition in conditions if condition for leaf in condition.leaves()):
            match leaf:
                case HasTag(tag=tag):
                    yield name_of_tag(tag)
                case InSegment(segment=segment):
                    if segment not in self._by_segment:
                        self._by_segment[segment] = frozenset(self._names(self._of_segment[segment]))
                    yield from self._by_segment[segment]
                case _:
                    name = name_read(leaf.attribute)
                    yield name
                    yield from self._health if name in _HEALTH else self._sources_of(name)


_HEALTH = ("Health", "Health Score")


def _conditions_of_health(playbook: Playbook) -> Iterator[Condition | None]:
    metrics = [*playbook.account_model]
    for profile in playbook.profiles:
        yield profile.criteria
        metrics += [metric for dimension in profile.dimensions for metric in dimension.metrics]
    for metric in metrics:
        yield from (metric.good, metric.poor)
