"""A month of the sample tenant in memory, every play of the standard library live.

The same month on the local cloud has to come to the same ledger (tests/scenarios/test_month.py)."""

from collections import Counter
from datetime import date

import pytest

from keepwell.plays import PlayState
from keepwell.tasks import RunState
from tests.month.passing import InMemory, let_a_month_pass
from tests.month.telling import LEAD


@pytest.fixture(scope="module")
def month() -> InMemory:
    core = InMemory()
    let_a_month_pass(core)
    return core


def test_every_play_of_the_library_is_live_and_fires(month: InMemory) -> None:
    fired = Counter(run.play for run in month.rehearsal.work.runs() if run.fired)
    plays = {play.id: play.state for play in month.rehearsal.playbook.plays}
    assert set(plays.values()) == {PlayState.LIVE}
    assert {play for play in plays if not fired[play]} == set()


def test_plays_wait_go_on_and_end_where_an_account_leaves(month: InMemory) -> None:
    runs = {(run.play, run.account_id): run for run in month.rehearsal.work.runs()}
    assert runs["churn-recovery", "ACC-0005"].state is RunState.ENDED, "it came back"
    assert runs["delayed-onboarding", "ACC-0082"].state is RunState.ENDED, "it moved on"
    offer = "Make Pelican Freight S.A. an offer to come back"
    [task] = [task for task in month.rehearsal.work.tasks("ACC-0018") if task.title == offer]
    assert task.due_date == date(2031, 12, 11), "five working days after 30 days"


def test_a_play_that_somebody_starts_takes_its_steps_too(month: InMemory) -> None:
    """PLY-18."""
    [run] = [run for run in month.rehearsal.work.runs("ACC-0004") if run.play == "reference-call"]
    [webhook] = [message for message in month.rehearsal.sent if message.subject == "reference.asked"]
    assert run.state is RunState.DONE
    assert webhook.created_at.date() == date(2031, 11, 12), "three working days after a Saturday"
    assert [task.escalated_to for task in month.rehearsal.work.tasks("ACC-0004")] == [LEAD]


def test_nothing_is_held_and_no_wake_is_left_behind(month: InMemory) -> None:
    rehearsal = month.rehearsal
    held = [
        held
        for account in rehearsal.accounts.scan(0, 1, limit=1_000).accounts
        for held in rehearsal.launcher.held(account, rehearsal.playbook, month.clock.now())
    ]
    assert held == []
    assert not list(rehearsal.wakes.due(month.clock.now()))
    assert {run.problems for run in rehearsal.work.runs()} == {()}


def test_people_hear_of_tasks_as_they_wish_and_leads_of_what_was_not_done(month: InMemory) -> None:
    """TSK-10, EWS-01 to EWS-05."""
    told = Counter((mail.to, mail.subject.partition(":")[0]) for mail in month.rehearsal.sent)
    assert told["csm.north@example.com", "New task"] > 10
    assert any(to == "csm.south@example.com" and "new tasks" in about for to, about in told)
    assert told["csm.pool@example.com", "New task"] == 0
    assert told["lead@example.com", "Not done in time"] > 10
