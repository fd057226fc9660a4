"""The list that one mail is to tell of: it grows while it is told, and nothing is told twice (T1, T2)."""

from dataclasses import replace
from datetime import timedelta

import pytest

from keepwell.errors import Conflict
from keepwell.in_memory import InMemoryWakes
from keepwell.noise.gathering import KNOWN_FOR, Batch, batch_of, gather, settle
from keepwell.wakes import Purpose, Wake
from tests.story import NOON

FRESH = Wake("summary", Purpose.SUMMARY, NOON, content={"email": "ann@example.com"})
SOON = NOON + timedelta(minutes=15)


class Gathering:
    """A wake that gathers letters, and whoever carries it out."""

    def __init__(self) -> None:
        self.wakes = InMemoryWakes()

    def put(self, letters: str, most: int = 100) -> None:
        for letter in letters:
            gather(self.wakes, FRESH, "letters", letter, most)

    @property
    def wake(self) -> Wake:
        found = self.wakes.get("summary/1")
        assert found is not None
        return found

    def tells(self, wake: Wake | None = None) -> Batch:
        return batch_of(self.wakes, wake or self.wake, "letters")

    def settles(self, batch: Batch) -> None:
        settle(self.wakes, batch, "letters", SOON, NOON)

    def all_told(self) -> str:
        """What is told from now on, until there is nothing new."""
        told = ""
        while entries := (batch := self.tells()).entries:
            told += "".join(entries)
            self.settles(batch)
        return told


@pytest.fixture
def here() -> Gathering:
    return Gathering()


def test_a_list_has_so_many_entries_and_then_there_is_another(here: Gathering) -> None:
    here.put("abcab", most=2)
    assert {wake.wake_id: wake.content["letters"] for wake in here.wakes.all()} == {
        "summary/1": ["a", "b"],
        "summary/2": ["c"],
    }


def test_who_was_interrupted_tells_of_the_same_though_the_list_has_grown(here: Gathering) -> None:
    here.put("ab")
    first = here.tells()
    here.put("cd")
    again = here.tells()
    assert (again.entries, again.source) == (first.entries, first.source) == (["a", "b"], first.source)
    here.settles(again)
    assert here.wake.due_at == SOON
    assert here.all_told() == "cd"


def test_what_was_told_is_not_told_again_where_it_is_put_there_again(here: Gathering) -> None:
    """A launch that is repeated after the summary was sent."""
    here.put("ab")
    assert here.all_told() == "ab"
    assert here.wake.due_at == NOON + KNOWN_FOR
    here.put("ab")
    assert here.wake.due_at == NOON + KNOWN_FOR
    here.put("abc")
    assert here.wake.due_at == FRESH.due_at
    assert here.all_told() == "c"


def test_a_wake_that_was_changed_since_it_was_claimed_is_not_told(here: Gathering) -> None:
    here.put("a")
    claimed = here.wake
    here.put("b")
    with pytest.raises(Conflict, match="changed since it was claimed"):
        here.tells(claimed)
    assert here.all_told() == "ab"


def test_the_claim_of_who_carries_it_out_stays(here: Gathering) -> None:
    """So that nobody else does at the same moment."""
    here.put("a")
    claimed = here.wakes.put(replace(here.wake, due_at=SOON, attempts=1))
    here.tells(replace(claimed, due_at=NOON, attempts=0))
    assert (here.wake.due_at, here.wake.attempts) == (SOON, 1)
    here.put("b")
    assert here.wake.due_at == SOON


def test_who_comes_late_settles_nothing_that_has_been_settled_since(here: Gathering) -> None:
    here.put("a")
    late = here.tells()
    here.settles(late)
    here.put("b")
    here.settles(here.tells())
    settled = here.wake
    here.settles(late)
    assert here.wake == settled


def test_what_was_given_up_is_no_more_once_it_is_told(here: Gathering) -> None:
    here.put("a")
    here.wakes.put(replace(here.wake, given_up=True, attempts=16, problem="no"))
    here.all_told()
    assert (here.wake.given_up, here.wake.attempts, here.wake.problem) == (False, 0, "")
