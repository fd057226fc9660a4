"""`keepwell play try`: whom a play would act on, before it does (definitions.md D3)."""

import json
from collections import Counter
from collections.abc import Mapping
from copy import deepcopy
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from keepwell.accounts import Facts, Provenance
from keepwell.attributes import standard_catalogue
from keepwell.criteria import parse
from keepwell.errors import RejectedInput
from keepwell.people import Person
from keepwell.plays import Play, PlayState
from keepwell.plays.play import Existing
from keepwell.plays.steps import Branch, Wait
from keepwell.team import Member
from keepwell_cli.play_try import play_try
from keepwell_cli.reference import ANSWERS
from tests.cli.in_memory_stack import InMemoryStack, shown
from tests.domain.assignment.teams import member
from tests.domain.plays.entering import HOOK, MAIL, Town, alone, mail, on_exit, play, playbook, tasks
from tests.domain.plays.test_assigned_tasks import CALL as CALL_OF_POOL
from tests.domain.plays.test_assigned_tasks import POOL
from tests.domain.plays.test_of_people import KEY_CONTACTS, welcome
from tests.story import NOON, account

CALL = tasks("Call {{ account.name }}").tasks
DRAFT = play("chase", state=PlayState.DRAFT, tasks=CALL, emails=(MAIL,), steps=(Wait(days=3), tasks("Later")))


@pytest.fixture
def stack(monkeypatch: pytest.MonkeyPatch) -> InMemoryStack:
    """Ann has two quiet accounts, Bob one; A-4 is busy."""
    stack = InMemoryStack.installed(monkeypatch)
    for account_id, users, manager in (
        ("A-1", 5, "ann@example.com"),
        ("A-2", 5, "bob@example.com"),
        ("A-3", 5, "ann@example.com"),
        ("A-4", 50, "bob@example.com"),
    ):
        facts = account(account_id, active_users=users, success_manager=manager).facts
        stack.accounts.put_facts(replace(facts, revision=0))
    return stack


def asked(stack: InMemoryStack, *plays: Play, accounts: list[str] | None = None) -> dict[str, Any]:
    stack.playbooks.active = replace(playbook(*plays), user_segments=(KEY_CONTACTS,))
    return dict(play_try(plays[0].id, accounts).document)


def test_a_draft_tells_on_how_many_accounts_it_would_act_and_for_how_many_members(
    stack: InMemoryStack,
) -> None:
    """D3: "would fire on 3 accounts, 2 CSMs" before activation."""
    told = asked(stack, DRAFT)
    assert (told["looked_at"], told["inside"], told["accounts"], told["already"]) == (4, 3, 3, 0)
    assert told["state"] == "draft"
    assert told["tasks"] == 3, "what comes after the wait is not counted"
    assert told["assignees"] == [
        {"email": "ann@example.com", "tasks": 2},
        {"email": "bob@example.com", "tasks": 1},
    ]
    assert told["mails"] == {"members": 0, "others": 3}
    assert told["waiting"] == 3
    assert [row["account_id"] for row in told["shown"]] == ["A-1", "A-2", "A-3"]
    assert told["shown"][0]["does"] == [
        "task for ann@example.com: Call Harbor Labs",
        "mail to lead@example.com: Harbor Labs",
        "waits until 2026-11-24 12:00",
    ]
    seen = shown(play_try("chase"))
    assert "chase (draft) would act on 3 accounts, with tasks for 2 assignees. Nothing was done." in seen
    assert "left alone" in seen


def test_whom_the_conditions_of_its_steps_leave_out_it_would_not_act_on(stack: InMemoryStack) -> None:
    of_ann = parse("Success Manager = ann@example.com", standard_catalogue())
    asks = play("chase", state=PlayState.DRAFT, limit=2, steps=(Branch(of_ann, (tasks("Call"),)),))
    told = asked(stack, asks)
    assert (told["inside"], told["accounts"], told["held"]["brake"]) == (3, 2, 0)
    [left_out] = asked(stack, asks, accounts=["A-2"])["shown"]
    assert left_out["does"] == [
        'nothing to do, for it is not so: Success Manager = "ann@example.com" (it is bob@example.com)'
    ]


def test_of_a_live_play_it_says_that_who_is_inside_is_left_alone(stack: InMemoryStack) -> None:
    """Be it that they had its shadow only. By a folder's playbook a shadow is not live yet."""
    stack.playbooks.active = playbook(replace(DRAFT, state=PlayState.LIVE))
    assert "It is live: who is inside already is left alone" in shown(play_try("chase"))
    stack.playbooks.active = playbook(replace(DRAFT, state=PlayState.SHADOW))
    assert "Who is inside when it becomes live is left alone" in shown(play_try("chase"))


def test_a_wait_ends_by_the_clock_of_the_tenant(stack: InMemoryStack) -> None:
    """It is the day after in Auckland, at noon of London."""
    stack.playbooks.active = replace(playbook(DRAFT), time_zone=ZoneInfo("Pacific/Auckland"))
    assert play_try("chase").document["shown"][0]["does"][-1] == "waits until 2026-11-25 01:00"


@pytest.mark.parametrize("state", list(PlayState))
def test_nothing_is_written_whatever_its_state(stack: InMemoryStack, state: PlayState) -> None:
    stack.playbooks.active = playbook(replace(DRAFT, state=state), alone("other", tasks=CALL))
    stores = ("accounts", "work", "deliveries", "control", "wakes", "history", "touchpoints", "team", "files")
    before = {name: deepcopy(_kept(getattr(stack, name))) for name in stores}
    assert play_try("chase").document["accounts"] == 3
    assert {name: _kept(getattr(stack, name)) for name in stores} == before


def _kept(store: object) -> Mapping[str, Any]:
    return {name: value for name, value in vars(store).items() if name != "_lock"}


def acted_on(stack: InMemoryStack, account_id: str, by: Play) -> None:
    """The account enters, and a play answers."""
    town = Town(by)
    town.accounts, town.work = stack.accounts, stack.work
    town.launcher = replace(town.launcher, accounts=stack.accounts, work=stack.work)
    town.enters(account_id)


def test_what_it_did_already_is_not_told_as_to_come(stack: InMemoryStack) -> None:
    """A live play acted on A-1's entry; its task is done, so only A-2 and A-3 would be new."""
    live = play("chase", tasks=CALL)
    acted_on(stack, "A-1", live)
    told = asked(stack, live)
    assert (told["inside"], told["accounts"], told["already"]) == (3, 2, 1)
    assert told["shown"][0]["does"] == ["nothing: it acted on this passage already"]


def test_what_holds_it_back_is_counted_by_reason(stack: InMemoryStack) -> None:
    """D6: the brake waits for a person, a play that asks for more confidence does nothing."""
    braked = asked(stack, replace(DRAFT, limit=1))
    assert (braked["accounts"], braked["held"]["brake"]) == (3, 2)
    assert [row["held"] for row in braked["shown"]] == [[], ["brake"], ["brake"]]
    unsure = asked(stack, replace(DRAFT, minimum_confidence=101))
    assert (unsure["accounts"], unsure["held"]["confidence"], unsure["tasks"]) == (0, 3, 0)


def test_the_brake_of_what_it_starts_is_asked_as_well(stack: InMemoryStack) -> None:
    """D3: a play that is let through may start one that then waits for a person."""
    other = alone("other", limit=1, tasks=tasks("Second").tasks)
    told = asked(stack, replace(DRAFT, limit=2, emails=(), starts=("other",)), other)
    assert told["held"]["brake"] == 2, "A-2 and A-3"
    assert told["braked"] == [{"play": "other", "times": 2}, {"play": "chase", "times": 1}]
    assert [row["braked"] for row in told["shown"]] == [[], ["other"], ["chase", "other"]]
    assert (told["accounts"], told["tasks"]) == (3, 6), "what a person may release counts"
    seen = shown(play_try("chase"))
    assert "Held by the brake until a person decides: other 2, chase 1" in seen
    assert "the brake holds chase, other" in seen
    acted_on(stack, "A-1", play("chase", tasks=CALL))
    assert asked(stack, replace(DRAFT, starts=("other",)), other)["braked"] == [{"play": "other", "times": 1}]
    silent = asked(stack, replace(DRAFT, starts=("other",)), replace(other, state=PlayState.SHADOW))
    assert silent["braked"] == [], "shadows are not held"


def test_the_daily_cap_counts_as_if_all_came_at_once(stack: InMemoryStack) -> None:
    """Nothing is noted, and still a member's third mail of the day is one for the digest."""
    blank = Facts("lead@example.com", {}, Provenance("csv:team", NOON), NOON, "d", "d")
    stack.team.put(Member(blank))
    stack.playbooks.active = replace(playbook(DRAFT), daily_cap=2)
    told = play_try("chase").document
    assert told["mails"] == {"members": 3, "others": 0}
    assert told["held"]["daily cap"] == 1
    assert "digest" in told["shown"][2]["does"][1]


def test_what_it_tells_is_what_comes_true(stack: InMemoryStack) -> None:
    """D3, TSK-07: the tasks that the least busy of a pool would have are those they get once it is live."""
    live = play("chase", tasks=(CALL_OF_POOL, *CALL), emails=(MAIL,))
    book = replace(playbook(live), pools={"all": POOL})
    stack.playbooks.active = book
    for name in ("ann", "bo"):
        stack.team.put(member(name))
    told = play_try("chase").document
    town = Town()
    town.playbook, town.accounts = book, stack.accounts
    town.launcher = replace(town.launcher, accounts=stack.accounts, team=stack.team)
    for account_id in ("A-1", "A-2", "A-3", "A-4"):
        town.evaluate(account_id)
        town.launch(account_id)
    got = Counter(task.assignee for task in town.work.tasks())
    assert {each["email"]: each["tasks"] for each in told["assignees"]} == got
    assert got["bo@example.com"] > 0
    mails = [each for each in town.deliveries.all() if each.play == "chase" and not each.task_id]
    assert sum(told["mails"].values()) == len(mails) == 3


def test_a_text_that_cannot_be_filled_in_is_a_finding(stack: InMemoryStack) -> None:
    broken = mail("{{ account.active_users | divided_by: 0 }}")
    stack.playbooks.active = playbook(replace(DRAFT, emails=(broken,)))
    answer = play_try("chase")
    assert answer.findings
    [problem] = answer.document["problems"]
    assert problem["times"] == 3
    assert problem["problem"].startswith("email 1: ")
    assert "Cannot be done (3): email 1" in shown(answer)
    assert answer.document["tasks"] == 3, "the others are done all the same"


def test_a_task_that_nobody_can_have_is_a_finding(stack: InMemoryStack) -> None:
    """TSK-09: all who could have it have left."""
    stack.playbooks.active = replace(playbook(DRAFT), owner="lead@example.com")
    for name in ("ann", "lead"):
        stack.team.put(member(name, Active=False))
    stack.team.put(member("bob"))
    answer = play_try("chase")
    assert answer.findings
    assert answer.document["assignees"] == [
        {"email": None, "tasks": 2},
        {"email": "bob@example.com", "tasks": 1},
    ]
    seen = shown(answer)
    assert "on 3 accounts, with tasks for 1 assignee" in seen
    assert "Tasks: nobody 2, bob@example.com 1" in seen


def test_what_it_starts_and_its_webhooks_count_as_well(stack: InMemoryStack) -> None:
    other = alone("other", tasks=tasks("Second").tasks)
    told = asked(stack, replace(DRAFT, emails=(), webhooks=(HOOK,), starts=("other",)), other)
    assert (told["tasks"], told["webhooks"], told["slack"]) == (6, 3, 0)
    assert "task for ann@example.com: Second" in told["shown"][0]["does"]


def test_it_says_what_becomes_of_those_who_are_inside(stack: InMemoryStack) -> None:
    """SEG-08: existing members are acted on only where the play says so."""
    asked(stack, replace(DRAFT, existing=Existing.ACT))
    assert "acts on all of them" in shown(play_try("chase"))
    assert asked(stack, on_exit("bye", tasks=CALL))["accounts"] == 3
    assert "once it leaves" in shown(play_try("bye"))


def test_a_play_without_a_trigger_is_tried_on_accounts_that_are_named(stack: InMemoryStack) -> None:
    """PLY-18."""
    by_hand = alone("call", tasks=CALL)
    with pytest.raises(RejectedInput, match="keepwell play try call ACC-0001"):
        asked(stack, by_hand)
    with pytest.raises(RejectedInput, match="no account 'A-9'"):
        asked(stack, by_hand, accounts=["A-9"])
    assert asked(stack, by_hand, accounts=["A-4"])["assignees"] == [{"email": "bob@example.com", "tasks": 1}]
    assert asked(stack, DRAFT, accounts=["A-1", "A-4"])["accounts"] == 1
    with pytest.raises(RejectedInput, match="no play is called 'nope'"):
        play_try("nope")


def test_a_play_about_people_counts_people(stack: InMemoryStack) -> None:
    for user_id, key in (("u1", True), ("u2", True), ("u3", False)):
        blank = replace(account("A-1").facts, values={"Key Contact": key}, revision=0)
        stack.people.put(Person(user_id, blank))
    told = asked(stack, welcome(state=PlayState.DRAFT, of_users=True))
    assert (told["accounts"], told["people"], told["tasks"]) == (1, 2, 2)
    assert [row["user_id"] for row in told["shown"]] == ["u1", "u2"]
    by_hand = asked(stack, alone("greet", of_users=True, tasks=CALL), accounts=["A-1"])
    assert by_hand["people"] == 3


def test_a_named_account_that_is_outside_is_told_what_it_lacks(stack: InMemoryStack) -> None:
    """D3, D5: "0 would pass" leaves people guessing which condition it is, and on which value."""
    told = asked(stack, DRAFT, accounts=["A-4", "A-1"])
    lacks = "it lacks: Active Users < 10 (it is 50)"
    assert told["outside"] == [{"account_id": "A-4", "user_id": None, "why": lacks}]
    assert f"A-4 is outside: {lacks}" in shown(play_try("chase", ["A-4"]))
    assert asked(stack, DRAFT)["outside"] == [], "of all accounts it is told by number"
    stack.playbooks.active = replace(playbook(DRAFT), activated={"quiet": NOON + timedelta(days=1)})
    told = dict(play_try("chase", ["A-1"]).document)
    assert [each["why"] for each in told["outside"]] == ["what triggers it is activated on 2026-11-22"]


def test_where_nobody_is_inside_it_tells_of_each_person(stack: InMemoryStack) -> None:
    """D3, D5."""
    draft = welcome(state=PlayState.DRAFT, of_users=True)
    for user_id, account_id, key in (("u1", "A-1", True), ("u2", "A-1", False), ("u3", "A-2", False)):
        blank = replace(account(account_id).facts, values={"Key Contact": key}, revision=0)
        stack.people.put(Person(user_id, blank))
    told = asked(stack, draft, accounts=["A-1", "A-2", "A-3"])
    assert told["outside"] == [
        {"account_id": "A-2", "user_id": "u3", "why": "it lacks: Key Contact = yes (it is no)"},
        {"account_id": "A-3", "user_id": None, "why": "nobody is known there"},
    ]
    assert "u3 of A-2 is outside: it lacks" in shown(play_try(draft.id, ["A-2"]))


def test_a_playbook_at_hand_is_tried_on_the_stack_before_it_is_applied(
    stack: InMemoryStack, tmp_path: Path
) -> None:
    (tmp_path / "plays").mkdir()
    (tmp_path / "keepwell.yaml").write_text("owner: lead@example.com\nblocs: [health]\n")
    (tmp_path / "plays/new.yaml").write_text(
        "name: New\nstate: draft\ntrigger:\n  condition: Active Users < 10\n"
        "tasks:\n  - {title: Call, description: Now, flow: Adoption}\n"
    )
    told = play_try("new", playbook=tmp_path, limit=1).document
    assert (told["accounts"], len(told["assignees"]), len(told["shown"])) == (3, 2, 1)
    assert told["starts"] == "Active Users < 10"


def test_it_answers_as_documented(stack: InMemoryStack) -> None:
    told, documented = asked(stack, DRAFT), ANSWERS["play try"]["document"]
    assert json.loads(json.dumps(told)).keys() == documented.keys()
    outside = asked(stack, DRAFT, accounts=["A-4"])["outside"]
    assert outside[0].keys() == documented["outside"][0].keys()
    assert told["shown"][0].keys() == documented["shown"][0].keys()
    braked = asked(stack, replace(DRAFT, limit=0))["braked"]
    assert braked[0].keys() == documented["braked"][0].keys()
    assert told["held"].keys() == documented["held"].keys()
