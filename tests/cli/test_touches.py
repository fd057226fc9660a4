"""`keepwell touches`: which accounts were touched lately, and by whom (TCH-05, DSH-07)."""

from dataclasses import replace
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest

from keepwell.accounts import Facts, Provenance
from keepwell.attributes import Value
from keepwell.errors import RejectedInput
from keepwell.in_memory import FixedClock
from keepwell.ports import Page
from keepwell.team import Member
from keepwell.touchpoints import Touchpoint
from keepwell_cli.reference import ANSWERS
from keepwell_cli.touches import touches
from tests.cli.in_memory_stack import InMemoryStack, shown
from tests.docs.test_command import same_shape
from tests.story import NOON


def facts(key: str, **values: Value) -> Facts:
    told = {name.replace("_", " "): value for name, value in values.items()}
    return Facts(key, told, Provenance("csv:test", NOON), NOON, "drop-1", "drop-1")


@pytest.fixture
def here(monkeypatch: pytest.MonkeyPatch) -> InMemoryStack:
    """Two success managers with fourteen accounts, of which one has been called, and one who has left."""
    here = InMemoryStack.installed(monkeypatch)
    vars(here)["clock"] = FixedClock(datetime(2026, 11, 21, 12, tzinfo=UTC))
    for number in range(1, 13):
        here.accounts.put_facts(facts(f"A-{number:02}", Success_Manager="ann@example.com"))
    here.accounts.put_facts(facts("B-1", Success_Manager="bo@example.com"))
    here.accounts.put_facts(facts("B-2"))
    for email, active in (("ann@example.com", True), ("cy@example.com", False)):
        here.team.put(Member(facts(email, Active=active)))
    log(here, "B-1", "2026-11-18", "Call", "bo@example.com")
    log(here, "A-01", "2026-11-19", "Internal Note", "ann@example.com")
    log(here, "A-02", "2026-08-19", "QBR", "ann@example.com")
    return here


def log(here: InMemoryStack, account_id: str, day: str, type_: str, by: str) -> None:
    told = facts(account_id, Date=day, Type=type_, Created_By=by)
    here.touchpoints.put(Touchpoint(f"T-{day}", told))


def test_people_see_coverage_activity_and_whom_nobody_touched(here: InMemoryStack) -> None:
    """TCH-05. Ten accounts are named; who has left is not listed."""
    lines = [line.rstrip() for line in shown(touches(days=14)).splitlines()]
    assert lines == [
        "1 of 14 accounts touched in the last 14 days: 7.1%",
        "",
        "success manager  accounts  touched  coverage  never touched",
        "nobody                  1        0        0%              1",
        "ann@example.com        12        0        0%             11",
        "bo@example.com          1        1      100%              0",
        "",
        "type           touchpoints",
        "Call                     1",
        "Internal Note            1",
        "",
        "flow    touchpoints",
        "(none)            2",
        "",
        "logged by        touchpoints  internal notes  a week",
        "ann@example.com            1               1     0.5",
        "bo@example.com             1               0     0.5",
        "",
        "Never touched: A-01, A-03, A-04, A-05, A-06, A-07, A-08, A-09, A-10, A-11 and 2 more",
    ]


def test_it_answers_as_documented(here: InMemoryStack) -> None:
    answer = touches()
    same_shape(ANSWERS["touches"]["document"], answer.document)
    assert (answer.document["on"], answer.findings) == ("2026-11-21", False)
    assert touches(days=100).document["total"]["touched"] == 2
    assert "0 of 14 accounts touched in the last 30 days by the flow Renewal: 0%" in shown(
        touches(flow="Renewal")
    )
    assert answer.document["owners"][0]["owner"] is None
    assert len(answer.document["never_touched"]) == 10


def test_the_day_is_the_tenant_s(here: InMemoryStack) -> None:
    """Late in the evening of the 21st in New York it is the 22nd in Greenwich."""
    vars(here)["clock"] = FixedClock(datetime(2026, 11, 22, 3, tzinfo=UTC))
    here.playbooks.active = replace(here.playbooks.active, time_zone=ZoneInfo("America/New_York"))
    assert touches().document["on"] == "2026-11-21"


def test_accounts_count_for_whoever_holds_the_role_that_is_asked_for(here: InMemoryStack) -> None:
    """DSH-07: by team role, under any of its names."""
    assert touches(role="csm").document == touches().document
    with pytest.raises(RejectedInput, match=r"'Status' is no role at an account; the roles are: .*Success"):
        touches(role="Status")


def test_what_cannot_be_read_is_named(here: InMemoryStack, monkeypatch: pytest.MonkeyPatch) -> None:
    pages = Page((), None, (("A-9", "broken"),))
    monkeypatch.setattr(here.accounts, "scan", lambda *_: pages)
    answer = touches()
    assert (answer.findings, answer.document["unreadable"]) == (True, ["A-9"])
    assert "What is stored of these cannot be read: A-9." in shown(answer)


def test_an_empty_stack_has_no_coverage(monkeypatch: pytest.MonkeyPatch) -> None:
    InMemoryStack.installed(monkeypatch)
    assert shown(touches()).strip() == "0 of 0 accounts touched in the last 30 days"
