"""A task that was closed by mistake is opened again (PLY-11, D10)."""

from dataclasses import replace
from datetime import timedelta
from unittest.mock import patch

import pytest

from keepwell.errors import RejectedInput
from keepwell.tasks import Closing, FollowUp, PostCompletion, Task
from tests.domain.tasks.office import ANN, BO, CALL, Office
from tests.story import NOON

FOLLOWED = PostCompletion(require_touchpoint=True, follow_up=FollowUp("Call again"))


@pytest.fixture
def office() -> Office:
    return Office()


def reopen(office: Office, by: str = BO) -> Task:
    return office.closer.reopen(office.task(), by, office.now, office.playbook)


def test_it_is_on_the_agenda_again_and_what_closing_it_did_stays(office: Office) -> None:
    office.asks(post_completion=FOLLOWED)
    office.close(contact=CALL)
    office.passes(hours=1)
    task = reopen(office)
    assert task.is_open
    assert (task.outcome, task.closed_at, task.closed_by, task.closing) == ("", "", "", None)
    assert {each.title for each in office.work.agenda(ANN)} == {"Call", "Call again"}
    assert len(list(office.touchpoints.touchpoints("A-1"))) == 1
    last = office.told()[-1]
    assert (last.detail["did"], last.detail["by"]) == ("reopened", BO)
    assert last.detail["was"]["Closed By"] == ANN


def test_it_can_be_closed_again(office: Office) -> None:
    office.asks()
    office.close()
    reopen(office)
    office.passes(hours=1)
    assert office.close(outcome="Resolved", by=BO).task.closed_by == BO


def test_a_cancelled_one_too_but_none_that_is_open(office: Office) -> None:
    office.asks()
    with pytest.raises(RejectedInput, match="is open"):
        reopen(office)
    office.closer.cancel(office.task(), "They left", ANN, NOON, office.playbook)
    assert reopen(office).is_open


def test_a_refusal_changes_nothing(office: Office) -> None:
    """A file may have opened it already; what is to happen to it then does."""
    office.asks(sla_at=NOON + timedelta(hours=4))
    office.close()
    task = reopen(office)
    with pytest.raises(RejectedInput, match="is open"):
        office.closer.reopen(
            replace(task, closing=Closing(NOON, ANN, settled=True)), BO, NOON, office.playbook
        )
    assert len(list(office.wakes.due(NOON + timedelta(days=9)))) == 1


def test_a_closing_that_was_interrupted_is_ended_before(office: Office) -> None:
    office.asks(post_completion=FOLLOWED)
    with (
        patch.object(office.touchpoints, "touchpoints_of", side_effect=KeyboardInterrupt),
        pytest.raises(KeyboardInterrupt),
    ):
        office.close(contact=CALL)
    assert reopen(office).is_open
    assert len(list(office.touchpoints.touchpoints("A-1"))) == 1
    assert len(list(office.work.tasks("A-1"))) == 2


def test_its_service_level_counts_again(office: Office) -> None:
    office.asks(sla_at=NOON + timedelta(hours=4))
    office.close()
    reopen(office)
    office.passes(hours=5)
    assert office.task().escalated_to == BO


def test_a_service_level_that_is_over_meanwhile_escalates_nothing(office: Office) -> None:
    """It was closed in time; who opens it again knows of it."""
    office.asks(sla_at=NOON + timedelta(hours=4))
    office.close()
    office.passes(hours=4)
    reopen(office)
    office.passes(hours=5)
    task = office.task()
    assert task.is_open
    assert (task.escalated_to, task.escalated_at) == ("", None)
