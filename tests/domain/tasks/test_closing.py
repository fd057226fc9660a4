"""Closing a task (PLY-11, TSK-01, D10)."""

from dataclasses import replace
from datetime import date, timedelta
from unittest.mock import patch
from zoneinfo import ZoneInfo

import pytest

from keepwell.errors import RejectedInput
from keepwell.tasks import Contact, FollowUp, PostCompletion, TaskStatus
from keepwell.team import Member
from tests.domain.tasks.office import ANN, BO, BOSS, CALL, LEAD, Office, a_playbook, facts
from tests.story import NOON, TODAY

ALL = PostCompletion(
    require_touchpoint=True,
    set_attributes=(("Risk Status", "Resolved"),),
    follow_up=FollowUp("Call again", "In a week", due_in_working_days=5, effort=0.5),
)


@pytest.fixture
def office() -> Office:
    return Office()


def test_a_closed_task_says_what_came_of_it_when_and_by_whom(office: Office) -> None:
    office.asks()
    task = office.close(outcome="no answer").task
    assert (task.status, task.outcome, task.closed_by) == (TaskStatus.COMPLETED, "No Answer", ANN)
    assert task.closed_at == "2026-11-21T12:00:00+00:00"
    assert task == office.task()


def test_it_is_closed_on_the_day_of_the_tenant(office: Office) -> None:
    office.asks()
    office.playbook = a_playbook(time_zone=ZoneInfo("Pacific/Auckland"))
    assert office.close().task.closed_at == "2026-11-22T01:00:00+13:00"


def test_an_outcome_that_there_is_not_is_refused_with_those_there_are(office: Office) -> None:
    office.asks()
    with pytest.raises(RejectedInput, match=r"there are Done, Reached, .*; did you mean Resolved\?"):
        office.close(outcome="resolvd")
    assert office.task().is_open


def test_a_company_has_outcomes_of_its_own(office: Office) -> None:
    office.asks()
    office.playbook = a_playbook(outcomes=("Done", "Sold"))
    assert office.close(outcome="SOLD").task.outcome == "Sold"


@pytest.mark.parametrize("contact", [None, replace(CALL, type="Internal Note")])
def test_without_the_contact_that_it_asks_for_a_task_stays_open(
    office: Office, contact: Contact | None
) -> None:
    """PLY-11: and the error says how to tell of it. A note among ourselves is none (definitions 1.5)."""
    office.asks(post_completion=PostCompletion(require_touchpoint=True))
    with pytest.raises(RejectedInput, match="--touchpoint"):
        office.close(contact=contact)
    assert office.task().is_open
    assert not office.told()
    assert not list(office.wakes.due(NOON + timedelta(days=9)))


def test_the_contact_becomes_a_touchpoint_and_moves_last_touch(office: Office) -> None:
    """PLY-11, TCH-04, TCH-05."""
    office.asks(post_completion=PostCompletion(require_touchpoint=True))
    office.close(contact=CALL)
    [touchpoint] = office.touchpoints.touchpoints("A-1")
    assert (touchpoint.type, touchpoint.subject, touchpoint.day) == ("Call", "They renew", TODAY)
    assert (touchpoint.flow, touchpoint.created_by) == ("Renewal", ANN)
    assert office.value("Last Touch") == TODAY


def test_an_internal_note_is_no_contact_and_an_earlier_day_moves_nothing_back(office: Office) -> None:
    """Definitions 1.5."""
    before = office.value("Last Touch")
    office.asks()
    office.asks("T-2")
    office.close(contact=replace(CALL, type="Internal Note"))
    office.close("T-2", contact=replace(CALL, day=date(2026, 11, 1)))
    assert len(list(office.touchpoints.touchpoints("A-1"))) == 2
    assert office.value("Last Touch") == before


def test_it_sets_attributes_as_the_word_of_the_task(office: Office) -> None:
    """PLY-11."""
    office.asks(post_completion=PostCompletion(set_attributes=(("Risk Status", "Resolved"), ("NPS", ""))))
    office.close()
    found = office.accounts.get("A-1")
    assert found
    assert (office.value("Risk Status"), office.value("NPS")) == ("Resolved", None)
    assert found.facts.exceptions["Risk Status"].source == "task:T-1"
    assert (found.facts.changed_by, found.facts.depth) == ("task:T-1", 0)


def test_what_cannot_be_set_stands_under_the_task_and_the_rest_is_done(office: Office) -> None:
    after = PostCompletion(
        set_attributes=(("Health", "Good"), ("Shoe Size", "9"), ("NPS", "many"), ("Risk Status", "Engaged"))
    )
    office.asks(post_completion=after)
    closed = office.close()
    assert closed.problems == (
        "set Health: Keepwell computes it",
        "set Shoe Size: the playbook has no such attribute",
        'set NPS: expected a plain number such as 50000 or 12.5, found "many"',
    )
    assert tuple(comment.text for comment in office.task().comments) == closed.problems
    assert office.value("Risk Status") == "Engaged"


def test_the_follow_up_is_a_task_of_who_had_the_first(office: Office) -> None:
    """PLY-11: its working days count from the closing."""
    office.asks(post_completion=ALL, play="rescue", reason="Health = Poor")
    follow_up = office.close(by=BO, contact=CALL).follow_up
    assert follow_up
    assert (follow_up.title, follow_up.description, follow_up.effort) == ("Call again", "In a week", 0.5)
    assert (follow_up.assignee, follow_up.created_by, follow_up.flow) == (ANN, BO, "Renewal")
    assert follow_up.due_date == date(2026, 11, 27)
    assert (follow_up.play, follow_up.reason, follow_up.is_open) == ("rescue", "follows Call", True)


@pytest.mark.parametrize(("assign_to", "expected"), [("Success Manager", ANN), ("NPS Owner", BOSS)])
def test_a_follow_up_may_be_for_a_role_and_falls_to_the_owner_of_the_play(
    office: Office, assign_to: str, expected: str
) -> None:
    """PLY-10."""
    after = PostCompletion(follow_up=FollowUp("Call again", assign_to=assign_to))
    office.asks(post_completion=after, play="rescue", values={"Assignee": BO})
    follow_up = office.close().follow_up
    assert follow_up
    assert follow_up.assignee == expected


def test_a_follow_up_that_nobody_can_have_is_nobodys_and_the_closing_says_so(office: Office) -> None:
    """TSK-09: the owner of the play, and of the playbook, have left."""
    for email in (BOSS, LEAD):
        office.team.put(Member(facts(email, office.now, Active=False)))
    office.asks(
        post_completion=PostCompletion(follow_up=FollowUp("Again", assign_to="NPS Owner")), play="rescue"
    )
    closed = office.close()
    assert closed.follow_up
    assert closed.follow_up.assignee == ""
    [problem] = closed.problems
    assert problem == f"task {closed.follow_up.task_id}: {closed.follow_up.why_assigned}"
    assert problem.endswith(
        f"nobody can have it: nobody is NPS Owner; {BOSS}, the owner of the play, is active no more; "
        f"{LEAD}, the owner of the playbook, is active no more; name another owner in keepwell.yaml"
    )


def test_closing_again_in_the_same_way_changes_nothing_and_otherwise_is_refused(office: Office) -> None:
    office.asks(post_completion=ALL)
    first = office.close(contact=CALL)
    office.passes(hours=1)
    assert office.close(contact=CALL) == first
    assert len(list(office.work.tasks("A-1"))) == 2
    with pytest.raises(RejectedInput, match=r"completed already by ann@example\.com on 2026-11-21"):
        office.close(by=BO, contact=CALL)
    with pytest.raises(RejectedInput, match="already"):
        office.close(outcome="Resolved", contact=CALL)
    with pytest.raises(RejectedInput, match="already"):  # what this one tells of would be lost
        office.close(contact=replace(CALL, subject="They leave"))
    assert office.task().outcome == "Done"


def test_the_same_command_on_the_next_day_is_the_same_closing(office: Office) -> None:
    office.asks(post_completion=ALL)
    first = office.close(contact=CALL)
    assert office.close(contact=replace(CALL, day=TODAY + timedelta(days=1))) == first


def test_a_comment_is_written_with_the_closing_or_not_at_all(office: Office) -> None:
    office.asks(post_completion=PostCompletion(require_touchpoint=True))
    closing = (ANN, office.now, office.playbook)
    with pytest.raises(RejectedInput, match="--touchpoint"):
        office.closer.close(office.task(), "Done", *closing, comment="At last")
    assert not office.task().comments
    for _ in range(2):
        office.closer.close(office.task(), "Done", *closing, CALL, "At last")
    assert [(each.by, each.text) for each in office.task().comments] == [(ANN, "At last")]


def test_a_task_that_a_file_opened_again_can_be_closed_again(office: Office) -> None:
    office.asks(post_completion=ALL)
    first = office.close(contact=CALL).follow_up
    closed = office.task()
    opened = {**closed.facts.values, "Status": "Open"}
    office.work.change_task(replace(closed, facts=replace(closed.facts, values=opened)))
    office.passes(hours=1)
    second = office.close(contact=CALL).follow_up
    assert first
    assert second
    assert first.task_id != second.task_id
    assert len(list(office.touchpoints.touchpoints("A-1"))) == 2


def test_a_closing_that_was_interrupted_is_ended_by_the_minute_tick(office: Office) -> None:
    """R6: nobody has to close it again."""
    office.asks(post_completion=ALL)

    with (
        patch.object(office.touchpoints, "touchpoints_of", side_effect=KeyboardInterrupt),
        pytest.raises(KeyboardInterrupt),
    ):
        office.close(contact=CALL)
    assert not office.task().is_open
    assert not list(office.touchpoints.touchpoints("A-1"))

    office.passes(minutes=5)
    assert office.value("Risk Status") == "Resolved"
    assert len(list(office.touchpoints.touchpoints("A-1"))) == 1
    assert len(list(office.work.tasks("A-1"))) == 2
    assert not list(office.wakes.due(office.now + timedelta(days=99)))


def test_a_closed_task_is_never_woken_again(office: Office) -> None:
    office.asks(sla_at=NOON + timedelta(hours=4))
    office.snooze(TODAY + timedelta(days=2))
    office.close()
    assert not list(office.wakes.due(office.now + timedelta(days=99)))
    assert office.task().snoozed_until is None


def test_a_task_of_an_account_that_is_gone_can_be_closed(office: Office) -> None:
    """S5."""
    office.asks(post_completion=ALL)
    found = office.accounts.get("A-1")
    assert found
    office.accounts.remove(found.facts)
    assert not office.close(contact=CALL).task.is_open
    assert not list(office.touchpoints.touchpoints("A-1"))


def test_whoever_closes_a_task_has_the_last_word(office: Office) -> None:
    """Also where the comments take all the room there is."""
    for task_id in ("T-1", "T-2"):
        office.asks(task_id)
        for number in range(20):
            office.book.comment(office.task(task_id), f"{number:02}{'x' * 9_998}", ANN, NOON)
    assert office.close(comment="Solved").task.comments[-1].text == "Solved"
    task = office.closer.cancel(office.task("T-2"), "They left", ANN, NOON, office.playbook)
    assert task.comments[-1].text == "They left"


def test_a_comment_that_comes_with_a_closing_of_before_is_kept(office: Office) -> None:
    office.asks()
    office.close()
    office.close(comment="They said thanks")
    office.close(comment="They said thanks")
    assert [each.text for each in office.task().comments] == ["They said thanks"]


def test_a_task_that_is_not_to_be_done_is_cancelled_with_a_reason(office: Office) -> None:
    """It asks for no contact, and nothing follows."""
    office.asks(post_completion=ALL, sla_at=NOON + timedelta(hours=4))
    with pytest.raises(RejectedInput, match="--reason"):
        office.closer.cancel(office.task(), " ", ANN, NOON, office.playbook)
    task = office.closer.cancel(office.task(), "They left", ANN, NOON, office.playbook)
    assert (task.status, task.comments[0].text, task.closed_by) == (TaskStatus.CANCELLED, "They left", ANN)
    assert len(list(office.work.tasks("A-1"))) == 1
    assert not list(office.wakes.due(NOON + timedelta(days=99)))
    with pytest.raises(RejectedInput, match="cancelled already"):
        office.close(contact=CALL)


def test_the_history_tells_of_the_closing(office: Office) -> None:
    office.asks()
    office.close(outcome="Reached", contact=Contact("Call", "Fine", "", TODAY))
    [row] = office.told()
    assert (row.detail["did"], row.detail["by"], row.detail["task_id"]) == ("closed", ANN, "T-1")
    assert row.detail["was"] == {"Status": "Open"}
    assert row.detail["now"] == {
        "Closed At": "2026-11-21T12:00:00+00:00",
        "Closed By": ANN,
        "Outcome": "Reached",
        "Status": "Completed",
    }
