"""The ways to write a condition, and the one text, JSON form and hash they come down to."""

import pytest

from keepwell.attributes import Attribute, Kind, standard_catalogue
from keepwell.criteria import hash_of, parse
from keepwell.criteria.comparing import Comparison
from tests.domain.criteria.accounts_by_condition import CASES, Case

CATALOGUE = standard_catalogue()


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.text)
def test_the_canonical_text_is_the_same_condition(case: Case) -> None:
    condition = parse(case.text, CATALOGUE)
    assert parse(str(condition), CATALOGUE) == condition
    assert str(parse(str(condition), CATALOGUE)) == str(condition)


@pytest.mark.parametrize(
    ("text", "canonical"),
    [
        ("engagement  >=  60%", "Engagement Score >= 60"),
        ("contract status IS paying", "Status = Paying"),
        ("contract status is not paying", "Status != Paying"),
        ("csm risk is 3 - high", 'CSM Risk = "3 - CRITICAL"'),
        ("CSM Risk >= 3", 'CSM Risk >= "3 - CRITICAL"'),
        ("CSM Risk between 0-1", 'CSM Risk between "0 - NO RISK" and "1 - MINOR"'),
        ("Usage Frequency at most 1", "Usage Frequency <= Occasionally"),
        (
            "Usage Frequency between occasionally and weekly",
            "Usage Frequency between Occasionally and Weekly",
        ),
        ("invoices / month >= 15.50", "Invoices/Month >= 15.5"),
        ("Features Used in 30 days in (1, 2, 2)", "Features Used in 30 days in (1, 2)"),
        ("NPS Change 180 Days between -10--5", "NPS Change 180 Days between -10 and -5"),
        ("Contract Value >= -$1,000.00", "Contract Value >= -1000"),
        ("Contract Value >= 25k", "Contract Value >= 25000"),
        ("Contract Value >= $25K", "Contract Value >= 25000"),
        ("Contract Value >= $1.5m", "Contract Value >= 1500000"),
        ("Contract Value between 1.2345k and 2M", "Contract Value between 1234.5 and 2000000"),
        ('Contract Value in ("25k", -1k)', "Contract Value in (25000, -1000)"),
        ("License Utilization between 50%-69%", "License Utilization between 50 and 69"),
        ("Account Name = 25k", 'Account Name = "25k"'),
        ("Renewal Date before 2026-01-02", "Renewal Date < 2026-01-02"),
        ("Renewal Date after 2026-01-02", "Renewal Date > 2026-01-02"),
        ("Renewal Date on 2026-01-02", "Renewal Date = 2026-01-02"),
        ("Renewal Date ON OR BEFORE 2026-01-02", "Renewal Date <= 2026-01-02"),
        ("Renewal Date on or after 2026-01-02 OR NPS > 1", "Renewal Date >= 2026-01-02 OR NPS > 1"),
        ("Renewal Date in more than 30 days", "Renewal Date in more than 30 days"),
        ("Renewal Date in more than 0 days", "Renewal Date < 0 days"),
        ("Renewal Date at least 30 days ago", "Renewal Date >= 30 days"),
        ("Renewal Date is this QUARTER", "Renewal Date this quarter"),
        ("Renewal Date in next week", "Renewal Date next week"),
        ("Renewal Date = this quarter", "Renewal Date this quarter"),
        ("Renewal Date != this quarter", "Renewal Date not in this quarter"),
        ("Renewal Date is not last year", "Renewal Date not in last year"),
        (
            "Renewal Date anniversary within 7 days",
            "Renewal Date anniversary every 12 months within next 7 days",
        ),
        (
            "Renewal Date anniversary every year within last 7 days",
            "Renewal Date anniversary every 12 months within last 7 days",
        ),
        (
            "Renewal Date anniversary every 2 years within next 7 days",
            "Renewal Date anniversary every 24 months within next 7 days",
        ),
        (
            "Renewal Date anniversary every month within 0 days",
            "Renewal Date anniversary every month within next 0 days",
        ),
        ("NPS is set", "NPS is not empty"),
        ("NPS is not set", "NPS is empty"),
        ("Renewal Date within the next 9 days", "Renewal Date within next 9 days"),
        ("Renewal Date in the next 9 days", "Renewal Date within next 9 days"),
        ("Renewal Date in last 9 days", "Renewal Date within last 9 days"),
        ("Days in Risk Status > 14 days", "Days in Risk Status > 14"),
        (
            "Days Since Last Touch between 1 and 2 days for 3 days",
            "Days Since Last Touch between 1 and 2 for 3 days",
        ),
        ("NPS fell", "NPS dropped in 7 days"),
        ("NPS is at least 5", "NPS >= 5"),
        ("NPS is not in (1, 2)", "NPS not in (1, 2)"),
        ("Last Activity is more than 30 days ago", "Last Activity > 30 days"),
        ("Renewal Date is within 9 days", "Renewal Date within next 9 days"),
        ("Health is in (Good, Poor)", "Health in (Good, Poor)"),
        ("Usage Frequency is at least weekly for 3 days", "Usage Frequency >= Weekly for 3 days"),
        ("Account Name is at least", 'Account Name = "at least"'),
        ("NPS fell 5 percent in the last 9 days", "NPS dropped at least 5% in 9 days"),
        ("Health changed from good to poor in last 9 days", "Health changed from Good to Poor in 9 days"),
        ("Health changed from good within 9 days", "Health changed from Good in 9 days"),
        ("Health changed over the last 9 days", "Health changed in 9 days"),
        ("NPS > 3 for at least 9 days", "NPS > 3 for 9 days"),
        ("NPS > 3 for the last 9 days", "NPS > 3 for 9 days"),
        ("NPS decreased in 1 day", "NPS dropped in 1 day"),
        ("NPS dropped by more than 0", "NPS dropped in 7 days"),
        ("NPS grew 25%", "NPS increased at least 25% in 7 days"),
        ("NPS rose at least 25%", "NPS increased at least 25% in 7 days"),
        ("NPS increased by 25%", "NPS increased at least 25% in 7 days"),
        ("NPS increased more than 2.5%", "NPS increased more than 2.5% in 7 days"),
        ("NPS dropped by 10 points in 30 days", "NPS dropped by at least 10 in 30 days"),
        ("NPS dropped 1 point", "NPS dropped by at least 1 in 7 days"),
        ("NPS dropped by 3+", "NPS dropped by at least 3 in 7 days"),
        ("NPS dropped by > 3", "NPS dropped by more than 3 in 7 days"),
        ("Contract Value fell by $5k in 90 days", "Contract Value dropped by at least 5000 in 90 days"),
        ("CSM Risk rose by 2", "CSM Risk increased by at least 2 in 7 days"),
        ("Health changed", "Health changed in 7 days"),
        ("health changed FROM good TO poor in 14 days", "Health changed from Good to Poor in 14 days"),
        ("Health changed to poor", "Health changed to Poor in 7 days"),
        ("Success Manager changed from kim to lee", 'Success Manager changed from "kim" to "lee" in 7 days'),
        ("NPS changed from 9 in 3 days", "NPS changed from 9 in 3 days"),
        ("Tags changed in 3 days", "Tags changed in 3 days"),
        ("NPS > 3 for 14+ days", "NPS > 3 for 14 days"),
        ("not NPS > 3 for 1 day", "NOT (NPS > 3 for 1 day)"),
        ("Status not in (Paying) for 3 days", "Status not in (Paying) for 3 days"),
        ("Status = Paying for 3 days AND NPS > 3", "Status = Paying for 3 days AND NPS > 3"),
        ("Account Name = Acme for 3 days", 'Account Name = "Acme" for 3 days'),
        ("Risk Reason does not contain Fit for 3 days", 'Risk Reason does not contain "Fit" for 3 days'),
        ("Days in Risk Status >= 14", "Days in Risk Status >= 14"),
        ("Account Name starts with Acme Ltd", 'Account Name starts with "Acme Ltd"'),
        ("Account Name contains all hands", 'Account Name contains "all hands"'),
        ("Risk Reason contains all (Fit, Price)", 'Risk Reason contains all ("Fit", "Price")'),
        ("Risk Reason does not contain any (Fit)", 'Risk Reason does not contain any ("Fit")'),
        ("HAS TAG at-risk", 'has tag "at-risk"'),
        ('NOT has tag "a"', 'does not have tag "a"'),
        ('does not have tag "a" for 3 days', 'does not have tag "a" for 3 days'),
        ("not in segment Watch List", 'not in segment "Watch List"'),
        ('NOT (in segment "A" for 3 days)', 'NOT (in segment "A" for 3 days)'),
        ("Risk Status is Not At Risk", "Risk Status = Not At Risk"),
        ("Risk Status is not Not At Risk", "Risk Status != Not At Risk"),
        ('Contract Value >= "$50,000"', "Contract Value >= 50000"),
        (
            'Renewal Date between "2026-01-01" and 2026-02-01',
            "Renewal Date between 2026-01-01 and 2026-02-01",
        ),
        ("Last Activity at least 30 days", "Last Activity >= 30 days"),
        ("Last Activity within 1 day", "Last Activity within next 1 day"),
        ("Success Plan is TRUE", "Success Plan = yes"),
        ("Account Name = Acme & Sons", 'Account Name = "Acme & Sons"'),
        ("Success Manager is ann.lee@acme.example", 'Success Manager = "ann.lee@acme.example"'),
        ("Account Name contains 'say \"hi\"'", 'Account Name contains "say \\"hi\\""'),
        ("Account Name contains “Acme or so”", 'Account Name contains "Acme or so"'),
        ("Account Name contains O'Brien", 'Account Name contains "O\'Brien"'),
        ("Status not in (Paying, Trial)", "Status not in (Paying, Trial)"),
        ("Risk Reason does not contain Price", 'Risk Reason does not contain "Price"'),
        ("(Health = Good AND (NPS > 1)) AND NPS > 2", "Health = Good AND NPS > 1 AND NPS > 2"),
        ("NPS > 1 OR (NPS > 2 OR (NPS > 3))", "NPS > 1 OR NPS > 2 OR NPS > 3"),
        ("NPS fell by 1,000", "NPS dropped by at least 1000 in 7 days"),
        ('Account Name contains "a\\\\b"', 'Account Name contains "a\\\\b"'),
        (
            "Renewal Date anniversary every 1,200 months within 7 days",
            "Renewal Date anniversary every 1200 months within next 7 days",
        ),
        ("NPS > 1 OR NPS > 2 AND NPS > 3", "NPS > 1 OR (NPS > 2 AND NPS > 3)"),
        ("not nps > 1 and nps > 2", "NOT NPS > 1 AND NPS > 2"),
        ("NOT (NPS > 1 OR NPS > 2)", "NOT (NPS > 1 OR NPS > 2)"),
    ],
)
def test_ways_to_write_it(text: str, canonical: str) -> None:
    assert str(parse(text, CATALOGUE)) == canonical


def test_a_backslash_in_quotes_stands_before_a_quote_or_itself() -> None:
    condition = parse(r'Account Name = "say \"hi\" \\ \n"', CATALOGUE)
    assert isinstance(condition, Comparison)
    assert condition.constant == r'say "hi" \ \n'
    assert repr(condition) == rf"Comparison({str(condition)!r})"


def test_a_value_that_begins_a_longer_one_is_quoted() -> None:
    catalogue = CATALOGUE.extended([Attribute("Step", Kind.CHOICE, values=("Go", "Go to Market", "Market"))])
    assert (
        str(parse('Step changed from "Go" to Market', catalogue))
        == 'Step changed from "Go" to Market in 7 days'
    )
    assert (
        str(parse("Step changed from Go to Market", catalogue)) == "Step changed from Go to Market in 7 days"
    )


def test_the_hash_is_that_of_the_canonical_text() -> None:
    first = hash_of(parse("ARR > $25k AND Renewal within 90 days", CATALOGUE))
    assert first == hash_of(parse("contract value > 25,000 and renewal date within next 90 days", CATALOGUE))
    assert first != hash_of(parse("ARR > $25k AND Renewal within 91 days", CATALOGUE))
    assert len(first) == 12
    assert int(first, 16) >= 0
    assert hash_of(parse('Account Name = "\ud800"', CATALOGUE)) != hash_of(parse("NPS > 1", CATALOGUE))


@pytest.mark.parametrize(
    ("text", "leaf"),
    [
        ("Last Activity > 30 days", {"attribute": "Last Activity", "operator": ">", "days": 30}),
        ("NPS is not empty", {"attribute": "NPS", "operator": "is not empty"}),
        ("Success Plan != yes", {"attribute": "Success Plan", "operator": "!=", "value": True}),
        ("Risk Reason contains a", {"attribute": "Risk Reason", "operator": "contains", "value": "a"}),
        (
            "Risk Reason contains any (a, b)",
            {"attribute": "Risk Reason", "operator": "contains any", "values": ["a", "b"]},
        ),
        (
            "Account Name starts with A",
            {"attribute": "Account Name", "operator": "starts with", "value": "A"},
        ),
        ("Renewal Date in more than 9 days", {"attribute": "Renewal Date", "operator": "<", "days": -9}),
        ("Renewal Date this week", {"attribute": "Renewal Date", "operator": "this week"}),
        (
            "Renewal Date anniversary within 7 days",
            {"attribute": "Renewal Date", "operator": "anniversary within next", "months": 12, "days": 7},
        ),
        (
            "NPS fell > 25%",
            {
                "attribute": "NPS",
                "operator": "dropped",
                "comparator": ">",
                "amount": 25,
                "unit": "percent",
                "days": 7,
            },
        ),
        (
            "Renewal Date changed to 2026-01-02 in 9 days",
            {"attribute": "Renewal Date", "operator": "changed", "to": "2026-01-02", "days": 9},
        ),
        ("NPS is empty", {"attribute": "NPS", "operator": "is empty"}),
        (
            "NPS rose by 3",
            {
                "attribute": "NPS",
                "operator": "increased",
                "comparator": ">=",
                "amount": 3,
                "unit": "points",
                "days": 7,
            },
        ),
        (
            "Health changed from Good to Poor",
            {"attribute": "Health", "operator": "changed", "from": "Good", "to": "Poor", "days": 7},
        ),
        ("NPS > 3 for 14 days", {"attribute": "NPS", "operator": ">", "value": 3, "for_days": 14}),
        (
            "Status not in (Free) for 14 days",
            {"not": {"attribute": "Status", "operator": "in", "values": ["Free"]}, "for_days": 14},
        ),
        ("has tag a", {"attribute": "Tags", "operator": "has tag", "value": "a"}),
        ("in segment A", {"attribute": "Segments", "operator": "in segment", "value": "A"}),
    ],
)
def test_the_json_form_of_a_leaf(text: str, leaf: dict[str, object]) -> None:
    assert parse(text, CATALOGUE).as_json() == leaf


def test_a_value_of_a_list_may_begin_as_a_comparison_does() -> None:
    catalogue = CATALOGUE.extended([Attribute("Step", Kind.CHOICE, values=("In Progress", "Before"))])
    assert str(parse("Step is in progress", catalogue)) == "Step = In Progress"
    assert str(parse("Step is before", catalogue)) == "Step = Before"
    assert str(parse("Step is in (before)", catalogue)) == "Step in (Before)"
