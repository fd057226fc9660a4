"""Plays that a date triggers: once for each of its values (PLY-06)."""

from dataclasses import replace
from datetime import date, timedelta

import pytest

from keepwell.attributes import standard_catalogue
from keepwell.plays import Play, PlayState
from keepwell.plays.dates import has_begun, window
from keepwell.plays.play import Deeds
from keepwell.plays.steps import Wait
from keepwell.tasks import RunState
from tests.domain.plays.entering import Town, mail, play, tasks
from tests.story import TODAY

RENEWS = TODAY + timedelta(days=95)


def renewal(**fields: object) -> Play:
    """Ninety days before the renewal, with a week to catch up."""
    criteria = window(standard_catalogue()["Renewal Date"], 90, None, 7)
    told = {"segment": "play:renewal", "criteria": criteria, "dated_by": "Renewal Date", **fields}
    return play("renewal", **told)


def day(town: Town, days: int = 1) -> None:
    """So many nights pass, each with its evaluation and its launch."""
    for _ in range(days):
        town.now += timedelta(days=1)
        town.evaluate()
        town.launch()
        town.tick()


def renews(town: Town, on: date | None) -> None:
    town.tell(renewal_date=on)
    town.launch()


def test_it_fires_on_its_day_and_not_again_while_the_day_can_be_caught_up_with() -> None:
    town = Town(renewal(tasks=tasks("renew").tasks))
    renews(town, RENEWS)
    day(town, 4)
    assert town.titles() == []
    day(town)
    assert town.titles() == ["renew"]
    day(town, 20)
    assert town.titles() == ["renew"]
    [run] = town.work.runs("A-1")
    assert run.run_id == "renewal/play:renewal/2027-02-24/entered"
    assert run.date == RENEWS.isoformat()


def test_an_account_that_is_told_of_late_is_caught_up_with() -> None:
    town = Town(renewal(tasks=tasks("renew").tasks))
    renews(town, TODAY + timedelta(days=84))
    assert town.titles() == ["renew"]


def test_an_account_that_is_told_of_too_late_is_not() -> None:
    town = Town(renewal(tasks=tasks("renew").tasks))
    renews(town, TODAY + timedelta(days=82))
    day(town, 100)
    assert town.titles() == []


def test_a_date_that_goes_and_comes_back_fires_once() -> None:
    """The account leaves the days of it and enters them anew: the same date, hence the same run."""
    town = Town(renewal(tasks=tasks("renew").tasks))
    renews(town, TODAY + timedelta(days=90))
    renews(town, None)
    renews(town, TODAY + timedelta(days=90))
    assert town.titles() == ["renew"]
    assert len(list(town.work.runs("A-1"))) == 1


def test_the_next_date_fires_again() -> None:
    town = Town(renewal(tasks=tasks("{{ account.renewal_date }}").tasks))
    renews(town, TODAY + timedelta(days=90))
    renews(town, date(2028, 2, 19))
    day(town, 370)
    assert town.titles() == ["2027-02-19", "2028-02-19"]


def test_that_its_day_passes_ends_nothing() -> None:
    """The account leaves the days on which it is triggered; its messages and waits stay."""
    steps = (Deeds(emails=(mail("soon"),)), Wait(days=30), tasks("call"))
    town = Town(renewal(steps=steps))
    renews(town, TODAY + timedelta(days=90))
    day(town, 29)
    assert town.sent() == ["soon"]
    [run] = town.work.runs("A-1")
    assert run.state is RunState.WAITING
    day(town)
    assert town.titles() == ["call"]


def test_another_date_ends_what_waits_for_the_old_one_once_the_wait_is_over() -> None:
    town = Town(renewal(steps=(Wait(days=30), tasks("call"))))
    renews(town, TODAY + timedelta(days=90))
    renews(town, TODAY + timedelta(days=455))
    day(town, 31)
    [run] = town.work.runs("A-1")
    assert (run.state, run.steps[-1].detail) == (RunState.ENDED, "Renewal Date is 2028-02-19 now")
    assert not town.wakes.all()
    assert town.titles() == []


@pytest.mark.parametrize("meanwhile", [None, TODAY + timedelta(days=455), TODAY + timedelta(days=88)])
def test_a_date_that_is_told_back_ends_nothing(meanwhile: date | None) -> None:
    """A bad file and its undo, or the next day's file."""
    town = Town(renewal(steps=(tasks("first"), Wait(days=30), tasks("second"))))
    right = TODAY + timedelta(days=90)
    renews(town, right)
    renews(town, meanwhile)
    renews(town, right)
    day(town, 31)
    assert town.titles() == ["first", "second"]


@pytest.mark.parametrize(("later", "left"), [(0, 88), (0, 80), (20, 73), (3, 90)])
def test_what_began_goes_on_where_its_date_is_corrected(later: int, left: int) -> None:
    """T3: its days had come for the new date, too, so that nothing else would tell of it."""
    town = Town(
        renewal(tasks=tasks("renew").tasks, steps=(Wait(days=30), tasks("{{ account.renewal_date }}")))
    )
    renews(town, TODAY + timedelta(days=90))
    day(town, later)
    right = TODAY + timedelta(days=later + left)
    renews(town, right)
    day(town, 40)
    assert town.titles() == ["renew", right.isoformat()]
    assert len(list(town.work.runs("A-1"))) == 1


def test_a_date_that_is_moved_away_and_back_into_its_days_begins_anew() -> None:
    town = Town(renewal(steps=(Wait(days=30), tasks("{{ account.renewal_date }}"))))
    renews(town, TODAY + timedelta(days=90))
    town.tell(renewal_date=None)
    town.tell(renewal_date=TODAY + timedelta(days=89))
    town.launch()
    day(town, 40)
    assert town.titles() == [(TODAY + timedelta(days=89)).isoformat()]


@pytest.mark.parametrize(
    ("days_before", "days_after", "ahead", "begun"),
    [
        (90, None, 91, False),
        (90, None, 90, True),
        (90, None, 0, True),
        (90, None, -1, False),
        (3, None, 3, True),
        (None, 30, -30, True),
        (None, 30, -99, True),
        (None, 30, -29, False),
        (None, 0, 0, True),
        (None, 0, 1, False),
    ],
)
def test_the_days_of_a_date_have_begun_or_are_to_come(
    days_before: int | None, days_after: int | None, ahead: int, begun: bool
) -> None:
    criteria = window(standard_catalogue()["Renewal Date"], days_before, days_after, 7)
    assert has_begun(criteria, TODAY + timedelta(days=ahead), TODAY) is begun


def test_a_date_that_changes_after_its_days_ends_the_wait_when_it_is_over() -> None:
    town = Town(renewal(steps=(Wait(days=30), tasks("call"))))
    renews(town, TODAY + timedelta(days=90))
    day(town, 20)
    renews(town, None)
    day(town, 11)
    assert town.titles() == []
    [run] = town.work.runs("A-1")
    assert run.steps[-1].detail == "Renewal Date is unknown now"


def test_a_wait_may_outlast_the_date() -> None:
    town = Town(renewal(steps=(Wait(days=30, unless_left=False), tasks("call"))))
    renews(town, TODAY + timedelta(days=90))
    renews(town, TODAY + timedelta(days=455))
    day(town, 31)
    assert town.titles() == ["call"]


def test_a_play_that_such_a_play_starts_is_of_the_passage_like_any_other() -> None:
    more = replace(renewal(), id="more", segment="", criteria=None, dated_by="", tasks=tasks("more").tasks)
    town = Town(renewal(starts=("more",)), more)
    renews(town, TODAY + timedelta(days=90))
    assert town.titles() == ["more"]


def test_a_shadow_notes_the_date_and_does_nothing() -> None:
    town = Town(renewal(state=PlayState.SHADOW, tasks=tasks("renew").tasks))
    renews(town, TODAY + timedelta(days=90))
    [run] = town.work.runs("A-1")
    assert run.run_id.endswith("/shadow")
    assert town.titles() == []
