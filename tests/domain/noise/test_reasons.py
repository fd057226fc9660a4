"""Why something was held back, read from what runs tell: in the words of those who hold it back (D6)."""

from collections.abc import Callable
from dataclasses import replace
from datetime import time

import pytest

from keepwell.noise.reasons import Reason, reason_of
from keepwell.plays import Play
from keepwell.plays.braking import Decision
from keepwell.working_time import Calendar
from tests.domain.assignment.teams import member
from tests.domain.plays.entering import Town, mail, play, task

CALL = play("call", tasks=(task("Call"),), emails=(mail("News"),))


def entered(found: Play, calendar: Calendar | None = None, cap: int | None = None) -> Town:
    town = Town(found)
    town.playbook = replace(town.playbook, calendar=calendar or Calendar(), daily_cap=cap)
    town.team.put(member("lead"))
    town.enters()
    return town


def again(found: Play) -> Town:
    """The account left, and came back."""
    town = entered(found)
    town.leaves()
    town.enters(drop="drop-3")
    return town


def discarded() -> Town:
    town = entered(replace(CALL, limit=0))
    town.launcher.brake.decide("call", "drop-1", Decision.DISCARDED, "ann")
    town.launch()
    return town


def left() -> Town:
    town = Town(CALL)
    town.tell(active_users=5)
    town.leaves()
    return town


STORIES: dict[Reason, Callable[[], Town]] = {
    Reason.BRAKE: discarded,
    Reason.COOL_DOWN: lambda: again(replace(CALL, cool_down_days=9)),
    Reason.DEDUPE: lambda: again(CALL),
    Reason.CAP: lambda: entered(CALL, cap=0),
    Reason.QUIET_HOURS: lambda: entered(CALL, Calendar(quiet_from=time(11), quiet_to=time(14))),
    Reason.CONFIDENCE: lambda: entered(replace(CALL, minimum_confidence=101)),
    Reason.LEFT: left,
}


@pytest.mark.parametrize("reason", STORIES)
def test_a_reason_is_found_in_the_latest_run(reason: Reason) -> None:
    town = STORIES[reason]()
    latest = max(town.work.runs("A-1"), key=lambda run: run.at)
    assert {reason_of(line) for line in latest.outcomes} - {None} == {reason}


def test_there_is_a_story_for_every_reason() -> None:
    """A shadow's run says by itself that it is one."""
    assert STORIES.keys() == set(Reason) - {Reason.SHADOW}


def test_the_title_of_a_task_is_no_reason() -> None:
    for title in ("Call: quiet hours", "Read what is over the daily cap of 3", "Site updated: look"):
        assert reason_of(f"task t-1 for a@example.com (pool:all, next of 2): {title}") is None
