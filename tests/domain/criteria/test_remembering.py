"""A conclusion drawn from conditions is drawn once for what they read, and never for anything else."""

from collections.abc import Callable
from datetime import timedelta

import pytest

from keepwell.attributes import Value, standard_catalogue
from keepwell.criteria import parse
from keepwell.criteria.knowing import NO_TRAIL, Moment
from keepwell.criteria.remembering import MOST_COMBINATIONS, remembered
from tests.domain.criteria.accounts_by_condition import TODAY

CATALOGUE = standard_catalogue()
Told = list[tuple[str, Value | None]]


@pytest.fixture
def drawn() -> list[Told]:
    """The values of each account of which a conclusion was drawn."""
    return []


def concluding(drawn: list[Told], *texts: str) -> Callable[..., Told]:
    """Concludes from the values of an account, given as `NPS=5`, with `days` later than today."""

    def conclude(moment: Moment) -> Told:
        drawn.append(sorted(moment.values.items()))
        return drawn[-1]

    conclusion = remembered(conclude, [parse(text, CATALOGUE) for text in texts], "CSAT")
    return lambda days=0, **values: conclusion(Moment(values, TODAY + timedelta(days=days), NO_TRAIL))


def test_the_same_values_are_concluded_from_once(drawn: list[Told]) -> None:
    ask = concluding(drawn, "NPS > 5", "Health = Good")
    assert ask(NPS=5, CSAT=2, Licenses=9) == [("CSAT", 2), ("NPS", 5)]
    assert ask(NPS=5, CSAT=2, Licenses=7, days=3) == [("CSAT", 2), ("NPS", 5)]
    assert len(drawn) == 1
    assert ask(NPS=5) == [("NPS", 5)]
    assert ask(CSAT=5) == [("CSAT", 5)]
    assert ask(Health="Good", NPS=6) == [("Health", "Good"), ("NPS", 6)]
    assert ask(Health="Good") == [("Health", "Good")]
    assert len(drawn) == 5


def test_one_is_not_yes(drawn: list[Told]) -> None:
    ask = concluding(drawn, "NPS > 5")
    assert ask(NPS=1)[0][1] is not ask(NPS=True)[0][1]


def test_where_the_calendar_counts_each_day_is_another(drawn: list[Told]) -> None:
    ask = concluding(drawn, "NPS > 5 AND Renewal Date within 9 days")
    ask(NPS=5)
    ask(NPS=5, days=1)
    ask(NPS=5)
    assert len(drawn) == 2


def test_where_a_condition_looks_back_it_is_concluded_each_time(drawn: list[Told]) -> None:
    ask = concluding(drawn, "NPS dropped", "CSAT > 3")
    assert ask(NPS=5, Licenses=9) == ask(NPS=5, Licenses=9) == [("Licenses", 9), ("NPS", 5)]
    assert len(drawn) == 2


def test_so_many_are_remembered_and_no_more(drawn: list[Told]) -> None:
    ask = concluding(drawn, "NPS > 5")
    for number in (*range(MOST_COMBINATIONS), *range(MOST_COMBINATIONS)):
        ask(NPS=number)
    assert len(drawn) == MOST_COMBINATIONS
    ask(NPS=-1)
    ask(NPS=0)
    assert len(drawn) == MOST_COMBINATIONS + 2
