"""Every input of the standard scorecards that can be computed, and how it is (1.15, HLT-12 to HLT-15)."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from keepwell.accounts import Account
from keepwell.criteria import match, parse
from keepwell.criteria.knowing import name_read
from keepwell.evaluation import evaluate
from keepwell.metrics.usage import Product
from keepwell.population import population_of
from tests.domain.metrics.using import event, users, using
from tests.story import NOON, TODAY, standard_playbook

PRODUCT = Product(("Reports", "Invoices"), ("Reports/View",), ("Reports/Forecast",), "Reports/View")
PLAYBOOK = replace(standard_playbook(), product=PRODUCT)
RANKED = population_of([("Paying", float(each)) for each in range(1, 102)], TODAY)

TOLD = {
    "CSM Sentiment",
    "CSM Risk",
    "Success Plan",
    "Open Ticket Count",
    "Escalations in 90 days",
    "Goal Achievement",
    "ROI Confirmed",
    "NPS",
    "SLA Status",
    "CSAT",
    "Active Clients",
    "Invoices/Month",
}
"""What only others know."""


def ago(days: int) -> Any:
    return TODAY - timedelta(days=days)


def in_stage(stage: str, since: int) -> Account:
    about = using(onboarding_stage=stage)
    facts = replace(about.facts, since={"Onboarding Stage": ago(since)})
    return replace(about, facts=replace(facts, values={**facts.values, "Onboarding Stage": stage}))


COMPUTED: Mapping[str, tuple[Callable[[], Account], Any]] = {
    "License Utilization": (lambda: using(*users([1], 30)), 30),
    "Usage Frequency": (lambda: using(*users(range(1, 7), 1)), "Weekly"),
    "Feature Depth": (lambda: using(event(1, action="Reports/Run")), 50),
    "Active Users Change 30 Days": (lambda: using(*users([31], 20), *users([1], 15)), -25),
    "Days Since Last Touch": (lambda: using(last_touch=ago(21)), 21),
    "Days Since Last QBR": (lambda: using(**{"Last QBR": ago(95)}), 95),
    "NPS Change 180 Days": (using, 0),
    "Open Ticket Count Change 30 Days": (using, 0),
    "Core Feature Adoption": (lambda: using(event(1)), 100),
    "New Feature Engagement": (lambda: using(event(1)), 0),
    "Session Duration": (lambda: using(event(1, minutes=12), event(2, minutes=8)), 10),
    "Engagement Score": (lambda: using(*(event(back, count=61) for back in range(1, 15))), 60),
    "Features Used in 30 days": (lambda: using(event(1), event(1, action="Reports/Run")), 2),
    "Days in Onboarding Stage": (lambda: in_stage("Configuration", 14), 14),
    "Days to First Value": (lambda: using(event(3), create_date=ago(17)), 14),
    "Last Activity": (lambda: using(event(7)), ago(7)),
}
"""By input: an account, and its value."""


@pytest.mark.parametrize("name", COMPUTED)
def test_an_input_is_computed(name: str) -> None:
    """Read by the evaluation itself, with the standard scorecards."""
    make, expected = COMPUTED[name]
    assert evaluate(make(), PLAYBOOK, NOON, population=RANKED).values[name] == expected


def test_every_input_is_told_or_computed() -> None:
    metrics = [*PLAYBOOK.account_model, *(each for profile in PLAYBOOK.profiles for each in profile.metrics)]
    asked = {
        name_read(leaf.attribute)
        for metric in metrics
        for condition in (metric.good, metric.poor)
        for leaf in condition.leaves()
    }
    assert asked == TOLD | COMPUTED.keys()


def test_the_account_model_judges_by_what_is_computed() -> None:
    """HLT-14: all three built-in metrics good, nothing told of the two of the domain."""
    good = using(
        *users(range(1, 15), 60), *(event(back, count=2) for back in range(1, 15)), customer_tier="Light"
    )
    found = evaluate(good, PLAYBOOK, NOON, population=RANKED)
    assert found.values["Engagement Score"] == 61
    assert found.judgement.account_model == "good"


def test_one_poor_metric_of_use_makes_the_account_model_poor() -> None:
    """HLT-15: below 20% of the licences in use."""
    poor = using(*users(range(1, 15), 19), *(event(back, count=60) for back in range(1, 15)))
    found = evaluate(poor, PLAYBOOK, NOON, population=RANKED)
    assert found.values["License Utilization"] == 19
    assert found.judgement.account_model == "poor"


def test_delayed_onboarding() -> None:
    """EWS-08: 14 days in Configuration are not yet too long, 15 are; in the next stage it is over."""
    condition = "Onboarding Stage = Configuration AND Days in Current Stage > 14"
    asked = parse(condition, PLAYBOOK.catalogue)
    for stage, days, expected in (
        ("Configuration", 14, False),
        ("Configuration", 15, True),
        ("Enablement", 15, False),
        ("Completed", 15, False),
    ):
        values = evaluate(in_stage(stage, days), PLAYBOOK, NOON).values
        assert match(asked, values, TODAY) is expected, (stage, days)
