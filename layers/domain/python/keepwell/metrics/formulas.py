"""Formulas: metrics that a playbook computes of other attributes, such as `Invoices / Months Active`.

A formula is a tree of terms, made by `parsing.parse_formula`; `str(formula)` is its canonical text, which
parses back to an equal tree. Its value is unknown where an input is, where a divisor is 0, and where a number
gets out of all bounds.
"""

from functools import cached_property

from keepwell.criteria.knowing import name_read
from keepwell.metrics.terms import Actions, Computed, Figure, Inputs, Past, Read, Term, Unknown, tidy
from keepwell.values import Record

LARGEST = 1e15
"""What a value is below: of larger numbers a fraction keeps no place."""


class Formula(Record):
    """How the attribute called `name` is computed."""

    name: str
    term: Term

    def __str__(self) -> str:
        return str(self.term)

    @cached_property
    def reads(self) -> frozenset[str]:
        """The names of the attributes it reads, today's values or past ones."""
        return frozenset(
            name_read(part.attribute) for part in self.term.parts() if isinstance(part, Read | Past)
        )

    @cached_property
    def lookbacks(self) -> dict[str, int]:
        """How many days back it reads, by the attribute's name; of the others today's value is enough."""
        past = [part for part in self.term.parts() if isinstance(part, Past)]
        return {name_read(part.attribute): part.days for part in sorted(past, key=lambda part: part.days)}

    @cached_property
    def actions(self) -> frozenset[str]:
        """The actions it counts."""
        return frozenset(part.feature for part in self.term.parts() if isinstance(part, Actions))

    @cached_property
    def _compute(self) -> Computed:
        return self.term.compiled()

    def value(self, inputs: Inputs) -> Figure | None:
        """The value at a moment, to 12 significant digits; None where it is unknown."""
        try:
            value = self._compute(inputs)
        except (Unknown, ArithmeticError, ValueError):  # ValueError: no number to round, no value of a list
            return None
        return tidy(value) if -LARGEST < value < LARGEST else None
