"""A pending transition becomes a task, a mail and two webhooks, each once (reliability T1, T2, R2)."""

from keepwell.deliveries import DeliveryState
from keepwell_aws.deliveries import DynamoDeliveries
from keepwell_aws.work import DynamoWork
from tests.aws_tables import Names
from tests.crashes import Fault, enumerate_faults
from tests.functions.invoking import (
    Log,
    deliver,
    dropped_alone,
    failures,
    invoke,
    judge,
    of_changes,
    queued,
    sample_event,
    spoil,
    standing_of,
)
from tests.story import poor_account

NAME = "launch_plays"
CASE = "pending_transitions"
TEN = [f"A-{number:03}" for number in range(10)]


def messages(stack: Names) -> list[str]:
    """The deliveries that were queued, taken from their queues."""
    queues = (stack.queues["email_deliveries"], stack.queues["webhook_deliveries"])
    return [message["delivery_id"] for queue in queues for message in queued(queue)]


def tasks(stack: Names, account_id: str) -> list[str]:
    return [task.title for task in DynamoWork(stack.table("work")).tasks(account_id)]


def test_a_fall_to_poor_becomes_a_task_a_mail_and_two_webhooks(stack: Names, log: Log) -> None:
    judge(stack, poor_account("A-001"))
    assert failures(invoke(NAME, sample_event(NAME, CASE))) == []

    assert tasks(stack, "A-001") == ["Find out why Harbor Labs fell to Poor"]
    deliveries = DynamoDeliveries(stack.table("deliveries"))
    sent = [deliveries.get(delivery_id) for delivery_id in messages(stack)]
    assert sorted((d.channel, d.to, d.state) for d in sent if d) == [
        ("email", "csm.core@example.com", DeliveryState.WAITING),
        ("webhook", "events", DeliveryState.WAITING),
        ("webhook", "slack", DeliveryState.WAITING),
    ]
    assert standing_of(stack, "A-001").pending == ()
    assert [(entry["message"], entry["run"]) for entry in log.entries()] == [
        ("play launched", "health-drop-to-poor/at-risk/1/entered")
    ]


def test_duplicates_change_nothing(stack: Names) -> None:
    judge(stack, poor_account("A-001"))
    invoke(NAME, sample_event(NAME, CASE))
    first, before = messages(stack), standing_of(stack, "A-001")
    for _ in range(2):
        invoke(NAME, of_changes(NAME, CASE, ["A-001", "A-001"]))
    assert len(first) == 3
    assert messages(stack) == []
    assert len(tasks(stack, "A-001")) == 1
    assert standing_of(stack, "A-001") == before


def test_one_poison_record_among_ten_is_reported_alone(stack: Names, log: Log) -> None:
    """R2."""
    for account_id in TEN:
        judge(stack, poor_account(account_id))
    spoil(stack, TEN[7], "standing")
    assert failures(invoke(NAME, of_changes(NAME, CASE, TEN))) == ["7"]
    assert [len(tasks(stack, account_id)) for account_id in TEN] == [1] * 7 + [0] + [1] * 2
    [warning] = [entry for entry in log.entries() if entry["level"] == "WARNING"]
    assert "the standing of account 'A-007' cannot be read" in warning["exception"]


def test_killed_at_any_call_no_effect_is_lost_or_made_twice(stack: Names) -> None:
    """A message may be queued twice, under the same id: the delivery's row says whether it still is to go."""
    deliveries = DynamoDeliveries(stack.table("deliveries"))

    def story(name: str, place: int | None, fault: Fault) -> list[str]:
        standing = judge(stack, dropped_alone(name))
        event = of_changes(NAME, CASE, [name])
        made = deliver(NAME, event, place, fault)
        invoke(NAME, event)
        invoke(NAME, event)

        assert standing_of(stack, name).pending == ()
        assert len(tasks(stack, name)) == 1
        assert DynamoWork(stack.table("work")).run(name, "health-drop-to-poor/at-risk/1/entered")
        ids = messages(stack)
        assert len(set(ids)) == 3
        found = [deliveries.get(delivery_id) for delivery_id in ids]
        assert {d.transition_id for d in found if d} == {pending.id for pending in standing.pending}
        return made

    made = enumerate_faults(story)
    assert made.count("sqs:SendMessageBatch") == 3
    assert made[-1] == "dynamodb:UpdateItem", "a transition stays pending until all it asks for is stored"
