"""A pending transition becomes what its plays say, each once, and an exit ends it (T1 to T3, R2)."""

from dataclasses import replace

import pytest

from keepwell.accounts import Account, Change, merge
from keepwell.deliveries import DeliveryState
from keepwell.evaluation import evaluate
from keepwell.plays.play import TaskAction
from keepwell.tasks import Priority
from keepwell_aws.accounts import DynamoAccounts
from keepwell_aws.deliveries import DynamoDeliveries
from keepwell_aws.playbooks import ActivePlaybook
from keepwell_aws.work import DynamoWork
from tests.aws_tables import Names
from tests.crashes import Fault, enumerate_faults
from tests.domain.plays.entering import MAIL, on_exit, play, playbook
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
from tests.story import NOON, TODAY, account, poor_account

NAME = "launch_plays"
CASE = "pending_transitions"
CALL = TaskAction("Call", "", "lead@example.com", 1, Priority.NORMAL, "Risk", 1.0)
ENTRY = play(
    "enter",
    emails=(MAIL,),
    add_tags=("quiet",),
    set_attributes=(("Risk Status", "Identified"),),
    starts=("call",),
)
PLAYBOOK = playbook(
    ENTRY,
    play("call", segment="", tasks=(CALL,)),
    on_exit("leave", remove_tags=("quiet",), set_attributes=(("Risk Status", "Resolved"),)),
)
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


@pytest.fixture
def passages(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ActivePlaybook, "get", lambda _: PLAYBOOK)


def known(stack: Names, account_id: str) -> Account:
    found = DynamoAccounts(stack.table("accounts")).get(account_id)
    assert found is not None
    return found


def tell(stack: Names, account_id: str, active_users: int) -> None:
    """A drop of its own tells how many are active, and the account is judged."""
    accounts = DynamoAccounts(stack.table("accounts"))
    found = accounts.get(account_id)
    values = {"Active Users": active_users}
    change = Change(account_id, values, "csv:accounts", NOON, TODAY, f"drop-{account_id}-{active_users}")
    before = found.facts if found else replace(account(account_id).facts, revision=0)
    facts = merge(before, change, PLAYBOOK.catalogue)
    assert facts is not None
    accounts.put_facts(facts)
    accounts.put_standing(evaluate(known(stack, account_id), PLAYBOOK, NOON).standing)


def states(stack: Names, account_id: str, run: str = "enter/quiet/1/entered") -> list[str]:
    """What became of the messages of a run."""
    deliveries = DynamoDeliveries(stack.table("deliveries"))
    found = DynamoWork(stack.table("work")).run(account_id, run)
    assert found is not None
    return [d.state.value for each in found.deliveries if (d := deliveries.get(each))]


@pytest.mark.usefixtures("passages")
def test_an_entry_does_all_of_it_once(stack: Names) -> None:
    work = DynamoWork(stack.table("work"))

    def story(name: str, place: int | None, fault: Fault) -> list[str]:
        tell(stack, name, 5)
        event = of_changes(NAME, CASE, [name])
        made = deliver(NAME, event, place, fault)
        invoke(NAME, event)
        invoke(NAME, event)
        facts = known(stack, name).facts
        assert facts.values["Tags"] == ("quiet",)
        assert (facts.values["Risk Status"], facts.depth) == ("Identified", 1)
        assert standing_of(stack, name).pending == ()
        assert len(list(work.tasks(name))) == 1
        assert states(stack, name) == ["waiting"]
        assert sorted(run.play for run in work.runs(name)) == ["call", "enter"]
        return made

    made = enumerate_faults(story)
    assert made[-1] == "dynamodb:UpdateItem", "pending until what it starts has its run"


@pytest.mark.usefixtures("passages")
def test_an_exit_cancels_untags_and_ends(stack: Names) -> None:
    """T3."""
    work = DynamoWork(stack.table("work"))

    def story(name: str, place: int | None, fault: Fault) -> list[str]:
        tell(stack, name, 5)
        event = of_changes(NAME, CASE, [name])
        invoke(NAME, event)
        tell(stack, name, 50)
        made = deliver(NAME, event, place, fault)
        invoke(NAME, event)
        facts = known(stack, name).facts
        assert (facts.values.get("Tags"), facts.values["Risk Status"]) == (None, "Resolved")
        assert states(stack, name) == ["cancelled"]
        told = work.run(name, "leave/quiet/1/exited")
        assert told is not None
        assert [line.split()[0] for line in told.outcomes] == ["cancelled", "tag", "Risk"]
        assert standing_of(stack, name).pending == ()
        return made

    enumerate_faults(story)


@pytest.mark.usefixtures("passages")
def test_an_entry_killed_halfway_and_then_left_leaves_nothing_behind(stack: Names) -> None:
    """T3: whatever the first launch came to, no message of it is sent and no tag of it stays for ever."""
    deliveries = DynamoDeliveries(stack.table("deliveries"))

    def story(name: str, place: int | None, fault: Fault) -> list[str]:
        tell(stack, name, 5)
        event = of_changes(NAME, CASE, [name])
        made = deliver(NAME, event, place, fault)
        tell(stack, name, 50)
        invoke(NAME, event)
        assert {d.state.value for each in messages(stack) if (d := deliveries.get(each))} <= {"cancelled"}
        assert "quiet" not in known(stack, name).facts.values.get("Tags", ())  # type: ignore[operator]
        assert standing_of(stack, name).pending == ()
        assert [due for due, _ in deliveries.due(NOON)] == []
        return made

    enumerate_faults(story)


@pytest.mark.usefixtures("passages")
def test_a_held_play_is_told_in_the_log_and_stays_pending(
    stack: Names, log: Log, monkeypatch: pytest.MonkeyPatch
) -> None:
    strict = replace(PLAYBOOK, plays=(replace(ENTRY, limit=0),))
    monkeypatch.setattr(ActivePlaybook, "get", lambda _: strict)
    tell(stack, "A-1", 5)
    invoke(NAME, of_changes(NAME, CASE, ["A-1"]))
    [told] = log.entries()
    assert told["message"] == "play held, see keepwell held"
    assert (told["play"], told["cause"], told["limit"]) == ("enter", "drop-A-1-5", 0)
    assert len(standing_of(stack, "A-1").pending) == 1


@pytest.mark.usefixtures("passages")
def test_what_a_play_may_not_do_is_logged(stack: Names, log: Log) -> None:
    tell(stack, "A-1", 5)
    accounts = DynamoAccounts(stack.table("accounts"))
    standing = standing_of(stack, "A-1")
    deep = tuple(replace(transition, depth=5) for transition in standing.pending)
    accounts.put_standing(replace(standing, pending=deep))
    invoke(NAME, of_changes(NAME, CASE, ["A-1"]))
    problems = [entry["problem"] for entry in log.entries() if entry["level"] == "ERROR"]
    assert len(problems) == 1
    assert "plays have set each other off 5 times in a row" in problems[0]
