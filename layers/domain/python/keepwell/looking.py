"""An account as it is seen on one day, before anything is concluded of it."""

from collections.abc import Mapping
from datetime import date, datetime
from typing import NamedTuple

from keepwell.accounts import Account, Facts
from keepwell.attributes import SEGMENTS, Value
from keepwell.attributes.computed import with_computed
from keepwell.criteria.knowing import Trail
from keepwell.playbook import Playbook
from keepwell.population import Population
from keepwell.trails import AccountTrail, recalled

CONCLUDED = ("Health", "Health Score", SEGMENTS.name)
"""What is decided by `evaluate` and nowhere else, whatever a file may say of it."""


class Look(NamedTuple):
    """The tenant's `day`; the `values` of facts and what is computed of them; the `past` conditions read.

    `trail` is what was remembered, `told` the day since which each fact that is looked back on has been so.
    """

    day: date
    values: Mapping[str, Value]
    past: Trail
    trail: AccountTrail
    told: Mapping[str, date]


def look_at(account: Account, playbook: Playbook, now: datetime, population: Population) -> Look:  # noqa: ARG001
    """What is known of `account` as of `now`: for what the facts tell of days gone by, too."""
    today = now.astimezone(playbook.time_zone).date()
    values = with_computed(account.facts.values, account.facts.since, today)
    for name in CONCLUDED:
        values.pop(name, None)
    told = _told(account.facts, values, today, playbook)
    trail = account.trail or AccountTrail(account.account_id)
    past = recalled(trail.values, values, told, today, playbook.rules.lookbacks) if told else trail.values
    return Look(today, values, past, trail, told)


def _told(facts: Facts, values: Mapping[str, Value], today: date, playbook: Playbook) -> dict[str, date]:
    """The tenant's day since which each fact that is looked back on has been so, its absence included."""
    return {
        name: min(facts.observed(name).astimezone(playbook.time_zone).date(), today)
        for name in playbook.rules.lookbacks
        if name not in CONCLUDED
        and (name in facts.values or (name in facts.exceptions and name not in values))
    }
