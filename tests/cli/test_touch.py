"""`keepwell touch`: a contact that no task asked for (TCH-04, TCH-05, definitions 1.5)."""

from datetime import datetime, timedelta
from typing import Any

import pytest

from keepwell.errors import RejectedInput
from keepwell.team import Member
from keepwell_cli.account import account
from keepwell_cli.reference import ANSWERS
from keepwell_cli.touch import touch
from tests.cli.in_memory_stack import InMemoryStack, shown
from tests.domain.tasks.office import facts
from tests.story import NOON

ANN = "ann@example.com"
FRIDAY, SUNDAY = (datetime(2026, 11, day) for day in (20, 22))  # noqa: DTZ001  as typer reads days


@pytest.fixture
def here(monkeypatch: pytest.MonkeyPatch) -> InMemoryStack:
    monkeypatch.setattr("getpass.getuser", lambda: "ann")
    stack = InMemoryStack.installed(monkeypatch)
    stack.accounts.put_facts(facts("A-1", NOON - timedelta(days=9)))
    return stack


def test_a_contact_is_logged_and_the_account_tells_of_it(here: InMemoryStack) -> None:
    people: dict[str, str] = {"participants": "Kim Rao, Bo Lind", "reasons": "Renewal"}
    answer = touch("A-1", "They renew", "Web Meeting", "In June", FRIDAY, "Renewal", by=ANN, **people)
    [touchpoint] = here.touchpoints.touchpoints("A-1")
    assert (touchpoint.type, touchpoint.content, touchpoint.created_by) == ("Web Meeting", "In June", ANN)
    assert touchpoint.participants == ("Kim Rao", "Bo Lind")
    assert account("A-1").document["touchpoints"] == [answer.document["touchpoint"]]
    assert account("A-1").document["facts"]["Last Touch"] == "2026-11-20"
    assert shown(answer).splitlines() == [
        "Web Meeting of 2026-11-20: They renew",
        "Last Touch of A-1: 2026-11-20",
    ]


def test_a_subject_is_one_line(here: InMemoryStack) -> None:
    touch("A-1", "They\nrenew ", flow=" Renewal ")
    [touchpoint] = here.touchpoints.touchpoints("A-1")
    assert (touchpoint.subject, touchpoint.flow) == ("They renew", "Renewal")


def test_an_internal_note_moves_no_last_touch(here: InMemoryStack) -> None:
    """Definitions 1.5."""
    answer = touch("A-1", "Their sponsor is new", "Internal Note")
    assert answer.document["last_touch"] is None
    assert "Last Touch of A-1: none" in shown(answer)
    assert len(list(here.touchpoints.touchpoints("A-1"))) == 1


def test_the_same_request_is_one_contact(here: InMemoryStack) -> None:
    for _ in range(2):
        touch("A-1", "They renew", request="r-1")
    assert len(list(here.touchpoints.touchpoints("A-1"))) == 1


@pytest.mark.parametrize(
    ("account_id", "options", "mend"),
    [
        ("A-9", {}, "there is no account 'A-9'"),
        ("A-1", {"subject": " "}, "--subject"),
        ("A-1", {"subject": "x" * 501}, "--subject: expected at most 500 characters, found 501"),
        ("A-1", {"flow": "x" * 10_001}, "--flow: expected at most 10,000 characters, found 10,001"),
        ("A-1", {"content": "x" * 10_001}, "--content: expected at most 10,000"),
        ("A-1", {"type_": "x" * 10_001}, "--type: expected at most 10,000"),
        ("A-1", {"reasons": "x" * 10_001}, "--reasons: expected at most 10,000"),
        ("A-1", {"type_": " "}, "--type"),
        ("A-1", {"on": SUNDAY}, "today is 2026-11-21"),
        ("A-1", {"request": "x" * 101}, "a request has a name"),
        ("A-1", {"by": "eye@example.com"}, "may only look"),
    ],
)
def test_what_is_no_contact_is_refused(
    here: InMemoryStack, account_id: str, options: dict[str, Any], mend: str
) -> None:
    here.team.put(Member(facts("eye@example.com", NOON, Licence="Viewer")))
    with pytest.raises(RejectedInput, match=mend):
        touch(account_id, **{"subject": "They renew", **options})
    assert not list(here.touchpoints.touchpoints())


def test_the_verb_answers_as_documented(here: InMemoryStack) -> None:
    documented = ANSWERS["touch"]["document"]
    answer = touch("A-1", "They renew").document
    assert answer.keys() == documented.keys()
    assert answer["touchpoint"].keys() == documented["touchpoint"].keys()
