"""The values of an account: what was told, and what is computed of it.

First come the facts and what follows from them and the use alone; then the formulas, in their order, which
may read the past of all those. Health comes last, and elsewhere.
"""

from collections.abc import Container, Iterable
from datetime import date

from keepwell.accounts import Account
from keepwell.attributes import Value
from keepwell.criteria.knowing import NO_TRAIL, Moment, Trail
from keepwell.metrics.counts import day_counts
from keepwell.metrics.engagement import engagement_of
from keepwell.metrics.formulas import Formula
from keepwell.metrics.recipe import CREATED, ENGAGEMENT, FIRST_VALUE, Recipe
from keepwell.metrics.terms import Inputs
from keepwell.metrics.usage import days_to_first_value, usage_values
from keepwell.population import NO_POPULATION, Population
from keepwell.usage import UsageSummary


def values_of(
    account: Account, recipe: Recipe, today: date, population: Population = NO_POPULATION
) -> dict[str, Value]:
    """Every value of `account` on `today` that no past is needed for: facts, counts, use, formulas.

    What was told wins over what is computed, unless the playbook prefers that.
    """
    values = values_before_formulas(account, recipe, today, population)
    supplied = recipe.supplied(account.facts.values)
    add_formulas(values, recipe.cheap, today, NO_TRAIL, supplied, account.usage)
    return values


def values_before_formulas(
    account: Account, recipe: Recipe, today: date, population: Population
) -> dict[str, Value]:
    """The facts, and what follows from them, the day, the use and the population."""
    told, usage = account.facts.values, account.usage
    preferred = recipe.preferred
    believed = {name: told[name] for name in told.keys() - preferred} if preferred else told
    computed = day_counts(believed, account.facts.since, recipe.ends, today)
    if usage is not None:
        computed |= usage_values(usage, recipe.product, today)
        created = told.get(CREATED)
        since = created if isinstance(created, date) else None
        for name, value in (
            (ENGAGEMENT, engagement_of(account, population, today)),
            (FIRST_VALUE, days_to_first_value(usage, recipe.product, since, today)),
        ):
            if value is not None:
                computed[name] = value
    values = {**computed, **told}
    for name in preferred & computed.keys():
        values[name] = computed[name]
    return values


def add_formulas(
    values: dict[str, Value],
    formulas: Iterable[Formula],
    today: date,
    past: Trail,
    supplied: Container[str],
    usage: UsageSummary | None,
) -> None:
    """Add to `values` what the formulas, each after those it reads, make of them and of their past.

    What is `supplied` stays as it was told.
    """
    inputs = Inputs(Moment(values, today, past), usage)
    for formula in formulas:
        if formula.name not in supplied:
            value = formula.value(inputs)
            if value is not None:
                values[formula.name] = value
