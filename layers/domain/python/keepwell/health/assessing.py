"""Assessing an account: the contract comes first, then its profile, then both models."""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Protocol

from keepwell.attributes import Value
from keepwell.criteria.knowing import NO_TRAIL, Moment, Trail
from keepwell.errors import ConfigurationError
from keepwell.health.metrics import Metric
from keepwell.health.profiles import Bands, Profile
from keepwell.health.results import Assessment, HealthResult
from keepwell.health.scoring import NO_AGES, account_health, score_profile
from keepwell.standings import Band, Reason

ACTIVE_STATUSES = ("Free", "Trial", "Paying")
NO_ACTIVE_CONTRACT = "no active contract"


def has_contract(values: Mapping[str, Value]) -> bool:
    """Whether there is an active contract, hence something to judge (1.14 row 14)."""
    return values.get("Status") in ACTIVE_STATUSES


def choose_profile(
    profiles: Sequence[Profile], values: Mapping[str, Value], today: date, trail: Trail = NO_TRAIL
) -> tuple[Profile, tuple[Reason, ...]]:
    """The first profile that matches (product HLT-04), and the leaves of all criteria looked at on the way.

    Raises ConfigurationError if none matches: the last profile should have no criteria.
    """
    looked_at: tuple[Reason, ...] = ()
    moment = Moment(values, today, trail)
    for profile in profiles:
        chosen, reasons = profile.choose(moment)
        looked_at += reasons
        if chosen:
            return profile, looked_at
    raise ConfigurationError("No health profile matches: leave out the criteria of the last one (health/).")


class HealthRules(Protocol):
    """The part of a playbook that health is judged by."""

    @property
    def profiles(self) -> Sequence[Profile]: ...

    @property
    def account_model(self) -> Sequence[Metric]: ...

    @property
    def bands(self) -> Bands: ...


def assess(
    rules: HealthRules,
    values: Mapping[str, Value],
    today: date,
    trail: Trail = NO_TRAIL,
    ages: Mapping[str, int] = NO_AGES,
) -> Assessment:
    """An account's health by the rules of a playbook. `values` include the computed attributes, `trail` is
    what they were before, `ages` says how old they are, in days.

    Without an active contract (Status absent, not in the list, or Churned) both models say Unknown (1.14
    row 14). A profile without dimensions is judged by the Account Health Model, which otherwise runs beside
    the profile's own (row 11).
    """
    status = values.get("Status")
    if not has_contract(values):
        shown = status if isinstance(status, str) else None
        reason = Reason(f"Status in ({', '.join(ACTIVE_STATUSES)})", shown, None if status is None else False)
        unknown = HealthResult(Band.UNKNOWN, None, why=NO_ACTIVE_CONTRACT)
        return Assessment(unknown, None, (reason,), unknown)
    profile, choice = choose_profile(rules.profiles, values, today, trail)
    beside = account_health(rules.account_model, values, today, trail, ages)
    own = score_profile(profile, values, today, rules.bands, trail, ages) if profile.dimensions else beside
    return Assessment(own, profile.id, choice, beside)
