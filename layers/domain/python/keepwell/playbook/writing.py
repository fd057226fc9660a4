"""What a play writes into an account at one moment, and what a condition says right after."""

from collections.abc import Iterator
from datetime import date

from keepwell.attributes import TAGS, Catalogue, read_cell
from keepwell.criteria import Condition
from keepwell.criteria.belonging import HasTag
from keepwell.criteria.knowing import NO_TRAIL, Moment, name_read
from keepwell.criteria.tree import And, Leaf, Not, Or
from keepwell.plays.play import Deeds

_ANY_DAY = date(2000, 1, 1)


def name_of_tag(tag: str) -> str:
    """What a tag is called among the names of attributes."""
    return f"{TAGS.name}: {tag.casefold()}"


class Writing:
    """The tags and attributes of what is done at one moment."""

    def __init__(self, deeds: Deeds, catalogue: Catalogue):
        self.deeds = deeds
        texts = dict(deeds.set_attributes)
        self._values = {name: read_cell(catalogue[name], text) for name, text in texts.items()}
        self._tags = dict.fromkeys(map(name_of_tag, deeds.add_tags), True) | dict.fromkeys(
            map(name_of_tag, deeds.remove_tags), False
        )

    def told(self) -> Iterator[tuple[str, str]]:
        """The names written, and in words how."""
        for name in self._values:
            yield name, f"sets {name}"
        for tag in self.deeds.add_tags:
            yield name_of_tag(tag), f"adds the tag {tag}"
        for tag in self.deeds.remove_tags:
            yield name_of_tag(tag), f"removes the tag {tag}"
        if self._tags:
            yield TAGS.name, "changes the tags"

    def answer(self, condition: Condition) -> bool | None:
        """What is certain of a condition once this is written; None: it depends on more, or on the day."""
        match condition:
            case HasTag(tag=tag):
                return self._tags.get(name_of_tag(tag))
            case Leaf():
                return self._of_leaf(condition)
            case And(terms):
                answers = [self.answer(term) for term in terms]
                return False if False in answers else None if None in answers else True
            case Or(terms):
                answers = [self.answer(term) for term in terms]
                return True if True in answers else None if None in answers else False
            case Not(term):
                answer = self.answer(term)
                return None if answer is None else not answer
            case _:
                raise TypeError(f"no condition: {condition!r}")

    def _of_leaf(self, leaf: Leaf) -> bool | None:
        name = name_read(leaf.attribute)
        if name not in self._values or leaf.by_the_calendar or leaf.lookback_days:
            return None
        value = self._values[name]
        return leaf.answer(Moment({} if value is None else {name: value}, _ANY_DAY, NO_TRAIL))
