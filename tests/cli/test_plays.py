"""`keepwell plays` and `keepwell play run` (PLY-01, PLY-18)."""

from dataclasses import replace

import pytest

from keepwell.errors import RejectedInput
from keepwell.people import Person
from keepwell.plays import PlayState
from keepwell.plays.starting import Starting
from keepwell.plays.steps import Wait
from keepwell.tasks import RunState
from keepwell.wakes import Purpose
from keepwell.waking import carry_out_due
from keepwell_cli.play import play_run
from keepwell_cli.plays import plays
from keepwell_cli.reference import ANSWERS
from keepwell_cli.stack import Stack
from tests.cli.in_memory_stack import InMemoryStack, shown
from tests.domain.plays.entering import Town, alone, play, playbook, tasks
from tests.story import NOON, account

WIN_BACK = alone("win-back", tasks=tasks("Call {{ account.name }}: {{ transition.because }}").tasks)


@pytest.fixture
def stack(monkeypatch: pytest.MonkeyPatch) -> InMemoryStack:
    stack = InMemoryStack("keepwell", {})
    stack.playbooks.active = playbook(WIN_BACK, play("chase"), alone("old", state=PlayState.RETIRED))
    for account_id in ("A-1", "A-2"):
        stack.accounts.put_facts(replace(account(account_id).facts, revision=0))
    monkeypatch.setattr(Stack, "configured", classmethod(lambda *_: stack))
    return stack


def test_a_play_is_asked_for_and_begins_with_the_next_minute(stack: InMemoryStack) -> None:
    """PLY-18."""
    answer = play_run("win-back", ["A-1", "A-2", "A-1"], request="r1", by="ann@example.com")
    assert not answer.findings
    assert "begins within a minute for A-1, A-2" in shown(answer)
    town = Minute(stack)
    assert town.carried_out() == 2
    [made] = stack.work.tasks("A-1")
    assert made.title == "Call Harbor Labs: started by hand by ann@example.com"
    run = stack.work.run("A-1", answer.document["started"][0]["run"])
    assert run is not None
    assert (run.state, run.play) == (RunState.DONE, "win-back")


@pytest.mark.parametrize("request_", ["", " ", "r" * 101, "crm/42"])
def test_a_request_has_a_name_that_can_be_kept(stack: InMemoryStack, request_: str) -> None:
    """Where a script lost the name, each call would be a request of its own."""
    with pytest.raises(RejectedInput, match="1 to 100 characters, without a slash"):
        play_run("win-back", ["A-1"], request=request_)
    assert not stack.wakes.all()


def test_the_same_request_is_carried_out_once_another_one_again(stack: InMemoryStack) -> None:
    town = Minute(stack)
    for request in ("r1", "r1", "r2"):
        play_run("win-back", ["A-1"], request=request)
        town.carried_out()
    assert len(list(stack.work.tasks("A-1"))) == 2
    again = play_run("win-back", ["A-1", "A-2"], request="r1")
    said = "win-back begins within a minute for A-2.\nThis request has begun before for A-1."
    assert shown(again).strip() == said
    assert [wake.account_id for wake in stack.wakes.all()] == ["A-2"]
    first = play_run("win-back", ["A-1"]).document["request"]
    assert first != play_run("win-back", ["A-1"]).document["request"]


def test_a_play_is_named_by_its_id_or_its_name_in_any_case(stack: InMemoryStack) -> None:
    stack.playbooks.active = playbook(replace(WIN_BACK, name="Win Back"))
    for name in ("win-back", "WIN-BACK", "win  back"):
        assert play_run(name, ["A-1"], request="r1").document["play"] == "win-back"
    assert len(stack.wakes.all()) == 1


def test_an_account_there_is_not_is_a_finding_and_the_others_begin(stack: InMemoryStack) -> None:
    answer = play_run("win-back", ["A-9", "A-2"])
    assert answer.findings
    assert answer.document["unknown"] == ["A-9"]
    assert [each["account_id"] for each in answer.document["started"]] == ["A-2"]
    assert "There is no account 'A-9'" in shown(answer)
    assert [wake.account_id for wake in stack.wakes.all()] == ["A-2"]


def test_a_play_about_people_is_asked_for_users_of_one_account(stack: InMemoryStack) -> None:
    greet = alone("greet", of_users=True, tasks=tasks("Greet {{ user.id }}").tasks)
    stack.playbooks.active = playbook(WIN_BACK, greet)
    blank = replace(account("A-1").facts, values={}, revision=0)
    stack.people.put(Person("u1", blank))
    answer = play_run("greet", ["A-1"], request="r1", users=["u1", "u9"])
    assert answer.findings
    assert "greet begins within a minute for u1.\nThere is no user 'u9'." in shown(answer)
    assert answer.document["started"] == [
        {"account_id": "A-1", "user_id": "u1", "run": "greet/hand:r1/u1/1/entered"}
    ]
    assert [wake.content["user"] for wake in stack.wakes.all()] == ["u1"]
    for wanted, users, said in (
        (["A-1", "A-2"], ["u1"], "users of one account"),
        (["A-1"], None, "is about people: say whom"),
    ):
        with pytest.raises(RejectedInput, match=said):
            play_run("greet", wanted, users=users)


@pytest.mark.parametrize(
    ("play_id", "said"),
    [
        ("chase", "has a trigger, which decides whom it is for"),
        ("old", "is retired: say `state: live`"),
        ("none", "`keepwell plays` lists them"),
        ("winback", "no play is called 'winback'; did you mean win-back"),
    ],
)
def test_what_cannot_be_run_by_hand_is_refused_with_the_mend(
    stack: InMemoryStack, play_id: str, said: str
) -> None:
    with pytest.raises(RejectedInput, match=said):
        play_run(play_id, ["A-1"])
    assert not stack.wakes.all()


def test_what_is_taken_out_of_service_before_the_minute_is_not_begun(stack: InMemoryStack) -> None:
    play_run("win-back", ["A-1"])
    stack.playbooks.active = playbook(replace(WIN_BACK, state=PlayState.DRAFT))
    assert Minute(stack).carried_out() == 0
    [wake] = stack.wakes.all()
    assert "is draft" in wake.problem


def test_plays_are_listed_with_what_starts_them_and_their_runs(stack: InMemoryStack) -> None:
    town = Town(play("chase", steps=(Wait(days=1), tasks("call"))), WIN_BACK)
    town.enters("A-1")
    town.enters("A-2")
    town.leaves("A-2")
    stack.playbooks.active = town.playbook
    stack.__dict__["work"] = town.work
    chase, by_hand = plays().document["plays"]
    assert (chase["id"], chase["state"], chase["starts"]) == ("chase", "live", "entered Quiet")
    assert (chase["steps"], chase["waits"]) == (2, 1)
    assert chase["runs"] == {"done": 0, "waiting": 1, "ended": 1, "nothing": 0, "shadow": 0}
    assert by_hand["starts"] == "by another play, or by hand"
    assert "chase" in shown(plays())


def test_the_verbs_answer_as_documented(stack: InMemoryStack) -> None:
    documented = ANSWERS["plays"]["document"]["plays"][0]
    listed = plays().document["plays"][0]
    assert listed.keys() == documented.keys()
    assert listed["runs"].keys() == documented["runs"].keys()
    answer, told = play_run("win-back", ["A-1"]).document, ANSWERS["play run"]["document"]
    assert answer.keys() == told.keys()
    assert answer["started"][0].keys() == told["started"][0].keys()


class Minute:
    """The minute of a stack."""

    def __init__(self, stack: InMemoryStack):
        self.stack = stack
        town = Town()
        launcher = replace(
            town.launcher,
            accounts=stack.accounts,
            work=stack.work,
            deliveries=stack.deliveries,
            control=stack.control,
            wakes=stack.wakes,
        )
        self.starting = Starting(launcher, stack.playbooks.get)

    def carried_out(self) -> int:
        purposes = {Purpose.START: self.starting.carry_out}
        return carry_out_due(self.stack.wakes, purposes, self.stack.history, NOON, lambda: True).carried_out
