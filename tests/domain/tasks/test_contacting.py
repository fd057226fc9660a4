"""A contact that no task asked for (TCH-04, TCH-05, definitions 1.5)."""

from dataclasses import replace
from datetime import timedelta

import pytest

from keepwell.tasks import Contact
from keepwell.tasks.contacting import ContactBook
from keepwell.touchpoints import Touchpoint
from tests.domain.tasks.office import BO, CALL, Office
from tests.story import TODAY


@pytest.fixture
def office() -> Office:
    return Office()


def log(office: Office, contact: Contact = CALL, request: str = "r-1", account_id: str = "A-1") -> Touchpoint:
    book = ContactBook(office.accounts, office.touchpoints)
    touchpoint, _ = book.log(contact, account_id, "Renewal", BO, request, office.now, office.playbook)
    return touchpoint


def test_it_is_a_touchpoint_of_who_tells_of_it_and_moves_last_touch(office: Office) -> None:
    contact = replace(CALL, content="In June", participants=("Kim Rao",), reasons=("Renewal",))
    touchpoint = log(office, contact)
    assert [touchpoint] == list(office.touchpoints.touchpoints("A-1"))
    assert (touchpoint.type, touchpoint.subject, touchpoint.content) == ("Call", "They renew", "In June")
    assert (touchpoint.flow, touchpoint.created_by, touchpoint.day) == ("Renewal", BO, TODAY)
    assert (touchpoint.participants, touchpoint.reasons) == (("Kim Rao",), ("Renewal",))
    assert office.value("Last Touch") == TODAY


def test_a_business_review_moves_last_qbr_as_well(office: Office) -> None:
    log(office, replace(CALL, type="QBR"))
    assert office.value("Last QBR") == TODAY


def test_an_internal_note_and_an_earlier_day_are_kept_and_move_nothing(office: Office) -> None:
    log(office, replace(CALL, day=TODAY - timedelta(days=1)))
    assert office.value("Last Touch") == TODAY - timedelta(days=1)
    log(office, replace(CALL, type="Internal Note"), "r-2")
    log(office, replace(CALL, day=TODAY - timedelta(days=400)), "r-3")
    assert len(list(office.touchpoints.touchpoints("A-1"))) == 3
    assert office.value("Last Touch") == TODAY - timedelta(days=1)


def test_the_same_request_is_one_contact(office: Office) -> None:
    first = log(office)
    office.passes(hours=1)
    assert log(office) == first
    assert len(list(office.touchpoints.touchpoints("A-1"))) == 1
    log(office, request="r-2")
    assert len(list(office.touchpoints.touchpoints("A-1"))) == 2


def test_the_same_request_told_otherwise_moves_last_touch_by_what_was_stored(office: Office) -> None:
    """Definitions 1.5: there is no touchpoint of the other day."""
    earlier = TODAY - timedelta(days=2)
    log(office, replace(CALL, day=earlier))
    assert log(office, CALL).day == earlier
    assert office.value("Last Touch") == earlier
    log(office, replace(CALL, type="Internal Note"), "r-2")
    assert log(office, CALL, "r-2").type == "Internal Note"
    assert office.value("Last Touch") == earlier
