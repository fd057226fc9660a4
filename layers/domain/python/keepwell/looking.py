"""An account as it is seen on one day, before anything is concluded of it."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from functools import cached_property

from keepwell.accounts import Account, Provenance
from keepwell.attributes import SEGMENTS, Value
from keepwell.criteria.knowing import NO_TRAIL, Trail
from keepwell.metrics.measuring import add_formulas, values_before_formulas
from keepwell.metrics.past import Past, Remembered
from keepwell.playbook import Playbook
from keepwell.population import Population
from keepwell.standings import Band
from keepwell.trails import AccountTrail, extended

CONCLUDED = ("Health", "Health Score", SEGMENTS.name)
"""What is decided by `evaluate` and nowhere else, whatever a file may say of it."""

_SHOWN = {band: band.value.capitalize() for band in Band}


def concluded(health: Band, score: int | None) -> dict[str, Value]:
    """The values that say what was decided of an account's health; none where it is unknown."""
    values: dict[str, Value] = {}
    if health is not Band.UNKNOWN:
        values["Health"] = _SHOWN[health]
    if score is not None:
        values["Health Score"] = score
    return values


@dataclass(frozen=True)
class Look:
    """An account on the tenant's `day`: the `values` of facts and what is computed of them, and their past.

    What only those need who ask on, or who write, is found out once somebody asks.
    """

    account: Account
    playbook: Playbook
    day: date
    values: Mapping[str, Value]

    @cached_property
    def before(self) -> Trail:
        """What conditions and formulas read of `past`: nothing if that begins today, for today's own entry
        decides nothing (`keepwell.trails`)."""
        return NO_TRAIL if self._is_known_from_today else self.past

    @cached_property
    def past(self) -> Trail:
        """The values of the days before, as far as they are known, with today's own entries."""
        account, playbook = self.account, self.playbook
        lookbacks, recipe = playbook.rules.lookbacks, playbook.recipe
        supplied = recipe.supplied(account.facts.values)
        stored = account.trail.values if account.trail else NO_TRAIL
        remembered = Remembered(self.day, stored, self._told, lookbacks, supplied, account.usage)
        return Past(self.values, recipe, remembered)

    @cached_property
    def trail(self) -> AccountTrail:
        """What was remembered."""
        return self.account.trail or AccountTrail(self.account.account_id)

    @property
    def looks_back(self) -> bool:
        """Whether the day is past for this account: judged later already, told of later, or noted in its
        trail, which forgets and cannot be told again what it was on an earlier day."""
        account, facts, today = self.account, self.account.facts, self.day
        if account.standing and today < account.standing.day:
            return True
        if account.trail and any(today < past[-1][0] for past in account.trail.values.values()):
            return True
        told = [each.observed_at for each in (facts.provenance, *facts.exceptions.values())]
        newest = max([*told, *facts.confirmed.values()])
        return today < newest.astimezone(self.playbook.time_zone).date()

    def extended_trail(self, values: Mapping[str, Value]) -> AccountTrail:
        """The trail after today; `values` are these and what was concluded of them."""
        return extended(self.trail, values, self._told, self.day, self._kept)

    @property
    def _is_known_from_today(self) -> bool:
        """Whether surely nothing is known of a day before: all was told today, and every formula
        reads something."""
        account, facts = self.account, self.account.facts
        return (
            account.usage is None
            and not (account.trail and account.trail.values)
            and not facts.exceptions
            and not self.playbook.rules.formulas_of_nothing
            and self._day_of(facts.provenance) == self.day
        )

    @cached_property
    def _kept(self) -> Mapping[str, int]:
        """How many days of what are to be remembered: of all that is looked back on and does not follow from
        the rest."""
        recipe, used = self.playbook.recipe, self.account.usage is not None
        supplied = recipe.supplied(self.account.facts.values)
        return {
            name: days
            for name, days in self.playbook.rules.lookbacks.items()
            if name in supplied or not recipe.derives(name, days, used=used)
        }

    @cached_property
    def _told(self) -> Mapping[str, date]:
        """The day since which each fact that is remembered has been so, its absence included."""
        facts, values = self.account.facts, self.values
        first = self._day_of(facts.provenance)
        told, exceptions = facts.values, facts.exceptions
        return {
            name: self._day_of(exceptions[name]) if name in exceptions else first
            for name in self._kept
            if name not in CONCLUDED and (name in told or (name in exceptions and name not in values))
        }

    def _day_of(self, told: Provenance) -> date:
        return min(told.observed_at.astimezone(self.playbook.time_zone).date(), self.day)


def look_at(account: Account, playbook: Playbook, now: datetime, population: Population) -> Look:
    """What is known of `account` as of `now`: for what the facts and the use tell of days gone by, too."""
    today = now.astimezone(playbook.time_zone).date()
    values = values_before_formulas(account, playbook.recipe, today, population)
    for name in CONCLUDED:
        values.pop(name, None)
    look, rules = Look(account, playbook, today, values), playbook.rules
    formulas = rules.formulas_of_today if look.before is NO_TRAIL else rules.formulas
    supplied = playbook.recipe.supplied(account.facts.values)
    add_formulas(values, formulas, today, look.before, supplied, account.usage)
    return look
