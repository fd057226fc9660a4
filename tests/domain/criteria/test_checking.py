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
        "hash": "8c571e961318",
        "ast": {
            "and": [
                {"attribute": "Renewal Date", "operator": "within next", "days": 90},
                {"attribute": "CSAT", "operator": ">", "value": 3},
            ]
        },
        "attributes": ["CSAT", "Renewal Date"],
        "lookback_days": 0,
        "time_dependent": True,
        "next_change": "2026-12-25",
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


class TestHistory:
    """Interfaces: `"history": {"Attribute": {"2026-11-01": 80}}`, where a value holds until the next."""

    def test_a_change_is_told_by_the_value_then_and_now(self) -> None:
        facts = {"Engagement": 35, "history": {"engagement score": {"2026-11-01": 80, "2026-11-10": 36}}}
        answer = check("Engagement Score dropped 50%+ in 14 days", CATALOGUE, facts, TODAY)
        assert answer["matches"] is True
        assert answer["lookback_days"] == 14
        assert [reason["value"] for reason in answer["reasons"]] == ["80 -> 35"]
        assert check("Engagement fell 50% in 11 days", CATALOGUE, facts, TODAY)["matches"] is False
        assert answer["next_change"] == "2026-11-24"

    def test_what_was_before_the_first_value_is_unknown(self) -> None:
        facts = {"NPS": 3, "history": {"NPS": {"2026-11-16": 9}}}
        for days, seen, matches in ((5, "9 -> 3", True), (6, "unknown -> 3", None)):
            answer = check(f"NPS dropped in {days} days", CATALOGUE, facts, TODAY)
            assert [(each["value"], each["matches"]) for each in answer["reasons"]] == [(seen, matches)]

    def test_the_last_value_counts_today_unless_the_facts_have_one(self) -> None:
        history = {"NPS": {"2026-11-20": 8, "2026-11-01": 2, "2026-11-22": 1}, "CSAT": {"2026-11-01": None}}
        assert check("NPS = 8 AND CSAT is empty", CATALOGUE, {"history": history}, TODAY)["matches"] is True
        assert check("NPS = 5", CATALOGUE, {"NPS": 5, "history": history}, TODAY)["matches"] is True
        assert check("NPS = 8", CATALOGUE, {"NPS": None, "history": history}, TODAY)["matches"] is True
        today = {"NPS": {TODAY.isoformat(): 7}}
        assert check("NPS = 7", CATALOGUE, {"history": today}, TODAY)["matches"] is True

    def test_the_days_in_the_current_stage_are_those_of_any_lifecycle(self) -> None:
        """1.14 row 22."""
        facts = {"Risk Status": "Engaged", "history": {"Days in Current Stage": {"2026-11-01": 1}}}
        text = "Risk Status = Engaged AND Days in Current Stage = 1 for 20 days"
        assert check(text, CATALOGUE, facts, TODAY)["matches"] is True

    @pytest.mark.parametrize(
        ("history", "message"),
        [
            (5, 'history: expected an object such as {"NPS": {"2026-11-01": 8}}'),
            ({"Helth": {}}, 'no attribute is called "Helth"; did you mean Health?'),
            ({"NPS": [1]}, 'history: NPS: expected an object such as {"2026-11-01": 8}'),
            ({"NPS": {"1/11/2026": 8}}, 'history: NPS: expected a day such as 2026-11-01, found "1/11/2026"'),
            ({"nps": {"2026-11-01": "$8"}}, "NPS on 2026-11-01: expected a plain number"),
            ({"NPS": {"2026-11-01": {}}}, "NPS on 2026-11-01: expected a text, a number"),
        ],
    )
    def test_a_faulty_history_is_rejected(self, history: Any, message: str) -> None:
        with pytest.raises(RejectedInput) as caught:
            check("NPS > 5", CATALOGUE, {"history": history}, TODAY)
        assert message in str(caught.value)


def test_an_unknown_fact_that_is_like_no_other_is_told_alone() -> None:
    with pytest.raises(RejectedInput) as caught:
        check("NPS > 5", CATALOGUE, {"Zzz": 5}, TODAY)
    assert str(caught.value) == 'no attribute is called "Zzz"'


class TestPeople:
    """Interfaces: `"people": [{"Email": "ann@example.com", "Key Contact": true}]`."""

    def test_they_are_asked(self) -> None:
        people = [{"email": "ann@example.com", "Key Contact": "yes"}, {"Email": "bob@example.com"}]
        answer = check("any user where (Key Contact = yes)", CATALOGUE, {"people": people}, TODAY)
        assert answer["matches"] is True
        assert answer["reasons"][0]["value"] == "ann@example.com"
        assert check("no user where (Email is set)", CATALOGUE, {}, TODAY)["matches"] is True

    @pytest.mark.parametrize(
        ("people", "message"),
        [
            (
                5,
                (
                    "people: expected a list of objects such as "
                    '{"Email": "ann@example.com", "Key Contact": true}'
                ),
            ),
            (
                [{}, 5],
                (
                    "people: number 2: expected an object such as "
                    '{"Email": "ann@example.com", "Key Contact": true}'
                ),
            ),
            (
                [{"Key Contat": True}],
                'people: number 1: no attribute is called "Key Contat"; did you mean Key Contact?',
            ),
        ],
    )
    def test_faulty_people_are_rejected(self, people: Any, message: str) -> None:
        with pytest.raises(RejectedInput) as caught:
            check("NPS > 5", CATALOGUE, {"people": people}, TODAY)
        assert str(caught.value) == message


class TestUsage:
    """Interfaces: `"usage": {"Reports/Export": {"2026-11-01": 3}}`."""

    def test_it_is_asked(self) -> None:
        facts = {"usage": {"Reports / Export/CSV": {"2026-11-20": 3, "2026-10-01": 1}}}
        for text in ('performed "Reports/Export/CSV" exactly 3 times in 9 days', 'performed "reports"'):
            assert check(text, CATALOGUE, facts, TODAY)["matches"] is True, text

    def test_an_action_without_days_tells_nothing(self) -> None:
        facts: dict[str, Any] = {"usage": {"Reports/Export": {}}}
        [reason] = check('never performed "Reports"', CATALOGUE, facts, TODAY)["reasons"]
        assert reason["matches"] is None

    def test_a_formula_counts_it_today_and_on_the_days_before(self) -> None:
        exports = Attribute("Exports", Kind.NUMBER, computed=True, formula='actions("Reports/Export", 3)')
        facts = {"usage": {"Reports/Export": {"2026-11-13": 9, "2026-11-20": 2}}}
        text = "Exports = 2 AND Exports dropped by 7 in 7 days"
        answer = check(text, CATALOGUE.extended([exports]), facts, TODAY)
        assert [reason["value"] for reason in answer["reasons"]] == [2, "9 -> 2"]
        assert answer["matches"] is True

    @pytest.mark.parametrize(
        ("usage", "message"),
        [
            (5, 'usage: expected an object such as {"Reports/Export": {"2026-11-01": 3}}'),
            ({"Reports/Export": 3}, 'usage: Reports/Export: expected an object such as {"2026-11-01": 3}'),
            (
                {"Reports/Export": {"1/11/2026": 3}},
                'usage: Reports/Export: expected a day such as 2026-11-01, found "1/11/2026"',
            ),
            *(
                (
                    {action: {"2026-11-01": 3}},
                    (
                        'usage: expected Module/Action as in {"Reports/Export": {"2026-11-01": 3}}, '
                        f'found "{action}"'
                    ),
                )
                for action in ("Reports", "Reports/", " /Export")
            ),
            *(
                (
                    {"Reports/Export": {"2026-11-01": times}},
                    f"usage: Reports/Export: expected a whole number, 1 or more, found {times!r}",
                )
                for times in (0, 1.5, True, "3")
            ),
        ],
    )
    def test_faulty_usage_is_rejected(self, usage: Any, message: str) -> None:
        with pytest.raises(RejectedInput) as caught:
            check("NPS > 5", CATALOGUE, {"usage": usage}, TODAY)
        assert str(caught.value) == message


def test_tags_and_segments_are_facts() -> None:
    facts = {"Tags": ["at-risk", "VIP"], "Segments": ["Watch List"]}
    text = 'has tag "AT-RISK" AND in segment "watch list" AND does not have tag new AND NOT in segment Other'
    answer = check(text, CATALOGUE, facts, TODAY)
    assert answer["matches"] is True
    assert answer["attributes"] == ["Segments", "Tags"]
    assert answer["reasons"][0]["value"] == "at-risk, VIP"
    assert check('not in segment "Other"', CATALOGUE, {}, TODAY)["matches"] is True


def test_the_answer_to_a_faulty_text() -> None:
    with pytest.raises(FaultyCondition) as caught:
        check("NPS > 5 AND\n Helth = Good", CATALOGUE, None, TODAY)
    assert faulty(caught.value) == {
        "error": 'no attribute is called "Helth"',
        "line": 2,
        "column": 2,
        "suggestion": "Health",
    }
