"""`keepwell held`, `release`, `discard`: what the mass-entry brake holds is shown, and a person decides."""

from functools import cached_property

import pytest

from infra.vocabulary import Resource
from keepwell.conclude import conclude
from keepwell.errors import RejectedInput
from keepwell.in_memory import InMemoryControl
from keepwell.plays.launching import Launcher
from keepwell.plays.rendering import render
from keepwell_cli.held import discard, held, release
from keepwell_cli.reference import ANSWERS
from tests.cli.in_memory_stack import InMemoryStack, shown
from tests.domain.plays.entering import play, playbook
from tests.story import NOON, account


class BrakedStack(InMemoryStack):
    """A stack in which one import has let 30 accounts into a segment, whose play has a limit of 10."""

    @cached_property
    def control(self) -> InMemoryControl:  # type: ignore[override]
        return InMemoryControl()

    def named(self, resource: Resource) -> str:
        return resource.name


@pytest.fixture(autouse=True)
def user(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("getpass.getuser", lambda: "ann")


@pytest.fixture
def stack(monkeypatch: pytest.MonkeyPatch) -> InMemoryStack:
    stack = BrakedStack.installed(monkeypatch)
    stack.playbooks.active = playbook(play("tag", add_tags=("quiet",), limit=10), play("free", limit=99))
    launcher = Launcher(
        stack.accounts,
        stack.work,
        stack.deliveries,
        {},
        render,
        stack.control,
        stack.wakes,
        stack.touchpoints,
        stack.team,
        stack.history,
        stack.playbooks.of,
    )
    for number in range(30):
        facts = account(f"A-{number:02}", active_users=5).facts
        stack.accounts.put_facts(type(facts)(**{**vars(facts), "revision": 0}))
        found = stack.accounts.get(facts.account_id)
        assert found is not None
        conclude(found, stack.accounts, stack.history, stack.playbooks.active, NOON)
        launcher.launch_pending(facts.account_id, stack.playbooks.active, NOON)
    return stack


def tagged(stack: InMemoryStack) -> int:
    found = (stack.accounts.get(f"A-{number:02}") for number in range(30))
    return sum("Tags" in each.facts.values for each in found if each)


def test_held_shows_how_many_fired_how_many_wait_and_how_to_go_on(stack: InMemoryStack) -> None:
    answer = held()
    assert answer.document == {
        "held": [
            {
                "play": "tag",
                "cause": "drop-1",
                "fired": 10,
                "waiting": 20,
                "limit": 10,
                "why": "the play's own limit",
                "decision": None,
            }
        ]
    }
    assert "keepwell release PLAY" in shown(answer)
    assert tagged(stack) == 10


def test_the_verbs_answer_as_documented(stack: InMemoryStack) -> None:
    documented = {verb: ANSWERS[verb]["document"] for verb in ("held", "release")}
    assert held().document["held"][0].keys() == documented["held"]["held"][0].keys()
    answer = release("tag")
    assert answer.document.keys() == documented["release"].keys() == ANSWERS["discard"]["document"].keys()
    assert answer.document["causes"][0].keys() == documented["release"]["causes"][0].keys()
    assert tagged(stack) == 30


def test_release_lets_them_go_at_once(stack: InMemoryStack) -> None:
    answer = release("tag")
    assert answer.document == {
        "play": "tag",
        "decision": "released",
        "causes": [{"cause": "drop-1", "accounts": 20}],
        "problems": [],
    }
    assert not answer.findings
    assert tagged(stack) == 30
    assert held().document == {"held": []}
    assert shown(held()).strip() == "Nothing is held."


def test_discard_drops_them(stack: InMemoryStack) -> None:
    assert "discarded: tag for 20 accounts of drop-1" in shown(discard("tag", cause="drop-1"))
    assert tagged(stack) == 10
    assert held().document == {"held": []}


@pytest.mark.usefixtures("stack")
@pytest.mark.parametrize(("name", "cause"), [("tag", "drop-9"), ("free", None)])
def test_what_waits_for_nothing_is_refused(name: str, cause: str | None) -> None:
    with pytest.raises(RejectedInput, match="waits for nothing"):
        release(name, cause)


def test_a_decision_that_was_interrupted_is_shown_and_carried_out_by_saying_it_again(
    stack: InMemoryStack,
) -> None:
    stack.control.settle("brake#tag#drop-1", "decision", "released by bob")
    assert "released by bob" in shown(held())
    with pytest.raises(RejectedInput, match="was released by bob, and the first decision stands"):
        discard("tag")
    release("tag")
    assert tagged(stack) == 30


def test_a_play_is_named_by_its_id_or_its_name(stack: InMemoryStack) -> None:
    with pytest.raises(RejectedInput, match="no play is called 'tga'; did you mean tag"):
        release("tga")
    assert release("TAG").document["play"] == "tag"
    assert tagged(stack) == 30
