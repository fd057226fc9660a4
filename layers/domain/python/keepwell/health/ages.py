"""How old what we know of an account is: what is computed is as old as the oldest it is computed from."""

from collections.abc import Iterable
from datetime import date
from zoneinfo import ZoneInfo

from keepwell.accounts import Account
from keepwell.metrics.recipe import Recipe


def ages_of(
    account: Account, recipe: Recipe, names: Iterable[str], today: date, time_zone: ZoneInfo
) -> dict[str, int]:
    """The ages in whole days of the values called `names`, as far as they are known; tenant's days."""
    observed = {name: at for name in names if (at := recipe.told_at(account, name))}
    return {name: max(0, (today - at.astimezone(time_zone).date()).days) for name, at in observed.items()}
