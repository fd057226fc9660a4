"""One bad play, account or playbook change keeps nothing else back, and is recorded (reliability R2, R6)."""

from dataclasses import replace
from datetime import timedelta

import pytest

from keepwell.deliveries import Channel
from keepwell.errors import Conflict, RejectedInput
from keepwell.evaluation import evaluate
from keepwell.in_memory import InMemoryAccounts, InMemoryWork
from keepwell.playbook import Playbook
from keepwell.plays import Play
from keepwell.plays.launching import OVERDUE
from keepwell.plays.rendering import render
from keepwell.standings import Standing
from keepwell.sweeping import relaunch_missed
from keepwell.tasks import PlayRun, Task
from tests.domain.plays.test_launching import PLAYBOOK, World
from tests.story import NOON, account, poor_account

[DROP_TO_POOR] = [play for play in PLAYBOOK.plays if play.id == "health-drop-to-poor"]
BROKEN = "{{ account.contract_value | divided_by: 0 }}"


def playbook_of(*plays: Play, version: str = PLAYBOOK.version) -> Playbook:
    return replace(PLAYBOOK, plays=plays, version=version)


def runs_of(world: World) -> dict[str, PlayRun]:
    return {run.play: run for run in world.work._runs.values()}


def pending_of(world: World) -> tuple[str, ...]:
    stored = world.accounts.get("A-1")
    assert stored
    assert stored.standing
    return tuple(transition.id for transition in stored.standing.pending)


def test_an_action_that_cannot_be_made_is_recorded_and_the_others_are_carried_out() -> None:
    task = replace(DROP_TO_POOR.tasks[0], title=BROKEN)
    play = replace(DROP_TO_POOR, tasks=(task, *DROP_TO_POOR.tasks))
    world = World(poor_account(), playbook_of(play))
    assert world.launch() == [play.id]
    assert len(list(world.work.tasks("A-1"))) == 1
    assert len(world.queues[Channel.EMAIL].messages) == 1
    [problem] = runs_of(world)[play.id].problems
    assert problem.startswith("task 1: the template")
    assert "divide by 0" in problem
    assert pending_of(world) == ()


def test_a_play_that_cannot_do_anything_keeps_no_other_back() -> None:
    bad = replace(DROP_TO_POOR, id="bad", emails=(), webhooks=(), tasks=())
    bad = replace(bad, tasks=(replace(DROP_TO_POOR.tasks[0], title=BROKEN),))
    world = World(poor_account(), playbook_of(bad, DROP_TO_POOR))
    assert world.launch() == ["bad", DROP_TO_POOR.id]
    assert runs_of(world)["bad"].outcomes == ()
    assert runs_of(world)[DROP_TO_POOR.id].problems == ()


def test_an_effect_that_cannot_be_stored_is_recorded_too() -> None:
    """I6: what can never be stored is a finding, not a retry loop."""

    class Full(InMemoryWork):
        def put_task(self, task: Task) -> bool:
            raise RejectedInput(f"{task.task_id} takes too many bytes")

    world = World(poor_account())
    world.work = Full()
    world.launcher = replace(world.launcher, work=world.work)
    world.launch()
    [problem] = runs_of(world)[DROP_TO_POOR.id].problems
    assert "takes too many bytes" in problem
    assert len(world.queues[Channel.EMAIL].messages) == 1


@pytest.mark.parametrize(
    "template", ["{{ account.name | sum }}", "{{ 'inf' | plus: 1 | floor }}", "{{ '////' | base64_decode }}"]
)
def test_whatever_a_template_meets_it_is_rejected_in_words(template: str) -> None:
    with pytest.raises(RejectedInput, match="cannot be filled in"):
        render(template, {"account": {"name": "Harbor Labs"}})


def test_an_entry_that_was_left_before_its_play_was_launched_does_nothing() -> None:
    """T3: an exit cancels what its entry has not done yet."""
    world = World(poor_account())
    stored = world.accounts.get("A-1")
    assert stored
    assert stored.standing
    well = replace(account().facts, revision=stored.facts.revision)
    world.accounts.put_facts(well)
    again = evaluate(replace(stored, facts=well), PLAYBOOK, NOON + timedelta(seconds=5))
    world.accounts.put_standing(again.standing)
    world.launch()
    assert list(world.work.tasks("A-1")) == []
    assert runs_of(world)[DROP_TO_POOR.id].outcomes == ("nothing: the account had left again",)
    assert pending_of(world) == ()


def test_a_transition_of_a_newer_playbook_waits_for_a_launcher_that_knows_it() -> None:
    """A launcher that read the pointer just before `keepwell apply` leaves what it cannot answer."""
    world = World(poor_account())
    stale = playbook_of(version="older")
    assert world.launcher.launch_pending("A-1", stale, NOON + timedelta(seconds=1)).launches == []
    assert pending_of(world) == ("A-1/at-risk/1/entered",)
    assert world.launch() == [DROP_TO_POOR.id]


def test_a_transition_that_no_play_answers_any_more_is_let_go() -> None:
    """A play was removed while its transition waited."""
    world = World(poor_account())
    assert world.launcher.launch_pending("A-1", playbook_of(version="newer"), NOON + OVERDUE).launches == []
    assert pending_of(world) == ()


def test_the_sweep_goes_on_past_an_account_it_cannot_mend() -> None:
    """R6."""

    class Contended(InMemoryAccounts):
        def put_standing(self, standing: Standing) -> Standing:
            if standing.account_id == "A-0" and not standing.pending:
                raise Conflict("someone else writes all the time")
            return super().put_standing(standing)

    world = World(poor_account())
    world.accounts = Contended()
    for account_id in ("A-0", "A-1"):
        subject = poor_account(account_id)
        world.accounts.put_facts(replace(subject.facts, revision=0))
        world.accounts.put_standing(evaluate(subject, PLAYBOOK, NOON).standing)
    launcher = replace(world.launcher, accounts=world.accounts)
    repairs = relaunch_missed(world.accounts, launcher, PLAYBOOK, NOON + OVERDUE, None)
    assert repairs.relaunched == 1
    assert [account_id for account_id, _ in repairs.problems] == ["A-0"]
    assert len(list(world.work.tasks("A-1"))) == 1


def test_the_sweep_leaves_alone_what_is_still_on_its_way() -> None:
    world = World(poor_account())
    early = NOON + OVERDUE - timedelta(seconds=1)
    assert relaunch_missed(world.accounts, world.launcher, PLAYBOOK, early, None).relaunched == 0
    assert relaunch_missed(world.accounts, world.launcher, PLAYBOOK, NOON + OVERDUE, None).relaunched == 1
