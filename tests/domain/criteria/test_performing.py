"""Conditions on the use of the product (issue 4: `performed`)."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from keepwell.attributes import Attribute, Kind
from keepwell.criteria import Condition, next_change, parse, time_dependent, to_json
from keepwell.criteria.beside import Beside, found_beside, sought_by
from keepwell.criteria.knowing import Moment
from keepwell.criteria.matching import reasons
from keepwell.criteria.performing import LONGEST_WINDOW
from keepwell.errors import FaultyCondition
from keepwell.usage.summary import KEPT_DAYS
from tests.domain.criteria.accounts_by_condition import TODAY, ago, ahead
from tests.domain.criteria.generated import ACTIONS, BESIDE, BESIDES, CATALOGUE, usage

Counts = dict[tuple[str, str], dict[date, int]]
EXPORT, VIEW, INVITE = ("Reports", "Export"), ("Reports", "View"), ("Admin", "Invite")


def moment(condition: Condition, counts: Counts, today: date = TODAY) -> Moment:
    return Moment(found_beside(sought_by([condition]), Beside(None, usage(counts)), today), today, {})


def answer(text: str, counts: Counts, today: date = TODAY) -> bool | None:
    condition = parse(text, CATALOGUE)
    return condition.answer(moment(condition, counts, today))


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ('performed "Reports/Export" in 30 days', True),
        ('performed "reports/EXPORT" at least 3 times in 30 days', True),
        ('performed "Reports/Export" at least 4 times in 30 days', False),
        ('performed "Reports/Export" at least 5 times in 31 days', True),
        ('performed "Reports/Export" more than 2 times in 30 days', True),
        ('performed "Reports/Export" more than twice in 30 days', True),
        ('performed "Reports/Export" at most 3 times in the last 30 days', True),
        ('performed "Reports/Export" fewer than 3 times within 30 days', False),
        ('performed "Reports/Export" exactly 3 times over 30 days', True),
        ('performed "Reports" at least 4 times in 30 days', True),
        ('performed "Reports" exactly 4 times in 30 days', True),
        ('did not perform "Reports/View" in 4 days', True),
        ('did not perform "Reports/View" in 5 days', False),
        ('performed "Admin"', False),
        ('never performed "Admin/Invite"', True),
        ('never performed "Reports"', False),
        ('performed "Admin" in 3 days', False),
        ('did not perform "Admin" in 3 days', True),
        ('first performed "Reports/Export" within last 31 days', True),
        ('first performed "Reports/Export" within last 30 days', False),
        ('first performed "Reports/View" within last 5 days', True),
        ('last performed "Reports/Export" > 30 days', False),
        ('last performed "Reports/View" > 4 days', True),
        ('last performed "Reports/View" > 5 days', False),
        ('first performed "Admin/Invite" within last 7 days', None),
        ('last performed "Admin/Invite" > 30 days', None),
    ],
)
def test_windows_include_both_ends_and_today(text: str, expected: bool | None) -> None:
    """1.14 row 19; names compare without case (row 20)."""
    counts: Counts = {EXPORT: {ago(31): 2, ago(30): 1, TODAY: 2}, VIEW: {ago(5): 1}}
    assert answer(text, counts) is expected


def test_each_window_has_a_count_of_its_own() -> None:
    text = 'performed "Reports" exactly once in 3 days AND performed "Reports" exactly twice in 9 days'
    assert answer(text, {EXPORT: {ago(2): 1, ago(8): 1}}) is True


def test_use_is_known_from_its_first_day_on() -> None:
    assert answer('performed "Reports" in 9 days', {EXPORT: {TODAY: 1}}) is True
    assert answer('performed "Reports" in 9 days', {EXPORT: {ahead(1): 1}}) is None


def test_a_module_is_unknown_where_the_days_of_one_action_are_not_kept() -> None:
    """Of a day long before the newest, whose window is kept no more."""
    counts: Counts = {EXPORT: {ago(90): 1}, VIEW: {ahead(90): 1}, INVITE: {ahead(90): 1}}
    assert answer('performed "Reports" in 9 days', counts) is None
    assert answer('performed "Admin" in 9 days', counts) is False


@given(ACTIONS, BESIDES)
def test_nothing_is_known_of_an_account_whose_use_nobody_told(action: str, beside: Beside) -> None:
    quoted = action.replace('"', '\\"')
    for words in ('performed "{}" in 9 days', 'did not perform "{}" in 9 days', 'never performed "{}"'):
        condition = parse(words.format(quoted), CATALOGUE)
        found = found_beside(sought_by([condition]), beside, TODAY)
        known = beside.usage is not None and beside.usage.first <= TODAY
        assert (condition.answer(Moment(found, TODAY, {})) is not None) is known


@given(
    st.dictionaries(
        st.integers(-1, 80).map(lambda back: TODAY - timedelta(days=back)), st.integers(1, 3), min_size=1
    ),
    st.integers(1, LONGEST_WINDOW),
)
def test_the_longest_window_is_kept_whatever_the_newest_day(days: dict[date, int], window: int) -> None:
    """Every count that can be asked for is exact."""
    condition = parse(f'performed "Reports/Export" at least 1 times in {window} days', CATALOGUE)
    [attribute] = sought_by([condition])
    counted = sum(n for day, n in days.items() if ago(window) <= day <= TODAY)
    told = usage({EXPORT: days, VIEW: {ago(80): 1}})
    assert attribute.found(Beside(None, told), TODAY) == counted


def test_the_limit_follows_from_what_is_kept() -> None:
    """Of the days kept, the newest may be tomorrow, and a window of N days has N + 1."""
    assert LONGEST_WINDOW == KEPT_DAYS - 2


@pytest.mark.parametrize(
    ("text", "canonical"),
    [
        ('performed "Reports/Export" at least once in 30 days', 'performed "Reports/Export" in 30 days'),
        ('NOT performed "A" in 3 days', 'did not perform "A" in 3 days'),
        ('NOT performed "A"', 'never performed "A"'),
        ('performed "A" <= 1 time in 1 day', 'performed "A" at most once in 1 day'),
        ('performed "A   b" in 62 days', 'performed "A b" in 62 days'),
        ('performed "A" less than 2 times in 9 days', 'performed "A" less than 2 times in 9 days'),
        ('NOT performed "A" > 2 times in 9 days', 'NOT performed "A" more than 2 times in 9 days'),
        ('first performed "A" before 2026-01-01', 'first performed "A" < 2026-01-01'),
        ('last performed "A" is not 2026-01-01', 'last performed "A" != 2026-01-01'),
        ('last performed "A" in the last 7 days', 'last performed "A" within last 7 days'),
        ('last performed "A" is within last 7 days', 'last performed "A" within last 7 days'),
        ('NOT last performed "A" this month', 'last performed "A" not in this month'),
        ('NOT first performed "A" in (2026-01-01)', 'first performed "A" not in (2026-01-01)'),
    ],
)
def test_one_text_has_one_meaning(text: str, canonical: str) -> None:
    condition = parse(text, CATALOGUE)
    assert str(condition) == canonical
    assert parse(canonical, CATALOGUE) == condition


@pytest.mark.parametrize(
    ("text", "column", "says"),
    [
        ('performed "A" in 63 days', 18, "kept for 62 days"),
        ('performed "A" in 0 days', 18, "whole days"),
        ("performed Reports in 3 days", 11, "in quotes"),
        ('performed "" in 3 days', 11, "names no action"),
        ('performed "A" at least 3 times', 31, "in how many days"),
        ('performed "A" at least 3 in 9 days', 26, '"times"'),
        ('performed "A" at least 1.5 times in 9 days', 24, "whole number"),
        ('performed "A" at least 0 times in 9 days', 15, "always so"),
        ('did not perform "A"', 20, "in how many days"),
        ('performed "A" in 3 days for 3 days', 25, "nobody keeps"),
        ('last performed "A" changed', 20, "a comparison of a date"),
        ('last performed "A" is empty', 23, "a date such as"),
        ('last performed "A" within 7 days', 20, "lies in the past"),
        ('first performed "A" is within next 7 days', 21, "lies in the past"),
        ('performed "A" 3 times in 9 days', 15, "3 times could be the least or all"),
        ('performed "A" twice in 9 days', 15, "twice could be the least or all"),
    ],
)
def test_what_cannot_be_asked_says_why(text: str, column: int, says: str) -> None:
    with pytest.raises(FaultyCondition) as caught:
        parse(text, CATALOGUE)
    assert (caught.value.column, says in caught.value.message) == (column, True), caught.value


def test_an_attribute_of_that_name_is_not_in_the_way() -> None:
    catalogue = CATALOGUE.extended([Attribute("Usage", Kind.NUMBER), Attribute("Users", Kind.NUMBER)])
    text = 'performed "A" in 9 days AND Usage > 3 AND any user where (Email is not empty) AND Users > 3'
    assert str(parse(text, catalogue)) == text


@pytest.mark.parametrize(
    "name", ["Performed", "Last Performed Audit", "Any User Where", "In Segment Since", "Has Tag"]
)
def test_the_name_of_an_attribute_may_begin_as_a_condition_of_its_own(name: str) -> None:
    catalogue = CATALOGUE.extended([Attribute(name, Kind.NUMBER)])
    for text in (f"{name} > 3", f"NOT {name} is empty", 'last performed "A" > 3 days', "has tag a"):
        assert parse(str(parse(text, catalogue)), catalogue) == parse(text, catalogue)
    assert str(parse(f"{name} > 3", catalogue)) == f"{name} > 3"


def test_a_reason_shows_how_often_or_when() -> None:
    condition = parse(
        'performed "Reports" > 3 times in 9 days AND never performed "Admin"'
        ' AND last performed "Reports" > 9 days',
        CATALOGUE,
    )
    told = reasons(condition, moment(condition, {EXPORT: {ago(2): 2, ago(40): 3}}))
    assert [reason.value for reason in told] == [2, False, ago(2).isoformat()]


def test_the_last_time_is_none_that_lies_ahead() -> None:
    """Events of tomorrow are told where the day has begun earlier; a past day is asked of as it was."""
    [last] = sought_by([parse('last performed "Reports/Export" > 30 days', CATALOGUE)])

    def found(*days: date) -> object:
        return last.found(Beside(None, usage({EXPORT: dict.fromkeys(days, 1)})), TODAY)

    assert found(ago(9), ago(3), ahead(1)) == ago(3)
    assert found(ago(3), TODAY, ahead(1)) == TODAY
    assert found(ago(80), ahead(1)) == ago(80), "the days between are not kept, and nothing was done on them"
    assert found(ahead(1)) is None
    much_later = usage({EXPORT: {ago(9): 1, TODAY: 1}, VIEW: {ahead(90): 1}})
    assert last.found(Beside(None, much_later), TODAY) == TODAY


@pytest.mark.parametrize(
    ("text", "turn"),
    [
        ('performed "Reports/Export" exactly once in 9 days', 1),
        ('performed "Reports/Export" at most once in 9 days', None),
        ('performed "Reports/Export" at least twice in 9 days', None),
        ('performed "Reports/Export"', None),
        ('last performed "Reports/Export" > 9 days', 8),
    ],
)
def test_with_nothing_told_a_count_only_falls(text: str, turn: int | None) -> None:
    condition = parse(text, CATALOGUE)
    assert next_change(condition, moment(condition, {EXPORT: {ago(2): 1}})) == (turn and ahead(turn))


def test_the_json_form_has_the_action() -> None:
    assert to_json(parse('never performed "Reports/Export"', CATALOGUE)) == {
        "not": {"attribute": "Usage", "operator": "performed", "action": "Reports/Export"}
    }
    assert to_json(parse('performed "Reports/Export" at most twice in 9 days', CATALOGUE)) == {
        "attribute": "Usage",
        "operator": "performed",
        "action": "Reports/Export",
        "comparator": "<=",
        "times": 2,
        "days": 9,
    }


@given(BESIDE, BESIDES)
def test_no_answer_changes_before_the_next_change(condition: Condition, beside: Beside) -> None:
    """Though nothing is told, days leave a window."""
    sought = sought_by([condition])

    def on(day: date) -> Moment:
        return Moment(found_beside(sought, beside, day), day, {})

    turn = next_change(condition, on(TODAY))
    assert turn is None or turn > TODAY
    told_until = beside.usage.through if beside.usage else TODAY
    if turn is not None and not time_dependent(condition):
        raise AssertionError(f"{condition} does not change with time, yet it says {turn}")
    quiet = 70 if turn is None else (turn - TODAY).days - 1
    if told_until <= TODAY:  # an event of tomorrow is told already, and counts from tomorrow on
        for days in range(1, quiet + 1):
            assert condition.answer(on(ahead(days))) is condition.answer(on(TODAY)), days
