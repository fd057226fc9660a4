"""Plays that are edited while they act: what has begun ends as it began (PLY-01, reliability T1)."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from keepwell.attributes import standard_catalogue
from keepwell.criteria import parse
from keepwell.deliveries import DeliveryState
from keepwell.errors import ConfigurationError
from keepwell.playbook import Playbook
from keepwell.plays import Play, PlayState
from keepwell.plays.play import Deeds
from keepwell.plays.steps import Wait
from keepwell.sweeping import relaunch_missed
from keepwell.tasks import RunState
from tests.domain.plays.entering import MAIL, QUIET, Town, alone, mail, play, task, tasks


def chase(*steps: Any, **fields: Any) -> Play:
    return play("chase", steps=steps, **fields)


def dies_at(place: int, port: Any, method: str, town: Town) -> None:
    """A launch ends just before the call of that place, counted from 0."""
    known, calls = getattr(port, method), iter(range(100))

    def dying(*args: Any) -> Any:
        if next(calls) == place:
            raise KeyboardInterrupt
        return known(*args)

    setattr(port, method, dying)
    with pytest.raises(KeyboardInterrupt):
        town.launch()
    setattr(port, method, known)


def began(town: Town, play_id: str = "chase") -> tuple[str, RunState]:
    run = town.run(play_id)
    return run.playbook, run.state


def test_what_was_interrupted_is_repeated_by_the_playbook_it_began_with() -> None:
    """Whatever the active one does at the same places."""
    town = Town(play("chase", tasks=(task("A"), task("B"))))
    town.tell(active_users=5)
    dies_at(1, town.work, "put_task", town)
    first = town.playbook.version
    town.apply(play("chase", tasks=(task("B"), task("A"), task("C"))))
    town.launch()
    assert town.titles() == ["A", "B"]
    assert began(town) == (first, RunState.DONE)
    assert town.standing().pending == ()


def test_it_waits_at_a_place_of_its_own_steps() -> None:
    town = Town(chase(Wait(days=1), tasks("one")))
    town.tell(active_users=5)
    dies_at(0, town.wakes, "add", town)
    town.apply(chase(tasks("x"), tasks("y"), tasks("z"), Wait(days=2), tasks("zero")))
    town.launch()
    assert (town.run("chase").place, town.titles()) == ("1", [])
    town.passes(days=1)
    assert town.titles() == ["one"]
    town.leaves()
    assert town.run("chase").state is RunState.DONE


def test_a_launch_that_had_done_nothing_yet_is_of_the_active_playbook() -> None:
    town = Town(chase(tasks("old")))
    town.tell(active_users=5)
    town.apply(chase(tasks("new")))
    town.launch()
    assert town.titles() == ["new"]
    assert began(town)[0] == town.playbook.version


def test_it_is_repeated_though_its_play_answers_something_else_by_now() -> None:
    town = Town(chase(tasks("one"), tasks("two")), segments={"loud": "Active Users > 90"})
    town.tell(active_users=5)
    dies_at(1, town.work, "put_task", town)
    town.apply(chase(tasks("three"), segment="loud"))
    town.passes(minutes=20)
    town.launch()
    assert town.titles() == ["one", "two"]
    assert began(town)[1] is RunState.DONE
    assert town.standing().pending == ()


def test_so_is_a_play_that_another_one_started() -> None:
    town = Town(play("chase", starts=("more",)), alone("more", tasks=(task("A"), task("B"))))
    town.tell(active_users=5)
    dies_at(1, town.work, "put_task", town)
    town.apply(play("chase"), alone("more", tasks=(task("B"), task("A"))))
    town.launch()
    assert town.titles() == ["A", "B"]


def test_a_run_starts_what_it_said_and_not_what_its_play_starts_by_now() -> None:
    """Its transition waits on, since the brake holds another play."""
    held = play("held", tasks=(task("held"),), limit=0)
    town = Town(chase(tasks("one")), held, alone("more", tasks=(task("more"),)))
    town.enters()
    town.apply(chase(tasks("one"), starts=("more",)), held, alone("more", tasks=(task("more"),)))
    town.launch()
    assert town.titles() == ["one"]


def test_what_was_called_off_is_what_the_interrupted_launch_had_begun() -> None:
    """T3: the account left before it was repeated; the active playbook has other messages."""
    town = Town(chase(Deeds(emails=(mail("one"), mail("two")))))
    town.tell(active_users=5)
    dies_at(1, town.deliveries, "add", town)
    town.apply(chase(tasks("x")))
    town.leaves()
    assert (town.sent(), town.titles()) == ([], [])
    assert {each.subject for each in town.deliveries.all()} >= {"one"}


def test_a_shadow_that_is_interrupted_leaves_nothing_behind() -> None:
    """It did nothing: what it tells is of the playbook by which it ends."""
    town = Town(chase(tasks("one"), Wait(days=1), state=PlayState.SHADOW))
    town.tell(active_users=5)
    dies_at(0, town.wakes, "add", town)
    assert list(town.work.runs("A-1")) == []
    town.apply(chase(tasks("one")))
    town.launch()
    [run] = town.work.runs("A-1")
    assert not run.shadow
    assert town.titles() == ["one"]


def test_one_account_whose_playbook_is_gone_keeps_no_other_from_the_sweep() -> None:
    """R6."""
    town = Town(chase(tasks("one"), tasks("two")))
    for account_id in ("A-1", "A-2"):
        town.tell(account_id, active_users=5)
    dies_at(1, town.work, "put_task", town)
    gone = town.playbook.version
    town.apply(chase(tasks("three")))

    def playbook_of(version: str) -> Playbook:
        if version == gone:
            raise ConfigurationError(f"the playbook's bundle {version} is gone")
        return town.playbook

    launcher = town.launcher
    object.__setattr__(launcher, "playbook_of", playbook_of)
    town.passes(minutes=20)
    swept = relaunch_missed(town.accounts, launcher, town.playbook, town.now, None)
    assert swept.problems == (("A-1", f"the playbook's bundle {gone} is gone"),)
    assert town.titles("A-2") == ["three"]


TICKETS = "Open Ticket Count"
LATER = (tasks("first"), Wait(days=3), tasks("second"))


def own(more_than: int, *steps: Any, **fields: Any) -> Play:
    """A play whose own condition is to have more tickets than that."""
    criteria = parse(f"{TICKETS} > {more_than}", standard_catalogue())
    return play("own", segment="play:own", criteria=criteria, steps=steps or LATER, **fields)


def has(town: Town, tickets: int) -> None:
    town.tell(active_users=50, open_ticket_count=tickets)
    town.launch()


def steps_told(town: Town) -> list[str]:
    return [step.detail for run in town.work.runs("A-1") for step in run.steps if step.outcome == "ended"]


def test_narrowing_a_plays_condition_ends_no_run_that_still_meets_it_as_it_was() -> None:
    town = Town(own(5, Deeds(emails=(mail("first"),)), Wait(days=3), tasks("second")))
    has(town, 7)
    town.apply(own(8))
    town.evaluate()
    town.launch()
    assert (town.sent(), steps_told(town)) == (["first"], [])
    town.passes(days=3)
    assert town.titles() == ["second"]


def test_what_it_changes_then_is_changed_though_the_edit_has_moved_the_account() -> None:
    town = Town(own(5, Wait(days=3), Deeds(add_tags=("late",))))
    has(town, 7)
    town.apply(own(8))
    town.evaluate()
    town.launch()
    town.passes(days=3)
    assert town.tags() == ("late",)


@pytest.mark.parametrize("more_than", [8, 3])
def test_a_run_ends_once_its_condition_does_not_hold_as_it_was(more_than: int) -> None:
    """Narrowed or widened."""
    town = Town(own(5))
    has(town, 7)
    town.apply(own(more_than))
    town.evaluate()
    town.launch()
    has(town, 4)
    town.passes(days=3)
    assert (town.titles(), steps_told(town)) == (["first"], ["the account had left again"])


@pytest.mark.parametrize(("tickets", "titles"), [(7, ["first", "second"]), (4, ["first"])])
def test_a_condition_that_has_become_a_segment_is_asked_as_it_was(tickets: int, titles: list[str]) -> None:
    """Nobody looks at it any more: the standing would tell for ever that the account is inside."""
    town = Town(own(5))
    has(town, 7)
    town.apply(
        play("own", segment="busy", steps=LATER), segments={"busy": f"{TICKETS} > 99", "quiet": "NPS > 0"}
    )
    has(town, tickets)
    town.passes(days=3)
    assert town.titles() == titles


def test_so_is_a_segment_that_was_renamed() -> None:
    town = Town(chase(*LATER))
    town.enters()
    town.apply(chase(*LATER, segment="silent"), segments={"silent": "Active Users < 10"})
    town.leaves()
    town.passes(days=3)
    assert town.titles() == ["first"]
    assert steps_told(town) == ["the account had left again"]


def test_an_exit_by_another_playbook_ends_what_waits_where_the_trigger_is_the_same() -> None:
    """T3, also where the account matches again before the exit is launched."""
    town = Town(chase(*LATER))
    town.enters()
    town.apply(chase(tasks("other")))
    town.tell(active_users=50)
    facts = town.known().facts
    town.accounts.put_facts(replace(facts, values={**facts.values, "Active Users": 5}))
    town.launch()
    assert town.run("chase").state is RunState.ENDED


def test_who_leaves_by_time_alone_is_looked_at_before_a_step_is_taken() -> None:
    """The minute tick comes before that night's evaluation."""
    town = Town(chase(*LATER), segments={QUIET: "Last Touch within last 7 days"})
    town.tell(last_touch=(town.now - timedelta(days=5)).date())
    town.launch()
    town.passes(days=3)
    assert town.titles() == ["first"]
    town.evaluate()
    town.launch()
    town.passes(minutes=10)
    assert town.titles() == ["first"]
    assert town.run("chase").state is RunState.ENDED
    assert not town.wakes.all()


def test_once_somebody_has_looked_the_step_is_taken_after_all() -> None:
    """What a file told had not been looked at yet, and told it back."""
    town = Town(chase(*LATER))
    town.enters()
    facts = town.known().facts
    away = replace(facts, values={**facts.values, "Active Users": 50})
    stored = town.accounts.put_facts(away)
    assert town.passes(days=3).failed == []
    assert town.titles() == ["first"]
    town.accounts.put_facts(replace(stored, values=facts.values))
    town.passes(minutes=10)
    assert town.titles() == ["first", "second"]


NEWS = Deeds(emails=(mail("news"),))


@pytest.mark.parametrize("news", [chase(NEWS), own(5, NEWS)], ids=["segment", "condition"])
def test_an_exit_calls_off_the_mails_of_a_play_that_was_retired_since(news: Play) -> None:
    """T3."""
    town = Town(news)
    town.tell(active_users=5, open_ticket_count=7)
    town.launch()
    assert town.sent() == ["news"]
    town.apply(replace(news, state=PlayState.RETIRED))
    town.tell(active_users=50, open_ticket_count=1)
    town.launch()
    assert (town.sent(), town.standing().pending) == ([], ())


@pytest.mark.parametrize(
    ("beside", "state"),
    [((), DeliveryState.WAITING), ((play("other"),), DeliveryState.CANCELLED)],
)
def test_what_a_play_sent_for_a_segment_that_it_answers_no_more_leaves(
    beside: tuple[Play, ...], state: DeliveryState
) -> None:
    """T3: unless another play answers that segment, nobody heeds the exit."""
    town = Town(play("chase", emails=(MAIL,)), segments={"busy": "Licenses > 100"})
    town.enters()
    town.apply(play("chase", segment="busy", emails=(MAIL,)), *beside)
    town.leaves()
    assert [each.state for each in town.deliveries.all()] == [state]
