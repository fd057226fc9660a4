"""What a play makes, and under which id (TSK-01, PLY-10, PLY-11, reliability T1 to T3)."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from keepwell.assignment.assigning import Assignee
from keepwell.deliveries import Channel, Delivery, DeliveryState
from keepwell.evaluation import evaluate
from keepwell.in_memory import InMemoryQueue
from keepwell.plays.context import because
from keepwell.plays.effects import Occasion
from keepwell.plays.planning import plan_launch
from keepwell.plays.rendering import render
from keepwell.standings import Passage, Transition
from keepwell.tasks import FollowUp, PostCompletion, Task
from keepwell.working_time import Calendar
from tests.domain.plays.test_launching import PLAYBOOK, World
from tests.story import NOON, TODAY, poor_account

[DROP_TO_POOR] = [play for play in PLAYBOOK.plays if play.id == "health-drop-to-poor"]
[ENTRY] = [t for t in evaluate(poor_account(), PLAYBOOK, NOON).transitions if t.segment == "at-risk"]


def occasion(transition: Transition = ENTRY, **changes: Any) -> Occasion:
    play = replace(DROP_TO_POOR, **changes)
    return Occasion(play, transition, poor_account(), PLAYBOOK, render, NOON + timedelta(days=9))


def only_task(of: Occasion) -> Task:
    [task] = [effect for effect in plan_launch(of).effects if isinstance(effect, Task)]
    return task


def ids(of: Occasion) -> list[str]:
    effects = plan_launch(of).effects
    tasks = [effect.task_id for effect in effects if isinstance(effect, Task)]
    return tasks + [effect.delivery_id for effect in effects if isinstance(effect, Delivery)]


@pytest.mark.parametrize(("due_in_days", "after"), [(3, 9), (12, 12)])
def test_a_task_is_due_so_many_days_after_the_transition_but_not_before_it_is_made(
    due_in_days: int, after: int
) -> None:
    """TSK-01: a play held up for nine days leaves a task that is due at once, not one that looks new, nor one
    that was overdue before anybody could know of it."""
    action = replace(DROP_TO_POOR.tasks[0], due_in_days=due_in_days)
    assert only_task(occasion(tasks=(action,))).due_date == TODAY + timedelta(days=after)


def test_a_task_carries_what_its_completion_asks_for() -> None:
    """PLY-11."""
    after = PostCompletion(require_touchpoint=True, follow_up=FollowUp("Call {{ account.name }}"))
    action = replace(DROP_TO_POOR.tasks[0], post_completion=after)
    filled_in = replace(after, follow_up=FollowUp("Call Harbor Labs"))
    assert only_task(occasion(tasks=(action,))).post_completion == filled_in


def test_a_task_may_be_due_in_working_days() -> None:
    """TSK-01: today is a Saturday, and Monday is a holiday here."""
    action = replace(DROP_TO_POOR.tasks[0], due_in_working_days=2)
    here = occasion(tasks=(action,))
    closed = replace(here.playbook, calendar=Calendar(holidays=frozenset({TODAY + timedelta(days=2)})))
    here = replace(here, playbook=closed, now=NOON)
    assert only_task(here).due_date == TODAY + timedelta(days=4)


def test_the_time_of_a_service_level_begins_when_the_task_is_made() -> None:
    """EWS-02, D10."""
    action = replace(DROP_TO_POOR.tasks[0], sla_hours=24)
    here = occasion(tasks=(action,))
    assert only_task(here).sla_at == here.now + timedelta(hours=24)
    assert only_task(occasion()).sla_at is None


def test_a_long_note_keeps_no_task_back() -> None:
    """TSK-01: a template comes to 20,000 bytes at most, which one cell of a file may hold."""
    wordy = poor_account(account_name="客" * 10_000)
    action = replace(
        DROP_TO_POOR.tasks[0], title="Call", description="{{ account.name }}, {{ account.name }}"
    )
    told = only_task(replace(occasion(tasks=(action,)), account=wordy)).description
    assert told == ", ".join(["客" * 1_999 + "…"] * 2)


def test_the_hours_of_a_service_level_may_be_working_hours_of_the_assignee() -> None:
    """D10: it is noon in UTC, and one in the morning in Auckland."""
    action = replace(DROP_TO_POOR.tasks[0], sla_working_hours=2)
    here = occasion(tasks=(action,))
    assert only_task(here).sla_at == here.now + timedelta(hours=2)

    def in_auckland(*_: object, **__: object) -> Assignee:
        return Assignee("ann@example.com", timezone="Pacific/Auckland")

    assert only_task(replace(here, assign=in_auckland)).sla_at == here.now + timedelta(hours=8 + 2)


def test_a_title_is_one_line_whatever_the_account_is_called() -> None:
    """TSK-01."""
    hostile = replace(occasion(), account=poor_account(account_name="Harbor\r\n\tLabs"))
    assert "Harbor Labs" in only_task(hostile).title
    assert "\n" not in only_task(hostile).title


def test_every_effect_of_every_play_and_entry_has_an_id_of_its_own() -> None:
    """T1, T3: and the same one each time."""
    twice = DROP_TO_POOR.tasks * 2
    here = ids(occasion(tasks=twice))
    assert here == ids(occasion(tasks=twice))
    elsewhere = [
        *ids(occasion(tasks=twice, id="another-play")),
        *ids(occasion(replace(ENTRY, sequence=2), tasks=twice)),
        *ids(occasion(replace(ENTRY, passage=Passage.EXITED), tasks=twice)),
        *ids(occasion(replace(ENTRY, account_id="A-2"), tasks=twice)),
    ]
    assert len({*here, *elsewhere}) == len(here) + len(elsewhere)


def test_a_run_is_told_from_those_of_other_plays_entries_and_passages() -> None:
    """T1: its row ends repetition, so no other run may have its id."""
    runs = {
        occasion().run_id,
        occasion(id="another-play").run_id,
        occasion(replace(ENTRY, segment="watch-list")).run_id,
        occasion(replace(ENTRY, sequence=2)).run_id,
        occasion(replace(ENTRY, passage=Passage.EXITED)).run_id,
    }
    assert len(runs) == 5


def test_only_what_matched_is_given_as_the_reason() -> None:
    subject = poor_account(risk_status="Engaged", renewal_date=TODAY)
    transitions = evaluate(subject, PLAYBOOK, NOON).transitions
    [entry] = [transition for transition in transitions if transition.segment == "high-priority"]
    assert "Health = Poor" in because(entry)
    assert "Risk Status = Identified" not in because(entry)


def test_a_run_that_is_there_ends_repetition() -> None:
    """T2: a launcher that died before it could take the transition off the list."""
    world = World(poor_account())
    stored = world.accounts.get("A-1")
    assert stored is not None
    assert stored.standing is not None
    world.launch()
    launched = world.accounts.get("A-1")
    assert launched is not None
    assert launched.standing is not None
    world.accounts.put_standing(replace(stored.standing, revision=launched.standing.revision))
    assert world.launch() == []
    assert len(world.queues[Channel.EMAIL].messages) == 1


def test_a_message_is_queued_when_its_row_is_there() -> None:
    """Architecture section 4: a worker that is faster than the launcher must find the delivery."""
    world = World(poor_account())

    class Eager(InMemoryQueue):
        def send(self, messages: Sequence[Mapping[str, Any]], after: timedelta = timedelta()) -> None:
            assert all(world.deliveries.get(message["delivery_id"]) for message in messages)
            super().send(messages)

    world.launcher = replace(world.launcher, queues={channel: Eager() for channel in Channel})
    assert world.launch() == ["health-drop-to-poor"]


def test_an_entry_superseded_by_the_next_one_does_nothing() -> None:
    """T3: no action of entry n after entry n+1 has begun."""
    of = occasion()
    standing = evaluate(poor_account(), PLAYBOOK, NOON).standing
    again = replace(standing.memberships["at-risk"], sequence=2)
    later = replace(standing, memberships={**standing.memberships, "at-risk": again})
    called_off = plan_launch(replace(of, account=replace(of.account, standing=later)))
    assert {effect.state for effect in called_off.effects if isinstance(effect, Delivery)} == {
        DeliveryState.CANCELLED
    }
    assert not any(isinstance(effect, Task) for effect in called_off.effects)
    assert plan_launch(replace(of, account=replace(of.account, standing=standing))).effects != ()


def test_leaving_is_an_occasion_of_its_own() -> None:
    """SEG-08, On Exit: the exit's plays are launched though the account is outside."""
    of = occasion(replace(ENTRY, passage=Passage.EXITED), passage=Passage.EXITED)
    standing = evaluate(poor_account(), PLAYBOOK, NOON).standing
    outside = replace(standing.memberships["at-risk"], inside=False)
    left = replace(standing, memberships={**standing.memberships, "at-risk": outside})
    launch = plan_launch(replace(of, account=replace(of.account, standing=left)))
    assert len(launch.effects) == 4
    bodies = [effect.body for effect in launch.effects if isinstance(effect, Delivery)]
    assert json.loads(bodies[-1])["data"]["passage"] == "exited"
