"""What conditions mean: product 1.16 letter for letter, the decided readings of 1.14, missing data."""

import re
from collections.abc import Mapping
from datetime import date

import pytest

from keepwell.attributes import Attribute, Kind, Value, standard_catalogue, with_computed
from keepwell.criteria import attributes_of, explain, match, parse, time_dependent, to_json
from keepwell.errors import FaultyCondition
from keepwell.standings import Reason
from tests.domain.criteria.accounts_by_condition import (
    CASES,
    LETTER_FOR_LETTER,
    TODAY,
    Case,
    ago,
    ahead,
    moment_of,
)

CATALOGUE = standard_catalogue()


def ask(text: str, values: Mapping[str, Value]) -> bool | None:
    return match(parse(text, CATALOGUE), values, TODAY)


def test_every_condition_of_1_16_has_its_accounts() -> None:
    """Each with some that match and some that do not, and all but the two-valued ones with unknown ones."""
    written = re.findall("`([^`]+)`", LETTER_FOR_LETTER)
    assert len(written) == 38
    assert sorted(case.text for case in CASES) == sorted(written)
    assert all(case.matching and case.not_matching for case in CASES)


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.text)
def test_each_condition_of_1_16_separates_the_accounts(case: Case) -> None:
    condition = parse(case.text, CATALOGUE)
    for answer, accounts in ((True, case.matching), (False, case.not_matching), (None, case.unknown)):
        for account in accounts:
            assert condition.answer(moment_of(account)) is answer, account


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
        ("NPS fell", "NPS dropped in 7 days"),
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
        ("Account Name contains O'Brien", 'Account Name contains "O\'Brien"'),
        ("Status not in (Paying, Trial)", "Status not in (Paying, Trial)"),
        ("Risk Reason does not contain Price", 'Risk Reason does not contain "Price"'),
        ("(Health = Good AND (NPS > 1)) AND NPS > 2", "Health = Good AND NPS > 1 AND NPS > 2"),
        ("NPS > 1 OR NPS > 2 AND NPS > 3", "NPS > 1 OR (NPS > 2 AND NPS > 3)"),
        ("not nps > 1 and nps > 2", "NOT NPS > 1 AND NPS > 2"),
        ("NOT (NPS > 1 OR NPS > 2)", "NOT (NPS > 1 OR NPS > 2)"),
    ],
)
def test_ways_to_write_it(text: str, canonical: str) -> None:
    assert str(parse(text, CATALOGUE)) == canonical


def test_a_name_of_the_playbook_wins_by_length() -> None:
    catalogue = CATALOGUE.extended(
        [
            Attribute("Health Score Last Year", Kind.NUMBER),
            Attribute("Users' 1st %", Kind.NUMBER),
            Attribute("Plan", Kind.CHOICE, values=("Auto", "Auto and more", "Auto (new)", "Or")),
        ]
    )
    assert str(parse("health score last year > 5", catalogue)) == "Health Score Last Year > 5"
    assert str(parse("users' 1st % > 5", catalogue)) == "Users' 1st % > 5"
    assert str(parse("Plan = auto AND Plan = auto and more", catalogue)) == (
        'Plan = Auto AND Plan = "Auto and more"'
    )
    for value in ("Auto (new)", "Or"):
        assert str(parse(f'Plan = "{value}"', catalogue)) == f'Plan = "{value}"'


def test_windows_include_both_ends_and_older_than_does_not() -> None:
    """1.14 row 19, over a year's end and a leap day."""
    condition = parse("Last Activity within last 60 days", CATALOGUE)
    assert match(condition, {"Last Activity": date(2027, 12, 31)}, date(2028, 2, 29)) is True
    assert match(condition, {"Last Activity": date(2027, 12, 30)}, date(2028, 2, 29)) is False
    for comparator, matching in ((">", [31]), (">=", [30, 31]), ("<", [29]), ("<=", [29, 30]), ("=", [30])):
        text = f"Last Activity {comparator} 30 days"
        found = [age for age in (29, 30, 31) if ask(text, {"Last Activity": ago(age)})]
        assert found == matching, text


def test_dates_compare_with_days_of_the_calendar() -> None:
    for text, matches in (
        ("Renewal Date > 2026-11-22", False),
        ("Renewal Date >= 2026-11-22", True),
        ("Renewal Date in (2026-11-22, 2026-11-23)", True),
        ("Renewal Date between 2026-11-22 and 2026-11-22", True),
        ("Renewal Date != 2026-11-22", False),
    ):
        assert ask(text, {"Renewal Date": ahead(1)}) is matches, text


def test_text_compares_without_case() -> None:
    """1.14 row 20."""
    assert ask("Account Name = ACME", {"Account Name": "Acme"}) is True
    assert ask("Account Name != ACME", {"Account Name": "Acme"}) is False
    assert ask("Account Name in (x, ACME)", {"Account Name": "acme"}) is True
    assert ask("Account Name contains cm", {"Account Name": "ACME"}) is True
    assert ask("Status = paying", {"Status": "PAYING"}) is True


class TestMissingData:
    def test_missing_is_unknown_and_stays_so_through_not(self) -> None:
        for text in (
            "NPS > 5",
            "NOT NPS > 5",
            "NPS != 5",
            "NOT NOT NPS > 5",
            "NPS in (1)",
            "NPS between 1-2",
        ):
            assert ask(text, {}) is None, text

    def test_one_known_side_may_decide(self) -> None:
        known: dict[str, Value] = {"NPS": 9}
        assert ask("NPS > 5 OR CSAT > 3", known) is True
        assert ask("NPS > 5 AND CSAT > 3", known) is None
        assert ask("NPS < 5 AND CSAT > 3", known) is False
        assert ask("NPS < 5 OR CSAT > 3", known) is None

    def test_emptiness_is_always_known(self) -> None:
        nothings: tuple[Mapping[str, Value], ...] = ({}, {"Risk Reason": ()})
        for nothing in nothings:
            assert ask("Risk Reason is empty", nothing) is True
            assert ask("Risk Reason is not empty", nothing) is False
        assert ask("Risk Reason is empty", {"Risk Reason": ("Price",)}) is False
        assert ask("NOT Account Name is empty", {"Account Name": "Acme"}) is True

    @pytest.mark.parametrize(
        ("text", "value"),
        [
            ("NPS > 5", "9"),
            ("NPS > 5", True),
            ("NPS > 5", float("nan")),
            ("Renewal Date > 5 days", "2026-01-01"),
            ("Success Plan = yes", "yes"),
            ("Account Name = x", 5),
            ("Account Name = x", "  "),
            ("CSM Risk >= 1", "5 - WORSE"),
            ("Risk Reason contains x", "x"),
        ],
    )
    def test_a_value_of_another_kind_is_missing(self, text: str, value: Value) -> None:
        """As after an attribute's kind was changed in the playbook."""
        condition = parse(text, CATALOGUE)
        values = {attributes_of(condition)[0]: value}
        assert match(condition, values, TODAY) is None
        assert explain(condition, values, TODAY)[0].value is None


def test_the_days_in_a_stage_are_those_of_the_lifecycle_named() -> None:
    """1.14 row 22."""
    since = {"Customer Journey Stage": ago(40), "Onboarding Stage": ago(10), "Risk Status": ago(3)}
    stages: dict[str, Value] = {
        "Customer Journey Stage": "Onboarding",
        "Onboarding Stage": "Configuration",
        "Risk Status": "Engaged",
    }
    values = with_computed(stages, since, TODAY)
    for text, days in (
        ("Days in Current Stage = 40", 40),
        ("Customer Journey Stage = Onboarding AND Days in Current Stage = 40", 40),
        ("Onboarding Stage = Configuration AND Days in Current Stage = 10", 10),
        ("NOT (Days in Current Stage != 3 OR Risk Status != Engaged)", 3),
    ):
        condition = parse(text, CATALOGUE)
        assert match(condition, values, TODAY) is True, text
        assert days in [reason.value for reason in explain(condition, values, TODAY)]
        assert "Days in Current Stage" in attributes_of(condition)
        supplied = with_computed({**stages, "Days in Current Stage": 99}, since, TODAY)
        assert 99 in [reason.value for reason in explain(condition, supplied, TODAY)]
    with pytest.raises(FaultyCondition, match="Onboarding Stage or Risk Status: name one lifecycle"):
        parse("Onboarding Stage = Kickoff AND Risk Status = Engaged AND Days in Current Stage > 1", CATALOGUE)


def test_every_leaf_is_explained_in_order() -> None:
    condition = parse(
        "NOT (Last Activity > 30 days OR NPS < 7) AND Risk Reason contains Price AND Success Plan = yes",
        CATALOGUE,
    )
    values: dict[str, Value] = {
        "Last Activity": ago(3),
        "Risk Reason": ("Price", "Fit"),
        "Success Plan": False,
    }
    assert explain(condition, values, TODAY) == (
        Reason("Last Activity > 30 days", value="2026-11-18", matches=False),
        Reason("NPS < 7", value=None, matches=None),
        Reason('Risk Reason contains "Price"', value="Price, Fit", matches=True),
        Reason("Success Plan = yes", value=False, matches=False),
    )


def test_what_a_condition_depends_on() -> None:
    condition = parse("Health = Good AND (ARR > 5 OR Contract Value is empty)", CATALOGUE)
    assert attributes_of(condition) == ("Contract Value", "Health")
    for text, dependent in (
        ("Renewal Date within next 90 days", True),
        ("Last Activity > 30 days", True),
        ("Days Since Last Touch > 45", True),
        ("NPS > 5 OR Days in Current Stage > 3", True),
        ("Renewal Date > 2026-01-01", False),
        ("Contract Value > 5", False),
    ):
        assert time_dependent(parse(text, CATALOGUE)) is dependent, text


def test_the_json_form() -> None:
    text = (
        "NOT (NPS between 1-2 OR Status in (Paying))"
        " AND Renewal Date within 9 days AND Renewal Date >= 2026-01-02"
    )
    assert to_json(parse(text, CATALOGUE)) == {
        "and": [
            {
                "not": {
                    "or": [
                        {"attribute": "NPS", "operator": "between", "low": 1, "high": 2},
                        {"attribute": "Status", "operator": "in", "values": ["Paying"]},
                    ]
                }
            },
            {"attribute": "Renewal Date", "operator": "within next", "days": 9},
            {"attribute": "Renewal Date", "operator": ">=", "value": "2026-01-02"},
        ]
    }
    for text, leaf in (
        ("Last Activity > 30 days", {"attribute": "Last Activity", "operator": ">", "days": 30}),
        ("NPS is not empty", {"attribute": "NPS", "operator": "is not empty"}),
        ("Risk Reason contains a", {"attribute": "Risk Reason", "operator": "contains", "value": "a"}),
        ("Success Plan != yes", {"attribute": "Success Plan", "operator": "!=", "value": True}),
    ):
        assert to_json(parse(text, CATALOGUE)) == leaf
