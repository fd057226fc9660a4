"""How old what we know of an account is: what is computed is as old as the oldest it is computed from."""

from collections.abc import Iterable
from datetime import date, datetime
from zoneinfo import ZoneInfo

from keepwell.accounts import Account
from keepwell.attributes.computed import sources_of


def ages_of(account: Account, names: Iterable[str], today: date, time_zone: ZoneInfo) -> dict[str, int]:
    """The ages in whole days of the values called `names`, as far as they are known; tenant's days."""
    observed = {name: at for name in names if (at := _observed(account, name))}
    return {name: max(0, (today - at.astimezone(time_zone).date()).days) for name, at in observed.items()}


def _observed(account: Account, name: str) -> datetime | None:
    facts = account.facts
    if name in facts.values:
        return facts.observed(name)
    told = [at for source in sources_of(name) if (at := _observed(account, source))]
    if told:
        return min(told)
    return account.usage.told_at if account.usage else None
