"""Whatever call a function dies at, nothing is lost or done twice inside (reliability 2.2, T1, T2)."""

import json
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import boto3
import pytest

from evaluate_changes import handler as evaluate_changes
from keepwell.deliveries import DeliveryState, deliver
from keepwell.evaluation import evaluate
from keepwell_aws.accounts import DynamoAccounts
from keepwell_aws.deliveries import DynamoDeliveries
from keepwell_aws.history import DynamoHistory
from keepwell_aws.work import DynamoWork
from launch_plays import handler as launch_plays
from tests import crashes
from tests.aws_tables import Names
from tests.functions.conftest import Context, forget_builds, fresh_stack, sample_event
from tests.story import poor_account, standard_playbook

POOR = poor_account("A-001")


class World:
    """One stack per fault: prepared, run with the fault, delivered twice more, checked."""

    def __init__(self, prepare: Callable[[Names], None], check: Callable[[Names], None]):
        self.prepare = prepare
        self.check = check

    def run(
        self,
        function: Callable[[], object],
        monkeypatch: pytest.MonkeyPatch,
        place: int | None = None,
        fault: crashes.Fault = "before",
    ) -> list[str]:
        with fresh_stack(monkeypatch) as names:
            self.prepare(names)
            made = crashes.deliver(function, place, fault)
            forget_builds()
            crashes.deliver(function)
            crashes.deliver(function)
            self.check(names)
        return made

    def every_fault(self, function: Callable[[], object], monkeypatch: pytest.MonkeyPatch) -> list[str]:
        """Run once in peace, then once for each fault at each of the calls that made."""
        made = self.run(function, monkeypatch)
        for place in range(len(made)):
            for fault in crashes.FAULTS:
                self.run(function, monkeypatch, place, fault)
        return made


@pytest.mark.usefixtures("environment")
def test_evaluate_changes_loses_no_transition_and_makes_none_twice(monkeypatch: pytest.MonkeyPatch) -> None:
    def prepare(names: Names) -> None:
        DynamoAccounts(names.table("accounts")).put_facts(replace(POOR.facts, revision=0))

    def check(names: Names) -> None:
        stored = DynamoAccounts(names.table("accounts")).get("A-001")
        assert stored is not None
        assert stored.standing is not None
        assert [t.id for t in stored.standing.pending] == ["A-001/at-risk/1/entered"]
        assert stored.standing.memberships["at-risk"].sequence == 1
        history = DynamoHistory(names.table("history")).of("A-001")
        assert sorted({(row.kind, row.row_id.split("-")[0]) for row in history}) == sorted(
            (row.kind, row.row_id.split("-")[0]) for row in history
        ), "no row twice"

    event = sample_event("evaluate_changes", "facts_changed")
    made = World(prepare, check).every_fault(lambda: evaluate_changes.handler(event, Context()), monkeypatch)
    assert made[-2:] == ["dynamodb:PutItem", "dynamodb:UpdateItem"], "history, then the standing"


@pytest.mark.usefixtures("environment")
def test_launch_plays_loses_no_effect_and_makes_none_twice(monkeypatch: pytest.MonkeyPatch) -> None:
    def prepare(names: Names) -> None:
        accounts = DynamoAccounts(names.table("accounts"))
        facts = accounts.put_facts(replace(POOR.facts, revision=0))
        now = datetime(2026, 11, 21, 12, tzinfo=UTC)
        accounts.put_standing(evaluate(replace(POOR, facts=facts), standard_playbook(), now).standing)

    def check(names: Names) -> None:
        stored = DynamoAccounts(names.table("accounts")).get("A-001")
        assert stored is not None
        assert stored.standing is not None
        assert stored.standing.pending == ()
        work = DynamoWork(names.table("work"))
        assert len(list(work.tasks("A-001"))) == 1
        assert work.has_run("A-001", "health-drop-to-poor/at-risk/1/entered")
        assert sent(names, "email_deliveries") == 1
        assert sent(names, "webhook_deliveries") == 2

    event = sample_event("launch_plays", "pending_transitions")
    made = World(prepare, check).every_fault(lambda: launch_plays.handler(event, Context()), monkeypatch)
    assert made.count("sqs:SendMessageBatch") == 3


def sent(names: Names, queue: str) -> int:
    """Send everything a queue holds, repeated messages included; how many messages left the house."""
    deliveries = DynamoDeliveries(names.table("deliveries"))
    left: list[str] = []
    for message in everything_in(names.queues[queue]):
        now = datetime.now(UTC)
        final = deliver(message["delivery_id"], deliveries, lambda d: left.append(d.delivery_id), now)
        assert final.state is DeliveryState.SENT
    assert len(left) == len(set(left)), "each under its own id, once"
    return len(left)


def everything_in(queue: str) -> list[dict[str, Any]]:
    sqs = boto3.client("sqs")
    found: list[dict[str, Any]] = []
    while messages := sqs.receive_message(QueueUrl=queue, MaxNumberOfMessages=10).get("Messages"):
        found += [json.loads(message["Body"]) for message in messages]
    return found
