"""An account as it is seen on one day, before anything is concluded of it."""

from collections.abc import Container, Mapping
from datetime import date, datetime
from typing import NamedTuple

from keepwell.accounts import Account, Facts
from keepwell.attributes import SEGMENTS, Value
from keepwell.criteria.knowing import Trail
from keepwell.metrics.measuring import add_formulas, values_before_formulas
from keepwell.metrics.past import Past, Remembered
from keepwell.playbook import Playbook
from keepwell.population import Population
from keepwell.trails import AccountTrail

CONCLUDED = ("Health", "Health Score", SEGMENTS.name)
"""What is decided by `evaluate` and nowhere else, whatever a file may say of it."""


class Look(NamedTuple):
    """The tenant's `day`; the `values` of facts and what is computed of them; the `past` conditions read.

    `trail` is what was remembered, `kept` how many days of what are to be remembered, `told` the day since
    which each fact among those has been so.
    """

    day: date
    values: Mapping[str, Value]
    past: Trail
    trail: AccountTrail
    kept: Mapping[str, int]
    told: Mapping[str, date]


def look_at(account: Account, playbook: Playbook, now: datetime, population: Population) -> Look:
    """What is known of `account` as of `now`: for what the facts and the use tell of days gone by, too."""
    today = now.astimezone(playbook.time_zone).date()
    recipe, rules, usage = playbook.recipe, playbook.rules, account.usage
    values = values_before_formulas(account, recipe, today, population)
    for name in CONCLUDED:
        values.pop(name, None)
    supplied = recipe.supplied(account.facts.values)
    kept = _kept(account, playbook, supplied)
    told = _told(account.facts, values, kept, today, playbook)
    trail = account.trail or AccountTrail(account.account_id)
    past = Past(values, recipe, Remembered(today, trail.values, told, rules.lookbacks, supplied, usage))
    add_formulas(values, rules.formulas, today, past, supplied, usage)
    return Look(today, values, past, trail, kept, told)


def _kept(account: Account, playbook: Playbook, supplied: Container[str]) -> Mapping[str, int]:
    """What the trail is to remember: all that is looked back on and does not follow from the rest."""
    recipe, used = playbook.recipe, account.usage is not None
    return {
        name: days
        for name, days in playbook.rules.lookbacks.items()
        if name in supplied or not recipe.derives(name, days, used=used)
    }


def _told(
    facts: Facts, values: Mapping[str, Value], kept: Mapping[str, int], today: date, playbook: Playbook
) -> dict[str, date]:
    """The tenant's day since which each fact that is remembered has been so, its absence included."""
    return {
        name: min(facts.observed(name).astimezone(playbook.time_zone).date(), today)
        for name in kept
        if name not in CONCLUDED
        and (name in facts.values or (name in facts.exceptions and name not in values))
    }
