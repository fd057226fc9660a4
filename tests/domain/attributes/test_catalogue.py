"""The standard attributes, their names and what is computed (product 1.15)."""

import pytest

from keepwell.attributes import STANDARD_ATTRIBUTES, Attribute, Kind, standard_catalogue
from keepwell.attributes.catalogue import counts_days

CATALOGUE = standard_catalogue()

NAMES = """
Account Name, Account ID, Status, Contract Value, Contract Start Date, Renewal Date, Renewal Type, Create
Date, Licenses, Customer Tier, Customer Journey Stage, Onboarding Stage, Success Manager, CSM Risk, CSM
Sentiment, Risk Status, Risk Reason, Open Ticket Count, NPS, CSAT, Last Activity, Last Touch, Success Plan,
Last QBR, Goal Achievement, Health, Health Score, Engagement Score, Usage Frequency, License Utilization,
Active Users, Daily Active Users, Weekly Active Users, Monthly Active Users, Days Since Last Touch, Days in
Current Stage, Feature Depth, Days Since Last QBR, Escalations in 90 days, ROI Confirmed, Core Feature
Adoption, Session Duration, SLA Status, Features Used in 30 days, New Feature Engagement, Days in Onboarding
Stage, Days to First Value, Active Clients, Invoices/Month, Active Users Change 30 Days, Open Ticket Count
Change 30 Days, NPS Change 180 Days
"""


@pytest.mark.parametrize("name", [" ".join(name.split()) for name in NAMES.split(",")])
def test_each_standard_attribute_is_found_in_every_style(name: str) -> None:
    words = name.split()
    camel = words[0].lower() + "".join(word.title() for word in words[1:])
    for style in (name, name.lower(), name.upper(), "_".join(words).lower(), "-".join(words), camel):
        found = CATALOGUE.find(style)
        assert found is not None, style
        assert found.name == name


@pytest.mark.parametrize(
    ("alias", "name"),
    [
        *((alias, "Contract Value") for alias in ("arr", "mrr", "acv")),
        *((alias, "Success Manager") for alias in ("csm", "owner")),
        ("tier", "Customer Tier"),
        ("plan start", "Contract Start Date"),
        ("created", "Create Date"),
        ("renewal", "Renewal Date"),
        ("seats", "Licenses"),
        ("Contract Status", "Status"),
        ("Engagement", "Engagement Score"),
    ],
)
def test_aliases(alias: str, name: str) -> None:
    assert CATALOGUE.find(alias) is CATALOGUE[name]


def test_no_two_attributes_share_a_name() -> None:
    spellings = [name.casefold() for each in STANDARD_ATTRIBUTES for name in (each.name, *each.aliases)]
    assert len(spellings) == len(set(spellings))


def test_lifecycles_computed_and_ordered() -> None:
    assert [each.name for each in CATALOGUE if each.lifecycle] == [
        "Customer Journey Stage",
        "Onboarding Stage",
        "Risk Status",
    ]
    assert {each.name for each in CATALOGUE if each.computed} == {
        "Health",
        "Health Score",
        "Days Since Last Touch",
        "Days Since Last QBR",
        "Days in Current Stage",
        "Days in Onboarding Stage",
        "Days in Customer Journey Stage",
        "Days in Risk Status",
        "Segments",
        "License Utilization",
        "Active Users",
        "Daily Active Users",
        "Weekly Active Users",
        "Monthly Active Users",
        "Active Days",
        "Usage Frequency",
        "Last Activity",
        "Engagement Score",
        "Feature Depth",
        "Core Feature Adoption",
        "New Feature Engagement",
        "Features Used in 30 days",
        "Session Duration",
        "Days to First Value",
        "Active Users Change 30 Days",
        "NPS Change 180 Days",
        "Open Ticket Count Change 30 Days",
    }
    assert all(each.values for each in CATALOGUE if each.kind in (Kind.ORDERED, Kind.CHOICE))
    assert [CATALOGUE["CSM Risk"].level(value) for value in CATALOGUE["CSM Risk"].values] == [0, 1, 2, 3]


def test_suggestions_stay_quick_on_long_texts() -> None:
    assert CATALOGUE.suggest("Helth Score") == "Health Score"
    assert CATALOGUE.suggest("x" * 1_000_000) is None
    assert Attribute("Any", Kind.CHOICE, values=("Core",)).suggest("c" * 1_000_000) is None


def test_every_lifecycle_brings_its_days_along() -> None:
    """Product 1.14 row 22; one that is declared stays as it is."""
    step = Attribute("Step", Kind.CHOICE, values=("A", "B"), lifecycle=True)
    counted = standard_catalogue().extended([step])["Days in Step"]
    assert (counted.kind, counted.computed) == (Kind.NUMBER, True)
    assert counts_days(counted)
    declared = Attribute("Days in Step", Kind.NUMBER, description="Working days")
    assert standard_catalogue().extended([step, declared])["Days in Step"] is declared
    assert standard_catalogue().find("days_in_step") is None


def test_what_grows_from_day_to_day() -> None:
    growing = {attribute.name for attribute in standard_catalogue() if counts_days(attribute)}
    assert growing == {
        "Days Since Last Touch",
        "Days Since Last QBR",
        "Days in Current Stage",
        "Days in Customer Journey Stage",
        "Days in Onboarding Stage",
        "Days in Risk Status",
    }
