"""What conditions mean: product 1.16 letter for letter, the decided readings of 1.14, missing data."""

import re
from collections.abc import Mapping
from datetime import date

import pytest

from keepwell.attributes import Attribute, Kind, Value, standard_catalogue
from keepwell.criteria import attributes_of, explain, match, parse, time_dependent, to_json
from keepwell.errors import FaultyCondition
from keepwell.metrics.counts import day_counts
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
    values = stages | day_counts(stages, since, {}, TODAY)
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
        told: dict[str, Value] = {**stages, "Days in Current Stage": 99}
        supplied = day_counts(told, since, {}, TODAY) | told
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
