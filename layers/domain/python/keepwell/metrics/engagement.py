"""The Engagement Score of an account: how active it is among those of the same Status (HLT-12)."""

from datetime import date

from keepwell.accounts import Account
from keepwell.health.assessing import ACTIVE_STATUSES
from keepwell.metrics.usage import average_actions
from keepwell.population import Population, engagement_score


def activity_of(account: Account, day: date) -> tuple[str, float] | None:
    """An account's Status and its average of daily actions as of a day; None without an active contract, or
    where no use is known of."""
    status, created = account.facts.values.get("Status"), account.facts.values.get("Create Date")
    if account.usage is None or status not in ACTIVE_STATUSES or day < account.usage.first:
        return None
    since = created if isinstance(created, date) else None
    return str(status), average_actions(account.usage, since, day)


def engagement_of(account: Account, population: Population, today: date) -> int | None:
    """The Engagement Score; None also where there is nobody to compare with."""
    if not population.sizes:
        return None
    activity = activity_of(account, today)
    return None if activity is None else engagement_score(population, *activity)
