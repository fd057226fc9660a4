"""Who hears of a task that a person gave them (product TSK-10)."""

from dataclasses import replace
from datetime import timedelta
from unittest.mock import patch

import pytest

from keepwell.tasks import FollowUp, PostCompletion
from tests.domain.tasks.office import ANN, BO, Office
from tests.story import TODAY


def mails(office: Office) -> list[tuple[str, str]]:
    due = [delivery_id for delivery_id, _ in office.deliveries.due(office.now)]
    found = [mail for each in due if (mail := office.deliveries.get(each))]
    return sorted((mail.to, mail.subject) for mail in found)


def test_who_is_given_a_task_hears_of_it_and_why() -> None:
    office = Office()
    office.asks()
    for _ in range(2):
        office.hand_over.assign(office.task(), BO, ANN, office.now, office.playbook)
    assert mails(office) == [(BO, "New task: Call")]
    office.hand_over.assign(office.task(), "success manager", BO, office.now, office.playbook)
    assert mails(office) == [(ANN, "New task: Call"), (BO, "New task: Call")]


def test_who_takes_a_task_hears_nothing() -> None:
    office = Office()
    office.asks()
    office.hand_over.assign(office.task(), BO, BO, office.now, office.playbook)
    assert mails(office) == []


def test_a_follow_up_is_told_to_another_but_not_to_who_closed_the_task() -> None:
    office = Office()
    again = PostCompletion(follow_up=FollowUp("Call again", assign_to=BO))
    office.asks(post_completion=again)
    office.close()
    office.close()
    assert mails(office) == [(BO, "New task: Call again")]
    mine = PostCompletion(follow_up=FollowUp("Visit"))
    office.asks("T-2", post_completion=mine)
    office.close("T-2")
    assert mails(office) == [(BO, "New task: Call again")]


def snoozed(wish: str = "") -> Office:
    """Ann, who hears of tasks as she wishes, has put one off until tomorrow."""
    office = Office()
    if wish:
        stored = office.team.members_of([ANN])[ANN]
        values = {**stored.facts.values, "Task Mail": wish}
        office.team.put(replace(stored, facts=replace(stored.facts, values=values)))
    office.asks()
    office.snooze(TODAY + timedelta(days=1))
    return office


def test_whoever_has_a_task_hears_when_its_snooze_ends() -> None:
    """D6, TSK-10."""
    office = snoozed()
    assert mails(office) == []
    office.passes(hours=12)
    assert mails(office) == [(ANN, "Back on your agenda: Call")]
    [mail] = office.deliveries.all()  # type: ignore[attr-defined]
    assert "Account: Harbor Labs (A-1)" in mail.body
    assert "It slept until 2026-11-22: They are on holiday" in mail.body
    office.passes(days=9)
    assert len(mails(office)) == 1


def test_an_end_of_a_snooze_that_was_interrupted_is_the_same_mail() -> None:
    """T2."""
    office = snoozed()
    [wake] = office.wakes.due(office.now + timedelta(hours=12))
    office.now += timedelta(hours=12)
    with (
        patch.object(office.work, "change_task", side_effect=KeyboardInterrupt),
        pytest.raises(KeyboardInterrupt),
    ):
        office.waker.carry_out(wake, office.now, office.playbook)
    assert office.task().snoozed_until
    office.passes(minutes=5)
    assert office.task().snoozed_until is None
    assert mails(office) == [(ANN, "Back on your agenda: Call")]


def test_each_end_of_a_snooze_is_told() -> None:
    office = snoozed()
    office.passes(hours=12)
    office.snooze(TODAY + timedelta(days=2))
    office.passes(days=1)
    assert [subject for _, subject in mails(office)] == ["Back on your agenda: Call"] * 2


def test_one_that_sleeps_longer_by_now_is_not_told_of() -> None:
    office = snoozed()
    [wake] = office.wakes.due(office.now + timedelta(hours=12))
    office.snooze(TODAY + timedelta(days=9))
    office.waker.carry_out(wake, office.now + timedelta(hours=12), office.playbook)
    assert mails(office) == []


@pytest.mark.parametrize(
    ("wish", "expected"), [("summary", [(ANN, "Back on your agenda: Call")]), ("none", [])]
)
def test_the_member_decides_how_to_hear_of_it(wish: str, expected: list[tuple[str, str]]) -> None:
    """TSK-10."""
    office = snoozed(wish)
    office.passes(hours=12)
    assert mails(office) == []
    office.passes(minutes=15)
    assert mails(office) == expected


def test_what_is_new_and_what_is_back_are_told_apart() -> None:
    office = snoozed("summary")
    office.asks("T-2")
    office.snoozer.snooze(
        office.task("T-2"), TODAY + timedelta(days=1), "Later", ANN, office.now, office.playbook
    )
    office.passes(hours=12)
    office.asks("T-3", values={"Assignee": BO})
    office.hand_over.assign(office.task("T-3"), ANN, BO, office.now, office.playbook)
    office.passes(minutes=16)
    assert mails(office) == [(ANN, "2 tasks are back"), (ANN, "New task: Call")]
