"""Accounts that use the product, and what is computed of them."""

from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from keepwell.accounts import Account
from keepwell.attributes import Catalogue, standard_catalogue
from keepwell.metrics.measuring import values_of
from keepwell.metrics.recipe import Recipe
from keepwell.metrics.usage import NO_PRODUCT, Product
from keepwell.population import NO_POPULATION, Population
from keepwell.usage import UsageSummary
from keepwell.usage.events import UsageEvent, by_account
from keepwell.usage.folding import fold
from tests.story import NOON, TODAY, account

CATALOGUE = standard_catalogue()


def event(
    back: int, user: str = "u1", action: str = "Reports/View", count: int = 1, minutes: float | None = None
) -> UsageEvent:
    """Something a user did so many days before today."""
    module, _, done = action.partition("/")
    return UsageEvent("A-1", user, module, done, TODAY - timedelta(days=back), count, minutes)


def summary(events: Iterable[UsageEvent], told_at: datetime = NOON) -> UsageSummary:
    """What measuring makes of events that came in one file."""
    use = by_account(events)["A-1"]
    return fold(None, "A-1", use, list(use.days.values()), told_at)


def users(back: Iterable[int], count: int) -> list[UsageEvent]:
    """So many users, each active on each of these days before today."""
    return [event(day, f"u{user}") for day in back for user in range(count)]


def using(*events: UsageEvent, **facts: Any) -> Account:
    """The account of the story with no figures of use from a file, but with these events."""
    about = account(active_users=None, usage_frequency=None, **facts)
    return replace(about, usage=summary(events)) if events else about


def computed(
    about: Account,
    *,
    product: Product = NO_PRODUCT,
    catalogue: Catalogue = CATALOGUE,
    population: Population = NO_POPULATION,
    preferred: Iterable[str] = (),
    days: int = 0,
) -> Mapping[str, Any]:
    """The values so many days after today."""
    recipe = Recipe(catalogue, product, preferred)
    return values_of(about, recipe, TODAY + timedelta(days=days), population)
