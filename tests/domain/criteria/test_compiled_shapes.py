"""Every answer of every leaf, for conditions of different shapes; and what need not be asked again."""

from collections.abc import Iterator
from datetime import date, timedelta
from itertools import product
from math import inf, nan

import pytest

from keepwell.attributes import Value, standard_catalogue
from keepwell.criteria import Condition, match, parse
from keepwell.criteria.changes import Change
from keepwell.criteria.comparing import Comparison, Emptiness
from keepwell.criteria.compiling import CompiledConditions
from keepwell.criteria.knowing import Moment
from keepwell.criteria.remembering import MOST_REMEMBERED
from keepwell.criteria.tree import Leaf
from tests.domain.criteria.accounts_by_condition import TODAY, ago

CATALOGUE = standard_catalogue()

SHAPES = (
    "NPS > 5",
    "NPS > 5 AND CSAT > 5 AND Licenses > 5",
    "NPS > 5 OR CSAT > 5 OR Licenses > 5",
    "NPS > 5 AND (CSAT > 5 OR Licenses > 5)",
    "(NPS > 5 OR CSAT > 5) AND Licenses > 5",
    "(NPS > 5 OR CSAT > 5) AND (Licenses > 5 OR NPS > 5)",
    "NPS > 5 OR CSAT > 5 AND Licenses > 5",
    "NOT (NPS > 5 AND (CSAT > 5 OR NOT Licenses > 5))",
    "NOT (NPS > 5 OR NOT (CSAT > 5 AND Licenses > 5))",
    "(NPS > 5 AND (CSAT > 5 OR (Licenses > 5 AND NPS > 5))) OR NOT CSAT > 5",
)


def _parsed(*texts: str) -> list[Condition]:
    return [parse(text, CATALOGUE) for text in texts]


def _accounts() -> Iterator[dict[str, Value]]:
    for numbers in product((None, 3, 8), repeat=3):
        yield {
            name: number
            for name, number in zip(("NPS", "CSAT", "Licenses"), numbers, strict=True)
            if number is not None
        }


@pytest.mark.parametrize("together", [*((shape,) for shape in SHAPES), SHAPES])
def test_every_shape_answers_as_the_interpreter_does(together: tuple[str, ...]) -> None:
    conditions = _parsed(*together)
    compiled = CompiledConditions(conditions)
    for account in _accounts():
        expected = tuple(match(each, account, TODAY) is True for each in conditions)
        assert compiled.matches(account, TODAY) == expected


def test_each_condition_has_its_place_in_the_number_that_says_which_hold() -> None:
    compiled = CompiledConditions(_parsed(*SHAPES))
    for account in _accounts():
        holding = compiled.holding(account, TODAY)
        assert compiled.matches(account, TODAY) == tuple(
            bool(holding >> place & 1) for place in compiled.places
        )


def test_every_change_turns_what_answers_otherwise() -> None:
    conditions = _parsed(*SHAPES)
    compiled = CompiledConditions(conditions)
    for before, after in product(_accounts(), repeat=2):
        was, now = compiled.matches(before, TODAY), compiled.matches(after, TODAY)
        turned = {number: answer for number, answer in enumerate(now) if answer is not was[number]}
        assert compiled.turned(before, after, ("NPS", "CSAT", "Licenses"), TODAY) == turned


def test_a_change_of_a_date_is_seen_from_today() -> None:
    compiled = CompiledConditions(_parsed("Renewal Date within 9 days", "Last Activity > 30 days"))
    before = {"Renewal Date": TODAY + timedelta(days=10), "Last Activity": ago(31)}
    after = before | {"Renewal Date": TODAY + timedelta(days=9)}
    assert compiled.turned(before, after, ("Renewal Date",), TODAY) == {0: True}
    assert compiled.turned(before, after, ("Renewal Date",), TODAY - timedelta(days=1)) == {}
    assert compiled.turned(after, before, ("Renewal Date",), TODAY) == {0: False}


def test_what_is_no_number_is_not_taken_for_one_asked_of_before() -> None:
    compiled = CompiledConditions(_parsed("NPS < 3", "NPS >= 1", "NPS is empty", "Success Plan = yes"))
    answers: list[tuple[Value, tuple[bool, ...]]] = [
        (nan, (False, False, True)),
        (-5, (True, False, False)),
        (-inf, (False, False, True)),
        (1, (True, True, False)),
        (True, (False, False, True)),
        (1.0, (True, True, False)),
        (inf, (False, False, True)),
        (9.5, (False, True, False)),
        ("9", (False, False, True)),
    ]
    for value, expected in answers + answers[::-1]:
        assert compiled.matches({"NPS": value}, TODAY)[:3] == expected, value
    for given, yes in ((True, True), (1, False), (1.0, False), (True, True), (False, False)):
        assert compiled.matches({"Success Plan": given}, TODAY)[3] is yes


def _answering(form: type[Leaf], monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The leaves of a form that are asked from now on; they answer no."""
    asked: list[str] = []

    def answer(leaf: Leaf, _moment: Moment) -> bool:
        asked.append(str(leaf))
        return False

    monkeypatch.setattr(form, "answer", answer)
    return asked


class TestWhatIsRemembered:
    """How often a leaf is asked: values are many, what tells them apart is little."""

    @pytest.fixture
    def asked(self, monkeypatch: pytest.MonkeyPatch) -> list[Value]:
        """The values that comparisons are asked about."""
        asked: list[Value] = []
        holds = Comparison.holds

        def told(leaf: Comparison, value: Value, today: date) -> bool:
            asked.append(value)
            return holds(leaf, value, today)

        monkeypatch.setattr(Comparison, "holds", told)
        return asked

    def test_numbers_are_asked_of_once_between_two_constants(self, asked: list[Value]) -> None:
        compiled = CompiledConditions(
            _parsed("NPS > 300", "NPS between 100 and 200", "NPS in (400, 500)", "NPS is not empty")
        )
        for number in range(600):
            compiled.matches({"NPS": number}, TODAY)
            compiled.matches({"NPS": number + 0.5}, TODAY)
        constants = 5
        assert len(asked) == 2 * constants + 1

    def test_whether_there_is_a_number_is_asked_once(self, monkeypatch: pytest.MonkeyPatch) -> None:
        asked = _answering(Emptiness, monkeypatch)
        compiled = CompiledConditions(_parsed("NPS is not empty"))
        for number in range(9):
            compiled.matches({"NPS": number}, TODAY)
        assert len(asked) == 1

    def test_the_past_is_asked_only_where_nothing_else_decides(self, monkeypatch: pytest.MonkeyPatch) -> None:
        asked = _answering(Change, monkeypatch)
        compiled = CompiledConditions(_parsed("NPS > 5 AND NPS dropped", "CSAT > 5 AND CSAT dropped"))
        compiled.matches({"NPS": 8, "CSAT": 3}, TODAY)
        assert asked == ["NPS dropped in 7 days"]

    def test_the_past_is_not_asked_where_today_answers_the_same(
        self, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        asked = _answering(Change, monkeypatch)
        compiled = CompiledConditions(_parsed("NPS > 5 AND CSAT dropped"))
        assert compiled.turned({"NPS": 7}, {"NPS": 8}, ("NPS",), TODAY) == {}
        assert asked == []

    def test_so_many_texts_are_remembered_and_no_more(self, asked: list[Value]) -> None:
        compiled = CompiledConditions(_parsed('Account Name = "Acme"'))

        def ask(numbers: range) -> int:
            asked.clear()
            for number in numbers:
                compiled.matches({"Account Name": f"Acme {number}"}, TODAY)
            return len(asked)

        assert ask(range(MOST_REMEMBERED)) == MOST_REMEMBERED
        assert ask(range(MOST_REMEMBERED)) == 0
        assert ask(range(MOST_REMEMBERED, MOST_REMEMBERED + 1)) == 1
        assert ask(range(1)) == 1


def test_only_conditions_can_be_compiled() -> None:
    with pytest.raises(TypeError, match="no condition: <object"):
        CompiledConditions([object()])  # type: ignore[list-item]
