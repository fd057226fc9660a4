"""`keepwell suppressed`: addresses that no mail is sent to are shown, and taken off the list by hand."""

import pytest

from keepwell.deliveries.suppression import Cause, Suppressed
from keepwell.errors import RejectedInput
from keepwell_cli.reference import ANSWERS
from keepwell_cli.suppressed import suppressed
from tests.cli.in_memory_stack import InMemoryStack, shown
from tests.story import NOON


@pytest.fixture
def stack(monkeypatch: pytest.MonkeyPatch) -> InMemoryStack:
    stack = InMemoryStack.installed(monkeypatch)
    stack.suppressions.add(Suppressed("ann@example.com", Cause.BOUNCE, "550 user unknown", NOON, "email_1"))
    return stack


@pytest.mark.usefixtures("stack")
def test_addresses_are_shown_with_why() -> None:
    answer = suppressed()
    [told] = answer.document["suppressed"]
    assert told == {
        "address": "ann@example.com",
        "cause": "bounce",
        "detail": "550 user unknown",
        "at": "2026-11-21T12:00:00+00:00",
        "delivery_id": "email_1",
    }
    assert told.keys() == ANSWERS["suppressed"]["document"]["suppressed"][0].keys()
    assert "550 user unknown" in shown(answer)


def test_one_is_taken_off_the_list_in_any_letters(stack: InMemoryStack) -> None:
    answer = suppressed(remove="Ann@Example.com")
    assert answer.document == {"suppressed": []}
    assert shown(answer).strip() == "Mail is sent to every address."
    assert stack.suppressions.get("ann@example.com") is None


@pytest.mark.usefixtures("stack")
def test_one_that_is_not_on_it_is_refused() -> None:
    with pytest.raises(RejectedInput, match=r"bo@example\.com is not suppressed"):
        suppressed(remove="bo@example.com")
