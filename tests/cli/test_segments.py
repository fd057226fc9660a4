"""`keepwell segments` and `keepwell segment`: who is in which, who came, who left (SEG-16, SEG-17)."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import date, datetime, timedelta
from typing import Any

import pytest

from keepwell.attributes import standard_catalogue
from keepwell.criteria import parse
from keepwell.errors import RejectedInput
from keepwell.playbook import Playbook
from keepwell.plays import EmailAction, Existing, Play, PlayState, TaskAction
from keepwell.segments import Link, Segment
from keepwell.standings import Band, Membership, Passage, Standing
from keepwell.tasks import Priority
from keepwell_cli.segment import segment
from keepwell_cli.segments import segments
from tests.cli.in_memory_stack import InMemoryStack, shown
from tests.story import NOON, TODAY, account, standard_playbook


def named(id_: str, name: str, **more: Any) -> Segment:
    return Segment(id_, name, parse("Health = Poor", standard_catalogue()), owner="lead@example.com", **more)


AT_RISK = named(
    "at-risk",
    "At Risk",
    description="Somebody has to act.",
    group="At-risk accounts",
    leave=parse("Health Score >= 60", standard_catalogue()),
    minimum_stay_days=3,
    cool_down_days=30,
    playbook="Call them.",
    links=(Link("Get-well plan", "https://example.com/plan"),),
)
ALL = (
    named("silent", "Silent"),
    named("partners", "Partners", group="Resellers"),
    named("renewals", "Renewals", group="Renewals upcoming"),
    AT_RISK,
    named("reviews", "Reviews", group="Periodic check-ins"),
)
PLAYS = (
    Play(
        "at-risk:on-entry",
        "At Risk, on entry",
        PlayState.LIVE,
        "at-risk",
        "lead@example.com",
        add_tags=("at-risk",),
        set_attributes=(("Risk Status", "Identified"),),
        starts=("rescue",),
        existing=Existing.ACT,
    ),
    Play(
        "at-risk:on-exit",
        "At Risk, on exit",
        PlayState.LIVE,
        "at-risk",
        "lead@example.com",
        passage=Passage.EXITED,
        remove_tags=("at-risk",),
    ),
    Play(
        "watch",
        "Watch",
        PlayState.SHADOW,
        "at-risk",
        "lead@example.com",
        tasks=(TaskAction("Call {{ account.name }}", "", "Success Manager", 0, Priority.NORMAL, "Risk", 1),),
        emails=(EmailAction("lead@example.com", "[bold] trouble", ""),),
    ),
)


def inside(since: date, **more: Any) -> Membership:
    return Membership(inside=True, sequence=1, since=since, **more)


def outside(left: date) -> Membership:
    return Membership(inside=False, sequence=1, since=left, left=left)


def days_ago(days: int) -> date:
    return TODAY - timedelta(days=days)


@pytest.fixture
def here(monkeypatch: pytest.MonkeyPatch) -> InMemoryStack:
    """Six accounts in and out of At Risk; a segment of a former playbook is in a standing still."""
    stack = InMemoryStack.installed(monkeypatch)
    stack.playbooks.active = replace(standard_playbook(), segments=ALL, plays=PLAYS)
    know(stack, "LONG", {"at-risk": inside(days_ago(90)), "gone": inside(TODAY)}, contract_value=50_000)
    know(stack, "EDGE", {"at-risk": inside(days_ago(7)), "silent": inside(days_ago(8))}, contract_value=None)
    know(stack, "NEW", {"at-risk": inside(TODAY, quiet=True, left=days_ago(5))}, contract_value=1_234.5)
    know(stack, "BIG", {"at-risk": inside(TODAY)}, contract_value=90_000)
    know(stack, "LEFT", {"at-risk": outside(days_ago(7))})
    know(stack, "FORMER", {"at-risk": outside(days_ago(8))})
    return stack


def know(
    stack: InMemoryStack,
    account_id: str,
    memberships: Mapping[str, Membership],
    *,
    evaluated_at: datetime = NOON,
    **values: Any,
) -> None:
    stack.accounts.put_facts(replace(account(account_id, **values).facts, revision=0))
    stack.accounts.put_standing(
        Standing(
            account_id=account_id,
            evaluated_at=evaluated_at,
            day=evaluated_at.date(),
            health=Band.POOR,
            score=34,
            profile="core",
            account_model=Band.POOR,
            playbook="p",
            inputs="i",
            memberships=memberships,
        )
    )


def numbers(document: Mapping[str, Any]) -> tuple[Any, ...]:
    names = ("members", "contract_value", "entered_last_7_days", "left_last_7_days")
    return tuple(document[name] for name in names)


def test_each_segment_is_told_with_its_members_their_worth_and_who_came_and_left(here: InMemoryStack) -> None:
    """The last seven days are those of `within last 7 days`: seven days ago is one of them, eight is not."""
    document = segments().document
    assert (document["on"], document["accounts"]) == ("2026-11-21", 6)
    told = {each["id"]: numbers(each) for each in document["segments"]}
    assert told["at-risk"] == (4, 141_234.5, 3, 2)
    assert told["silent"] == (1, 0, 0, 0)
    assert told["renewals"] == (0, 0, 0, 0)
    assert "gone" not in told, "a segment that the playbook has no more"
    assert "141,234" in shown(segments())


def test_the_groups_of_my_command_center_come_first_and_then_a_playbooks_own(here: InMemoryStack) -> None:
    """SEG-17."""
    order = [each["id"] for each in segments().document["segments"]]
    assert order == ["reviews", "at-risk", "renewals", "partners", "silent"]
    said = shown(segments())
    heads = ("Periodic check-ins", "At-risk accounts", "Renewals upcoming", "Resellers", "Other segments")
    assert [said.index(head) for head in heads] == sorted(said.index(head) for head in heads)


@pytest.mark.parametrize("name", ["at-risk", "At Risk", "AT RISK", "  at  risk "])
def test_a_segment_is_found_by_its_id_or_name_in_any_case(here: InMemoryStack, name: str) -> None:
    assert segment(name).document["id"] == "at-risk"


@pytest.mark.parametrize(
    ("name", "says"),
    [("At Rsik", "did you mean At Risk"), ("renewal", "did you mean Renewals"), ("", "lists")],
)
def test_a_segment_that_is_not_there_is_wrong_usage_that_says_what_was_meant(
    here: InMemoryStack, name: str, says: str
) -> None:
    with pytest.raises(RejectedInput, match=says):
        segment(name)


def test_what_a_segment_asks_and_does_is_told_in_words(here: InMemoryStack) -> None:
    """SEG-08, SEG-15, T4."""
    document, said = segment("at-risk").document, shown(segment("at-risk"))
    assert (document["criteria"], document["leave"]) == ("Health = Poor", "Health Score >= 60")
    assert document["links"] == [{"title": "Get-well plan", "url": "https://example.com/plan"}]
    assert [action["play"] for action in document["actions"]] == [
        "at-risk:on-entry",
        "at-risk:on-exit",
        "watch",
    ]
    for words in (
        "Somebody has to act.",
        "enters: Health = Poor",
        "leaves: Health Score >= 60, unless it would enter again; after 3 days at the earliest",
        "quiet: an entry within 30 days of the last exit",
        "on entry, and for those inside at its activation: add the tag at-risk  (play at-risk:on-entry)",
        "set Risk Status to Identified",
        "start the play rescue",
        "on exit: remove the tag at-risk  (play at-risk:on-exit)",
        "on entry, in shadow: noted, not done: task for Success Manager: Call {{ account.name }}",
        "mail to lead@example.com: [bold] trouble",
        "what to do: Call them.",
        "Get-well plan: https://example.com/plan",
        "4 members worth 141,234; in the last 7 days 3 entered and 2 left",
    ):
        assert words in said


def test_a_segment_without_rules_of_its_own_says_so_simply(here: InMemoryStack) -> None:
    said = shown(segment("renewals"))
    assert "leaves: when that does not hold any more\n" in said.replace(" \n", "\n")
    assert "quiet" not in said
    assert "Nobody is in it." in said
    assert "Nobody left in the last 7 days." in shown(segment("renewals", left=True))


def test_the_members_are_listed_the_newest_first_and_then_by_their_worth(here: InMemoryStack) -> None:
    document = segment("at-risk").document
    assert [each["account_id"] for each in document["shown"]] == ["BIG", "NEW", "EDGE", "LONG"]
    assert document["shown"][1] == {
        "account_id": "NEW",
        "name": "Harbor Labs",
        "inside": True,
        "since": "2026-11-21",
        "left": "2026-11-16",
        "quiet": True,
        "health": "poor",
        "score": 34,
        "contract_value": 1_234.5,
        "success_manager": "csm.core@example.com",
    }
    [line] = [line for line in shown(segment("at-risk")).splitlines() if line.startswith("NEW")]
    assert line.split()[-1] == "quiet"


def test_a_limit_says_how_many_there_are(here: InMemoryStack) -> None:
    answer = segment("at-risk", limit=2)
    assert ([each["account_id"] for each in answer.document["shown"]], answer.document["total"]) == (
        ["BIG", "NEW"],
        4,
    )
    assert "2 of 4; --limit N lists more." in shown(answer)


def test_those_who_left_are_listed_even_if_they_came_back(here: InMemoryStack) -> None:
    answer = segment("at-risk", left=True)
    listed = [(each["account_id"], each["inside"], each["since"]) for each in answer.document["shown"]]
    assert listed == [("NEW", True, "2026-11-21"), ("LEFT", False, None)]
    assert numbers(answer.document) == (4, 141_234.5, 3, 2), "the segment's numbers stay what they are"
    assert "back again" in shown(answer)


def test_accounts_that_nobody_looked_at_since_the_playbook_was_applied_are_told(here: InMemoryStack) -> None:
    """A new segment is empty until the night: that must not be read as `nobody`."""
    here.playbooks.active = with_activation(here.playbooks.active, NOON + timedelta(hours=1))
    know(here, "AFTER", {}, evaluated_at=NOON + timedelta(hours=2))
    here.accounts.put_facts(replace(account("FRESH").facts, revision=0))
    answer = segments()
    assert (answer.document["outdated"], answer.document["accounts"]) == (7, 8)
    assert "7 of 8 accounts were not evaluated since the playbook was applied" in shown(answer)
    assert not answer.findings


def with_activation(playbook: Playbook, at: datetime) -> Playbook:
    return replace(playbook, activated={"at-risk": at})


def test_thousands_of_accounts_are_read_page_by_page(here: InMemoryStack) -> None:
    for number in range(1_000):
        know(here, f"MANY-{number:04}", {"silent": inside(TODAY)}, contract_value=10)
    [told] = [each for each in segments().document["segments"] if each["id"] == "silent"]
    assert numbers(told) == (1_001, 10_000, 1_000, 0)
