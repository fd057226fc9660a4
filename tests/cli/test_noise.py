"""`keepwell noise`: what plays ask for, what holds them back, and what becomes of it (D6)."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from keepwell.noise.reasons import Reason
from keepwell.plays import PlayState
from keepwell.plays.play import EmailAction
from keepwell.tasks import TaskStatus
from keepwell.tasks.changing import told
from keepwell_cli.noise import noise
from keepwell_cli.reference import ANSWERS
from keepwell_cli.stack import Stack
from tests.cli.in_memory_stack import InMemoryStack, shown
from tests.domain.assignment.teams import member
from tests.domain.plays.entering import Town, on_exit, play, task
from tests.story import NOON

MAIL = EmailAction("Lead@example.com", "Look", "Now")
CALL = play("call", tasks=(task("Call"),), emails=(MAIL,), limit=3)
TEST = play("test", state=PlayState.SHADOW, emails=(MAIL,))
CSM = "csm.core@example.com"


@pytest.fixture
def town(monkeypatch: pytest.MonkeyPatch) -> Town:
    """It is as a stack; nobody entered yet."""
    town = Town(CALL, TEST, on_exit("ask", tasks=(task("Ask"),)))
    for name in ("lead", "csm.core"):
        town.team.put(member(name))
    stack = InMemoryStack("keepwell", {})
    for name in ("accounts", "work", "deliveries", "control", "team", "wakes", "touchpoints", "history"):
        vars(stack)[name] = getattr(town, name)
    monkeypatch.setattr(Stack, "configured", classmethod(lambda *_: stack))
    monkeypatch.setattr(InMemoryStack, "clock", property(lambda _: Now(town)))
    monkeypatch.setattr(stack.playbooks, "active", town.playbook)
    return town


class Now:
    def __init__(self, town: Town):
        self._town = town

    def now(self) -> Any:
        return self._town.now


def of(play_id: str, days: int = 30) -> dict[str, Any]:
    [found] = [each for each in noise(days).document["plays"] if each["play"] == play_id]
    return dict(found)


def held(found: dict[str, Any]) -> dict[str, int]:
    return {reason: count for reason, count in found["held"].items() if count}


def close(town: Town, account: str, status: TaskStatus, **later: int) -> None:
    """The task is closed so much later."""
    [found] = [each for each in town.work.tasks(account) if each.is_open]
    at = found.created_at + timedelta(**later)
    values = {"Status": status.value, "Closed At": at.isoformat()}
    town.work.change_task(told(found, CSM, at, values))


def test_what_fired_and_what_became_of_its_tasks(town: Town) -> None:
    """PLY-15: how many of its tasks are completed is looked at once a week, with `--days 7`."""
    for account in ("a", "b", "c"):
        town.enters(account, drop=f"drop-{account}")
    close(town, "a", TaskStatus.COMPLETED, days=1)
    close(town, "b", TaskStatus.COMPLETED, days=4)
    close(town, "c", TaskStatus.CANCELLED, days=2)
    town.enters("d", drop="drop-d")
    found = of("call")
    assert (found["fired"], found["completed"], found["ignored"], found["open"]) == (4, 2, 1, 1)
    assert found["median_days_to_close"] == 2.5
    town.now += timedelta(days=14)
    assert of("call")["open"] == 1
    town.now += timedelta(days=1)
    found = of("call")
    assert (found["ignored"], found["open"]) == (2, 0), "due fifteen days ago"


def test_what_people_said_came_of_it_comes_back_to_the_play(town: Town) -> None:
    """PLY-16: many a false alarm says that the trigger is to be narrower."""
    for account, outcome in (("a", "False Alarm"), ("b", "Reached"), ("c", "False Alarm"), ("d", "")):
        town.enters(account, drop=f"drop-{account}")
        close(town, account, TaskStatus.COMPLETED, days=1)
        [closed] = town.work.tasks(account)
        if outcome:
            town.work.change_task(told(closed, CSM, town.now, {"Outcome": outcome}))
    town.enters("e", drop="drop-e")
    assert list(of("call")["outcomes"].items()) == [("False Alarm", 2), ("Reached", 1)]
    assert "came of it" in shown(noise())
    [line] = [line for line in shown(noise()).splitlines() if line.startswith("call ")]
    assert line.rstrip().endswith("False Alarm 2, Reached 1")


def test_a_day_alone_counts_as_a_day(town: Town) -> None:
    town.enters()
    [found] = town.work.tasks("A-1")
    done = {"Status": TaskStatus.COMPLETED.value, "Closed At": "2026-11-24"}
    town.work.change_task(told(found, CSM, town.now, done))
    assert of("call")["median_days_to_close"] == 3.0


def test_what_was_closed_before_it_was_made_took_no_time(town: Town) -> None:
    """A file may tell so, and a practice clock may go back."""
    town.enters()
    close(town, "A-1", TaskStatus.COMPLETED, hours=-30)
    assert of("call")["median_days_to_close"] == 0


def test_what_was_held_back_by_the_reason(town: Town) -> None:
    town.playbook = replace(town.playbook, daily_cap=1)
    for account in "abcde":  # the brake lets three of one drop pass, the cap one mail
        town.enters(account)
    assert held(of("call")) == {Reason.BRAKE: 2, Reason.CAP: 2}
    assert held(of("test")) == {Reason.SHADOW: 5}
    assert (of("test")["fired"], of("ask")["fired"]) == (0, 0)
    town.leaves("a")
    town.enters("a", drop="drop-3")
    assert held(of("call")) == {Reason.BRAKE: 2, Reason.CAP: 2, Reason.DEDUPE: 1}


def test_how_often_each_member_is_alerted(town: Town) -> None:
    for account in "ab":
        town.enters(account, drop=account)
    town.delivers()
    town.leaves("a")
    town.enters("a", drop="drop-3")  # its task was open: it was updated, and nobody was mailed
    assert [len(town.titles(account)) for account in "ab"] == [2, 1]
    members = noise(days=14).document["members"]
    assert members == [
        {"email": CSM, "alerts": 3, "alerts_per_week": 1.5},
        {"email": "lead@example.com", "alerts": 2, "alerts_per_week": 1.0},
    ]


def test_only_the_days_that_are_asked_for_count(town: Town) -> None:
    town.enters()
    town.now = NOON + timedelta(days=8)
    assert of("call", days=9)["fired"] == 1
    [at] = [run.at for run in town.work.runs("A-1") if run.play == "call"]
    town.now = at + timedelta(days=7)
    assert of("call", days=7)["fired"] == 0, "seven days ago to the second is before them"
    assert of("call", days=7) | {"held": {}} == {
        "play": "call",
        "fired": 0,
        "held": {},
        "completed": 0,
        "ignored": 0,
        "open": 0,
        "median_days_to_close": None,
        "outcomes": {},
    }


def test_people_read_why_in_one_line(town: Town) -> None:
    town.enters("a")
    close(town, "a", TaskStatus.COMPLETED, hours=36)
    town.leaves("a")
    town.enters("a", drop="drop-3")
    [line] = [line for line in shown(noise()).splitlines() if line.startswith("call ")]
    assert line.split() == ["call", "2", "1", "0", "1", "1.5"]
    assert "test" in shown(noise())
    assert "shadow 2" in shown(noise())


def test_it_answers_as_documented(town: Town) -> None:
    town.enters()
    documented, told = ANSWERS["noise"]["document"], noise().document
    assert told.keys() == documented.keys()
    assert told["plays"][0].keys() == documented["plays"][0].keys()
    assert told["plays"][0]["held"].keys() == documented["plays"][0]["held"].keys()
    assert told["members"][0].keys() == documented["members"][0].keys()
