"""An account's life, day by day: in and out of segments by what is told and by time alone (SEG-08, T1-T4)."""

from dataclasses import replace
from datetime import timedelta

import pytest

from keepwell.evaluation import evaluate
from keepwell.plays import Existing, PlayState
from keepwell.segments import Segment
from keepwell.standings import Membership, Passage
from tests.domain.segments.telling import Life, at, day, in_words, play, playbook, segment

FANS = segment("fans", "NPS > 8")
CHEER = play("cheer", "fans")


def test_a_dwell_time_ends_in_the_night() -> None:
    """EWS-07: below 50 on every one of 14 days, both ends included; nothing is written on the last."""
    low = segment("license-warning", "License Utilization < 50 for 14 days")
    life = Life(playbook(low, plays=(play("warn", "license-warning"),)), active_users=80)
    life.look(0)
    life.told(3, active_users=40)
    for number in range(4, 17):
        life.night(number)
        assert life.launched() == []
    life.night(17)
    assert life.launched() == ["license-warning 1 entered"]
    life.told(18, active_users=60)
    assert life.chronicle("license-warning") == ["17 1 entered", "18 1 exited"]


def test_a_drop_is_over_when_the_window_has_passed() -> None:
    """EWS-06 in points: against the value of seven days ago."""
    life = Life(playbook(segment("falling", "NPS dropped by 3 in 7 days")), -10, nps=9)
    life.look(0)
    life.told(5, nps=6)
    for number in range(6, 14):
        life.night(number)
    assert life.chronicle("falling") == ["5 1 entered", "12 1 exited"]


def test_health_and_segments_have_a_past_too() -> None:
    """HLT-23: what is concluded counts from the day it was."""
    worse = segment("worse", "Health Score dropped by 10 in 7 days", name="Getting Worse")
    stuck = segment("stuck", 'in segment "Getting Worse" for 3 days')
    life = Life(playbook(stuck, worse), -10, nps=10)
    life.look(-10)
    life.told(2, nps=0, goal_achievement=0, open_ticket_count=99)
    for number in range(3, 11):
        life.night(number)
    assert life.chronicle("worse") == ["2 1 entered", "9 1 exited"]
    assert life.chronicle("stuck") == ["5 1 entered", "9 1 exited"]


def test_what_a_file_tells_of_last_week_is_known_of_last_week() -> None:
    """I4, S3, 1.14 row 21: a value counts from the day it was observed; judging again changes nothing."""
    life = Life(playbook(segment("calm", "Licenses > 5 for 4 days")), licenses=3)
    life.look(1)
    life.told(9, observed=5, licenses=7)
    assert life.chronicle("calm") == ["9 1 entered"]
    assert not life.look(9.1).changed
    assert life.trail.values["Licenses"] == ((day(5), 7),)


def test_a_segment_reads_the_memberships_decided_before_it() -> None:
    """Segments may refer to segments, in whatever order they are written; no second look is needed."""
    book = playbook(
        segment("both", 'in segment "Fans" AND NOT in segment "Big"'),
        segment("big", "Licenses > 500", name="Big"),
        replace(FANS, name="Fans"),
        plays=(play("own", "play:own", criteria='in segment "fans"'),),
    )
    life = Life(book, nps=10)
    first = life.look(0)
    assert [in_words(t) for t in first.transitions] == [
        "fans 1 entered",
        "both 1 entered",
        "play:own 1 entered",
    ]
    assert first.values["Segments"] == ("Fans", "both")
    assert [in_words(t) for t in life.told(1, licenses=600).transitions] == [
        "big 1 entered",
        "both 1 exited",
    ]
    left = life.told(2, licenses=6, nps=1)
    assert [in_words(t) for t in left.transitions] == [
        "big 1 exited",
        "fans 1 exited",
        "play:own 1 exited",
    ]
    assert "Segments" not in left.values


def test_segments_that_a_file_supplies_decide_nothing() -> None:
    """Architecture section 1: there is one place where membership is decided."""
    life = Life(playbook(segment("in-fans", 'in segment "Fans"')), nps=1)
    facts = life.account.facts
    life.accounts.put_facts(replace(facts, values={**facts.values, "Segments": ("Fans",)}))
    assert life.look(0).transitions == ()


def test_two_thresholds_keep_an_account_between_them_where_it_is() -> None:
    life = Life(playbook(segment("fans", "NPS >= 9", leave="NPS <= 6")), nps=8)
    life.look(0)
    for number, nps in enumerate([9, 8, 7, None, 6, 7, 8, 9], start=1):
        life.told(number, nps=nps)
    assert life.chronicle("fans") == ["1 1 entered", "5 1 exited", "8 2 entered"]
    [exit_] = [row for row in life.history.of("A-1") if row.detail.get("passage") == "exited"]
    assert exit_.detail["reasons"] == [{"condition": "NPS <= 6", "value": 6, "matches": True}], (
        "an exit tells what was asked for leaving"
    )


def test_a_minimum_stay_ends_in_the_night() -> None:
    life = Life(playbook(replace(FANS, minimum_stay_days=5)), nps=10)
    life.look(0)
    kept = life.told(2, nps=1)
    assert kept.crossings["fans"].why == "inside: the minimum stay ends on 2026-11-06"
    for number in (3, 4, 5, 6):
        life.night(number)
    assert life.chronicle("fans") == ["0 1 entered", "5 1 exited"]


def test_flapping_within_the_cool_down_starts_no_play_and_is_told_in_the_history() -> None:
    """T4, T1: the entry that is still there when the cool-down ends starts it, once."""
    life = Life(playbook(replace(FANS, cool_down_days=7), plays=(CHEER,)), nps=10)
    life.look(0)
    assert life.launched() == ["fans 1 entered"]
    life.told(1, nps=1)
    assert life.launched() == ["fans 1 exited"], "it ends what the entry began (T3)"
    life.told(2, nps=10)
    life.told(3, nps=1)
    life.told(4, nps=10)
    assert life.launched() == []
    for number in range(5, 13):
        life.night(number)
    assert life.launched() == ["fans 3 entered"]
    assert life.chronicle("fans") == [
        "0 1 entered",
        "1 1 exited",
        "2 2 entered cool-down",
        "3 2 exited cool-down",
        "4 3 entered cool-down",
        "10 3 entered",
    ]


def test_the_cool_down_of_a_segment_quiets_the_plays_that_ask_for_it() -> None:
    """T4: as if they were triggered by it; what else they ask for is asked when it is over."""
    own = play("own", "play:own", criteria='in segment "Fans" AND Licenses > 5')
    life = Life(playbook(replace(FANS, name="Fans", cool_down_days=7), plays=(own,)), nps=10, licenses=9)
    life.look(0)
    life.told(1, nps=1)
    life.told(2, nps=10)
    for number in range(3, 8):
        life.night(number)
    assert life.chronicle("play:own") == ["0 1 entered", "1 1 exited"]
    life.night(8)
    assert life.chronicle("play:own") == ["0 1 entered", "1 1 exited", "8 2 entered"]
    life.told(9, licenses=1)
    life.told(10, licenses=9)
    assert life.chronicle("play:own")[3:] == ["9 2 exited", "10 3 entered"], "the segment was not left"


def test_a_cool_down_does_not_end_what_a_play_began() -> None:
    """Who is inside of the play by something else stays."""
    own = play("own", "play:own", criteria='in segment "Fans" OR Licenses > 5')
    life = Life(playbook(replace(FANS, name="Fans", cool_down_days=7), plays=(own,)), nps=10, licenses=9)
    life.look(0)
    life.told(1, nps=1)
    life.told(2, nps=10)
    life.told(3, licenses=1)
    assert life.chronicle("play:own") == ["0 1 entered"]


def test_a_cool_down_keeps_nothing_back_that_a_play_hears_of_otherwise() -> None:
    own = play("own", "play:own", criteria='in segment "Fans" OR Licenses > 5')
    life = Life(playbook(replace(FANS, name="Fans", cool_down_days=7), plays=(own,)), nps=10, licenses=1)
    life.look(0)
    life.told(1, nps=1)
    life.told(2, nps=10)
    life.told(3, licenses=9)
    assert life.chronicle("play:own") == ["0 1 entered", "1 1 exited", "3 2 entered"]


def test_a_shorter_cool_down_takes_effect_at_once_and_tells_both_entries_of_the_day() -> None:
    life = Life(playbook(replace(FANS, cool_down_days=7), plays=(CHEER,)), nps=10)
    life.look(0)
    life.told(1, nps=1)
    life.told(2, nps=10)
    life.launched()
    life.playbook = playbook(FANS, plays=(CHEER,))
    life.look(2.1)
    assert life.launched() == ["fans 2 entered"]
    assert sorted(life.chronicle("fans")[2:]) == ["2 2 entered", "2 2 entered cool-down"]


@pytest.mark.parametrize("fans", [FANS, replace(FANS, minimum_stay_days=3), replace(FANS, cool_down_days=3)])
def test_only_what_has_effects_waits(fans: Segment) -> None:
    """The stream is woken by what waits: nothing idle may."""
    life = Life(playbook(fans), nps=10)
    for number, nps in enumerate([10, 1, 10, 1, 10, 1]):
        life.told(number, nps=nps)
    assert life.pending == ()


def test_a_transition_names_its_cause_and_the_depth_of_it() -> None:
    """The mass-entry brake counts by the cause; time is the night's, whatever play wrote the facts."""
    soon = segment("soon", "Renewal Date within next 10 days")
    life = Life(playbook(soon, FANS), renewal_date=day(13), nps=1)
    life.look(0)
    life.know(1, nps=10)
    facts = life.account.facts
    life.accounts.put_facts(replace(facts, changed_by="play:praise", depth=2))
    [told] = life.look(1).transitions
    assert (told.segment, told.cause, told.depth) == ("fans", "play:praise", 2)
    [time] = evaluate(life.account, life.playbook, at(3), f"night:{day(3)}").transitions
    assert (time.segment, time.cause, time.depth) == ("soon", "night:2026-11-04", 0)
    life.night(3)
    rows = {row.detail["segment"]: row.detail for row in life.history.of("A-1", "transition")}
    assert (rows["soon"]["cause"], rows["fans"]["cause"]) == ("night:2026-11-04", "play:praise")


def test_members_stay_members_when_the_criteria_change() -> None:
    """Their day of entry and their count of entries belong to the segment, not to its condition."""
    life = Life(playbook(FANS), nps=10)
    life.look(0)
    life.playbook = playbook(segment("fans", "NPS > 7 AND Licenses > 50", name="Big Fans"))
    assert life.look(3).transitions == ()
    assert life.membership("fans") == Membership(inside=True, sequence=1, since=day(0))
    life.told(4, licenses=3)
    life.told(5, licenses=300)
    assert life.chronicle("fans") == ["0 1 entered", "4 1 exited", "5 2 entered"]


@pytest.mark.parametrize("looked_at_between", [True, False])
def test_a_segment_taken_out_and_put_in_again_fires_no_old_exit(*, looked_at_between: bool) -> None:
    """1.14 row 23: it is activated anew; old members are baselined or gone, without a play."""
    cool = replace(FANS, cool_down_days=30)
    for nps, told in ((1, ["0 1 entered"]), (10, ["0 1 entered", "5 2 entered baseline"])):
        life = Life(playbook(cool, plays=(CHEER,)), nps=10)
        life.look(0)
        life.launched()
        life.playbook = playbook()
        life.know(2, nps=nps)
        if looked_at_between:
            life.night(3)
            assert life.membership("fans").sequence == 1, "kept, unread"
        life.playbook = playbook(cool, plays=(CHEER,), activated={"fans": at(4)})
        life.night(5)
        assert life.launched() == []
        assert life.chronicle("fans") == told
        life.told(6, nps=1)
        life.told(7, nps=10)
        assert life.chronicle("fans")[-1].startswith("7"), "from now on as ever"


def test_existing_members_are_acted_on_where_a_play_asks_for_it() -> None:
    """SEG-08, 1.14 row 23: baselined silently by default."""
    act = play("welcome", "fans", existing=Existing.ACT)
    book = playbook(FANS, plays=(CHEER, act), activated={"fans": at(1)})
    life = Life(book, nps=10)
    [entry] = life.look(2).transitions
    assert in_words(entry) == "fans 1 entered baseline"
    assert [answer.id for answer in book.answers(entry)] == ["welcome"]
    assert life.launched() == ["fans 1 entered baseline"]


def test_a_play_activated_later_meets_those_who_are_inside_once() -> None:
    """SEG-08: by their own entry, so that what it did before is not done again; others have answered it."""
    life = Life(playbook(FANS, plays=(CHEER,)), nps=10)
    life.look(0)
    life.launched()
    act = play("welcome", "fans", existing=Existing.ACT)
    life.playbook = playbook(FANS, plays=(CHEER, act), activated={"play:welcome": at(3)})
    life.night(2.5)
    assert life.launched() == [], "not activated yet"
    life.night(4)
    assert life.launched() == ["fans 1 entered baseline"]
    life.night(5)
    life.told(6, nps=9)
    assert life.launched() == []


def test_who_comes_late_with_the_old_playbook_lets_no_play_meet_a_member_twice() -> None:
    """T1: a night began before the activation and ends after the stream has judged by the new playbook."""
    act = play("welcome", "fans", existing=Existing.ACT)
    new = playbook(FANS, plays=(act,), activated={"fans": at(3), "play:welcome": at(3)})
    life = Life(new, nps=10)
    life.look(3.2)
    assert life.launched() == ["fans 1 entered baseline"]
    life.playbook = playbook()
    life.told(3.3, active_users=1, open_ticket_count=9)
    life.playbook = new
    life.night(3.4)
    assert life.launched() == []


def test_an_entry_that_still_waits_is_enough_for_a_play_activated_meanwhile() -> None:
    """It waits unsilenced, for all plays."""
    life = Life(playbook(FANS, plays=(CHEER,)), nps=10)
    life.look(0)
    act = play("welcome", "fans", existing=Existing.ACT)
    life.playbook = playbook(FANS, plays=(CHEER, act), activated={"play:welcome": at(3)})
    life.night(4)
    assert life.launched() == ["fans 1 entered"]


@pytest.mark.parametrize("state", [PlayState.DRAFT, PlayState.RETIRED])
def test_a_play_that_does_not_act_acts_on_nobody(state: PlayState) -> None:
    life = Life(playbook(FANS), nps=10)
    life.look(0)
    idle = play("welcome", "fans", existing=Existing.ACT, state=state)
    life.playbook = playbook(FANS, plays=(idle,), activated={"play:welcome": at(3)})
    life.night(4)
    assert life.launched() == []


def test_a_plays_own_trigger_is_baselined_and_acted_on_alike() -> None:
    for existing, waiting in ((Existing.BASELINE, []), (Existing.ACT, ["play:own 1 entered baseline"])):
        own = play("own", "play:own", criteria="NPS > 8", existing=existing)
        life = Life(playbook(plays=(own,), activated={"play:own": at(1)}), nps=10)
        life.look(2)
        assert life.launched() == waiting


def test_a_late_entry_of_a_quiet_member_serves_a_new_play_as_well() -> None:
    """T4: until the cool-down is over, no play meets it."""
    cool = replace(FANS, cool_down_days=10)
    life = Life(playbook(cool, plays=(CHEER,)), nps=10)
    for number, nps in enumerate([10, 1, 10]):
        life.told(number, nps=nps)
    life.launched()
    act = play("welcome", "fans", existing=Existing.ACT)
    life.playbook = playbook(cool, plays=(CHEER, act), activated={"play:welcome": at(3)})
    life.night(4)
    assert life.launched() == []
    life.night(11)
    assert life.launched() == ["fans 2 entered"]


def test_as_of_a_moment_before_its_activation_a_segment_decides_nothing() -> None:
    """A night's run for a past day, started after the activation."""
    life = Life(playbook(FANS, activated={"fans": at(5)}), nps=10)
    assert life.look(3).transitions == ()
    assert [in_words(t) for t in life.look(6).transitions] == ["fans 1 entered baseline"]
    assert life.look(6 + timedelta(hours=1) / timedelta(days=1)).transitions == ()


def test_an_exit_of_a_baselined_member_is_an_exit() -> None:
    on_exit = play("mourn", "fans", passage=Passage.EXITED)
    life = Life(playbook(FANS, plays=(on_exit,), activated={"fans": at(1)}), nps=10)
    life.look(2)
    life.told(3, nps=1)
    assert life.launched() == ["fans 1 exited"]


def test_the_past_is_looked_at_without_a_trace() -> None:
    """S2: neither standing nor trail."""
    life = Life(playbook(segment("falling", "NPS dropped by 3 in 7 days")), nps=9)
    life.look(5)
    writes = life.accounts.writes
    life.night(3)
    assert life.accounts.writes == writes


def test_a_past_day_is_left_alone_where_only_the_trail_has_gone_on_since() -> None:
    """S2, T1: looked at with what the trail still knows, an account would leave and enter anew."""
    silent = segment("silent", "Days Since Last Touch increased by 3 in 3 days")
    life = Life(playbook(silent), last_touch=day(-5))
    for number in range(8):
        life.night(number)
    writes = life.accounts.writes
    life.night(5)
    assert life.accounts.writes == writes
    life.night(8)
    assert life.chronicle("silent") == ["3 1 entered"]


def test_an_attribute_looked_back_on_is_written_when_it_changes_only() -> None:
    """Unchanged means untouched."""
    life = Life(playbook(segment("falling", "NPS dropped by 3 in 7 days")), nps=9)
    life.look(0)
    writes = life.accounts.writes
    for number in range(1, 30):
        life.night(number)
    assert life.accounts.writes == writes
    life.told(30, licenses=101)
    assert life.trail.revision == 1
    life.told(31, nps=8)
    assert life.trail.revision == 2
