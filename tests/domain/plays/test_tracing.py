"""`keepwell why`: for each reason for which a play does not fire, the story in which it is named (D5).

Stories are by the values of what there is (states, silences, verdicts): one that is added has none, and
fails.
"""

import json
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import date, timedelta
from inspect import getmembers, isfunction
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from keepwell.attributes import Value, standard_catalogue
from keepwell.criteria import parse
from keepwell.criteria.knowing import Moment
from keepwell.deliveries import DeliveryState, deliver
from keepwell.errors import ConfigurationError, RejectedInput
from keepwell.playbook import Playbook
from keepwell.plays import Existing, Play, PlayState, passing_over
from keepwell.plays.braking import Decision, Verdict
from keepwell.plays.dates import window
from keepwell.plays.starting import Starting, start_wake
from keepwell.plays.steps import Branch, Wait
from keepwell.plays.tracing import STAGES, Line, Trace, trace
from keepwell.plays.tracing.triggering import lacking
from keepwell.standings import Passage, Silence
from keepwell.tasks import RunState, TaskStatus
from keepwell.waking import MOST_ATTEMPTS
from tests.domain.plays.entering import HOOK, MAIL, QUIET, Town, alone, on_exit, play, tasks
from tests.story import NOON, TODAY, standard_playbook

CALL = play("call", tasks=tasks("Call").tasks)


def why(town: Town, play_id: str = "call", account_id: str = "A-1", on: date | None = None) -> Trace:
    """The trace, which changes nothing that is stored."""
    known = town.known(account_id)
    found = trace(play_id, known, town.playbook, town.launcher, town.now, on)
    assert known == town.known(account_id)
    assert [line.step for line in found.because] == sorted(
        (line.step for line in found.because), key=list(STAGES).index
    )
    return found


def told(found: Trace, step: str) -> list[str]:
    return [line.outcome for line in found.because if line.step == step]


def said(found: Trace, step: str) -> str:
    return "\n".join(line.detail for line in found.because if line.step == step)


def stop(town: Town, play_id: str = "call", account_id: str = "A-1") -> tuple[str, str]:
    """The stage that it did not pass, and its word."""
    found = why(town, play_id, account_id)
    assert not found.fired
    assert isinstance(found.stopped_by, Line)
    return found.stopped_by.step, found.stopped_by.outcome


def entered(*plays: Play) -> Town:
    town = Town(*(plays or (CALL,)))
    town.enters()
    return town


def segment(town: Town, **fields: Any) -> None:
    first, *rest = town.playbook.segments
    town.playbook = replace(town.playbook, segments=(replace(first, **fields), *rest))


# --- it fired ----------------------------------------------------------------------------------------------


def test_a_play_that_fired_tells_the_condition_the_cause_the_version_and_what_it_did() -> None:
    found = why(entered(replace(CALL, emails=(MAIL,))))
    assert found.fired
    assert found.stopped_by is None
    assert told(found, "condition") == ["matches", "true"]
    assert "Active Users < 10 (it is 5)" in said(found, "condition")
    [passed] = [line for line in found.because if line.step == "transition"]
    assert (passed.outcome, passed.playbook) == ("entered", entered().playbook.version)
    assert "by drop-1: Active Users < 10 (it is 5)" in passed.detail
    assert told(found, "brake") == ["fire"]
    assert told(found, "run") == ["done", "did"]
    assert told(found, "task") == ["Open"]
    assert "for csm.core@example.com, due 2026-11-21: Call" in said(found, "task")
    assert told(found, "delivery") == ["waiting"]


def test_the_document_has_the_shape_of_the_interface() -> None:
    document = why(entered()).as_json()
    assert list(document) == ["play", "account_id", "fired", "time_zone", "because"]
    assert all(list(line) == ["step", "outcome", "detail", "at", "playbook"] for line in document["because"])


def test_it_fired_once_and_the_account_has_left_since() -> None:
    town = entered()
    town.leaves()
    found = why(town)
    assert found.fired, "the latest entry is what is asked about"
    assert told(found, "membership") == ["outside"]


def test_of_an_earlier_day_only_what_was_there_by_then_is_told() -> None:
    town = entered()
    town.now += timedelta(days=9)
    town.leaves()
    before, day, later = TODAY - timedelta(days=1), TODAY, TODAY + timedelta(days=5)
    assert [why(town, on=each).fired for each in (before, day, later)] == [False, True, True]
    assert told(why(town, on=before), "transition") == ["none"]
    assert told(why(town, on=later), "membership") == ["inside"]
    assert told(why(town, on=later), "condition") == ["true"], "as it was stored on entry"


def test_of_an_earlier_day_no_cool_down_is_told_that_a_later_run_began() -> None:
    town = entered(replace(CALL, cool_down_days=30))
    town.now += timedelta(days=40)
    town.leaves()
    town.enters(drop="drop-3")
    found = why(town, on=TODAY)
    assert told(found, "noise") == ["free"]
    assert not any(line.stops for line in found.because)


def test_of_a_day_to_come_it_is_told_what_would_be_if_nothing_changed() -> None:
    criteria = parse("Renewal Date within next 90 days", standard_catalogue())
    town = Town(play("renew", segment="play:renew", criteria=criteria))
    town.tell(renewal_date=TODAY + timedelta(days=100))
    assert told(why(town, "renew"), "membership") == ["outside"]
    found = why(town, "renew", on=TODAY + timedelta(days=11))
    assert told(found, "membership") == ["outside", "changes"]
    assert "the next look at it finds: entered" in said(found, "membership")


# --- every way not to fire ----------------------------------------------------------------------------------


def draft() -> Town:
    return entered(replace(CALL, state=PlayState.DRAFT))


def retired() -> Town:
    return entered(replace(CALL, state=PlayState.RETIRED))


def shadow() -> Town:
    return entered(replace(CALL, state=PlayState.SHADOW))


def live() -> Town:
    """In service, and the account is not inside."""
    town = Town(CALL)
    town.tell(active_users=50)
    return town


@pytest.mark.parametrize("state", PlayState)
def test_every_state_of_a_play(state: PlayState) -> None:
    stories: Mapping[PlayState, tuple[Callable[[], Town], tuple[str, str]]] = {
        PlayState.DRAFT: (draft, ("play", "draft")),
        PlayState.RETIRED: (retired, ("play", "retired")),
        PlayState.SHADOW: (shadow, ("play", "shadow")),
        PlayState.LIVE: (live, ("condition", "does not match")),
    }
    story, stopped = stories[state]
    assert stop(story()) == stopped


def baseline() -> Town:
    """The account is older than the segment, and inside as soon as that is there."""
    town = Town(CALL)
    town.playbook = replace(town.playbook, activated={QUIET: NOON + timedelta(minutes=30)})
    town.tell(active_users=5)
    town.now += timedelta(hours=1)
    town.evaluate()
    town.launch()
    return town


def cool_down() -> Town:
    town = Town(CALL)
    segment(town, cool_down_days=30)
    for pass_ in (town.enters, town.leaves, town.enters):
        pass_()
    return town


@pytest.mark.parametrize("silence", Silence)
def test_every_silence(silence: Silence) -> None:
    stories: Mapping[Silence, tuple[Callable[[], Town], str]] = {
        Silence.BASELINE: (baseline, "activation"),
        Silence.COOL_DOWN: (cool_down, "membership"),
    }
    story, step = stories[silence]
    town = story()
    assert stop(town)[0] == step
    assert silence.value in told(why(town), "transition")


def held() -> Town:
    return entered(replace(CALL, limit=0))


def decided(decision: Decision) -> Town:
    town = held()
    town.launcher.brake.decide("call", "drop-1", decision, "ann")
    return town


@pytest.mark.parametrize("verdict", Verdict)
def test_every_verdict_of_the_brake(verdict: Verdict) -> None:
    stories: Mapping[Verdict, Callable[[], Town]] = {
        Verdict.FIRE: entered,
        Verdict.HELD: held,
        Verdict.RELEASED: lambda: decided(Decision.RELEASED),
        Verdict.DISCARDED: lambda: decided(Decision.DISCARDED),
    }
    town = stories[verdict]()
    assert told(why(town), "brake") == [verdict.value]
    if verdict is Verdict.FIRE:
        assert why(town).fired
        return
    assert stop(town) == ("brake", verdict.value)
    town.launch()
    assert told(why(town), "brake") == [verdict.value]
    assert why(town).fired is (verdict is Verdict.RELEASED)


def test_what_the_brake_held_until_the_play_was_retired_is_told_once_it_is_live_again() -> None:
    town = held()
    live, found = town.playbook, why(held())
    retired = replace(live, version="retired", plays=(replace(CALL, state=PlayState.RETIRED, limit=0),))
    town.older = {live.version: live, "retired": retired}
    town.playbook = retired
    town.launch(now=town.now + timedelta(hours=1))
    assert town.standing().pending == ()
    town.playbook = replace(live, version="again")
    assert stop(town) == ("transition", "unanswered")
    assert "the play was live in the playbook" in said(why(town), "transition")
    assert told(why(town), "brake") == told(found, "brake") == ["held"]
    assert "it waited for a person until the play was taken out of service" in said(why(town), "brake")


def test_what_the_brake_holds_tells_the_limit_and_the_mend() -> None:
    found = said(why(held()), "brake")
    assert "it fired for 0 of drop-1, and the limit is 0 (the play's own limit)" in found
    assert "`keepwell release`" in found


def left_again() -> Town:
    town = Town(CALL)
    town.tell(active_users=5)
    town.leaves()
    return town


def unsure() -> Town:
    return entered(replace(CALL, minimum_confidence=101))


def undone() -> Town:
    """An exit that was held, after which the account came back."""
    town = Town(on_exit("call", tasks=tasks("Call").tasks, limit=0))
    town.enters()
    town.leaves()
    town.enters(drop="drop-3")
    town.launcher.brake.decide("call", "drop-2", Decision.RELEASED, "ann")
    town.launch()
    return town


def cooling() -> Town:
    town = entered(replace(CALL, cool_down_days=30))
    town.now += timedelta(days=3)
    town.leaves()
    town.enters(drop="drop-3")
    return town


OVER = {
    "is_over": (left_again, "run", "nothing", "the account had left again"),
    "is_unsure": (unsure, "confidence", "too low", "the play asks for 101%"),
    "is_undone": (undone, "run", "nothing", "the account was back again"),
    "is_cooling": (cooling, "noise", "cool-down", "cool-down until 2026-12-21"),
}


@pytest.mark.parametrize("name", OVER)
def test_every_reason_for_which_a_launch_does_nothing(name: str) -> None:
    story, step, outcome, words = OVER[name]
    found = why(story())
    assert not found.fired
    [line] = [each for each in found.because if each.step == step and each.stops]
    assert line.outcome == outcome
    assert words in line.detail


def test_there_is_a_story_for_every_such_reason() -> None:
    known = {name for name, _ in getmembers(passing_over, isfunction) if name.startswith("is_")}
    assert known == OVER.keys()


def waiting() -> Town:
    return entered(play("call", steps=(Wait(days=2), tasks("Call"))))


def ended() -> Town:
    town = waiting()
    town.leaves()
    return town


def going() -> Town:
    """A launch that died once its conditions were answered."""
    town = entered()
    town.work.change_run(replace(town.run("call"), state=RunState.GOING))
    return town


def test_every_time_is_of_the_tenants_zone_which_is_named_once() -> None:
    """D5: of a run that waits, its steps, its messages, and whatever is told of when."""
    town = waiting()
    here = ZoneInfo("Asia/Tokyo")
    town.playbook = replace(town.playbook, time_zone=here)
    run = town.run("call")
    assert run.until is not None
    found = why(town)
    assert found.time_zone is here
    assert f"until {run.until.astimezone(here):%Y-%m-%d %H:%M}" in said(found, "run")
    document = found.as_json()
    assert document["time_zone"] == "Asia/Tokyo"
    told_at = [line["at"] for line in document["because"] if line["at"]]
    assert told_at
    assert all(at.endswith("+09:00") for at in told_at)
    text = json.dumps(document)
    assert "UTC" not in text
    assert "+00:00" not in text


def test_a_message_that_is_due_says_when_by_the_tenants_clock() -> None:
    town = entered(play("call", emails=(MAIL,)))
    town.playbook = replace(town.playbook, time_zone=ZoneInfo("Asia/Tokyo"))
    [message] = town.deliveries.all_open()
    due = message.due_at.astimezone(ZoneInfo("Asia/Tokyo"))
    assert f"due at {due:%Y-%m-%d %H:%M}" in said(why(town), "delivery")


@pytest.mark.parametrize("state", RunState)
def test_every_state_of_a_run(state: RunState) -> None:
    stories: Mapping[RunState, tuple[Callable[[], Town], str]] = {
        RunState.DONE: (entered, "it is done"),
        RunState.WAITING: (waiting, "a step waits until 2026-11-23 12:0"),
        RunState.ENDED: (ended, "it was called off while it waited"),
        RunState.GOING: (going, "it has begun, and was interrupted"),
    }
    story, words = stories[state]
    found = why(story())
    assert found.fired
    assert told(found, "run")[0] == state.value
    assert words in said(found, "run")


def test_a_run_that_was_ended_tells_at_which_step_and_why() -> None:
    assert "step 1: the account left quiet on 2026-11-21" in said(why(ended()), "run")


@pytest.mark.parametrize("state", DeliveryState)
def test_every_state_of_a_delivery(state: DeliveryState) -> None:
    town = entered(play("call", emails=(MAIL,)))
    [message] = town.deliveries.all()
    if state is DeliveryState.CANCELLED:
        town.leaves()
    elif state is DeliveryState.SENT:
        deliver(message.delivery_id, town.deliveries, lambda _: None, town.now)
    else:
        town.deliveries.put(replace(message, state=state, revision=message.revision))
    found = why(town)
    assert told(found, "delivery") == [state.value]
    assert "email email_" in said(found, "delivery")


@pytest.mark.parametrize("status", TaskStatus)
def test_every_status_of_a_task(status: TaskStatus) -> None:
    town = entered()
    [made] = town.work.tasks("A-1")
    closed = replace(made.facts, values={**made.facts.values, "Status": status.value, "Outcome": "Reached"})
    town.work.change_task(replace(made, facts=closed))
    assert told(why(town), "task") == [status.value]
    assert said(why(town), "task").endswith("Call: Reached")


# --- what else there is to tell -----------------------------------------------------------------------------


def test_an_account_that_nobody_has_looked_at() -> None:
    town = live()
    town.accounts.put_facts(replace(town.known().facts, account_id="A-2", revision=0))
    assert told(why(town, account_id="A-2"), "membership") == ["never evaluated"]


def test_a_value_that_is_missing_is_unknown_and_named() -> None:
    town = Town(CALL)
    town.tell(active_users=None)
    found = why(town)
    assert told(found, "condition") == ["unknown", "unknown"]
    assert "it lacks: Active Users < 10 (it is unknown)" in said(found, "condition")


@pytest.mark.parametrize(
    ("asked", "lacks"),
    [
        ("Health = Poor AND NPS < 5", "NPS < 5 (it is 9)"),
        ("Health = Good OR NPS < 5", "Health = Good (it is Poor) OR NPS < 5 (it is 9)"),
        (
            "(Health = Good OR NPS < 5) AND Contract Value > 10",
            "(Health = Good (it is Poor) OR NPS < 5 (it is 9)) AND Contract Value > 10 (it is unknown)",
        ),
        ("NOT (Health = Poor AND NPS > 5)", "NOT (Health = Poor AND NPS > 5)"),
        ("Health = Poor", ""),
        ('in segment "At Risk" AND NPS > 8', ""),
        ('in segment "Login Silence" AND NPS > 8', "Last Activity > 30 days (it is unknown)"),
        ('in segment "Support Escalation"', "Open Ticket Count > 5 (it is 2)"),
    ],
)
def test_what_would_have_to_be_otherwise(asked: str, lacks: str) -> None:
    values: dict[str, Value] = {"Health": "Poor", "NPS": 9, "Open Ticket Count": 2, "Segments": ("At Risk",)}
    moment = Moment(values, TODAY, {})
    assert lacking(parse(asked, standard_catalogue()), moment, standard_playbook().rules) == lacks


def test_a_play_that_is_to_be_activated_only_later() -> None:
    town = entered()
    town.playbook = replace(town.playbook, activated={"play:call": town.now + timedelta(days=1)})
    assert told(why(town), "activation") == ["not yet"]


def test_an_account_that_stays_for_the_minimum() -> None:
    town = Town(on_exit("call"))
    segment(town, minimum_stay_days=10)
    town.enters()
    town.leaves()
    assert stop(town) == ("membership", "inside")
    assert "the minimum stay ends on 2026-12-01" in said(why(town), "membership")


def test_a_play_for_exits_names_what_keeps_the_account_in() -> None:
    town = entered(on_exit("call"))
    assert stop(town) == ("condition", "matches")


def test_a_play_activated_since_leaves_who_was_inside_alone_unless_it_acts_on_them() -> None:
    town = entered(play("other"))
    town.now += timedelta(days=1)
    town.playbook = replace(town.playbook, plays=(CALL,), activated={"play:call": town.now})
    town.evaluate()
    town.launch()
    assert stop(town) == ("activation", "baseline")
    assert "`existing: act`" in said(why(town), "activation")
    town.playbook = replace(town.playbook, plays=(replace(CALL, existing=Existing.ACT),))
    town.accounts.put_standing(replace(town.standing(), activated=NOON))
    town.now += timedelta(minutes=1)
    town.evaluate()
    town.launch()
    assert why(town).fired
    assert told(why(town), "activation") == ["activated"]


def test_the_version_in_which_the_play_was_no_more_than_a_draft() -> None:
    town = entered(replace(CALL, state=PlayState.DRAFT))
    town.older = {town.playbook.version: town.playbook}
    town.playbook = replace(town.playbook, version="next", plays=(CALL,))
    assert stop(town) == ("transition", "unanswered")
    assert "the play was draft in the playbook" in said(why(town), "transition")
    town.older = {}


def test_a_version_that_is_gone_is_told() -> None:
    town = entered(replace(CALL, state=PlayState.DRAFT))
    town.playbook = replace(town.playbook, plays=(CALL,))

    def gone(version: str) -> Playbook:
        raise ConfigurationError(f"the bundle {version} is gone")

    town.launcher = replace(town.launcher, playbook_of=gone)
    assert "is gone" in said(why(town), "transition")


def test_a_play_that_was_deleted_is_traced_as_it_last_ran() -> None:
    town = entered()
    town.older = {town.playbook.version: town.playbook}
    town.playbook = replace(town.playbook, version="next", plays=())
    found = why(town)
    assert found.fired
    assert told(found, "play") == ["gone"]


def test_a_date_fires_a_play_once() -> None:
    renewal = standard_catalogue()["Renewal Date"]
    criteria = window(renewal, 90, None, 7)
    town = Town(
        play("renew", segment="play:renew", criteria=criteria, dated_by="Renewal Date", add_tags=("due",))
    )
    for days in (90, 200, 90):
        town.tell(renewal_date=TODAY + timedelta(days=days))
        town.launch()
    found = why(town, "renew")
    assert found.fired
    assert len([line for line in found.because if line.step == "run"]) == 2
    assert "entered/2" not in said(found, "run")


def test_what_is_open_already_is_not_asked_for_again() -> None:
    town = entered()
    town.leaves()
    town.enters(drop="drop-3")
    found = why(town)
    assert told(found, "noise") == ["again"]
    assert "of before is still open" in said(found, "noise")


def test_what_could_not_be_done_is_told() -> None:
    found = why(entered(replace(CALL, webhooks=(HOOK,), set_attributes=(("Health", "Good"),))))
    assert "problem" in told(found, "run")


def test_a_play_whose_conditions_kept_it_from_everything_did_not_fire_and_names_them() -> None:
    asks = Branch(parse("NPS < 5", standard_catalogue()), (tasks("Call"),))
    town = Town(play("call", steps=(asks,)))
    town.tell(active_users=5, nps=9)
    town.launch()
    found = why(town)
    assert stop(town) == ("run", "nothing")
    assert not found.fired
    assert "for it is not so: NPS < 5 (it is 9)" in said(found, "run")


def test_a_play_that_others_start_names_them() -> None:
    town = entered(play("first", limit=0, starts=("then",)), alone("then", add_tags=("then",)))
    assert stop(town, "then") == ("run", "none")
    assert "(first) none did" in said(why(town, "then"), "run")
    town.launcher.brake.decide("first", "drop-1", Decision.RELEASED, "ann")
    town.launch()
    assert why(town, "then").fired


def test_a_play_that_is_asked_for_waits_for_the_minute() -> None:
    town = Town(alone("call", add_tags=("called",)))
    town.tell(active_users=50)
    assert "nobody asked for it" in said(why(town), "run")
    town.wakes.add(start_wake("call", "A-1", "r1", "ann", town.now))
    assert stop(town) == ("run", "asked")
    [wake] = town.wakes.all()
    Starting(town.launcher, lambda: town.playbook).carry_out(wake, town.now)
    assert why(town).fired


def test_a_play_that_was_asked_for_and_could_not_begin_for_days_is_told() -> None:
    """PLY-18: it is over, and the reason stays."""
    town = Town(alone("call", state=PlayState.DRAFT, add_tags=("called",)))
    town.tell(active_users=50)
    asked = start_wake("call", "A-1", "r1", "ann", town.now)
    town.wakes.add(replace(asked, attempts=MOST_ATTEMPTS - 1))
    assert len(town.tick().given_up) == 1
    assert told(why(town), "run") == ["given up", "none"]
    assert f"after {MOST_ATTEMPTS} attempts: the play call is draft" in said(why(town), "run")
    town.passes(hours=12)
    town.playbook = replace(town.playbook, plays=(alone("call", add_tags=("called",)),))
    town.passes(hours=12)
    assert told(why(town), "run") == ["given up", "none"]
    assert "it is over, ask again" in said(why(town), "run")
    town.wakes.add(replace(asked, due_at=town.now))
    assert stop(town) == ("run", "asked")
    town.tick()
    assert why(town).fired


def test_a_wait_that_was_over_and_could_not_go_on_for_days_is_told() -> None:
    """Also where every process that tried it died without a word."""
    town = waiting()
    [wake] = town.wakes.all()
    town.wakes.put(replace(wake, attempts=MOST_ATTEMPTS))
    assert told(why(town), "run") == ["waiting", "waits"]

    def dies(_: str) -> Playbook:
        raise KeyboardInterrupt

    town.going_on = replace(town.going_on, launcher=replace(town.launcher, playbook_of=dies))
    with pytest.raises(KeyboardInterrupt):
        town.passes(days=2)
    assert told(why(town), "run") == ["waiting", "waits", "given up"]
    assert f"after {MOST_ATTEMPTS + 1} attempts: it was never told" in said(why(town), "run")


def test_a_launch_that_is_under_way_is_told() -> None:
    town = Town(CALL)
    town.tell(active_users=5)
    assert stop(town) == ("run", "pending")


def test_a_play_that_is_not_there_is_refused_with_the_one_that_was_meant() -> None:
    with pytest.raises(RejectedInput, match="no play is called 'cal'; did you mean call"):
        why(entered(), "cal")


def test_a_play_is_named_by_its_name_too() -> None:
    town = entered()
    assert why(town, CALL.name.upper()) == why(town, CALL.id)


STEPS: Mapping[str, Callable[[Town], object]] = {
    "enters": lambda town: town.enters(drop=f"drop-{town.now:%d%H%M}"),
    "leaves": lambda town: town.leaves(drop=f"drop-{town.now:%d%H%M}"),
    "is not launched": lambda town: town.tell(drop="drop-9", active_users=5),
    "days pass": lambda town: town.passes(days=2),
    "a night": lambda town: town.evaluate(),
    "is launched": lambda town: town.launch(),
    "is released": lambda town: decide(town, Decision.RELEASED),
    "is discarded": lambda town: decide(town, Decision.DISCARDED),
}


def decide(town: Town, decision: Decision) -> None:
    for each in town.launcher.held(town.known(), town.playbook, town.now):
        town.launcher.brake.decide(each.play, each.cause, decision, "ann")
    town.launch()


@given(
    st.lists(st.sampled_from(["enters", "leaves", *sorted(STEPS)]), min_size=1, max_size=7),
    st.sampled_from([PlayState.LIVE, PlayState.LIVE, PlayState.SHADOW]),
    st.sampled_from(Passage),
    st.sampled_from([None, 0]),
    st.sampled_from([None, 3]),
    st.booleans(),
)
@example(
    happened=["enters", "days pass", "leaves", "enters"],
    state=PlayState.LIVE,
    passage=Passage.ENTERED,
    limit=None,
    cool=None,
    noisy=True,
)
@settings(max_examples=60, deadline=None)
def test_whatever_happened_the_trace_says_how_it_came_out_and_what_stopped_it(
    happened: list[str],
    state: PlayState,
    passage: Passage,
    limit: int | None,
    cool: int | None,
    noisy: bool,
) -> None:
    """D5: it fired if and only if the latest passage has a live run that acted; else some stage says why."""
    town = Town(
        play(
            "call",
            state=state,
            passage=passage,
            limit=limit,
            cool_down_days=cool,
            steps=(tasks("Call"), Wait(days=1), tasks("Call again")),
        )
    )
    segment(town, cool_down_days=5 if noisy else 0, minimum_stay_days=1 if noisy else 0)
    town.tell(active_users=50)
    for each in happened:
        STEPS[each](town)
    found = why(town)
    rows = town.history.of("A-1", "transition")
    latest = max((row.detail["sequence"] for row in rows if row.detail["passage"] == passage), default=0)
    run = town.work.run("A-1", f"call/{QUIET}/{latest}/{passage}")
    assert found.fired is (run is not None and run.fired)
    assert (found.stopped_by is None) is found.fired
    assert json.loads(json.dumps(found.as_json()))["fired"] is found.fired
