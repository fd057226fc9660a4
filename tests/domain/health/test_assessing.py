"""An account's health: contract, profile, both models (product HLT-03, HLT-04, 1.14 rows 11 and 14)."""

from dataclasses import dataclass, replace
from datetime import date

import pytest

from keepwell.attributes import Value
from keepwell.criteria import parse
from keepwell.errors import ConfigurationError
from keepwell.health import STANDARD_BANDS, Bands, Metric, Profile, assess, choose_profile
from keepwell.standings import Band
from tests.domain.health.scorecards import AVERAGE, CATALOGUE, GOOD, POOR, metric, profile

TODAY = date(2026, 11, 21)


def named(name: str, criteria: str | None) -> Profile:
    chosen_by = None if criteria is None else parse(criteria, CATALOGUE)
    return replace(profile((100, [metric("Alpha")])), id=name, name=name, criteria=chosen_by)


PROFILES = (named("first", "Zeta > 10"), named("second", "Zeta > 5"), named("last", None))


@dataclass(frozen=True)
class Rules:
    profiles: tuple[Profile, ...] = PROFILES
    account_model: tuple[Metric, ...] = (metric("Alpha"), metric("Beta"))
    bands: Bands = STANDARD_BANDS


@pytest.mark.parametrize(("zeta", "chosen"), [(11, "first"), (10, "second"), (5, "last"), (None, "last")])
def test_the_first_profile_that_matches_is_chosen(zeta: int | None, chosen: str) -> None:
    """HLT-04."""
    values: dict[str, Value] = {} if zeta is None else {"Zeta": zeta}
    assert choose_profile(PROFILES, values, TODAY)[0].id == chosen


def test_the_choice_says_why_each_profile_before_was_passed_over() -> None:
    reasons = choose_profile(PROFILES, {"Zeta": 7}, TODAY)[1]
    assert [(r.condition, r.value, r.matches) for r in reasons] == [
        ("Zeta > 10", 7, False),
        ("Zeta > 5", 7, True),
    ]


def test_no_profile_at_all_is_a_configuration_error() -> None:
    with pytest.raises(ConfigurationError, match="leave out the criteria of the last one"):
        choose_profile(PROFILES[:2], {"Zeta": 1}, TODAY)


@pytest.mark.parametrize("status", ["Free", "Trial", "Paying"])
def test_an_active_contract_is_assessed(status: str) -> None:
    """1.14 row 14."""
    assessment = assess(Rules(), {"Status": status, "Alpha": GOOD}, TODAY)
    assert (assessment.health, assessment.score, assessment.profile) == (Band.GOOD, 100, "last")


@pytest.mark.parametrize("status", [None, "Churned", "Paused"])
def test_without_an_active_contract_health_is_unknown(status: str | None) -> None:
    """1.14 row 14."""
    values: dict[str, Value] = {"Alpha": GOOD} if status is None else {"Alpha": GOOD, "Status": status}
    assessment = assess(Rules(), values, TODAY)
    assert (assessment.health, assessment.score, assessment.profile) == (Band.UNKNOWN, None, None)
    assert assessment.account_model is Band.UNKNOWN
    assert assessment.result.why == "no active contract"
    assert [r.value for r in assessment.reasons()] == [status]


def test_the_account_model_runs_beside_the_profiles_own() -> None:
    """1.14 row 11."""
    assessment = assess(Rules(), {"Status": "Paying", "Alpha": GOOD, "Beta": POOR}, TODAY)
    assert (assessment.health, assessment.account_model) == (Band.GOOD, Band.POOR)


def test_a_profile_without_dimensions_uses_the_account_model() -> None:
    """1.14 row 11: it is the default profile's, and gives no score."""
    rules = Rules(profiles=(replace(PROFILES[2], dimensions=()),))
    assessment = assess(rules, {"Status": "Paying", "Alpha": GOOD, "Beta": AVERAGE}, TODAY)
    assert (assessment.health, assessment.score, assessment.profile) == (Band.AVERAGE, None, "last")
    assert [m.weight for m in assessment.result.metrics] == [50.0, 50.0]


def test_the_playbooks_bands_are_used() -> None:
    """HLT-08."""
    values: dict[str, Value] = {"Status": "Paying", "Alpha": AVERAGE}
    assert assess(Rules(), values, TODAY).health is Band.AVERAGE
    assert assess(Rules(bands=Bands(good=60, average=30)), values, TODAY).health is Band.GOOD


def test_drivers_are_what_cost_most_points_worst_first() -> None:
    scorecard = profile(
        (70, [metric("Alpha"), metric("Beta")]),  # each 35 of 100
        (30, [metric("Gamma"), metric("Delta"), metric("Epsilon")]),
    )
    values: dict[str, Value] = {
        "Alpha": AVERAGE,
        "Beta": 3.14159,
        "Gamma": POOR,
        "Delta": POOR,
        "Epsilon": GOOD,
    }
    assessment = assess(Rules(profiles=(scorecard,)), {"Status": "Paying", **values}, TODAY)
    assert assessment.drivers == ("Beta 3.14 (poor)", "Alpha 20 (average)", "Gamma 19 (poor)")


def test_a_perfect_account_has_no_drivers() -> None:
    assert assess(Rules(), {"Status": "Paying", "Alpha": GOOD}, TODAY).drivers == ()
