"""`keepwell account`: the account, why it stands so, and what its plays could not do."""

from dataclasses import replace
from datetime import timedelta

import pytest

from keepwell.conclude import conclude_by_id
from keepwell.deliveries import Channel, Delivery, retried
from keepwell.errors import RejectedInput
from keepwell.tasks import PlayRun
from keepwell_cli.account import account
from tests.cli.in_memory_stack import InMemoryStack, shown
from tests.story import NOON, poor_account, standard_playbook
from tests.story import account as good_account

ID = "A-1"


@pytest.fixture
def here(monkeypatch: pytest.MonkeyPatch) -> InMemoryStack:
    """One account, that fell to poor this noon."""
    stack = InMemoryStack.installed(monkeypatch)
    for revision, (known, at) in enumerate(
        ((good_account(ID), NOON - timedelta(days=1)), (poor_account(ID), NOON))
    ):
        stack.accounts.put_facts(replace(known.facts, revision=revision))
        conclude_by_id(ID, stack.accounts, stack.history, standard_playbook(), at)
    return stack


def delivery(delivery_id: str, to: str) -> Delivery:
    return Delivery(
        delivery_id=delivery_id,
        account_id=ID,
        channel=Channel.WEBHOOK,
        to=to,
        subject="",
        body="{}",
        play="health-drop",
        transition_id="t",
        created_at=NOON,
        due_at=NOON,
    )


def test_what_a_play_could_not_do_and_what_has_not_arrived_is_told(here: InMemoryStack) -> None:
    here.deliveries.add(retried(delivery("d1", "chat"), NOON, "endpoint 'chat' is not set up"))
    here.work.put_run(
        PlayRun(
            run_id="r",
            account_id=ID,
            play="health-drop",
            transition_id="t",
            shadow=False,
            at=NOON,
            playbook="p",
            outcomes=("task t1 for ann: Call", "webhook d1 to chat", "webhook never-made to chat"),
            problems=("email 1: [no] contact",),
        )
    )
    answer = account(ID)
    [play] = answer.document["plays"]
    assert (play["play"], play["problems"]) == ("health-drop", ["email 1: [no] contact"])
    assert answer.document["deliveries"] == [
        {
            "delivery_id": "d1",
            "channel": "webhook",
            "to": "chat",
            "state": "waiting",
            "attempts": 1,
            "last": "endpoint 'chat' is not set up",
        }
    ]
    said = shown(answer)
    assert "not done by the play health-drop on 2026-11-21: email 1: [no] contact" in said
    assert "webhook to chat is waiting after 1 attempts: endpoint 'chat' is not set up" in said


def test_the_sum_of_the_score_and_the_reasons_of_a_segment_can_be_followed(here: InMemoryStack) -> None:
    answer = account(ID)
    said = shown(answer)
    for dimension in answer.document["dimensions"]:
        assert dimension["name"] in said
    assert said.index("dimension") < said.index("metric")
    [at_risk] = [s for s in answer.document["standing"]["segments"] if s["segment"] == "At Risk"]
    assert at_risk["reasons"]
    assert f"At Risk: {at_risk['reasons'][0]['condition']} (it was " in said


@pytest.mark.parametrize("blank", ["", "  "])
def test_a_blank_id_is_no_account(blank: str) -> None:
    with pytest.raises(RejectedInput, match="name an account"):
        account(blank)
