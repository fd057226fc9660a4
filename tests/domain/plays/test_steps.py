"""The steps of a play: waits, branches, and what ends them (PLY-01, reliability T1, T3)."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from keepwell.attributes import standard_catalogue
from keepwell.criteria import parse
from keepwell.deliveries import DeliveryState
from keepwell.errors import ConfigurationError
from keepwell.in_memory import InMemoryWork
from keepwell.playbook import Playbook
from keepwell.playbook.playbook import naming_segments
from keepwell.plays import Play, PlayState
from keepwell.plays.play import Deeds, TouchpointAction
from keepwell.plays.steps import Branch, Wait, begun, left_after, step_at
from keepwell.tasks import PlayRun, RunState
from keepwell.waking import MOST_ATTEMPTS
from keepwell.working_time import Calendar
from tests.domain.plays.entering import Town, alone, mail, on_exit, play, task, tasks

THREE_DAYS = Wait(days=3)
REGARDLESS = Wait(days=3, unless_left=False)


def asks(condition: str, then: Deeds | Wait | Branch, otherwise: Deeds | Wait | None = None) -> Branch:
    return Branch(parse(condition, standard_catalogue()), (then,), () if otherwise is None else (otherwise,))


def chase(**fields: object) -> Play:
    """A play of two tasks with three days between them."""
    return play("chase", **{"steps": (tasks("call"), THREE_DAYS, tasks("write")), **fields})


def test_what_follows_a_wait_is_done_when_it_is_over_and_not_before() -> None:
    town = Town(chase())
    town.enters()
    assert town.titles() == ["call"]
    run = town.run("chase")
    assert (run.state, run.place, run.until) == (RunState.WAITING, "2", town.now + timedelta(days=3))
    town.passes(days=2, hours=23)
    assert town.titles() == ["call"]
    town.passes(hours=1)
    assert town.titles() == ["call", "write"]
    assert town.run("chase").state is RunState.DONE
    assert not town.wakes.all()


def test_the_run_tells_of_every_step_and_when_it_was_taken() -> None:
    town = Town(chase(tasks=(task("look"),)))
    town.enters()
    began = town.now
    town.passes(days=3)
    steps = [(step.step, step.outcome, step.at) for step in town.run("chase").steps]
    assert steps == [
        ("", "did", began),
        ("1", "did", began),
        ("2", "waits", began),
        ("3", "did", town.now),
    ]
    details = [step.detail for step in town.run("chase").steps]
    assert details[2] == "until 2026-11-24 12:01"
    assert details[3].endswith("for csm.core@example.com: write")


def test_a_run_of_a_hundred_steps_is_one_item_whatever_the_account_is_called() -> None:
    """I6: an item holds 400 KB."""
    steps = [asks("Account Name = x", tasks("no"), tasks("{{ account.name }}")) for _ in range(50)]
    town = Town(play("chase", steps=tuple(steps)))
    town.tell(active_users=5, account_name="客" * 10_000)
    town.launch()
    assert len(town.titles()) == 50
    assert len(str(town.run("chase")).encode()) < 200_000


def test_a_task_of_a_step_is_due_from_the_day_the_step_is_taken() -> None:
    later = Deeds(tasks=(task("write", due_in_days=2),))
    town = Town(play("chase", steps=(THREE_DAYS, later)))
    town.enters()
    town.passes(days=3)
    [made] = town.work.tasks("A-1")
    assert made.due_date == date(2026, 11, 26)


def test_a_template_of_a_later_step_tells_of_the_account_as_it_is_then() -> None:
    town = Town(play("chase", steps=(THREE_DAYS, tasks("{{ account.open_ticket_count }} tickets"))))
    town.enters()
    town.now += timedelta(days=2)
    town.tell(active_users=5, open_ticket_count=4)
    town.passes(days=1)
    assert town.titles() == ["4 tickets"]


def test_leaving_ends_a_wait_at_once() -> None:
    """T3: the exit cancels it; nothing is left that would wake."""
    town = Town(chase())
    town.enters()
    town.leaves()
    run = town.run("chase")
    assert (run.state, run.steps[-1].outcome) == (RunState.ENDED, "ended")
    assert run.steps[-1].detail == "the account left quiet on 2026-11-21"
    assert not town.wakes.all()
    town.passes(days=4)
    assert town.titles() == ["call"]


def test_a_wait_that_outlasts_the_exit_goes_on() -> None:
    town = Town(play("chase", steps=(REGARDLESS, Deeds(emails=(mail("bye"),), add_tags=("gone",)))))
    town.enters()
    town.leaves()
    assert town.run("chase").state is RunState.WAITING
    town.passes(days=3)
    assert town.sent() == ["bye"]
    assert town.tags() == ("gone",)


def test_after_a_wait_that_outlasts_the_exit_another_may_still_end_it() -> None:
    town = Town(play("chase", steps=(REGARDLESS, tasks("one"), THREE_DAYS, tasks("two"))))
    town.enters()
    town.leaves()
    town.passes(days=3)
    town.passes(days=3)
    assert town.titles() == ["one"]
    assert town.run("chase").steps[-1].detail == "the account had left again"


def test_an_account_that_left_without_its_exit_being_launched_yet_gets_nothing_more() -> None:
    town = Town(chase())
    town.enters()
    town.tell(active_users=50)
    town.passes(days=3)
    assert town.titles() == ["call"]
    assert town.run("chase").state is RunState.ENDED


def test_a_re_entry_waits_anew_and_the_old_wait_stays_ended() -> None:
    """T3: a re-entry is a new sequence with its own actions."""
    town = Town(chase())
    town.enters()
    town.closes("call")
    town.leaves()
    town.now += timedelta(days=1)
    town.enters(drop="drop-3")
    assert town.titles() == ["call", "call"]
    town.passes(days=2)
    assert town.titles() == ["call", "call"]
    town.passes(days=1)
    assert town.titles() == ["call", "call", "write"]


def test_a_play_on_exit_waits_until_the_account_is_back() -> None:
    town = Town(on_exit("miss", steps=(THREE_DAYS, tasks("ask why"))))
    town.enters()
    town.leaves()
    town.enters(drop="drop-3")
    town.passes(days=3)
    assert town.titles() == []
    assert town.run("miss", passage="exited/1").steps[-1].detail == "the account was back again"


@pytest.mark.parametrize(("tickets", "expected"), [(9, ["many"]), (1, ["few"]), (None, ["few"])])
def test_a_branch_goes_by_the_account_as_it_is_then(tickets: int | None, expected: list[str]) -> None:
    """What is not known does not hold."""
    steps = (THREE_DAYS, asks("Open Ticket Count > 5", tasks("many"), tasks("few")))
    town = Town(play("chase", steps=steps))
    town.enters()
    town.tell(active_users=5, open_ticket_count=tickets)
    town.passes(days=3)
    assert town.titles() == expected
    [asked] = [step for step in town.run("chase").steps if step.step == "2"]
    shown = "unknown" if tickets is None else tickets
    assert (asked.outcome, asked.detail) == (
        "yes" if tickets == 9 else "no",
        f"Open Ticket Count > 5 (it is {shown})",
    )


@pytest.mark.parametrize(
    ("condition", "holds"),
    [
        ("Health = Good", True),
        ("Health = Poor", False),
        ('in segment "Quiet"', True),
        ('has tag "vip"', True),
        ('has tag "none"', False),
        ("Days Since Last Touch > 7", True),
    ],
)
def test_a_branch_may_ask_for_all_that_a_segment_may(condition: str, *, holds: bool) -> None:
    catalogue = naming_segments(standard_catalogue(), {"quiet": "Quiet"})
    branch = Branch(parse(condition, catalogue), (tasks("then"),), (tasks("else"),))
    town = Town(play("chase", add_tags=("vip",), steps=(THREE_DAYS, branch)))
    town.enters()
    town.passes(days=3)
    assert town.titles() == ["then" if holds else "else"]


def test_what_follows_a_branch_is_done_whichever_way_it_went() -> None:
    inner = asks("Open Ticket Count > 5", tasks("many"))
    town = Town(play("chase", steps=(asks("Active Users < 10", inner), tasks("last"))))
    town.tell(active_users=5, open_ticket_count=9)
    town.launch()
    assert town.titles() == ["last", "many"]
    assert [step.step for step in town.run("chase").steps] == ["1", "1.then.1", "1.then.1.then.1", "2"]


def test_a_wait_within_a_branch_goes_on_after_the_branch() -> None:
    branch = Branch(
        parse("Active Users < 10", standard_catalogue()), (tasks("a"), THREE_DAYS, tasks("b")), (tasks("no"),)
    )
    town = Town(play("chase", steps=(branch, THREE_DAYS, tasks("c"))))
    town.enters()
    assert town.run("chase").place == "1.then.2"
    town.passes(days=3)
    assert town.titles() == ["a", "b"]
    town.passes(days=3)
    assert town.titles() == ["a", "b", "c"]


def test_a_run_ends_on_the_playbook_it_began_with() -> None:
    """An edit of a live play is for the runs to come."""
    town = Town(chase())
    town.enters()
    town.older[town.playbook.version] = town.playbook
    edited = chase(steps=(tasks("mail"), THREE_DAYS, tasks("post")))
    town.playbook = replace(town.playbook, version="edited", plays=(edited,))
    town.enters("A-2")
    town.passes(days=3)
    assert town.titles("A-1") == ["call", "write"]
    assert town.titles("A-2") == ["mail", "post"]


@pytest.mark.parametrize("state", [PlayState.DRAFT, PlayState.SHADOW, PlayState.RETIRED, None])
def test_a_play_that_is_taken_out_of_service_does_nothing_more(state: PlayState | None) -> None:
    """What it did stays: disabling leaves open tasks."""
    town = Town(chase())
    town.enters()
    town.older[town.playbook.version] = town.playbook
    left = () if state is None else (chase(state=state),)
    town.playbook = replace(town.playbook, version="edited", plays=left)
    town.passes(days=3)
    assert town.titles() == ["call"]
    assert town.run("chase").steps[-1].detail == f"the play is {state or 'gone'}"


def test_a_shadow_tells_what_every_step_would_do_and_does_nothing() -> None:
    """D3: what is planned is told, and nothing of it done."""
    deeds = Deeds(tasks=(task("write"),), emails=(mail("news"),), add_tags=("told",), starts=("more",))
    town = Town(
        play("chase", state=PlayState.SHADOW, steps=(tasks("call"), THREE_DAYS, deeds)),
        alone("more", add_tags=("more",)),
    )
    town.enters()
    assert town.run("chase").state is RunState.WAITING
    town.passes(days=3)
    run = town.run("chase")
    assert (run.state, run.shadow, run.deliveries) == (RunState.DONE, True, ())
    lines = [line.split(" ")[0] + " " + line.split(": ")[-1] for line in run.outcomes if ": " in line]
    assert lines == ["task call", "task write"]
    assert run.outcomes[-2:] == ("tag told added", "play more started")
    assert town.run("more").shadow
    assert (town.titles(), town.sent(), town.tags()) == ([], [], ())


def test_a_step_starts_another_play_once_with_steps_of_its_own() -> None:
    town = Town(
        play("chase", steps=(THREE_DAYS, Deeds(starts=("more",)))),
        alone("more", steps=(tasks("one"), THREE_DAYS, tasks("two"))),
    )
    town.enters()
    town.passes(days=3)
    assert town.titles() == ["one"]
    town.passes(days=3)
    assert town.titles() == ["one", "two"]
    assert town.run("more").transition_id == "A-1/quiet/1/entered"


def test_effects_of_steps_have_ids_of_their_own() -> None:
    """T1: the same action at two steps is two effects."""
    deeds = Deeds(tasks=(task("same"),), emails=(mail("same"),))
    town = Town(play("chase", tasks=deeds.tasks, steps=(deeds, THREE_DAYS, deeds)))
    town.enters()
    town.passes(days=3)
    assert town.titles() == ["same"] * 3
    assert len({each.delivery_id for each in town.deliveries.all()}) == 2


def test_a_wake_that_comes_twice_does_nothing_the_second_time() -> None:
    """T2."""
    town = Town(chase())
    town.enters()
    [wake] = town.wakes.all()
    town.now += timedelta(days=3)
    town.going_on.carry_out(wake, town.now)
    run = town.run("chase")
    town.going_on.carry_out(wake, town.now)
    assert town.run("chase") == run
    assert town.titles() == ["call", "write"]


def test_a_wake_of_a_run_that_was_never_stored_is_forgotten_after_two_days() -> None:
    """Its launch was interrupted, and the account had left when it was repeated."""
    town = Town(chase())
    town.enters()
    [wake] = town.wakes.all()
    town.work = InMemoryWork()
    town.going_on = replace(town.going_on, launcher=replace(town.launcher, work=town.work))
    town.passes(days=3)
    assert town.passes(minutes=1).failed
    for _ in range(MOST_ATTEMPTS):
        assert not town.passes(hours=12).given_up
    assert town.wakes.get(wake.wake_id) is None


def test_what_a_condition_said_holds_when_the_step_is_repeated() -> None:
    """The process ends after the task of one side was made; meanwhile the account changes."""
    steps = (THREE_DAYS, asks("Open Ticket Count > 5", tasks("many"), tasks("few")))
    town = Town(play("chase", steps=steps))
    town.enters()
    town.tell(active_users=5, open_ticket_count=9)
    town.now += timedelta(days=3)
    change_run = town.work.change_run
    writes = iter(range(9))

    def dies(run: PlayRun) -> PlayRun:
        if next(writes):
            raise KeyboardInterrupt
        return change_run(run)

    town.work.change_run = dies  # type: ignore[method-assign]
    with pytest.raises(KeyboardInterrupt):
        town.tick()
    town.work.change_run = change_run  # type: ignore[method-assign]
    town.tell(active_users=5, open_ticket_count=0)
    town.passes(hours=1)
    assert town.titles() == ["many"]
    assert town.run("chase").state is RunState.DONE


def test_an_account_that_is_gone_ends_its_runs() -> None:
    town = Town(chase())
    town.enters()
    town.accounts.remove(town.known().facts)
    town.passes(days=3)
    assert town.run("chase").steps[-1].detail == "the account is gone"


def test_an_exit_calls_off_what_an_interrupted_step_may_have_queued() -> None:
    """T3: the step was taken, and the process ended before the run could say so."""
    town = Town(play("chase", steps=(THREE_DAYS, Deeds(emails=(mail("news"),)))))
    town.enters()
    town.now += timedelta(days=3)
    change_run, town.work.change_run = town.work.change_run, interrupted  # type: ignore[method-assign]
    with pytest.raises(KeyboardInterrupt):
        town.tick()
    town.work.change_run = change_run  # type: ignore[method-assign]
    assert town.sent() == ["news"]
    town.leaves()
    assert town.sent() == []
    [message] = town.deliveries.all()
    assert message.state is DeliveryState.CANCELLED
    town.passes(days=1)
    assert town.sent() == []


def interrupted(run: PlayRun) -> PlayRun:
    raise KeyboardInterrupt


def test_a_run_whose_playbook_is_gone_is_given_up_visibly_and_goes_on_once_it_is_back() -> None:
    """R1, R6: whatever the cause was, and however long it lasted, the run is not stranded."""
    town = Town(chase())
    town.enters()

    def gone(version: str) -> Playbook:
        raise ConfigurationError(f"the playbook's bundle {version} is gone")

    mended, town.going_on = (
        town.going_on,
        replace(town.going_on, launcher=replace(town.launcher, playbook_of=gone)),
    )
    failed = sum(len(town.passes(days=3).failed) for _ in range(MOST_ATTEMPTS - 1))
    assert (failed, town.wakes.count_given_up()) == (MOST_ATTEMPTS - 1, 0)
    for number in range(60):
        [given_up] = town.passes(hours=12).given_up
        assert "is gone" in given_up.problem
        assert (given_up.attempts, town.wakes.count_given_up()) == (MOST_ATTEMPTS + number, 1)
        assert not town.passes(hours=11).given_up, "twice a day at most"
    [row] = town.history.of("A-1", "wake")
    assert "is gone" in row.detail["problem"]

    town.going_on = mended
    assert town.passes(hours=1).carried_out == 1
    assert town.titles() == ["call", "write"]
    assert town.run("chase").state is RunState.DONE
    assert town.wakes.all() == []


def test_a_run_whose_playbook_is_gone_keeps_no_other_play_back_on_an_exit() -> None:
    town = Town(chase(), on_exit("bye", tasks=(task("bye"),)))
    town.enters()

    def gone(version: str) -> Playbook:
        raise ConfigurationError(f"the playbook's bundle {version} is gone")

    town.launcher = replace(town.launcher, playbook_of=gone)
    town.leaves()
    assert town.titles() == ["call", "bye"]
    assert town.run("chase").state is RunState.ENDED
    assert not town.standing().pending


def test_a_touchpoint_is_logged_and_moves_the_last_touch() -> None:
    """TCH-04, with who took part and what it was about; the account has no such role filled."""
    who = ("{{ account.name }} Ltd", "{{ account.solutions_engineer }}")
    note = TouchpointAction(
        "Call", "Called {{ account.name }}", "Nobody there", "Adoption", who, ("Silence",)
    )
    town = Town(play("chase", steps=(THREE_DAYS, Deeds(touchpoints=(note,)))))
    town.enters()
    town.passes(days=3)
    [logged] = town.touchpoints.touchpoints("A-1")
    assert (logged.type, logged.subject, logged.flow) == ("Call", "Called Harbor Labs", "Adoption")
    assert (logged.participants, logged.reasons) == (("Harbor Labs Ltd",), ("Silence",))
    assert logged.day == date(2026, 11, 24)
    assert town.known().facts.values["Last Touch"] == date(2026, 11, 24)


def test_an_internal_note_does_not_move_the_last_touch() -> None:
    note = TouchpointAction("Internal Note", "Gone quiet")
    town = Town(play("chase", touchpoints=(note,)))
    town.enters()
    [logged] = town.touchpoints.touchpoints("A-1")
    assert logged.subject == "Gone quiet"
    assert town.known().facts.values["Last Touch"] == date(2026, 11, 16)


BERLIN = ZoneInfo("Europe/Berlin")
FRIDAY = datetime(2026, 10, 23, 8, 30, tzinfo=UTC)  # 10:30 in Berlin, two days before the clocks go back


@pytest.mark.parametrize(
    ("wait", "over_at"),
    [
        (Wait(hours=72), datetime(2026, 10, 26, 8, 30, tzinfo=UTC)),
        (Wait(days=3), datetime(2026, 10, 26, 9, 30, tzinfo=UTC)),
        (Wait(working_days=1), datetime(2026, 10, 27, 9, 30, tzinfo=UTC)),
    ],
    ids=["hours", "days", "working days"],
)
def test_days_end_at_the_same_time_of_day_and_hours_are_hours(wait: Wait, over_at: datetime) -> None:
    calendar = Calendar(holidays=frozenset({date(2026, 10, 26)}))
    assert wait.over_at(FRIDAY, BERLIN, calendar) == over_at


def test_places_lead_to_their_steps_and_to_what_is_left_after_them() -> None:
    inner = Branch(parse("NPS > 1", standard_catalogue()), (tasks("x"), tasks("y")), (tasks("z"),))
    steps = (tasks("a"), inner, tasks("b"))
    assert [place for place, _ in begun(steps)] == ["1", "2", "3"]
    assert step_at(steps, "2.then.2") == tasks("y")
    assert [place for place, _ in left_after(steps, "2.then.1")] == ["2.then.2", "3"]
    assert [place for place, _ in left_after(steps, "2.else.1")] == ["3"]
    assert left_after(steps, "3") == []
    for place in ("1.then.1", "2.then.3", "4", "2.then"):
        with pytest.raises(ConfigurationError, match="no step"):
            step_at(steps, place)
