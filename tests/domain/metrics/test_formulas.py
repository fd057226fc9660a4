"""Formulas: metrics a playbook computes of other attributes (HLT-13)."""

import json
import re
from collections.abc import Mapping
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from keepwell.attributes import Attribute, Kind, Value
from keepwell.criteria.knowing import Moment, Trail
from keepwell.errors import ConfigurationError, FaultyCondition
from keepwell.metrics.formulas import Formula
from keepwell.metrics.parsing import FUNCTIONS, LONGEST, parse_formula
from keepwell.metrics.recipe import Recipe, computable, faults_in
from keepwell.metrics.terms import (
    Actions,
    Chain,
    Choice,
    Inputs,
    Negative,
    Number,
    Past,
    Read,
    Rounded,
    Term,
)
from keepwell.usage import UsageSummary
from keepwell_cli.metrics import PAGE, with_table
from tests.domain.metrics.using import CATALOGUE, event, summary
from tests.story import TODAY

NUMBERS = [each for each in CATALOGUE if each.kind is Kind.NUMBER and each.name != "Health Score"]


def value(
    text: str, trail: Trail | None = None, usage: UsageSummary | None = None, **values: Value | None
) -> Any:
    """Of a formula over attributes A, B and C, on the day of the story."""
    return of(values, text, trail, usage)


def of(
    values: Mapping[str, Value | None],
    text: str,
    trail: Trail | None = None,
    usage: UsageSummary | None = None,
) -> Any:
    formula = parse_formula("X", text, letters())
    return formula.value(Inputs(Moment(values, TODAY, trail or {}), usage))


def letters() -> Any:
    return CATALOGUE.extended([Attribute(letter, Kind.NUMBER) for letter in "ABC"])


def past(*values: int | None, name: str = "A") -> Trail:
    """The values of the last days, yesterday's last."""
    first = TODAY - timedelta(days=len(values))
    return {name: [(first + timedelta(days=number), each) for number, each in enumerate(values)]}


class TestValues:
    @pytest.mark.parametrize(
        ("text", "expected"),
        [
            ("A + B * C", 14),
            ("(A + B) * C", 20),
            ("A - B - C", -5),
            ("A / B / C", 2 / 3 / 4),
            ("A - (B - C)", 3),
            ("-A * B", -6),
            ("--A", 2),
            ("A * -B", -6),
            ("0.1 + 0.2", 0.3),
            ("10 / 4 * 2", 5),
            ("min(A, B, C)", 2),
            ("max(A, B, C) - 1", 3),
            ("round(A / B, 2)", 0.67),
            ("round(2.5)", 3),
            ("round(-2.5)", -2),
            ("round(0.285, 2)", 0.29),
            ("a+b", 5),
        ],
    )
    def test_are_computed_as_in_school(self, text: str, expected: float) -> None:
        assert value(text, A=2, B=3, C=4) == pytest.approx(expected, rel=1e-11)

    @pytest.mark.parametrize(
        "text",
        [
            "A / 0",
            "A / (B - 3)",
            "A + License Utilization",
            "min(A, License Utilization)",
            "round(License Utilization)",
            "change(A, 30)",
            "trend(A, 30)",
            'actions("Reports/View", 30)',
            "A * 99999999999999999999999999999999999999 * 99999999999999999999999999999999999999",
            "A * 99999999999999.5 * 99999999999999.5",
        ],
    )
    def test_are_unknown_where_an_input_is_or_a_divisor_is_0(self, text: str) -> None:
        assert value(text, A=2, B=3) is None

    @pytest.mark.parametrize("odd", ["12", True, date(2026, 1, 1), float("nan"), float("inf"), ("a",)])
    def test_what_is_no_number_is_unknown(self, odd: Value) -> None:
        assert value("A + 1", A=odd) is None

    def test_an_ordered_list_reads_as_its_place(self) -> None:
        """1.14 row 15: CSM Risk also reads as 0 to 3."""
        assert of({"CSM Risk": "3 - CRITICAL"}, "CSM Risk * 10") == 30

    def test_the_longest_name_is_meant(self) -> None:
        assert of({"Invoices/Month": 15}, "Invoices/Month * 2") == 30

    @given(st.sampled_from("+-*/"), st.floats(allow_nan=True), st.floats(allow_nan=True))
    def test_never_fail_and_never_are_out_of_bounds(self, sign: str, a: float, b: float) -> None:
        found = value(f"A {sign} B", A=a, B=b)
        assert found is None or abs(found) < 1e15


class TestThePast:
    def test_change_is_in_percent_of_then(self) -> None:
        assert value("change(A, 3)", past(60, 1, 1), A=45) == -25
        assert value("change(A, 2)", past(-50, 0), A=-25) == 50
        assert value("change(A, 1)", past(0), A=5) is None

    def test_difference_is_in_points(self) -> None:
        assert value("difference(A, 3)", past(6, 1, 1), A=9) == 3

    def test_beyond_what_is_known_it_is_unknown(self) -> None:
        """1.14 row 21."""
        assert value("difference(A, 4)", past(6, 1, 1), A=9) is None
        assert value("difference(A, 3)", past(None, 1, 1), A=9) is None

    def test_trend_is_the_slope_a_day(self) -> None:
        """1, 3, 5, 7 lie on a line; of 0, 0, 3 the nearest has slope 1.5."""
        assert value("trend(A, 3)", past(1, 3, 5), A=7) == 2
        assert value("trend(A, 2)", past(0, 0), A=3) == 1.5

    def test_trend_needs_two_known_days_and_has_no_more(self) -> None:
        assert value("trend(A, 30)", past(4), A=6) == 2
        assert value("trend(A, 30)", A=6) is None
        assert value("trend(A, 3)", past(2, None, 6), A=8) == pytest.approx(2)

    def test_actions_are_counted_by_full_days(self) -> None:
        told = summary([event(0, count=9), event(1, count=2), event(30, count=4), event(31, count=8)])
        assert value('actions("reports/view", 30)', usage=told) == 6
        assert value('actions("Reports/Never", 30) + 1', usage=told) == 1


class TestAnalysis:
    def test_what_it_reads_and_how_far_back(self) -> None:
        text = 'A / B + change(A, 7) - trend(A, 30) + difference(C, 3) * actions("Reports/View", 14)'
        formula = parse_formula("X", text, letters())
        assert formula.reads == {"A", "B", "C"}
        assert formula.lookbacks == {"A": 30, "C": 3}
        assert formula.actions == {"Reports/View"}

    def test_formulas_are_computed_after_those_they_read(self) -> None:
        recipe = Recipe(letters().extended([formula("D", "E * 2"), formula("E", "F + A"), formula("F", "B")]))
        names = [each.name for each in recipe.formulas if each.name in "DEF"]
        assert names == ["F", "E", "D"]
        assert recipe.sources_of("D") == {"A", "B", "E", "F"}
        assert {each.name for each in recipe.needed(["E"])} == {"E", "F"}

    def test_a_circle_is_shown(self) -> None:
        catalogue = letters().extended([formula("D", "E * 2"), formula("E", "change(D, 7)")])
        faults = dict(faults_in(catalogue))
        assert faults.keys() == {"D", "E"}
        assert "D -> E -> D" in faults["D"].message
        with pytest.raises(ConfigurationError, match=r"in a circle: (D -> E -> D|E -> D -> E)\."):
            Recipe(catalogue)

    def test_it_can_change_with_time_alone_if_something_it_reads_can(self) -> None:
        catalogue = computable(
            letters().extended(
                [
                    formula("D", "A + 1"),
                    formula("E", "change(A, 7)"),
                    formula("F", "E + A"),
                    formula("G", "Days Since Last Touch / 2"),
                ]
            )
        )
        assert [catalogue[name].daily for name in "DEFG"] == [False, True, True, True]

    def test_a_standard_formula_over_what_is_no_number_any_more_is_left_out(self) -> None:
        """A company may say that its NPS is a text."""
        catalogue = computable(CATALOGUE.extended([Attribute("NPS", Kind.TEXT)]))
        assert catalogue["NPS Change 180 Days"].formula == ""
        assert catalogue["License Utilization"].formula

    @pytest.mark.parametrize("days", [1, 3, 7, 14, 30, 90])
    @pytest.mark.parametrize("name", ["Active Users", "Engagement Score", "Open Ticket Count", "NPS"])
    def test_change_and_trend_of_any_number_over_the_usual_windows(self, name: str, days: int) -> None:
        for function in ("change", "difference", "trend"):
            assert parse_formula("X", f"{function}({name}, {days})", CATALOGUE).lookbacks == {name: days}


def formula(name: str, text: str) -> Attribute:
    return Attribute(name, Kind.NUMBER, computed=True, daily=True, formula=text)


def signed(operand: st.SearchStrategy[Term], signs: str) -> st.SearchStrategy[Term]:
    rest = st.lists(st.tuples(st.sampled_from(signs), operand), min_size=1, max_size=3)
    return st.builds(lambda first, more: Chain(first, tuple(more)), operand, rest)


LEAVES: st.SearchStrategy[Term] = st.one_of(
    st.builds(Number, st.integers(0, 10**9) | st.integers(1, 9999).map(lambda number: number / 8)),
    st.builds(Read, st.sampled_from(NUMBERS)),
    st.builds(
        Past,
        st.sampled_from(("change", "difference", "trend")),
        st.sampled_from(NUMBERS),
        st.integers(1, 366),
    ),
    st.builds(Actions, st.sampled_from(("Reports/View", 'A "b"/c', "x\\y/z")), st.integers(1, 60)),
)
TERMS = st.recursive(
    LEAVES,
    lambda inner: (
        signed(inner, "+-")
        | signed(inner, "*/")
        | st.builds(Negative, inner)
        | st.builds(Rounded, inner, st.integers(0, 6))
        | st.builds(
            lambda function, terms: Choice(function, tuple(terms)),
            st.sampled_from(("min", "max")),
            st.lists(inner, min_size=2, max_size=3),
        )
    ),
    max_leaves=8,
)


@given(TERMS)
def test_the_canonical_text_parses_back_to_the_same_value(term: Term) -> None:
    written = str(term)
    again = parse_formula("X", written, CATALOGUE)
    assert str(again) == written
    values: dict[str, Value | None] = {each.name: number for number, each in enumerate(NUMBERS, start=3)}
    moment = Moment(values, TODAY, {each.name: [(date(2020, 1, 1), 2)] for each in NUMBERS})
    inputs = Inputs(moment, summary([event(1)]))
    assert again.value(inputs) == Formula("X", term).value(inputs)


class TestErrors:
    @pytest.mark.parametrize(
        ("text", "column", "message", "suggestion"),
        [
            ("Licens * 2", 1, 'no attribute is called "Licens"', "Licenses"),
            ("2 * chnge(A, 3)", 5, 'no attribute is called "chnge"', "change("),
            ("Status + 1", 1, "Status is no number but of kind choice", None),
            ("A + Health Score", 5, "Health Score is decided after all formulas", None),
            ("A B", 3, "expected +, -, *, / or the end", None),
            ("A +", 4, "expected a number, an attribute, a function or an opening bracket, found the", None),
            ("(A + B", 7, "expected a closing bracket", None),
            ("min(A)", 1, "min compares two numbers or more", None),
            ("min(1,200)", 5, "could be one number or several", "1200 or 1, 200"),
            ("change(A)", 9, "expected a comma and a number of days", None),
            ("change(A, 0)", 11, "expected whole days, 1 to 366", None),
            ("change(A, 367)", 11, "expected whole days, 1 to 366", None),
            ("change(A, 1.5)", 11, "expected whole days, 1 to 366", None),
            ("change(A + B, 3)", 10, "expected a comma", None),
            ("round(A, 7)", 10, "expected whole decimals, 0 to 6", None),
            ("actions(Reports/View, 3)", 9, "expected an action in quotes", None),
            ('actions("Reports", 3)', 9, 'an action is written "Module/Action"', None),
            ('actions("Reports/View", 61)', 25, "expected whole days, 1 to 60", None),
            ('A + "B', 5, "this quote is not closed", None),
            ("A ** 2", 4, "expected a number", None),
            ("2k + A", 1, "is no plain number", None),
            ("2026-01-01", 1, "expected a number", None),
            ("__import__", 1, 'no attribute is called "__import__"', None),
            ("", 1, "expected a number", None),
            ("(" * 40 + "A", 32, "may go 30 deep", None),
            ("-" * 40 + "A", 32, "may go 30 deep", None),
            ("round(" * 40 + "A", 187, "may go 30 deep", None),
            ("A" + "+A" * LONGEST, 1, "a formula has at most 2,000 characters", None),
        ],
    )
    def test_say_where_and_what_was_meant(
        self, text: str, column: int, message: str, suggestion: str | None
    ) -> None:
        with pytest.raises(FaultyCondition) as caught:
            parse_formula("X", text, letters())
        assert message in caught.value.message
        assert (caught.value.line, caught.value.column) == (1, column)
        assert caught.value.suggestion == suggestion

    def test_a_long_flat_formula_is_no_deep_one(self) -> None:
        assert value("+".join("A" * 900), A=1) == 900

    @given(st.text(max_size=60) | st.text("AB()+-*/,.0123 \"'minchage", max_size=60))
    def test_any_text_is_a_formula_or_refused_with_its_place(self, text: str) -> None:
        refused = refusal(text)
        assert refused is None or str(refused).startswith(f"line {refused.line}, column {refused.column}: ")


def refusal(text: str) -> FaultyCondition | None:
    try:
        parse_formula("X", text, letters())
    except FaultyCondition as faulty:
        return faulty
    return None


class TestReference:
    """docs/reference/metrics.md says what is so."""

    TEXT = Path(PAGE).read_text(encoding="utf-8")
    ROWS = re.findall(r"^\| `(.*?)` \| .*? \| `(\{.*?\})` \| (\S+) \|$", TEXT, re.MULTILINE)

    def test_the_table_is_that_of_the_registry(self) -> None:
        assert with_table(self.TEXT) == self.TEXT

    def test_every_function_has_an_example(self) -> None:
        assert {name for name in FUNCTIONS if any(f"{name}(" in row[0] for row in self.ROWS)} == set(
            FUNCTIONS
        )

    @pytest.mark.parametrize(("text", "facts", "expected"), ROWS)
    def test_every_example_has_the_value_shown(self, text: str, facts: str, expected: str) -> None:
        known = json.loads(facts)
        history = {
            name: [(date.fromisoformat(day), each) for day, each in days.items()]
            for name, days in known.pop("history", {}).items()
        }
        formula = parse_formula("X", text, CATALOGUE)
        found = formula.value(Inputs(Moment(known, TODAY, history), None))
        assert ("unknown" if found is None else str(found)) == expected
