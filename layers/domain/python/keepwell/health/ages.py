"""How old what we know of an account is: what is computed is as old as the oldest it is computed from."""

from collections.abc import Iterable
from datetime import date
from zoneinfo import ZoneInfo

from keepwell.accounts import Account
from keepwell.metrics.recipe import Recipe
from keepwell.population import NO_POPULATION, Population


def ages_of(
    account: Account,
    recipe: Recipe,
    names: Iterable[str],
    today: date,
    time_zone: ZoneInfo,
    population: Population = NO_POPULATION,
) -> dict[str, int]:
    """The ages in whole days of the values called `names`, as far as they are known; tenant's days.

    No file tells of an account that nobody uses. So its use is as old as the newest file that told of anybody
    in the `population`.
    """
    told = {name: at for name in names if (at := recipe.told_at(account, name, population.use_told_at))}
    return {name: max(0, (today - at.astimezone(time_zone).date()).days) for name, at in told.items()}
