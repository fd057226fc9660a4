"""Plays act once for each transition, and everything they say names the account and the reason."""

import json
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from keepwell.accounts import Account
from keepwell.deliveries import Channel
from keepwell.evaluation import evaluate
from keepwell.in_memory import (
    InMemoryAccounts,
    InMemoryControl,
    InMemoryDeliveries,
    InMemoryHistory,
    InMemoryQueue,
    InMemoryTeam,
    InMemoryTouchpoints,
    InMemoryWakes,
    InMemoryWork,
)
from keepwell.playbook import Playbook
from keepwell.plays import PlayState
from keepwell.plays.launching import Launcher
from keepwell.plays.rendering import render
from keepwell.tasks import Priority
from tests.story import NOON, account, poor_account, standard_playbook

PLAYBOOK = standard_playbook()


class World:
    """Stores and queues, and one evaluated account in them."""

    def __init__(self, subject: Account, playbook: Playbook = PLAYBOOK):
        self.accounts, self.work = InMemoryAccounts(), InMemoryWork()
        self.deliveries, self.control = InMemoryDeliveries(), InMemoryControl()
        self.queues = {Channel.EMAIL: InMemoryQueue(), Channel.WEBHOOK: InMemoryQueue()}
        self.playbook = playbook
        self.accounts.put_facts(replace(subject.facts, revision=0))
        self.accounts.put_standing(evaluate(subject, playbook, NOON).standing)
        self.launcher = Launcher(
            self.accounts,
            self.work,
            self.deliveries,
            self.queues,
            render,
            self.control,
            InMemoryWakes(),
            InMemoryTouchpoints(),
            InMemoryTeam(),
            InMemoryHistory(),
            lambda _: self.playbook,
        )

    def launch(self) -> list[str]:
        came = self.launcher.launch_pending("A-1", self.playbook, NOON + timedelta(seconds=1))
        return [launch.run.play for launch in came.launches]

    def bodies(self, channel: Channel) -> list[str]:
        ids = [message["delivery_id"] for message in self.queues[channel].messages]
        found = [self.deliveries.get(delivery_id) for delivery_id in ids]
        return [delivery.body for delivery in found if delivery]


def test_a_fall_to_poor_makes_a_task_a_mail_and_two_webhooks() -> None:
    """EWS-10, PLY-13, TSK-01."""
    world = World(poor_account())
    assert world.launch() == ["health-drop-to-poor"]
    [task] = world.work.tasks("A-1")
    assert task.assignee == "csm.core@example.com"
    assert task.priority is Priority.HIGH
    assert "Harbor Labs" in task.title
    assert task.effort > 0
    assert "Health = Poor" in task.reason
    [mail] = world.bodies(Channel.EMAIL)
    assert "Harbor Labs" in mail
    assert len(world.bodies(Channel.WEBHOOK)) == 2


def test_launching_twice_does_nothing_more() -> None:
    """T1, T2."""
    world = World(poor_account())
    world.launch()
    assert world.launch() == []
    assert len(world.queues[Channel.EMAIL].messages) == 1


def test_a_launched_transition_leaves_the_standing() -> None:
    """Architecture section 4: pending until its play-run row exists."""
    world = World(poor_account())
    world.launch()
    stored = world.accounts.get("A-1")
    assert stored is not None
    assert stored.standing is not None
    assert stored.standing.pending == ()
    assert stored.standing.memberships["at-risk"].inside


def test_a_task_without_a_success_manager_falls_to_the_plays_owner() -> None:
    """PLY-10."""
    world = World(poor_account(success_manager=None))
    world.launch()
    [task] = world.work.tasks("A-1")
    [play] = [play for play in PLAYBOOK.plays if play.id == "health-drop-to-poor"]
    assert task.assignee == play.owner


def test_a_shadow_play_records_and_does_nothing() -> None:
    """D3; architecture section 5."""
    live = (play for play in PLAYBOOK.plays if play.state is PlayState.LIVE)
    plays = tuple(replace(play, state=PlayState.SHADOW) for play in live)
    world = World(poor_account(), replace(PLAYBOOK, plays=plays))
    assert world.launch() == ["health-drop-to-poor"]
    assert list(world.work.tasks("A-1")) == []
    assert world.queues[Channel.EMAIL].messages == []


def test_a_draft_play_is_not_answered() -> None:
    plays = tuple(replace(play, state=PlayState.DRAFT) for play in PLAYBOOK.plays)
    world = World(poor_account(), replace(PLAYBOOK, plays=plays))
    assert world.launch() == []


def _slack_message(world: World) -> dict[str, Any]:
    [message] = [body for body in map(json.loads, world.bodies(Channel.WEBHOOK)) if "blocks" in body]
    assert isinstance(message, dict)
    return message


def test_a_hostile_account_name_stays_text_in_slack() -> None:
    """Values are escaped for their channel (architecture section 9)."""
    world = World(poor_account(account_name="<!channel> {{ play.id }} & co"))
    world.launch()
    shown = json.dumps(_slack_message(world))
    assert "&lt;!channel&gt; {{ play.id }} &amp; co" in shown


def test_a_line_break_in_a_name_cannot_forge_a_header() -> None:
    world = World(poor_account(account_name="Harbor\r\nBcc: everyone@example.com"))
    world.launch()
    [message] = world.queues[Channel.EMAIL].messages
    mail = world.deliveries.get(message["delivery_id"])
    assert mail is not None
    assert "\n" not in mail.subject
    assert "\r" not in mail.subject


def test_a_slack_message_shows_its_delivery_id_and_keeps_slacks_limits() -> None:
    """Slack has no idempotency key; limits after reliability.md section 6."""
    world = World(poor_account(account_name="x" * 5_000))
    world.launch()
    message = _slack_message(world)
    assert message["text"]
    assert len(message["blocks"]) <= 50
    assert "webhook_" in json.dumps(message["blocks"][-1])
    for block in message["blocks"]:
        text = block.get("text", {}).get("text", "")
        assert len(text) <= (150 if block["type"] == "header" else 3_000)


def test_the_signed_payload_says_who_what_and_why() -> None:
    world = World(poor_account())
    world.launch()
    [payload] = [body for body in map(json.loads, world.bodies(Channel.WEBHOOK)) if "data" in body]
    assert payload["type"] == "health.became_poor"
    assert payload["data"]["account_id"] == "A-1"
    assert payload["data"]["health"] == "poor"
    assert "Health = Poor" in payload["data"]["because"]


@pytest.mark.parametrize(
    ("subject", "play"),
    [
        (account(renewal_date=(NOON + timedelta(days=60)).date()), "pre-renewal-good"),
        (poor_account(renewal_date=(NOON + timedelta(days=60)).date()), "pre-renewal-poor"),
    ],
)
def test_a_renewal_in_the_window_starts_the_play_of_its_health(subject: Account, play: str) -> None:
    """PLY-06, PLY-07."""
    assert play in World(subject).launch()
