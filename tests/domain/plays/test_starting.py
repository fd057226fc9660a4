"""A play starts others for the same transition, each once (SEG-08)."""

from collections.abc import Sequence

import pytest

from keepwell.plays import Play, PlayState
from tests.domain.plays.entering import Town, alone, launched, play


def test_a_started_play_has_a_run_of_its_own_for_the_same_transition() -> None:
    town = Town(play("first", starts=("call",)), alone("call", add_tags=("called",)))
    assert launched(town.enters()) == ["first", "call"]
    assert town.run("first").outcomes == ("play call started",)
    assert town.run("call").transition_id == "A-1/quiet/1/entered"
    assert town.tags() == ("called",)
    assert town.standing().pending == ()
    assert launched(town.launch()) == []


@pytest.mark.parametrize(
    ("plays", "expected"),
    [
        ((play("a", starts=("b",)), alone("b", starts=("c",)), alone("c")), ["a", "b", "c"]),
        ((play("a", starts=("b",)), alone("b", starts=("a",))), ["a", "b"]),
        ((play("a", starts=("a",)),), ["a"]),
        ((play("a", starts=("c",)), play("b", starts=("c",)), alone("c")), ["a", "b", "c"]),
        ((play("a", starts=("b",)), play("b")), ["a", "b"]),
    ],
    ids=["a chain", "a circle", "itself", "by two", "answers itself"],
)
def test_each_is_started_once(plays: Sequence[Play], expected: list[str]) -> None:
    town = Town(*plays)
    assert sorted(launched(town.enters())) == expected
    assert launched(town.launch()) == []


def test_what_a_shadow_starts_is_a_shadow() -> None:
    town = Town(
        play("try", state=PlayState.SHADOW, starts=("call",)),
        alone("call", starts=("tag",)),
        alone("tag", add_tags=("called",)),
    )
    assert launched(town.enters()) == ["try", "call", "tag"]
    assert all(town.run(name).shadow for name in ("try", "call", "tag"))
    assert town.tags() == ()


def test_what_a_live_one_starts_too_is_live() -> None:
    town = Town(
        play("try", state=PlayState.SHADOW, starts=("call",)),
        play("act", starts=("more",)),
        alone("more", starts=("call",)),
        alone("call", add_tags=("called",)),
    )
    town.enters()
    assert not town.run("call").shadow
    assert town.tags() == ("called",)


@pytest.mark.parametrize("state", [PlayState.DRAFT, PlayState.RETIRED])
def test_a_draft_or_retired_one_does_nothing_and_the_starter_says_so(state: PlayState) -> None:
    town = Town(play("first", starts=("call",)), alone("call", state=state, add_tags=("called",)))
    assert launched(town.enters()) == ["first"]
    assert town.run("first").outcomes == (f"play call not started: it is {state}",)


def test_one_that_is_gone_is_a_problem() -> None:
    town = Town(play("first", starts=("call",)))
    town.enters()
    assert town.run("first").problems == ("start call: the playbook has no such play",)
