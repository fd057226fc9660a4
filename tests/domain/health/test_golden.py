"""Health and early warnings by the standard playbook, computed by hand (product 1.2, 1.3, 1.14, 1.15)."""

import re
from collections.abc import Mapping
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path

import pytest

from keepwell.attributes import Value
from keepwell.criteria import match, parse
from keepwell.criteria.knowing import Trail
from keepwell.health import Assessment, MissingPolicy, assess
from keepwell.standings import Band
from tests.story import TODAY, standard_playbook

PLAYBOOK = standard_playbook()
CATALOGUE = PLAYBOOK.catalogue

CORE: Mapping[str, Value] = {
    "Status": "Paying",
    "Customer Tier": "Core",
    "Contract Value": 50_000,
    "License Utilization": 45,  # average: 60
    "Usage Frequency": "Daily",  # good: 100
    "Feature Depth": 55,  # good: 100
    "Active Users Change 30 Days": -30,  # poor: 0; Product Usage 260 / 4 = 65
    "CSM Sentiment": 2,  # average: 60; CSM Risk is empty, hence good: 100; CSM Sentiment 160 / 2 = 80
    "Days Since Last Touch": 30,  # average: 60
    "Success Plan": True,  # good: 100
    "Days Since Last QBR": 200,  # poor: 0; Engagement 160 / 3 = 53.33, hence 53
    "Open Ticket Count": 3,  # average: 60
    "Escalations in 90 days": 1,  # average: 60; Support Health 60
    "Goal Achievement": 50,  # average: 60
    "ROI Confirmed": False,  # poor: 0; Business Outcomes 30
    "NPS": 9,  # good: 100
    "NPS Change 180 Days": -3,  # poor: 0; NPS 50
}

LIGHT: Mapping[str, Value] = {
    "Status": "Trial",
    "Customer Tier": "Light",
    "Usage Frequency": "Weekly",  # good: 100; Core Feature Adoption is missing
    "Session Duration": 5,  # average: 60
    "Engagement Score": 9,  # poor: 0; Product Usage 160 / 3 = 53.33, or with 60 for the missing 220 / 4 = 55
    "Open Ticket Count": 6,  # poor: 0
    "Open Ticket Count Change 30 Days": 3,  # poor: 0
    "SLA Status": "Met",  # good: 100; Support Health 100 / 3 = 33.33, hence 33
    "CSAT": 3,  # average: 60; NPS is missing: 60 either way; Feature Adoption has no value at all
}


def health(values: Mapping[str, Value], today: date = TODAY) -> Assessment:
    return assess(PLAYBOOK, values, today)


def test_a_core_account() -> None:
    """HLT-02, HLT-05, HLT-11, HLT-16, HLT-17, 1.14 rows 11 and 13: 65 x 25 + 80 x 20 + 53 x 20 + 60 x 15
    + 30 x 10 + 50 x 10 are 5985 of 10,000, hence 60."""
    found = health(CORE)
    assert (found.profile, found.score, found.health, found.confidence) == ("core", 60, Band.AVERAGE, 100)
    assert [each.score for each in found.result.dimensions] == [65, 80, 53, 60, 30, 50]
    # HLT-01, beside: License Utilization 45 is average, Usage Frequency good, none poor
    assert found.account_model is Band.AVERAGE


def test_a_light_account_and_what_it_lacks() -> None:
    """HLT-09, HLT-10: without the 20 of Feature Adoption (53 x 35 + 33 x 25 + 60 x 20) / 80 = 48.5, which
    rounds up (1.14 row 13). Known are 35 x 3/4 + 25 + 20 x 1/2 = 61.25 of 100."""
    found = health(LIGHT)
    assert (found.profile, found.score, found.health, found.confidence) == ("light", 49, Band.POOR, 61)
    assert [(each.score, each.weight) for each in found.result.dimensions] == [
        (53, 43.75),
        (33, 31.25),
        (60, 25.0),
        (None, 0.0),
    ]


def test_a_light_account_where_missing_is_neutral() -> None:
    """HLT-09, 1.14 row 12: (55 x 35 + 33 x 25 + 60 x 20 + 60 x 20) / 100 = 51.5, hence 52, and Average."""
    neutral = replace(
        PLAYBOOK, profiles=tuple(replace(each, missing=MissingPolicy.NEUTRAL) for each in PLAYBOOK.profiles)
    )
    found = assess(neutral, LIGHT, TODAY)
    assert (found.score, found.health, found.confidence) == (52, Band.AVERAGE, 61)


@pytest.mark.parametrize(
    ("age", "profile"), [(0, "onboarding"), (29, "onboarding"), (30, "onboarding"), (31, "core")]
)
def test_the_first_thirty_days(age: int, profile: str) -> None:
    """HLT-03, HLT-04, HLT-06, HLT-07, 1.14 row 18: the first profile that matches, and day 30 is within."""
    assert health({**CORE, "Create Date": TODAY - timedelta(days=age)}).profile == profile


def test_an_account_that_is_new() -> None:
    """HLT-07: Days in Onboarding Stage 8 (60) and first value on day 31 (0) make Progress 30; License
    Utilization 30 (100) and a last activity 14 days ago (60) make Activation 80; 55 in all."""
    new: Mapping[str, Value] = {
        "Status": "Paying",
        "Create Date": TODAY - timedelta(days=20),
        "Days in Onboarding Stage": 8,
        "Days to First Value": 31,
        "License Utilization": 30,
        "Last Activity": TODAY - timedelta(days=14),
    }
    found = health(new)
    assert (found.profile, found.score, found.health) == ("onboarding", 55, Band.AVERAGE)


@pytest.mark.parametrize(
    ("values", "band"),
    [
        # HLT-14: the least that is good
        ({"Usage Frequency": "Weekly", "Engagement Score": 60, "License Utilization": 50}, Band.GOOD),
        ({"Active Clients": 3, "Invoices/Month": 15}, Band.GOOD),
        ({"Active Clients": 2, "Invoices/Month": 15}, Band.AVERAGE),
        # HLT-15: what is just not poor, and what is
        (
            {"Engagement Score": 10, "License Utilization": 20, "Active Clients": 2, "Invoices/Month": 4},
            Band.AVERAGE,
        ),
        ({"Usage Frequency": "Daily", "Engagement Score": 9.99}, Band.POOR),
        ({"Usage Frequency": "Inactive", "Engagement Score": 99}, Band.POOR),
        ({"Active Clients": 1}, Band.POOR),
        ({"Invoices/Month": 3}, Band.POOR),
    ],
)
def test_the_default_profile(values: Mapping[str, Value], band: Band) -> None:
    """HLT-01, HLT-12 to HLT-15, EWS-12: three metrics that are built in and two of the company's own."""
    found = health({"Status": "Paying", **values})
    assert (found.profile, found.health, found.score, found.account_model) == ("default", band, None, band)
    assert len(found.result.metrics) == 5


@pytest.mark.parametrize(
    ("risk", "points"),
    [("0 - NO RISK", 100), ("1 - MINOR", 60), ("2 - MAJOR", 60), ("3 - CRITICAL", 0), ("4 - CRITICAL", 0)],
)
def test_csm_risk(risk: str, points: int) -> None:
    """HLT-16 to HLT-18, 1.14 rows 1 and 15: HIGH and 4 - CRITICAL are other words for level 3."""
    level = CATALOGUE["CSM Risk"].allowed(risk)
    assert level is not None
    found = {each.name: each.points for each in health({**CORE, "CSM Risk": level}).result.metrics}
    assert found["CSM Risk"] == points


def test_csm_risk_is_for_those_who_have_a_success_manager() -> None:
    """HLT-19: only the high-touch profile asks for it."""
    asking = {
        profile.id for profile in PLAYBOOK.profiles for each in profile.metrics if each.name == "CSM Risk"
    }
    assert asking == {"core"}


@pytest.mark.parametrize(
    ("score", "band"), [(75, Band.GOOD), (74, Band.AVERAGE), (50, Band.AVERAGE), (49, Band.POOR)]
)
def test_bands_and_segments_are_independent(score: int, band: Band) -> None:
    """HLT-08, 1.14 row 3: 70-74 is Average, and yet a healthy customer; 69 is on the watch list."""
    healthy = next(each for each in PLAYBOOK.segments if each.id == "healthy-customer").criteria
    assert match(healthy, {"Health Score": score, "Risk Status": "Not At Risk"}, TODAY) is (score >= 70)
    assert (PLAYBOOK.bands.good <= score) is (band is Band.GOOD)
    assert (PLAYBOOK.bands.average <= score) is (band is not Band.POOR)


def test_health_is_for_customers() -> None:
    """1.14 row 14."""
    for status in ({}, {"Status": "Churned"}, {"Status": "Paused"}):
        found = health({**{name: value for name, value in CORE.items() if name != "Status"}, **status})
        assert (found.health, found.score, found.result.why) == (Band.UNKNOWN, None, "no active contract")


def past(name: str, days: int, value: Value) -> Trail:
    return {name: ((TODAY - timedelta(days=days), value),)}


def ago(days: int) -> date:
    return TODAY - timedelta(days=days)


@pytest.mark.parametrize(
    ("signal", "yes", "no"),
    [
        # EWS-01, 1.14 row 19: older than 30 days is strict
        ("Last Activity > 30 days", ({"Last Activity": ago(31)}, {}), ({"Last Activity": ago(30)}, {})),
        ("Last Activity > 30 days", ({"Last Activity": ago(31)}, {}), ({"Last Activity": ago(29)}, {})),
        # EWS-02
        (
            "Engagement Score dropped 50%+ in 14 days",
            ({"Engagement Score": 30}, past("Engagement Score", 14, 60)),
            ({"Engagement Score": 31}, past("Engagement Score", 14, 60)),
        ),
        # EWS-03
        (
            "License Utilization decreased 90% in 7 days",
            ({"License Utilization": 8}, past("License Utilization", 7, 80)),
            ({"License Utilization": 9}, past("License Utilization", 7, 80)),
        ),
        # EWS-04
        (
            "Days Since Last Touch > 45",
            ({"Days Since Last Touch": 46}, {}),
            ({"Days Since Last Touch": 45}, {}),
        ),
        # EWS-05
        ("Open Ticket Count > 5", ({"Open Ticket Count": 6}, {}), ({"Open Ticket Count": 5}, {})),
        # EWS-06: a week, unless it says otherwise
        (
            "Weekly Active Users dropped > 25%",
            ({"Weekly Active Users": 74}, past("Weekly Active Users", 7, 100)),
            ({"Weekly Active Users": 75}, past("Weekly Active Users", 7, 100)),
        ),
        # EWS-07: on each of the days from 14 days ago until today
        (
            "License Utilization < 50% for 14+ days",
            ({"License Utilization": 49}, past("License Utilization", 14, 49)),
            ({"License Utilization": 49}, past("License Utilization", 13, 49)),
        ),
        # EWS-08, 1.14 row 22: the stage that the same condition names
        (
            "Onboarding Stage = Configuration AND Days in Current Stage > 14",
            ({"Onboarding Stage": "Configuration", "Days in Onboarding Stage": 15}, {}),
            ({"Onboarding Stage": "Configuration", "Days in Onboarding Stage": 14}, {}),
        ),
        # EWS-10
        ("Health = Poor", ({"Health": "Poor"}, {}), ({"Health": "Average"}, {})),
    ],
)
def test_early_warnings(
    signal: str, yes: tuple[Mapping[str, Value], Trail], no: tuple[Mapping[str, Value], Trail]
) -> None:
    condition = parse(signal, CATALOGUE)
    assert match(condition, yes[0], TODAY, yes[1]) is True
    assert match(condition, no[0], TODAY, no[1]) is not True


def test_a_champion_who_leaves_raises_the_risk_flag() -> None:
    """EWS-09: the success manager says so, and the account is among those whose flag was raised."""
    raised = next(each for each in PLAYBOOK.segments if each.id == "risk-flag-raised").criteria
    flagged: Mapping[str, Value] = {
        "Risk Status": "Identified",
        "Days in Risk Status": 2,
        "Risk Reason": ("Champion left",),
    }
    assert match(raised, flagged, TODAY) is True


def test_the_business_attributes_that_health_needs_are_standard() -> None:
    """EWS-12: what the CRM has to tell."""
    needed = (
        "Status",
        "Contract Value",
        "Customer Tier",
        "Renewal Date",
        "Success Manager",
        "Create Date",
        "Licenses",
    )
    assert all(CATALOGUE.find(name) for name in needed)


def test_every_requirement_of_health_and_of_early_warning_is_cited_by_a_test() -> None:
    """What product 1.2 and 1.3 ask for, but for set-up and screens: by its own id, or within a range."""
    texts = [path.read_text("utf-8") for path in Path(__file__).parents[2].rglob("test_*.py")]
    cited = set[str]()
    for kind, first, last in re.findall(r"(HLT|EWS)-(\d\d)(?: to (?:HLT-|EWS-)(\d\d))?", "\n".join(texts)):
        cited |= {f"{kind}-{number:02}" for number in range(int(first), int(last or first) + 1)}
    asked = {f"HLT-{number:02}" for number in (*range(1, 20), 23)}
    asked |= {f"EWS-{number:02}" for number in (*range(1, 11), 12)}
    assert asked <= cited, sorted(asked - cited)
