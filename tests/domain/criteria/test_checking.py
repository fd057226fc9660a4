"""What `keepwell check --json` answers (interfaces, "JSON shapes")."""

import json
from datetime import date
from typing import Any

import pytest

from keepwell.attributes import Attribute, Kind, standard_catalogue
from keepwell.criteria.checking import check, faulty, read_facts
from keepwell.errors import FaultyCondition, RejectedInput
from tests.domain.criteria.accounts_by_condition import TODAY

CATALOGUE = standard_catalogue()


def test_the_whole_answer() -> None:
    answer = check(
        "renewal within 90 days AND csat > 3", CATALOGUE, {"renewal_date": "2026-12-24", "NPS": 9}, TODAY
    )
    assert json.loads(json.dumps(answer)) == {
        "expression": "renewal within 90 days AND csat > 3",
        "canonical": "Renewal Date within next 90 days AND CSAT > 3",
        "ast": {
            "and": [
                {"attribute": "Renewal Date", "operator": "within next", "days": 90},
                {"attribute": "CSAT", "operator": ">", "value": 3},
            ]
        },
        "attributes": ["CSAT", "Renewal Date"],
        "lookback_days": 0,
        "time_dependent": True,
        "matches": False,
        "reasons": [
            {"condition": "Renewal Date within next 90 days", "value": "2026-12-24", "matches": True},
            {"condition": "CSAT > 3", "value": None, "matches": None},
        ],
    }


def test_no_facts_give_no_answer_but_empty_facts_do() -> None:
    assert (check("NPS is empty", CATALOGUE, None, TODAY)["matches"]) is None
    assert check("NPS is empty", CATALOGUE, None, TODAY)["reasons"] == []
    assert check("NPS is empty", CATALOGUE, {}, TODAY)["matches"] is True
    assert check("NPS > 3", CATALOGUE, {}, TODAY)["matches"] is False
    assert check("NOT NPS > 3", CATALOGUE, {}, TODAY)["matches"] is False


@pytest.mark.parametrize(
    "text", ["Onboarding Stage = Kickoff AND Days in Current Stage > 14", "Step = A AND {0} > 14"]
)
def test_supplied_days_in_the_stage_win(text: str) -> None:
    """1.14 row 22, for a playbook's own lifecycle too."""
    catalogue = CATALOGUE.extended([Attribute("Step", Kind.CHOICE, values=("A", "B"), lifecycle=True)])
    facts = {"Onboarding Stage": "Kickoff", "Step": "A", "Days in Current Stage": 15}
    assert check(text.format("Days in Current Stage"), catalogue, facts, TODAY)["matches"] is True


def test_what_is_computed_and_what_is_supplied() -> None:
    text = "Days Since Last Touch = 20 AND License Utilization < 33.4"
    facts: dict[str, Any] = {"Last Touch": "2026-11-01T23:59:59Z", "Active Users": 1, "Licenses": 3}
    assert check(text, CATALOGUE, facts, TODAY)["matches"] is True
    assert check(text, CATALOGUE, {**facts, "License Utilization": 50}, TODAY)["matches"] is False


def test_facts_are_read_like_cells() -> None:
    facts = {
        "csm_risk": 3,
        "Success Plan": True,
        "Risk Reason": ["Price", "Fit"],
        "contractValue": "50000",
        "License Utilization": 100 / 3,
        "Account ID": 42,
        "Last QBR": date(2026, 1, 2),
        "NPS": None,
        "CSAT": " ",
        "history": {"NPS": {"2026-11-01": 8}},
    }
    assert read_facts(facts, CATALOGUE) == {
        "CSM Risk": "3 - CRITICAL",
        "Success Plan": True,
        "Risk Reason": ("Price", "Fit"),
        "Contract Value": 50000,
        "License Utilization": 100 / 3,
        "Account ID": "42",
        "Last QBR": date(2026, 1, 2),
    }


@pytest.mark.parametrize(
    ("facts", "message"),
    [
        ({"Helth": 5}, 'no attribute is called "Helth"; did you mean Health?'),
        ({"NPS": "$5"}, 'NPS: expected a plain number such as 50000 or 12.5, found "$5"'),
        ({"NPS": True}, 'NPS: expected a plain number such as 50000 or 12.5, found "yes"'),
        ({"NPS": float("nan")}, "NPS: expected a plain number"),
        ({"NPS": {"a": 1}}, "NPS: expected a text, a number, true, false or a list of texts"),
        ({"Renewal Date": "03/04/25"}, 'Renewal Date: expected a date such as 2026-01-12, found "03/04/25"'),
    ],
)
def test_facts_of_the_wrong_kind_are_rejected(facts: dict[str, Any], message: str) -> None:
    with pytest.raises(RejectedInput) as caught:
        check("NPS > 5", CATALOGUE, facts, TODAY)
    assert message in str(caught.value)


def test_the_answer_to_a_faulty_text() -> None:
    with pytest.raises(FaultyCondition) as caught:
        check("NPS > 5 AND\n Helth = Good", CATALOGUE, None, TODAY)
    assert faulty(caught.value) == {
        "error": 'no attribute is called "Helth"',
        "line": 2,
        "column": 2,
        "suggestion": "Health",
    }
