"""The recipe: how one playbook computes what nobody told, made once."""

from collections.abc import Container, Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from functools import cached_property, lru_cache
from graphlib import CycleError, TopologicalSorter

from keepwell.accounts import Account
from keepwell.attributes import Attribute, Catalogue
from keepwell.attributes.catalogue import CURRENT_STAGE, MAIN_LIFECYCLE, days_in
from keepwell.circles import circles
from keepwell.criteria.lexer import fault
from keepwell.errors import ConfigurationError, FaultyCondition
from keepwell.metrics.counts import DAYS_SINCE
from keepwell.metrics.formulas import Formula
from keepwell.metrics.parsing import parse_formula
from keepwell.metrics.usage import BY_NAME, NO_PRODUCT, SURELY_KEPT, Product

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

    def __init__(self, catalogue: Catalogue, product: Product = NO_PRODUCT, preferred: Iterable[str] = ()):
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

    def supplied(self, told: Mapping[str, object]) -> Container[str]:
        """The names, of those that were told, of which nothing is computed instead."""
        return told.keys() - self.preferred if self.preferred else told

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

    def told_at(self, account: Account, name: str, use_told_at: datetime | None = None) -> datetime | None:
        """When the present value of an attribute was told last; None where nothing is known of it.

        What is computed is as old as the oldest thing it is made of, what is measured of the use as the
        newest file that told of any: of this account or, at `use_told_at`, of others.
        """
        facts = account.facts
        if name in facts.values and name not in self.preferred:
            return facts.last_told(name)
        use = max(account.usage.told_at, use_told_at or account.usage.told_at) if account.usage else None
        if use and name in FROM_USE:
            return use
        told = [at for source in self._behind(name) if (at := self.told_at(account, source, use_told_at))]
        if use and name in self.formula and self.formula[name].actions:
            told.append(use)
        if told:
            return min(told)
        return facts.last_told(name) if name in facts.values else None

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

    def derives(self, name: str, days: int, *, used: bool) -> bool:
        """Whether the past of an attribute, so many days of it, follows from that of others, or from the use
        of the product where the account has `used` it: then it need not be remembered."""
        return name in self.formula or (used and name in BY_NAME and days <= SURELY_KEPT)


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


def computable(catalogue: Catalogue) -> Catalogue:
    """The catalogue without the formulas that cannot be computed (a playbook may have made a text of what a
    standard one reads), in which the others say whether their value can change with time alone."""
    out = {name: catalogue[name].but(formula="") for name, _ in faults_in(catalogue)}
    catalogue = catalogue.extended(out.values())
    moving = {attribute.name for attribute in catalogue if attribute.daily and not attribute.formula}
    told = list[Attribute]()
    for formula in Recipe(catalogue).formulas:
        daily = bool(formula.lookbacks or formula.actions or formula.reads & moving)
        if daily:
            moving.add(formula.name)
        told.append(catalogue[formula.name].but(daily=daily))
    return catalogue.extended(told)


def faults_in(catalogue: Catalogue) -> Iterator[tuple[str, FaultyCondition]]:
    """The attributes whose formula cannot be computed, and why: it is none, or it is part of a circle."""
    formulas = dict[str, Formula]()
    for attribute in catalogue:
        if attribute.formula:
            try:
                formulas[attribute.name] = parse_formula(attribute.name, attribute.formula, catalogue)
            except FaultyCondition as faulty:
                yield attribute.name, faulty
    for way in circles({name: formula.reads for name, formula in formulas.items()}, str):
        message = f"formulas read one another in a circle: {' -> '.join(way)}"
        for name in way[1:]:
            yield name, fault(catalogue[name].formula, 0, message)
