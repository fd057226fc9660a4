"""A play with a cool-down fires for an account once in so many days (D6)."""

from datetime import timedelta

from keepwell.attributes import standard_catalogue
from keepwell.criteria import parse
from keepwell.plays import PlayState
from keepwell.plays.play import Deeds
from keepwell.plays.starting import Starting, start_wake
from keepwell.plays.steps import Branch
from tests.domain.plays.entering import MAIL, Town, alone, launched, play
from tests.story import TODAY

AGAIN = "entered/2"
TOO_EARLY = f"nothing: cool-down until {TODAY + timedelta(days=7)}"


def comes_back(town: Town, days: int) -> None:
    town.leaves()
    town.now += timedelta(days=days)
    town.enters(drop="drop-3")


def test_within_the_days_it_does_nothing_and_its_run_says_until_when() -> None:
    town = Town(play("tell", emails=(MAIL,), cool_down_days=7))
    town.enters()
    comes_back(town, days=6)
    run = town.run("tell", passage=AGAIN)
    assert (run.fired, run.outcomes) == (False, (TOO_EARLY,))
    assert town.sent() == []


def test_on_the_day_after_them_it_fires() -> None:
    town = Town(play("tell", emails=(MAIL,), cool_down_days=7))
    town.enters()
    comes_back(town, days=7)
    assert town.run("tell", passage=AGAIN).fired
    assert len(town.sent()) == 1


def test_a_run_that_did_nothing_does_not_prolong_it() -> None:
    town = Town(play("tell", emails=(MAIL,), cool_down_days=7))
    town.enters()
    comes_back(town, days=6)
    comes_back(town, days=1)
    assert town.run("tell", passage="entered/3").fired


def test_a_run_that_its_conditions_kept_from_everything_starts_none() -> None:
    asks = Branch(parse("NPS < 5", standard_catalogue()), (Deeds(emails=(MAIL,)),))
    town = Town(play("tell", steps=(asks,), cool_down_days=7))
    town.tell(active_users=5, nps=9)
    town.launch()
    assert town.run("tell").outcomes == ("nothing to do, for it is not so: NPS < 5 (it is 9)",)
    town.leaves()
    town.tell(active_users=5, nps=3)
    town.launch()
    assert [run.fired for run in town.work.runs("A-1")] == [False, True]
    assert len(town.sent()) == 1


def test_each_account_and_each_play_has_its_own() -> None:
    town = Town(play("tell", emails=(MAIL,), cool_down_days=7), play("tag", add_tags=("in",)))
    town.enters("A-1")
    assert launched(town.enters("A-2")) == ["tell", "tag"]
    assert town.run("tell", "A-2").fired
    comes_back(town, days=1)
    assert town.run("tag", passage=AGAIN).fired


def test_it_does_not_count_for_the_brake() -> None:
    town = Town(play("tell", emails=(MAIL,), cool_down_days=7, limit=1))
    town.enters()
    town.leaves()
    town.enters(drop="drop-3")
    assert town.control.get("brake#tell#drop-3") is None


def test_a_shadow_does_not_hold_back_the_live_play() -> None:
    town = Town(play("tell", emails=(MAIL,), cool_down_days=7, state=PlayState.SHADOW))
    town.enters()
    town.playbook = Town(play("tell", emails=(MAIL,), cool_down_days=7)).playbook
    comes_back(town, days=1)
    assert town.run("tell", passage=AGAIN).fired


def test_who_asks_by_hand_is_not_held_back() -> None:
    """PLY-18: a person decided."""
    town = Town(alone("tell", emails=(MAIL,), cool_down_days=7))
    town.tell(active_users=50)
    starting = Starting(town.launcher, lambda: town.playbook)
    for request in ("r-1", "r-2"):
        starting.carry_out(start_wake("tell", "A-1", request, "ann", town.now), town.now)
    assert [run.fired for run in town.work.runs("A-1")] == [True, True]
    assert len(town.sent()) == 2
