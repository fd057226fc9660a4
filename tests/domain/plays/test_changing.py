"""Plays tag accounts and set attributes: one change of the facts, once, and in no endless circle (SEG-08,
PLY-01)."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from keepwell.accounts import Change, Facts, Provenance, merge
from keepwell.deliveries import Channel
from keepwell.errors import Conflict, RejectedInput
from keepwell.in_memory import InMemoryAccounts, InMemoryWork
from keepwell.plays import Existing, Play, PlayState
from keepwell.plays.changing import CAUSATION_LIMIT
from keepwell.tasks import PlayRun
from tests.domain.plays.entering import MAIL, Town, launched, on_exit, play
from tests.story import TODAY

HOUR = timedelta(hours=1)
TAG = play("tag", add_tags=("at-risk",), set_attributes=(("risk status", "identified"),))


def test_tags_and_attributes_are_one_change_of_the_facts() -> None:
    town = Town(TAG)
    town.tell(active_users=5, risk_status="Resolved")
    before, decided = town.accounts.writes, town.now
    town.launch()
    assert town.accounts.writes - before == 2, "the facts, and the standing that has nothing pending now"
    facts = town.known().facts
    assert (facts.values["Tags"], facts.values["Risk Status"]) == (("at-risk",), "Identified")
    assert facts.exceptions["Risk Status"] == Provenance("play:tag", decided)
    assert facts.since["Risk Status"] == TODAY
    assert facts.depth == 1
    assert town.run("tag").outcomes == ("tag at-risk added", "Risk Status set to Identified")


def test_a_change_keeps_the_cause_of_its_transition() -> None:
    """So the brake counts a chain of plays by the import or night that began it."""
    town = Town(TAG)
    town.enters(drop="drop-7")
    assert town.known().facts.changed_by == "drop-7"


def test_an_exit_takes_the_tag_away_and_without_one_it_sticks() -> None:
    town = Town(TAG, play("stick", add_tags=("sticky",)), on_exit("untag", remove_tags=("at-risk",)))
    town.enters()
    standing, known = town.standing(), town.known()
    assert town.tags() == ("at-risk", "sticky")
    change = Change("A-1", {"Active Users": 50}, "csv:accounts", town.now, TODAY, "drop-2")
    better = merge(known.facts, change, town.playbook.catalogue)
    assert better
    town.accounts.put_facts(better)
    town.evaluate()
    assert town.standing().revision > standing.revision
    town.launch()
    assert town.tags() == ("sticky",)
    assert town.run("untag", passage="exited/1").outcomes == ("tag at-risk removed",)


def test_a_blank_clears() -> None:
    town = Town(play("clear", set_attributes=(("Risk Reason", ""),)))
    reasons: dict[str, Any] = {"Risk Reason": ("Price",)}
    town.tell(active_users=5, **reasons)
    town.launch()
    assert "Risk Reason" not in town.known().facts.values
    assert town.run("clear").outcomes == ("Risk Reason cleared",)


def test_launched_again_after_a_crash_it_changes_nothing_more() -> None:
    """T1: the process ended between the facts and the run's row."""

    class Dying(InMemoryWork):
        deaths = 1

        def change_run(self, run: PlayRun) -> PlayRun:
            if self.deaths:
                self.deaths -= 1
                raise KeyboardInterrupt
            return super().change_run(run)

    town = Town(TAG)
    town.work = Dying()
    town.launcher = type(town.launcher)(**{**vars(town.launcher), "work": town.work})
    town.tell(active_users=5)
    with pytest.raises(KeyboardInterrupt):
        town.launch()
    facts = town.known().facts
    assert launched(town.launch()) == ["tag"]
    assert town.known().facts == facts
    assert town.run("tag").outcomes == ("tag at-risk added", "Risk Status set to Identified")


def test_a_shadow_play_tells_and_changes_nothing() -> None:
    town = Town(play("tag", state=PlayState.SHADOW, add_tags=("at-risk",)))
    town.enters()
    assert town.tags() == ()
    assert town.run("tag").outcomes == ("tag at-risk added",)


def test_a_shadow_made_live_acts_on_members_that_it_met_as_a_shadow() -> None:
    """SEG-08, `existing: act`."""
    tag = play("tag", state=PlayState.SHADOW, add_tags=("at-risk",), existing=Existing.ACT)
    town = Town(tag)
    town.enters()
    town.now += HOUR
    live = replace(tag, state=PlayState.LIVE)
    town.playbook = replace(town.playbook, plays=(live,), activated={"play:tag": town.now})
    for _ in range(2):
        town.now += HOUR
        town.evaluate()
        town.launch()
    assert town.tags() == ("at-risk",)
    assert len(list(town.work.runs("A-1"))) == 2, "one as a shadow, one for real"


@pytest.mark.parametrize(
    ("name", "text", "problem"),
    [
        ("Risk Status", "Identifed", '"Identifed" is not one of Not At Risk, Identified, Engaged, Resolved'),
        ("Health", "Poor", "set Health: Keepwell computes it"),
        ("Risk Statue", "Identified", "no such attribute; did you mean Risk Status?"),
    ],
)
def test_a_value_that_does_not_fit_is_a_problem_and_the_rest_is_done(
    name: str, text: str, problem: str
) -> None:
    town = Town(play("tag", add_tags=("at-risk",), set_attributes=((name, text), ("NPS", "7"))))
    town.enters()
    [told] = town.run("tag").problems
    assert problem in told
    assert town.run("tag").outcomes == ("tag at-risk added", "NPS set to 7")
    assert (town.tags(), town.known().facts.values["NPS"]) == (("at-risk",), 7)


class Busy(InMemoryAccounts):
    """Someone else is quicker, once: what `rival` does comes before the next write of facts."""

    rival: Any = None

    def put_facts(self, facts: Facts) -> Facts:
        rival, self.rival = self.rival, None
        if rival:
            rival()
        return super().put_facts(facts)


def busy_town(*plays: Play) -> tuple[Town, Busy]:
    town, busy = Town(*plays), Busy()
    town.accounts = busy
    town.launcher = replace(town.launcher, accounts=busy)
    town.tell(active_users=5)
    return town, busy


def test_what_someone_else_writes_at_the_same_moment_stays() -> None:
    """S1."""
    town, busy = busy_town(TAG)

    def write() -> None:
        change = Change("A-1", {"NPS": 3}, "csv:accounts", town.now, TODAY, "drop-9")
        merged = merge(town.known().facts, change, town.playbook.catalogue)
        assert merged
        busy.put_facts(merged)

    busy.rival = write
    town.launch()
    assert (town.tags(), town.known().facts.values["NPS"]) == (("at-risk",), 3)


def test_an_account_that_leaves_at_the_same_moment_is_not_changed_any_more() -> None:
    """T3: its exit has been launched already, so nothing would take the tag away again."""
    town, busy = busy_town(TAG, on_exit("untag", remove_tags=("at-risk",)))
    busy.rival = town.leaves
    with pytest.raises(Conflict):  # whoever launched the exit has ended the run
        town.launch()
    town.launch()
    assert town.tags() == ()
    assert "tag at-risk added" not in town.run("tag").outcomes
    assert town.standing().pending == ()


def test_two_plays_of_one_launch_both_change_the_facts() -> None:
    town = Town(play("one", add_tags=("one",)), play("two", remove_tags=("one",), add_tags=("two",)))
    town.enters()
    assert town.tags() == ("two",)


def test_a_value_that_was_told_later_stays_and_the_run_says_so() -> None:
    """I4: what a play sets is as of the moment of the transition, however late the play is launched."""
    town = Town(TAG)
    town.tell(active_users=5)
    told = Change("A-1", {"Risk Status": "Engaged"}, "csv:accounts", town.now + HOUR, TODAY, "drop-9")
    newer = merge(town.known().facts, told, town.playbook.catalogue)
    assert newer
    town.accounts.put_facts(newer)
    town.launch(now=town.now + 2 * HOUR)
    run = town.run("tag")
    assert town.known().facts.values["Risk Status"] == "Engaged"
    assert run.outcomes == ("tag at-risk added",)
    [problem] = run.problems
    assert problem.startswith("set Risk Status: it stays as it was told on 2026-11-21")


def test_facts_that_cannot_be_stored_are_a_problem_of_the_run() -> None:
    """I6."""

    class Full(InMemoryAccounts):
        def put_facts(self, facts: Facts) -> Facts:
            if "Tags" in facts.values:
                raise RejectedInput("the facts take too many bytes")
            return super().put_facts(facts)

    town = Town(TAG)
    town.accounts = Full()
    town.launcher = type(town.launcher)(**{**vars(town.launcher), "accounts": town.accounts})
    town.enters()
    assert town.run("tag").outcomes == ()
    assert town.run("tag").problems == ("the facts take too many bytes",)
    assert town.standing().pending == ()


def test_a_chain_of_plays_ends_at_the_limit_and_says_where() -> None:
    """Each tag lets the account into the next segment; the mail of the last one still goes out."""
    number = CAUSATION_LIMIT + 2
    segments = {f"s{n}": f'has tag "t{n}"' for n in range(1, number)}
    plays = [play("p0", add_tags=("t1",))]
    plays += [
        play(f"p{n}", segment=f"s{n}", add_tags=(f"t{n + 1}",), emails=(MAIL,)) for n in range(1, number)
    ]
    town = Town(*plays, segments=segments)
    town.enters()
    for _ in range(number):
        town.evaluate()
        town.launch()
    assert town.tags() == tuple(f"t{n}" for n in range(1, CAUSATION_LIMIT + 1))
    assert {run.play: len(run.problems) for run in town.work.runs("A-1")} == {
        **{f"p{n}": 0 for n in range(CAUSATION_LIMIT)},
        f"p{CAUSATION_LIMIT}": 1,
    }
    [ended] = [problem for run in town.work.runs("A-1") for problem in run.problems]
    assert ended.startswith("tag t6: left as it is, because plays have set each other off 5 times in a row")
    assert "entered s5 and the play p5" in ended
    assert len(town.queues[Channel.EMAIL].messages) == CAUSATION_LIMIT
