"""What follows from the playbook alone: the order of the memberships, and how far conditions look back."""

import pytest

from keepwell.errors import ConfigurationError
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
    assert playbook(segment("a", "NPS > 3")).rules.lookbacks == {}
    book = playbook(
        segment("a", "NPS dropped by 3 in 10 days OR Licenses dropped 10% in 3 days"),
        segment("b", "Licenses > 3", leave="Licenses < 2 for 14 days"),
        plays=(play("p", "play:p", criteria="NPS changed in 40 days AND Active Users > 3"),),
    )
    assert book.rules.lookbacks == {"NPS": 40, "Licenses": 14}
