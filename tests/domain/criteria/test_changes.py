"""Conditions that look back: changes of a value, and comparisons that lasted (dwell)."""

from collections.abc import Mapping
from datetime import date, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from keepwell.attributes import Value, standard_catalogue
from keepwell.criteria import explain, lookback_days, lookbacks, match, parse, time_dependent
from keepwell.criteria.analysis import furthest_lookbacks
from keepwell.criteria.knowing import Moment
from tests.domain.criteria.accounts_by_condition import TODAY, ago, moment_of, was

CATALOGUE = standard_catalogue()
PASTS = st.dictionaries(st.integers(0, 12), st.none() | st.integers(-3, 3), max_size=6)
TODAYS = st.none() | st.integers(-3, 3)
WINDOWS = st.integers(1, 10)


def ask(text: str, facts: Mapping[str, Any]) -> bool | None:
    return parse(text, CATALOGUE).answer(moment_of(facts))


def day_by_day(past: Mapping[int, int | None], today: int | None) -> dict[int, int | str | None]:
    """What is known of each day, by how long ago: a number, None (there was none) or "unknown"."""
    days: dict[int, int | str | None] = {}
    known: int | str | None = "unknown"
    for back in range(12, -1, -1):
        known = past.get(back, known)
        days[back] = known
    return {**days, 0: today}


def account(past: Mapping[int, int | None], today: int | None) -> Moment:
    trail = {"NPS": [(ago(back), past[back]) for back in sorted(past, reverse=True)]}
    values: dict[str, Value] = {} if today is None else {"NPS": today}
    return Moment(values, TODAY, trail)


@given(PASTS, TODAYS, WINDOWS, st.integers(1, 300))
def test_changes_against_a_list_of_the_days(
    past: dict[int, int | None], today: int | None, days: int, amount: int
) -> None:
    moment = account(past, today)
    then = day_by_day(past, today)[days]

    def holds(form: str) -> bool | None:
        return parse(f"NPS {form} in {days} days", CATALOGUE).answer(moment)

    forms = ("dropped", "increased", f"dropped {amount}%", f"increased > {amount}%", "fell by 2", "changed")
    if not isinstance(then, int) or today is None:
        assert [holds(form) for form in forms] == [None] * len(forms)
        return
    assert holds("dropped") is (today < then)
    assert holds("increased") is (today > then)
    assert holds("fell by 2") is (then - today >= 2)
    assert holds("rose by more than 2") is (today - then > 2)
    assert holds("changed") is (today != then)
    assert holds("changed from 1") is (today != then == 1)
    assert holds("changed to 1") is (then != today == 1)
    if then == 0:
        assert holds(f"dropped {amount}%") is holds(f"increased > {amount}%") is None
    else:
        percent = 100 * (today - then) / abs(then)
        assert holds(f"dropped {amount}%") is (percent <= -amount)
        assert holds(f"increased > {amount}%") is (percent > amount)


@given(PASTS, TODAYS, WINDOWS)
def test_dwell_against_a_list_of_the_days(past: dict[int, int | None], today: int | None, days: int) -> None:
    moment = account(past, today)
    window = [day_by_day(past, today)[back] for back in range(days + 1)]
    answers = [value > 0 if isinstance(value, int) else None for value in window]
    expected = False if False in answers else None if None in answers else True
    assert parse(f"NPS > 0 for {days}+ days", CATALOGUE).answer(moment) is expected
    empty = [None if value == "unknown" else value is None for value in window]
    expected = False if False in empty else None if None in empty else True
    assert parse(f"NPS is empty for {days} days", CATALOGUE).answer(moment) is expected


def test_percent_is_exact_at_its_edge() -> None:
    """No rounding: a tenth of ten to the fifteenth is still the edge."""
    for then, now, percent in ((80, 40, 50), (3, 2, 33.333), (10**15, 9 * 10**14, 10), (-40, -60, 50)):
        facts = was("Contract Value", {7: then, 0: now})
        assert ask(f"Contract Value dropped {percent}%", facts) is True
    assert ask("Contract Value dropped > 50%", was("Contract Value", {7: 80, 0: 40})) is False
    assert ask("Contract Value dropped 33.334%", was("Contract Value", {7: 3, 0: 2})) is False
    assert ask("Contract Value increased 50%", was("Contract Value", {7: -40, 0: -20})) is True


def test_an_ordered_list_moves_by_its_levels() -> None:
    facts = was("Usage Frequency", {7: "Daily", 0: "Occasionally"})
    assert ask("Usage Frequency dropped", facts) is True
    assert ask("Usage Frequency fell by 2", facts) is True
    assert ask("Usage Frequency fell by more than 2", facts) is False
    assert ask("Usage Frequency rose", facts) is False


@pytest.mark.parametrize(
    ("name", "then", "now", "form", "matches"),
    [
        ("Health", "Good", "Poor", "changed from Good to Poor", True),
        ("Health", "Good", "Average", "changed from Good to Poor", False),
        ("Health", "Poor", "Poor", "changed to Poor", False),
        ("Success Plan", True, False, "changed from yes", True),
        ("Renewal Date", date(2027, 1, 1), date(2028, 1, 1), "changed to 2028-01-01", True),
        ("Success Manager", "KIM", "kim", "changed", False),
        ("Success Manager", "kim", "lee", "changed from Kim to Lee", True),
        ("Risk Reason", ("Price", "Fit"), ("fit", "price"), "changed", False),
        ("Risk Reason", ("Price",), ("Price", "Fit"), "changed", True),
    ],
)
def test_a_change_of_any_kind(name: str, then: Value, now: Value, form: str, matches: bool) -> None:
    assert ask(f"{name} {form}", was(name, {7: then, 0: now})) is matches


def test_what_lay_between_the_ends_does_not_count() -> None:
    assert ask("NPS changed in 7 days", was("NPS", {7: 5, 3: 9, 1: 5})) is False
    assert ask("NPS dropped in 7 days", was("NPS", {7: 5, 3: 9, 1: 8})) is False


def test_the_default_window_is_seven_days() -> None:
    for back, matches in ((7, True), (6, None)):
        assert ask("NPS dropped", was("NPS", {back: 9, 0: 3})) is matches
    assert ask("NPS dropped", was("NPS", {8: 9, 7: 3})) is False


def test_a_denial_may_last() -> None:
    paying_since_monday = was("Status", {20: "Trial", 5: "Paying"})
    assert ask("Status not in (Trial) for 5 days", paying_since_monday) is True
    assert ask("Status not in (Trial) for 6 days", paying_since_monday) is False
    assert ask("NOT Status in (Trial) for 6 days", paying_since_monday) is True
    assert ask("NOT (Status in (Trial) for 6 days)", paying_since_monday) is True


def test_what_lasted_of_a_date_is_asked_as_of_each_day() -> None:
    stale = {"history": {"Last Activity": {40: ago(41)}}}
    assert ask("Last Activity > 30 days for 10 days", stale) is True
    assert ask("Last Activity > 30 days for 11 days", stale) is False
    moved = {"history": {"Last Activity": {40: ago(60), 3: ago(3)}}}
    assert ask("Last Activity > 30 days for 3 days", moved) is False


def test_how_long_an_account_is_tagged_or_in_a_segment() -> None:
    facts = {
        "history": {"Tags": {9: ("a",), 4: ("a", "b")}, "Segments": {9: (), 4: ("Watch List",), 2: None}}
    }
    assert ask("has tag a for 9 days", facts) is True
    assert ask("has tag b for 5 days", facts) is False
    assert ask("has tag a for 10 days", facts) is None
    assert ask("in segment Watch List for 2 days", facts) is False
    assert ask("not in segment Watch List for 2 days", facts) is True
    assert ask("not in segment Watch List for 3 days", facts) is False


def test_the_past_of_the_days_in_the_current_stage_is_that_of_the_lifecycle() -> None:
    """1.14 row 22, through dwell and change."""
    condition = parse("Risk Status = Engaged AND Days in Current Stage < 9 for 3 days", CATALOGUE)
    assert lookbacks(condition) == {"Days in Risk Status": 3}
    facts = {"Risk Status": "Engaged", "history": {"Days in Risk Status": {3: 4}}}
    assert condition.answer(moment_of(facts)) is True
    changed = parse("Risk Status = Engaged AND Days in Current Stage dropped", CATALOGUE)
    assert lookbacks(changed) == {"Days in Risk Status": 7}
    denied = parse("Risk Status = Engaged AND Days in Current Stage not in (1, 2) for 3 days", CATALOGUE)
    assert denied.answer(moment_of(facts)) is True
    assert str(denied) == "Risk Status = Engaged AND Days in Current Stage not in (1, 2) for 3 days"


def test_a_reason_tells_the_value_then_and_now() -> None:
    def seen(text: str, facts: Mapping[str, Any]) -> list[object]:
        moment = moment_of(facts)
        reasons = explain(parse(text, CATALOGUE), moment.values, moment.today, moment.trail)
        return [reason.value for reason in reasons]

    assert seen("NPS dropped", was("NPS", {7: 9, 0: 3.5})) == ["9 -> 3.5"]
    assert seen("Success Plan changed", was("Success Plan", {7: True, 0: False})) == ["yes -> no"]
    assert seen("Risk Reason changed", was("Risk Reason", {7: ("a", "b"), 0: ("c",)})) == ["a, b -> c"]
    assert seen("Renewal Date changed", was("Renewal Date", {2: TODAY})) == ["unknown -> 2026-11-21"]
    assert seen("NPS dropped", was("NPS", {7: 9, 0: None})) == ["9 -> unknown"]
    assert seen("NPS dropped", {}) == [None]
    assert seen("NPS > 3 for 5 days", was("NPS", {7: 9})) == [9]


def test_how_far_back_a_condition_looks() -> None:
    text = "NPS dropped in 30 days OR NPS > 3 for 40 days AND Health changed AND CSAT > 3"
    condition = parse(text, CATALOGUE)
    assert lookbacks(condition) == {"NPS": 40, "Health": 7}
    assert lookbacks(parse("NPS > 3 for 40 days AND NPS dropped", CATALOGUE)) == {"NPS": 40}
    assert lookback_days(condition) == 40
    assert furthest_lookbacks([condition, parse("NPS dropped in 9 days", CATALOGUE)]) == {
        "NPS": 40,
        "Health": 7,
    }
    assert lookback_days(parse("CSAT > 3", CATALOGUE)) == 0
    assert time_dependent(parse("NPS dropped", CATALOGUE))
    assert time_dependent(parse("NPS > 3 for 2 days", CATALOGUE))


def test_a_value_of_another_kind_in_the_trail_is_missing() -> None:
    """As after an attribute's kind was changed in the playbook."""
    condition = parse("NPS changed", CATALOGUE)
    trail = {"NPS": [(TODAY - timedelta(days=9), "nine")]}
    assert match(condition, {"NPS": 3}, TODAY, trail) is None
