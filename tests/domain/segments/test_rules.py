"""What follows from the playbook alone: the order of the memberships, and how far conditions look back."""

from dataclasses import replace

import pytest

from keepwell.errors import ConfigurationError
from keepwell.playbook import Playbook
from keepwell.plays import Play
from keepwell.segments import Segment
from tests.domain.segments.telling import play, playbook, segment


def test_a_segment_is_decided_after_those_it_asks_for_whatever_the_order_of_the_files() -> None:
    book = playbook(
        segment("a", 'in segment "Of B"', name="Of A"),
        segment("b", "NPS > 5", leave='NOT in segment "of c"', name="Of B"),
        segment("c", "NPS > 8", name="Of C"),
        plays=(play("p", "play:p", criteria='in segment "Of A"'), play("q", "a")),
    )
    assert [rule.id for rule in book.rules.memberships] == ["c", "b", "a", "play:p"]
    assert book.rules is book.rules, "made once"


@pytest.mark.parametrize("length", [1, 2, 3])
def test_a_circle_is_named_instead_of_gone_round(length: int) -> None:
    names = "ABC"[:length]
    circle = [
        segment(name.lower(), f'in segment "Of {names[(at + 1) % length]}"', name=f"Of {name}")
        for at, name in enumerate(names)
    ]
    way = " asks for ".join(f"'Of {name}'" for name in (*names, names[0]))
    with pytest.raises(ConfigurationError, match=f"in a circle: {way}"):
        playbook(*circle).rules  # noqa: B018


def test_a_segment_that_is_not_there_orders_nothing() -> None:
    """Lint refuses it; an account is simply not in it."""
    assert [rule.id for rule in playbook(segment("a", 'in segment "Gone"')).rules.memberships] == ["a"]


def test_what_some_condition_looks_back_on_and_how_far() -> None:
    """Architecture section 4: temporal conditions pay their own way."""
    assert without_health(segment("a", "NPS > 3")).rules.lookbacks == {}
    book = without_health(
        segment("a", "NPS dropped by 3 in 10 days OR Licenses dropped 10% in 3 days"),
        segment("b", "Licenses > 3", leave="Licenses < 2 for 14 days"),
        plays=(play("p", "play:p", criteria="NPS changed in 40 days AND Active Users > 3"),),
    )
    assert book.rules.lookbacks == {"NPS": 40, "Licenses": 14}


def test_a_formula_that_is_read_looks_back_on_what_it_reads() -> None:
    """All the way down, and further by the days that it is looked back on itself; one that is not read costs
    nothing."""
    assert playbook().rules.lookbacks == {"Active Users": 30, "NPS": 180, "Open Ticket Count": 30}
    utilization = without_health(segment("a", "License Utilization < 50% for 14 days")).rules
    assert utilization.lookbacks == {"License Utilization": 14, "Active Users": 14, "Licenses": 14}
    change = without_health(segment("a", "Active Users Change 30 Days dropped in 10 days")).rules
    assert change.lookbacks == {"Active Users Change 30 Days": 10, "Active Users": 40}
    computed = {formula.name for formula in change.formulas}
    assert computed == {"License Utilization", "Active Users Change 30 Days"}


def without_health(*segments: Segment, plays: tuple[Play, ...] = ()) -> Playbook:
    """The rules of the standard scorecards left out."""
    return replace(playbook(*segments, plays=plays), profiles=(), account_model=())
