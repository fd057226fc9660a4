"""Finding a play as a person names it."""

from collections.abc import Callable, Sequence

import pytest

from keepwell.errors import RejectedInput
from keepwell.plays import Play
from keepwell.plays.finding import find_play, play_called
from tests.domain.plays.entering import play

BOOK = (play("chase", name="Call them"), play("follow", name="call  THEM"), play("win", name="chase"))


@pytest.mark.parametrize("find", [find_play, play_called])
def test_a_name_of_two_plays_runs_neither_of_them(find: Callable[[str, Sequence[Play]], Play | None]) -> None:
    with pytest.raises(RejectedInput, match="'Call Them' is the name of chase and follow: say which"):
        find("Call Them", BOOK)


def test_an_id_wins_over_a_name_of_another() -> None:
    assert find_play("Chase", BOOK).id == "chase"
    assert find_play("FOLLOW", BOOK).id == "follow"


def test_what_is_no_play_is_none() -> None:
    assert play_called("call us", BOOK) is None
    with pytest.raises(RejectedInput, match="no play is called 'wim'; did you mean win"):
        find_play("wim", BOOK)
