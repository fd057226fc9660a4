"""What stands beside the facts of an account and can be asked for: its people, and its use of the product.

Such a condition asks a `Sought` attribute, which nobody tells and no catalogue has. Its value is found for an
account on a day, before any condition is asked, and stands among the account's values under the attribute's
name. So it is remembered, kept with a score and read again like any other; where no condition asks for people
or use, nothing is done.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from typing import TYPE_CHECKING, ClassVar, NamedTuple

from keepwell.attributes import Attribute, Value
from keepwell.criteria.knowing import name_read
from keepwell.criteria.tree import Condition

if TYPE_CHECKING:
    from keepwell.usage import UsageSummary


class Beside(NamedTuple):
    """The values of each person, None where they were not read; the use, None where nobody told of any."""

    people: Sequence[Mapping[str, Value]] | None = None
    usage: "UsageSummary | None" = None


class Sought(Attribute):
    """An attribute made of what stands beside the facts; `topic` says what that is."""

    topic: ClassVar[str]

    def found(self, beside: Beside, today: date) -> Value | None:
        """Its value on `today`; None if it is unknown."""
        raise NotImplementedError


def sought_by(conditions: Iterable[Condition]) -> tuple[Sought, ...]:
    """What the conditions ask for beside the facts, each once."""
    asked = (leaf.attribute for condition in conditions for leaf in condition.leaves())
    return tuple({name_read(each): each for each in asked if isinstance(each, Sought)}.values())


def found_beside(sought: Iterable[Sought], beside: Beside, today: date) -> dict[str, Value]:
    """What is known of `sought`, by the name under which its value stands."""
    found = ((name_read(each), each.found(beside, today)) for each in sought)
    return {name: value for name, value in found if value is not None}
