"""Conditions on the people at an account (issue 4: the language gains people)."""

from collections.abc import Mapping

import pytest
from hypothesis import given

from keepwell.attributes import Attribute, Kind, Value, standard_catalogue
from keepwell.attributes.people import standard_user_catalogue
from keepwell.criteria import Condition, attributes_of, match, next_change, parse, time_dependent, to_json
from keepwell.criteria.beside import Beside, found_beside, sought_by
from keepwell.criteria.knowing import Moment
from keepwell.criteria.matching import reasons
from keepwell.criteria.users import AnyUser, CountOfUsers, users_where
from keepwell.errors import FaultyCondition
from tests.domain.criteria.accounts_by_condition import TODAY, ago, ahead
from tests.domain.criteria.generated import BESIDES, CATALOGUE, CONDITIONS, ON_PEOPLE, PEOPLE

People = list[dict[str, Value]]

ANN: dict[str, Value] = {"User ID": "u1", "First Name": "Ann", "Last Name": "Lee", "Key Contact": True}
BOB: dict[str, Value] = {"User ID": "u2", "First Name": "Bob", "Key Contact": False}
CY: dict[str, Value] = {"User ID": "u3"}


def moment(condition: Condition, people: People | None) -> Moment:
    return Moment(found_beside(sought_by([condition]), Beside(people), TODAY), TODAY, {})


def answer(text: str, people: People | None) -> bool | None:
    condition = parse(text, CATALOGUE)
    return condition.answer(moment(condition, people))


def asked_one_by_one(where: Condition, people: People) -> list[bool | None]:
    return [match(where, person, TODAY) for person in people]


@pytest.mark.parametrize(
    ("people", "somebody"),
    [
        ([], False),
        ([BOB], False),
        ([BOB, CY], None),
        ([CY], None),
        ([CY, ANN], True),
        ([ANN, BOB], True),
        (None, None),
    ],
)
def test_any_and_no_are_three_valued(people: People | None, somebody: bool | None) -> None:
    assert answer("any user where (Key Contact = yes)", people) is somebody
    nobody = None if somebody is None else not somebody
    assert answer("no user where (Key Contact = yes)", people) is nobody


@given(ON_PEOPLE, PEOPLE)
def test_any_user_is_an_or_over_the_people(where: Condition, people: People) -> None:
    answers = asked_one_by_one(where, people)
    expected = True if True in answers else None if None in answers else False
    condition = AnyUser(users_where(where))
    assert condition.answer(moment(condition, people)) is expected


@pytest.mark.parametrize("comparison", ["= 2", "!= 1", "< 2", "<= 0", "> 1", ">= 3", "between 1 and 2"])
@given(where=ON_PEOPLE, people=PEOPLE)
def test_a_count_is_known_if_no_unknown_person_could_change_it(
    comparison: str, where: Condition, people: People
) -> None:
    condition = parse(f"count of users where ({where}) {comparison}", CATALOGUE)
    assert isinstance(condition, CountOfUsers)
    answers = asked_one_by_one(where, people)
    possible = range(answers.count(True), len(answers) - answers.count(False) + 1)
    number = parse(f"NPS {comparison}", CATALOGUE)
    outcomes = {match(number, {"NPS": count}, TODAY) for count in possible}
    expected = outcomes.pop() if len(outcomes) == 1 else None
    assert condition.answer(moment(condition, people)) is expected


@given(CONDITIONS, BESIDES)
def test_what_is_found_stands_among_the_values(condition: Condition, beside: Beside) -> None:
    """Nothing is found of what is not asked, and nothing of people who were not read."""
    found = found_beside(sought_by([condition]), beside, TODAY)
    assert found.keys() <= {attribute.reads or attribute.name for attribute in sought_by([condition])}
    if beside.people is None:
        assert not [name for name in found if name.startswith("users where")]


@pytest.mark.parametrize(
    ("text", "people", "seen"),
    [
        ("any user where (Key Contact = yes)", [ANN], "Ann Lee"),
        ("any user where (User ID is set)", [ANN, BOB, CY], "Ann Lee, Bob, u3"),
        ("any user where (User ID is set)", [ANN, BOB, CY, {"User ID": "u4"}], "Ann Lee, Bob, u3 and 1 more"),
        ("any user where (Key Contact = yes)", [BOB], "nobody"),
        ("any user where (Key Contact = yes)", [BOB, CY], "nobody, but unknown of 1"),
        ("any user where (Key Contact = yes)", None, None),
        ("count of users where (Key Contact = yes) > 0", [ANN, BOB], 1),
        ("count of users where (Key Contact = yes) > 0", [ANN, CY], "1 to 2"),
        ("count of users where (Key Contact = yes) > 0", None, None),
    ],
)
def test_a_reason_names_who_or_says_how_many(
    text: str, people: People | None, seen: str | int | None
) -> None:
    condition = parse(text, CATALOGUE)
    [reason] = reasons(condition, moment(condition, people))
    assert (reason.condition, reason.value) == (str(condition), seen)


@pytest.mark.parametrize(
    ("person", "name"),
    [
        ({**ANN, "Email": "ann@example.com"}, "Ann Lee"),
        ({"Last Name": "Lee", "User ID": "u4"}, "Lee"),
        ({"User ID": "u4", "Email": "lee@example.com"}, "lee@example.com"),
        ({"User ID": "u4"}, "u4"),
        ({}, "somebody"),
    ],
)
def test_a_reason_names_a_person_as_well_as_it_can(person: dict[str, Value], name: str) -> None:
    condition = parse("any user where (Title is empty)", CATALOGUE)
    assert [reason.value for reason in reasons(condition, moment(condition, [person]))] == [name]


@pytest.mark.parametrize(
    ("text", "canonical"),
    [
        ("any users where (key contact is yes)", "any user where (Key Contact = yes)"),
        ("NOT any user where (Email is set)", "no user where (Email is not empty)"),
        ("NOT no user where (Email is set)", "NOT no user where (Email is not empty)"),
        ("number of users where (NOT Key Contact = yes) at least 3", None),
        ("any user where (Title contains chief OR (Active Days > 3 AND Email is set)) AND NPS > 3", None),
        (
            "count of users where (Email is set) is at least 3",
            "count of users where (Email is not empty) >= 3",
        ),
        (
            "count of users where (Email is set) is not 3",
            "count of users where (Email is not empty) != 3",
        ),
    ],
)
def test_it_reads_back(text: str, canonical: str | None) -> None:
    condition = parse(text, CATALOGUE)
    if canonical:
        assert str(condition) == canonical
    assert parse(str(condition), CATALOGUE) == condition


def test_the_json_form_has_the_condition_on_people() -> None:
    inner = {"attribute": "Key Contact", "operator": "=", "value": True}
    assert to_json(parse("no user where (Key Contact = yes)", CATALOGUE)) == {
        "not": {"attribute": "Users", "operator": "any", "where": inner}
    }
    assert to_json(parse("count of users where (Key Contact = yes) between 1-3", CATALOGUE)) == {
        "attribute": "Users",
        "operator": "count between",
        "where": inner,
        "low": 1,
        "high": 3,
    }


@pytest.mark.parametrize(
    ("text", "line", "column", "says"),
    [
        ("any user where (Health = Poor)", 1, 17, "Health is an attribute of accounts"),
        ("any user where (any user where (Email is set))", 1, 17, "cannot stand inside another"),
        ('NPS > 3 AND\nno user where (performed "X")', 2, 16, "known of accounts"),
        ('any user where (in segment "Watch List")', 1, 17, "accounts are in segments"),
        ("any user where (Key Contact changed in 3 days)", 1, 17, "only today is known"),
        ('any user where (has tag "a" for 3 days)', 1, 17, "only today is known"),
        ("any user where (Key Contact = yes) for 3 days", 1, 36, "nobody keeps of users"),
        ("count of users where (Email is set) > 3 for 3 days", 1, 41, "nobody keeps of users"),
        ("any user where (\n  Key Contat = yes)", 2, 3, "no attribute is called"),
        ("any user where Key Contact = yes", 1, 16, "in brackets"),
        ("any user where (Key Contact = yes", 1, 34, "a closing bracket"),
        ("count of users where (Email is set) > 1.5", 1, 39, "whole numbers"),
        ("count of users where (Email is set) >= -1", 1, 40, "whole numbers"),
        ("count of users where (Email is set) >= 50%", 1, 40, "whole numbers"),
        ("count of users where (Email is set) between 1 and $5", 1, 45, "whole numbers"),
        ("count of users where (Email is set) in (1, 2)", 1, 37, "a comparison with a number of users"),
    ],
)
def test_an_error_in_the_brackets_points_there(text: str, line: int, column: int, says: str) -> None:
    with pytest.raises(FaultyCondition) as caught:
        parse(text, CATALOGUE)
    assert (caught.value.line, caught.value.column) == (line, column)
    assert says in caught.value.message


@pytest.mark.parametrize(
    "text",
    [
        "any user where (Email is set)",
        "count of users where (Email is set) > 3",
        'performed "A" in 9 days',
        'performed "A"',
        'first performed "A" > 9 days',
        'last performed "A" > 9 days',
    ],
)
def test_what_is_sought_is_computed_and_never_told(text: str) -> None:
    [leaf] = parse(text, CATALOGUE).leaves()
    assert leaf.attribute.computed
    assert not isinstance(leaf, CountOfUsers) or leaf.count.attribute.computed


@pytest.mark.parametrize("value", [5, "2", ("2",), ("2", "x"), ("x", "2")])
def test_a_value_that_says_nothing_of_people_is_unknown(value: Value) -> None:
    for text in ("any user where (Email is set)", "count of users where (Email is set) >= 0"):
        [leaf] = parse(text, CATALOGUE).leaves()
        stored = Moment({leaf.attribute.name: value}, TODAY, {})
        assert (leaf.answer(stored), leaf.seen(stored)) == (None, None)


def test_a_misspelt_attribute_of_people_is_found() -> None:
    with pytest.raises(FaultyCondition) as caught:
        parse("any user where (Key Contat = yes)", CATALOGUE)
    assert caught.value.suggestion == "Key Contact"


def test_a_playbooks_own_attributes_of_people_are_known() -> None:
    users = standard_user_catalogue().extended([Attribute("Region", Kind.TEXT)])
    catalogue = standard_catalogue().with_users(users).extended([Attribute("Plan", Kind.TEXT)])
    condition = parse("any user where (Region = North) AND Plan = Pro", catalogue)
    assert condition.answer(moment(condition, [{"Region": "north"}])) is None, "the plan is not known"
    assert attributes_of(condition) == ("Plan", "Users")
    with pytest.raises(FaultyCondition, match="Plan is an attribute of accounts"):
        parse("any user where (Plan = Pro)", catalogue)


@pytest.mark.parametrize(
    ("where", "daily"),
    [("Key Contact = yes", False), ("Last Activity > 30 days", True), ("Active Days >= 3", True)],
)
def test_it_changes_with_time_if_people_do(where: str, daily: bool) -> None:
    condition = parse(f"any user where ({where})", CATALOGUE)
    assert time_dependent(condition) is daily
    assert next_change(condition, moment(condition, [ANN])) == (ahead(1) if daily else None)


def test_a_champion_gone_silent_is_found_on_the_day() -> None:
    """EWS-09."""
    condition = parse("any user where (Key Contact = yes AND Last Activity > 30 days)", CATALOGUE)

    def silent_since(days: int) -> Mapping[str, Value]:
        return found_beside(sought_by([condition]), Beside([{**ANN, "Last Activity": ago(days)}]), TODAY)

    assert match(condition, silent_since(30), TODAY) is False
    assert match(condition, silent_since(31), TODAY) is True
