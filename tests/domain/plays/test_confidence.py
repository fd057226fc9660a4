"""A play may ask how sure the health is: below its minimum it does nothing, and its run says why."""

import pytest

from tests.domain.plays.entering import HOOK, MAIL, Town, launched, play

# The good Core account of the story is known by 63 percent of the weight of its scorecard.


@pytest.mark.parametrize(("minimum", "fired"), [(None, True), (63, True), (64, False)])
def test_below_the_minimum_nothing_is_sent_and_the_run_says_why(minimum: int | None, fired: bool) -> None:
    town = Town(
        play("write", emails=(MAIL,), webhooks=(HOOK,), add_tags=("written",), minimum_confidence=minimum)
    )
    assert launched(town.enters()) == ["write"]
    run = town.run("write")
    assert run.fired is fired
    assert any(queue.messages for queue in town.queues.values()) is fired
    assert town.tags() == (("written",) if fired else ())
    if not fired:
        assert run.outcomes == ("nothing: the confidence in the health is 63%, and the play asks for 64%",)


def test_where_health_is_unknown_there_is_no_confidence() -> None:
    """1.14 row 14."""
    town = Town(play("write", emails=(MAIL,), minimum_confidence=1))
    town.tell(status="Churned", active_users=5)
    town.launch()
    outcome = "nothing: the confidence in the health is not known, and the play asks for 1%"
    assert town.run("write").outcomes == (outcome,)


def test_what_it_would_start_is_not_started_and_what_asks_for_less_goes_on() -> None:
    town = Town(
        play("sure", starts=("next",), add_tags=("sure",), minimum_confidence=90),
        play("next", segment="", add_tags=("next",)),
        play("easy", add_tags=("easy",), minimum_confidence=10),
    )
    town.enters()
    assert town.tags() == ("easy",)


def test_it_does_not_count_for_the_brake() -> None:
    """Thirty unsure entries of one import hold nothing back that is sure."""
    town = Town(play("sure", add_tags=("a",), minimum_confidence=90, limit=2))
    for number in range(3):
        town.enters(f"A-{number}")
    assert [town.run("sure", f"A-{number}").fired for number in range(3)] == [False] * 3
