"""`next_change`: no answer changes before that day unless a fact is written; for dates it changes on it."""

from collections.abc import Mapping
from datetime import date, timedelta

import pytest
from hypothesis import given, settings

from keepwell.attributes import Value, standard_catalogue
from keepwell.attributes.catalogue import counts_days
from keepwell.criteria import Condition, next_change, parse
from keepwell.criteria.knowing import Moment, name_read
from tests.domain.criteria.accounts_by_condition import TODAY, ago, ahead
from tests.domain.criteria.generated import ASKED, CATALOGUE, DATES, USUAL

HORIZON = 70  # days looked ahead


def later(condition: Condition, moment: Moment, days: int) -> Moment:
    """The same account so many days later: no fact written, the counts of days grown."""
    counting = {name_read(leaf.attribute) for leaf in condition.leaves() if counts_days(leaf.attribute)}
    values: Mapping[str, Value | None] = {
        name: value + days if name in counting and isinstance(value, int | float) else value
        for name, value in moment.values.items()
    }
    return moment._replace(values=values, today=moment.today + timedelta(days=days))


@settings(max_examples=2 * USUAL)
@given(ASKED)
def test_no_leaf_answers_otherwise_before_the_next_change(asked: tuple[Condition, Moment]) -> None:
    condition, moment = asked
    turn = next_change(condition, moment)
    answers = [leaf.answer(moment) for leaf in condition.leaves()]
    quiet = HORIZON if turn is None else min(HORIZON, (turn - moment.today).days - 1)
    assert quiet >= 0
    for days in range(1, quiet + 1):
        then = later(condition, moment, days)
        assert [leaf.answer(then) for leaf in condition.leaves()] == answers, then.today


DATE_FORMS = (
    "within next 9 days",
    "within last 9 days",
    "> 9 days",
    "= 9 days",
    "!= 0 days",
    "in more than 9 days",
    "this week",
    "next month",
    "last quarter",
    "this year",
    "anniversary within 20 days",
    "anniversary every month within last 3 days",
    "anniversary every 1 month within next 29 days",
    "anniversary every year within 365 days",
)


@pytest.mark.parametrize("form", DATE_FORMS)
@settings(max_examples=USUAL // 2)
@given(day=DATES)
def test_the_answer_about_a_date_turns_on_the_very_day(form: str, day: Value) -> None:
    condition = parse(f"Renewal Date {form}", CATALOGUE)
    moment = Moment({"Renewal Date": day}, TODAY, {})
    turn = next_change(condition, moment)
    if turn is not None:
        assert condition.answer(moment._replace(today=turn)) is not condition.answer(moment)
        day_before = turn - timedelta(days=1)
        assert condition.answer(moment._replace(today=day_before)) is condition.answer(moment)


@pytest.mark.parametrize(
    ("text", "values", "days"),
    [
        ("Renewal Date within next 90 days", {"Renewal Date": ahead(100)}, 10),
        ("Renewal Date within next 90 days", {"Renewal Date": ahead(90)}, 91),
        ("Renewal Date within next 90 days", {"Renewal Date": ago(1)}, None),
        ("Renewal Date within next 90 days", {}, None),
        ("Last Activity > 30 days", {"Last Activity": ago(30)}, 1),
        ("Last Activity > 30 days", {"Last Activity": ago(31)}, None),
        ("Days Since Last Touch > 45", {"Days Since Last Touch": 40}, 6),
        ("Days Since Last Touch between 50-60", {"Days Since Last Touch": 55}, 6),
        ("Days Since Last Touch > 45", {"Days Since Last Touch": 46}, None),
        ("Days Since Last Touch = 45", {"Days Since Last Touch": 45}, 1),
        ("Days Since Last Touch is empty", {"Days Since Last Touch": 45}, None),
        ("Days Since Last Touch > 45 for 3 days", {"Days Since Last Touch": 45}, 1),
        ("Days Since Last Touch dropped", {"Days Since Last Touch": 45}, 1),
        ("Renewal Date within 5 days for 3 days", {"Renewal Date": ahead(9)}, 1),
        ("NPS dropped", {"NPS": 5}, 7),
        ("NPS > 3 for 9 days", {"NPS": 5}, 1),
        ("Renewal Date this week", {"Renewal Date": ahead(9)}, 9),
        ("Renewal Date next month", {"Renewal Date": ahead(41)}, 10),
        ("Renewal Date this month", {"Renewal Date": ahead(2)}, 10),
        ("Renewal Date last month", {"Renewal Date": ahead(2)}, 10),
        ("Renewal Date last month", {"Renewal Date": ago(30)}, 10),
        ("Renewal Date within last 9 days", {"Renewal Date": ago(4)}, 6),
        ("Renewal Date within last 9 days", {"Renewal Date": ahead(4)}, 4),
        ("Days in Risk Status in (3, 8)", {"Days in Risk Status": 4}, 4),
        ("Contract Value > 5", {"Contract Value": 4}, None),
        ("Health = Poor", {"Health": "Good"}, None),
        ("Renewal Date this quarter", {"Renewal Date": ahead(41)}, 41),
        ("Create Date anniversary every year within 7 days", {"Create Date": ahead(10)}, 10 + 365 - 7),
        ("Renewal Date within 5 days OR Last Activity > 30 days", {"Last Activity": ago(28)}, 3),
    ],
)
def test_the_day_is_the_first_on_which_it_can_be_otherwise(
    text: str, values: Mapping[str, Value], days: int | None
) -> None:
    turn = next_change(parse(text, standard_catalogue()), Moment(values, TODAY, {}))
    assert turn == (None if days is None else ahead(days))


@pytest.mark.parametrize(
    ("text", "days"),
    [
        ("NPS dropped by 3 in 14 days", 10),
        ("NPS changed in 30 days", 26),
        ("NPS > 5 for 14 days", 10),
        ("NPS changed in 5 days", 1),
        ("NPS changed in 4 days", None),
    ],
)
def test_a_look_back_turns_when_a_past_value_leaves_the_window(text: str, days: int | None) -> None:
    moment = Moment({"NPS": 6}, TODAY, {"NPS": ((ago(40), 9), (ago(4), 6))})
    assert next_change(parse(text, standard_catalogue()), moment) == (None if days is None else ahead(days))


@pytest.mark.parametrize(
    ("start", "turn"),
    [(date(2016, 11, 10), date(2036, 11, 3)), (date(2026, 12, 1), date(2036, 11, 24))],
)
def test_an_anniversary_far_ahead_is_found(start: date, turn: date) -> None:
    condition = parse("Create Date anniversary every 10 years within 7 days", CATALOGUE)
    assert next_change(condition, Moment({"Create Date": start}, TODAY, {})) == turn


def test_the_last_day_of_the_calendar_may_be_the_first_on_which_it_turns() -> None:
    condition = parse("Renewal Date > 0 days", CATALOGUE)
    moment = Moment({"Renewal Date": date(9999, 12, 30)}, date(9999, 12, 1), {})
    assert next_change(condition, moment) == date.max


@pytest.mark.parametrize(
    "form",
    [
        "this week",
        "last month",
        "next year",
        "within 36500 days",
        "< 36500 days",
        "anniversary within 9 days",
    ],
)
@pytest.mark.parametrize("edge", [date.min, date.max])
def test_the_ends_of_the_calendar_are_days_like_others(form: str, edge: date) -> None:
    condition = parse(f"Renewal Date {form}", CATALOGUE)
    for value in (edge, TODAY):
        for today in (edge, TODAY):
            turn = next_change(condition, Moment({"Renewal Date": value}, today, {}))
            assert turn is None or turn > today
