"""The recipe: how one playbook computes what nobody told, made once."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from functools import cached_property, lru_cache
from graphlib import CycleError, TopologicalSorter

from keepwell.accounts import Account
from keepwell.attributes import Attribute, Catalogue
from keepwell.attributes.catalogue import CURRENT_STAGE, MAIN_LIFECYCLE, days_in
from keepwell.errors import ConfigurationError
from keepwell.metrics.counts import DAYS_SINCE
from keepwell.metrics.formulas import Formula
from keepwell.metrics.parsing import parse_formula
from keepwell.metrics.usage import BY_NAME, SURELY_KEPT, Product

ENGAGEMENT = "Engagement Score"
FIRST_VALUE = "Days to First Value"
CREATED = "Create Date"
STATUS = "Status"

FROM_USE = frozenset({*BY_NAME, ENGAGEMENT, FIRST_VALUE})
"""What is computed from the use of the product, some of it with facts."""

_FACTS_BEHIND: Mapping[str, tuple[str, ...]] = {
    **{count: (source,) for count, source in DAYS_SINCE.items()},
    CURRENT_STAGE: (MAIN_LIFECYCLE,),
    ENGAGEMENT: (STATUS, CREATED),
    FIRST_VALUE: (CREATED,),
}
"""By computed attribute: the facts it is made of."""


class Recipe:
    """What a playbook's attributes are made of.

    `formulas` come after those they read. `ends` has the end stages by lifecycle, `preferred` the attributes
    of which a computed value wins over a told one.
    """

    def __init__(self, catalogue: Catalogue, product: Product = Product(), preferred: Iterable[str] = ()):  # noqa: B008
        self.catalogue = catalogue
        self.product = product
        self.preferred = frozenset(preferred)
        self.formulas = in_order(
            parse_formula(attribute.name, attribute.formula, catalogue)
            for attribute in catalogue
            if attribute.formula
        )
        self.formula: Mapping[str, Formula] = {formula.name: formula for formula in self.formulas}
        self.ends: Mapping[str, frozenset[str]] = {
            attribute.name: frozenset(attribute.end_stages) for attribute in catalogue if attribute.lifecycle
        }

    def sources_of(self, name: str) -> frozenset[str]:
        """The names of all that the attribute is made of, itself not among them; a lifecycle stands for the
        day its stage began, too."""
        known = self._sources.get(name)
        if known is None:
            known = self._sources[name] = frozenset(self._found(name, set()))
        return known

    @cached_property
    def _sources(self) -> dict[str, frozenset[str]]:
        return {}

    def _found(self, name: str, found: set[str]) -> set[str]:
        for source in self._behind(name):
            if source not in found:
                found.add(source)
                self._found(source, found)
        return found

    def _behind(self, name: str) -> Iterable[str]:
        if formula := self.formula.get(name):
            return formula.reads
        if name in _FACTS_BEHIND:
            return _FACTS_BEHIND[name]
        lifecycle = name.removeprefix(days_in(""))
        return (lifecycle, CURRENT_STAGE) if lifecycle != name else ()

    def told_at(self, account: Account, name: str) -> datetime | None:
        """When the present value of an attribute was so: what is computed is as old as the oldest thing it is
        made of, and use of the product as the newest file that told of any. None where nothing is known."""
        facts = account.facts
        if name in facts.values and name not in self.preferred:
            return facts.observed(name)
        told = [at for source in self._behind(name) if (at := self.told_at(account, source))]
        counts = name in FROM_USE or (name in self.formula and self.formula[name].actions)
        if counts and account.usage:
            told.append(account.usage.told_at)
        if told:
            return min(told)
        return facts.observed(name) if name in facts.values else None

    def needed(self, names: Iterable[str]) -> tuple[Formula, ...]:
        """The formulas that have to be computed so that these attributes are known, in order."""
        wanted = set(names)
        for formula in reversed(self.formulas):
            if formula.name in wanted:
                wanted |= formula.reads
        return tuple(formula for formula in self.formulas if formula.name in wanted)

    @cached_property
    def cheap(self) -> tuple[Formula, ...]:
        """The formulas that today's values are enough for, in order."""
        deep = set[str]()
        for formula in self.formulas:
            if formula.lookbacks or formula.reads & deep:
                deep.add(formula.name)
        return tuple(formula for formula in self.formulas if formula.name not in deep)

    def looked_back_on(self, asked: Mapping[str, int], needed: Sequence[Formula]) -> dict[str, int]:
        """How many days back what is looked back on has to be known, so that the formulas that are `needed`
        are known, and those among `asked` on the days that are asked for."""
        days = dict(asked)
        for formula in reversed(needed):
            own = days.get(formula.name, 0)
            for name in formula.reads:
                if back := own + formula.lookbacks.get(name, 0):
                    days[name] = max(back, days.get(name, 0))
        return days

    def derives(self, name: str, days: int) -> bool:
        """Whether the past of an attribute, so many days of it, follows from that of others and from the use
        of the product, so that it need not be kept."""
        return name in self.formula or (name in BY_NAME and days <= SURELY_KEPT)


def in_order(formulas: Iterable[Formula]) -> tuple[Formula, ...]:
    """The formulas, each after those it reads. Raises ConfigurationError for a circle, with the way round."""
    by_name = {formula.name: formula for formula in formulas}
    try:
        order = TopologicalSorter({name: formula.reads for name, formula in by_name.items()}).static_order()
        return tuple(by_name[name] for name in order if name in by_name)
    except CycleError as circle:
        way = " -> ".join(reversed(circle.args[1]))
        raise ConfigurationError(
            f"Formulas read one another in a circle: {way}. Take one of them out."
        ) from None


@lru_cache(maxsize=8)
def recipe_of(catalogue: Catalogue) -> Recipe:
    """The recipe of the attributes alone: nothing is said of the product, and what is told wins."""
    return Recipe(catalogue)


def with_time(catalogue: Catalogue) -> Catalogue:
    """The catalogue in which formulas say whether their value can change with time alone."""
    moving = {attribute.name for attribute in catalogue if attribute.daily}
    changed: list[Attribute] = []
    for formula in Recipe(catalogue).formulas:
        if formula.lookbacks or formula.actions or formula.reads & moving:
            moving.add(formula.name)
            changed.append(catalogue[formula.name].but(daily=True))
    return catalogue.extended(changed)
