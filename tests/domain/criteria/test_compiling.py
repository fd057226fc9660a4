"""Compiled conditions answer as the interpreter does, whatever the account, and know what they rest on."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime, timedelta
from math import inf, nan

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from keepwell.attributes import Attribute, Catalogue, Kind, Value, standard_catalogue
from keepwell.criteria import Condition, explain, match, parse
from keepwell.criteria.comparing import Comparison, Emptiness
from keepwell.criteria.compiling import CompiledConditions
from keepwell.criteria.knowing import NO_TRAIL, Moment, name_read
from keepwell.criteria.tree import And, Leaf, Not, Or, all_of, any_of
from keepwell.standings import Reason
from tests.domain.criteria.accounts_by_condition import TODAY
from tests.domain.criteria.generated import CATALOGUE, CONDITIONS, USUAL, moments

Case = tuple[Sequence[Condition], Sequence[Moment]]

ODD: st.SearchStrategy[Value] = st.sampled_from(
    (
        True,
        False,
        0,
        1,
        1.0,
        -0.0,
        nan,
        inf,
        -inf,
        2**53 + 1,
        10**38,
        "",
        "  ",
        "paying",
        " GOOD ",
        "minor",
        "nonsense",
        (),
        ("CORE", "other"),
        TODAY,
        datetime(2026, 11, 21),  # noqa: DTZ001
    )
)
"""Values that few attributes expect: of another kind, spelt otherwise, no number at all."""


def _odd(moment: Moment, names: Sequence[str]) -> st.SearchStrategy[Moment]:
    odd = st.dictionaries(st.sampled_from(names), ODD, max_size=3)
    days = st.sampled_from((TODAY, TODAY, TODAY + timedelta(days=1), date(2027, 12, 31)))
    return st.builds(
        lambda values, day: moment._replace(values={**moment.values, **values}, today=day), odd, days
    )


def _cases(conditions: Sequence[Condition]) -> st.SearchStrategy[Case]:
    names = _names(conditions)
    usual = moments(any_of(*conditions))
    accounts = usual | usual.flatmap(lambda moment: _odd(moment, names))
    return st.tuples(st.just(conditions), st.lists(accounts, min_size=2, max_size=4).map(_kindred))


def _names(conditions: Sequence[Condition]) -> list[str]:
    return sorted({name_read(leaf.attribute) for each in conditions for leaf in each.leaves()})


def _kindred(accounts: Sequence[Moment]) -> Sequence[Moment]:
    """The accounts, each with the values of each other over its own, and each with one value less."""
    mixed = [one._replace(values={**one.values, **other.values}) for one in accounts for other in accounts]
    return mixed + [
        one._replace(values={name: value for name, value in one.values.items() if name != gone})
        for one in accounts
        for gone in one.values
    ]


CASES = st.lists(CONDITIONS, min_size=1, max_size=4).flatmap(_cases)
"""Some conditions, and accounts to ask one after the other: what is remembered of one must fit the next."""


def _matches(compiled: CompiledConditions, moment: Moment) -> tuple[bool, ...]:
    return compiled.matches(moment.values, moment.today, moment.trail)


def _interpreted(conditions: Sequence[Condition], moment: Moment) -> tuple[bool, ...]:
    return tuple(match(each, moment.values, moment.today, moment.trail) is True for each in conditions)


@settings(max_examples=2 * USUAL)
@given(CASES)
def test_it_matches_as_the_interpreter_does(case: Case) -> None:
    conditions, accounts = case
    compiled = CompiledConditions(conditions)
    for account in accounts:
        assert _matches(compiled, account) == _interpreted(conditions, account)


@settings(max_examples=USUAL // 2)
@given(CASES)
def test_its_denial_is_what_is_known_not_to_match(case: Case) -> None:
    """Known to hold and known not to are two questions; where neither is answered, it is unknown."""
    conditions, accounts = case
    compiled = CompiledConditions([*conditions, *map(Not, conditions)])
    for account in accounts:
        answers = _matches(compiled, account)
        for condition, holds, fails in zip(
            conditions, answers[: len(conditions)], answers[len(conditions) :], strict=True
        ):
            expected = match(condition, account.values, account.today, account.trail)
            assert (holds, fails) == (expected is True, expected is False)


@settings(max_examples=USUAL // 2)
@given(CASES)
def test_the_explanation_says_why(case: Case) -> None:
    """The reasons of the leaves, joined as the condition joins them, give the compiled answer."""
    conditions, accounts = case
    compiled = CompiledConditions(conditions)
    for account in accounts:
        for condition, answer in zip(conditions, _matches(compiled, account), strict=True):
            reasons = list(explain(condition, account.values, account.today, account.trail))
            assert (_joined(condition, reasons) is True) is answer
            assert not reasons


def _joined(condition: Condition, reasons: list[Reason]) -> bool | None:
    """What the reasons add up to; takes those of `condition` from the front."""
    match condition:
        case And(terms) | Or(terms):
            answers = [_joined(term, reasons) for term in terms]
            decisive = isinstance(condition, Or)
            return decisive if decisive in answers else None if None in answers else not decisive
        case Not(term):
            answer = _joined(term, reasons)
            return None if answer is None else not answer
        case _:
            return reasons.pop(0).matches


@given(CASES, st.data())
def test_what_a_change_turns_is_what_differs(case: Case, data: st.DataObject) -> None:
    conditions, accounts = case
    compiled = CompiledConditions(conditions)
    before, other = data.draw(st.sampled_from(accounts)), data.draw(st.sampled_from(accounts))
    changed = data.draw(st.sets(st.sampled_from(sorted({*_names(conditions), "Licenses"})), max_size=3))
    kept = {name: value for name, value in before.values.items() if name not in changed}
    after = before._replace(
        values=kept | {name: other.values[name] for name in changed if name in other.values}
    )
    was, now = _matches(compiled, before), _matches(compiled, after)
    turned = {number: answer for number, answer in enumerate(now) if answer is not was[number]}
    assert compiled.turned(before.values, after.values, changed, before.today, before.trail) == turned


def test_a_past_value_counts_though_todays_stands_for_the_same() -> None:
    """Good and GOOD answer alike; that it is not what it was is for the trail to say."""
    compiled = CompiledConditions([_parse("NPS dropped by 3 in 30 days")])
    trail = {"NPS": ((TODAY - timedelta(days=60), 9),)}
    assert compiled.turned({"NPS": 7}, {"NPS": 5}, ["NPS"], TODAY, trail) == {0: True}
    assert compiled.turned({"NPS": 7}, {"NPS": 7}, ["NPS"], TODAY, trail) == {}


@pytest.mark.parametrize(
    ("text", "number", "matches"),
    [
        ("Contract Value > 9007199254740992", 2**53 + 1, True),
        ("Contract Value > 9007199254740993", 2**53 + 1, False),
        ("Contract Value = 9007199254740993", float(2**53), False),
        ("Contract Value < 0.3", 0.1 + 0.2, False),
        ("Contract Value <= 0.3", 0.1 + 0.2, False),
        ("Contract Value between 10 and 20", 10, True),
        ("Contract Value between 10 and 20", 20.0, True),
        ("Contract Value between 10 and 20", 20.5, False),
        ("Contract Value in (1, 2, 3)", 2.0, True),
        ("Contract Value != 1", True, False),
    ],
)
def test_numbers_are_compared_exactly(text: str, number: float, matches: bool) -> None:
    compiled = CompiledConditions(
        [_parse("Contract Value >= 20"), _parse(text), _parse("Contract Value < 1")]
    )
    assert compiled.matches({"Contract Value": number}, TODAY)[1] is matches


def test_an_answer_of_one_day_is_not_that_of_the_next() -> None:
    compiled = CompiledConditions([_parse("Renewal Date within next 90 days")])
    values = {"Renewal Date": TODAY + timedelta(days=90)}
    days = [TODAY - timedelta(days=1), TODAY, TODAY + timedelta(days=90), TODAY + timedelta(days=91)]
    assert [compiled.matches(values, day) for day in days] == [(False,), (True,), (True,), (False,)]


def test_more_values_than_it_remembers_are_still_answered() -> None:
    compiled = CompiledConditions([_parse('Account Name contains "7"')])
    for number in [*range(3000), *range(100)]:
        assert compiled.matches({"Account Name": f"Client {number}"}, TODAY) == ("7" in str(number),)


def test_no_conditions_have_no_answers() -> None:
    compiled = CompiledConditions([])
    assert compiled.matches({"Health": "Good"}, TODAY) == ()
    assert compiled.turned({}, {"Health": "Good"}, ["Health"], TODAY) == {}


def test_as_deep_and_as_long_as_a_condition_may_be() -> None:
    deep = "NPS > 1"
    for level in range(48):
        deep = f"({deep}) {'AND' if level % 2 else 'OR'} NOT Licenses = {level}"
    long = " OR ".join(f"Contract Value = {number}" for number in range(700))
    conditions = [_parse(f"NOT ({deep})"), _parse(long), _parse("NPS > 5")]
    compiled = CompiledConditions(conditions)
    for values in ({}, {"NPS": 9}, {"NPS": 9, "Licenses": 8}, {"Contract Value": 699}, {"Licenses": 47}):
        moment = Moment(values, TODAY, NO_TRAIL)
        assert _matches(compiled, moment) == _interpreted(conditions, moment)


def test_many_attributes_need_no_deep_code() -> None:
    attributes = [Attribute(f'Usage {number} ")\n', Kind.NUMBER) for number in range(1100)]
    compiled = CompiledConditions([Comparison(each, ">", 5) for each in attributes])
    assert sum(compiled.matches({each.name: 6 for each in attributes[::3]}, TODAY)) == 367


class _Odd(Leaf):
    """A form that the compiler has never heard of."""

    def __str__(self) -> str:
        return f"{self.attribute.name} is odd"

    def holds(self, value: Value, _today: date) -> bool:
        return isinstance(value, int) and value % 2 == 1


class _Rounded(Comparison):
    """A form made of one that it knows, with answers of its own."""

    def holds(self, value: Value, today: date) -> bool:
        assert isinstance(value, int | float)
        return super().holds(round(value), today)


class _Looking(Leaf):
    """A form that looks back, and tells when it is asked."""

    asked: list[Mapping[str, Value | None]]

    @property
    def lookback_days(self) -> int:
        return 7

    def answer(self, moment: Moment) -> bool | None:
        self.asked.append(moment.values)
        return moment.value(self.attribute) == moment.value_on(self.attribute, TODAY - timedelta(days=7))

    def __hash__(self) -> int:
        return hash(self.attribute)


def test_a_form_added_later_works_at_once() -> None:
    licenses = CATALOGUE["Licenses"]
    conditions = [
        _Odd(licenses),
        _Rounded(licenses, "=", 3),
        Comparison(licenses, "=", 3),
        Not(_Odd(licenses)),
    ]
    compiled = CompiledConditions(conditions)
    for value in (3, 2.9, 2, 3.0, 4, 5):
        moment = Moment({"Licenses": value}, TODAY, NO_TRAIL)
        assert _matches(compiled, moment) == _interpreted(conditions, moment)


def test_the_past_is_asked_only_where_it_decides() -> None:
    """Looking back costs the most: never for an account that today's values settle."""
    past = _Looking(CATALOGUE["NPS"], [])
    compiled = CompiledConditions(
        [all_of(_parse("Status = Paying"), past), any_of(_parse("Health = Good"), Not(past))]
    )
    settled: dict[str, Value] = {"Status": "Trial", "Health": "Good", "NPS": 5}
    assert compiled.matches(settled, TODAY, {"NPS": ((TODAY - timedelta(days=8), 5),)}) == (False, True)
    assert past.asked == []
    assert compiled.matches(settled | {"Status": "Paying"}, TODAY, {"NPS": ((TODAY, 5),)}) == (False, True)
    assert len(past.asked) == 1


def test_conditions_of_different_catalogues_may_share_a_name() -> None:
    """A playbook may give an attribute values of its own; each condition keeps to those it was made with."""
    own = Catalogue([Attribute("Health", Kind.ORDERED, values=("Red", "Green"))])
    compiled = CompiledConditions([_parse("Health = Good"), parse("Health >= Green", own)])
    assert compiled.matches({"Health": "good"}, TODAY) == (True, False)
    assert compiled.matches({"Health": "green"}, TODAY) == (False, True)


def test_emptiness_is_known_of_a_number_that_is_none() -> None:
    compiled = CompiledConditions([Emptiness(CATALOGUE["NPS"], empty=True), _parse("NPS > 3")])
    assert compiled.matches({"NPS": nan}, TODAY) == (True, False)
    assert compiled.matches({"NPS": "9"}, TODAY) == (True, False)
    assert compiled.matches({"NPS": 9}, TODAY) == (False, True)


def _parse(text: str) -> Condition:
    return parse(text, standard_catalogue())
