"""Why an account passed a border, in one sentence: it stands in tasks, mails, webhooks and traces (D5)."""

from dataclasses import replace

import pytest

from keepwell.attributes import standard_catalogue
from keepwell.criteria import parse
from keepwell.playbook.playbook import naming_segments
from keepwell.plays.context import because
from keepwell.standings import Passage
from tests.domain.plays.entering import QUIET, Town, on_exit, play


def sentence(passage: Passage, criteria: str, leave: str = "") -> str:
    """What is said of it when an account with few users comes, and when the users become many."""
    town = Town(play("in"), on_exit("out"), segments={QUIET: criteria})
    if leave:
        [segment] = town.playbook.segments
        segment = replace(segment, leave=parse(leave, standard_catalogue()))
        town.playbook = replace(town.playbook, segments=(segment,))
    town.tell(active_users=5, licenses=100)
    town.tell(active_users=50, licenses=100, drop="drop-2")
    [found] = [each for each in town.standing().pending if each.passage is passage]
    return because(found).partition(";")[0]


@pytest.mark.parametrize(
    ("criteria", "said"),
    [
        ("Active Users < 10", "Active Users < 10 (it is 5)"),
        ("Active Users < 10 AND Licenses > 20", "Active Users < 10 (it is 5), Licenses > 20 (it is 100)"),
        ("NOT Active Users > 10", "not Active Users > 10 (it is 5)"),
        ("Active Users < 10 AND NOT Licenses < 20", "Active Users < 10 (it is 5)"),
    ],
)
def test_an_entry_is_because_of_what_holds(criteria: str, said: str) -> None:
    assert sentence(Passage.ENTERED, criteria) == said


@pytest.mark.parametrize(
    ("criteria", "leave", "said"),
    [
        ("Active Users < 10", "", "no longer Active Users < 10 (it is 50)"),
        ("Active Users < 10 AND Licenses > 20", "", "no longer Active Users < 10 (it is 50)"),
        ("NOT Active Users > 10", "", "Active Users > 10 (it is 50)"),
        ("Active Users < 10", "Active Users > 20", "Active Users > 20 (it is 50)"),
        ("Active Users < 10", "Active Users > 20 OR Licenses < 5", "Active Users > 20 (it is 50)"),
    ],
)
def test_an_exit_is_because_of_what_holds_no_longer_or_of_what_it_leaves_by(
    criteria: str, leave: str, said: str
) -> None:
    assert sentence(Passage.EXITED, criteria, leave) == said


NAMED = 'in segment "Quiet" AND Licenses > 20'


@pytest.mark.parametrize(
    ("named", "said"),
    [
        (NAMED, "Active Users < 10 (it is 5), Licenses > 20 (it is 100)"),
        (f"Licenses > 20 AND {NAMED}", "Active Users < 10 (it is 5), Licenses > 20 (it is 100)"),
        ('in segment "Quiet" OR in segment "Vast"', "Active Users < 10 (it is 5)"),
    ],
)
def test_an_entry_that_asks_for_a_segment_says_first_what_that_asks(named: str, said: str) -> None:
    """EWS-01 to EWS-09: what a warning is about, not the name of a list."""
    segments = {"quiet": "Active Users < 10", "vast": "Licenses > 500"}
    names = {"quiet": "Quiet", "vast": "Vast"}
    catalogue = naming_segments(standard_catalogue(), names)
    town = Town(replace(play("own"), segment="play:own", criteria=parse(named, catalogue)), segments=segments)
    book = town.playbook
    named_ones = tuple(replace(each, name=names[each.id]) for each in book.segments)
    town.playbook = replace(book, segments=named_ones)
    town.tell(active_users=5, licenses=100)
    [found] = [each for each in town.standing().pending if each.segment == "play:own"]
    assert because(found).partition(";")[0] == said


def test_what_is_not_known_any_more_is_unknown() -> None:
    town = Town(play("in"), on_exit("out"))
    town.tell(active_users=5)
    town.tell(active_users=None, drop="drop-2")
    exits = [each for each in town.standing().pending if each.passage is Passage.EXITED]
    assert [because(each) for each in exits] == ["no longer Active Users < 10 (it is unknown)"]
