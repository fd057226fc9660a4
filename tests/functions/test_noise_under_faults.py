"""An account comes back while the play's task is open, `launch_plays` killed at every call (D6, T1, T2)."""

from dataclasses import replace

import pytest

from keepwell.accounts import Account, Change, merge
from keepwell.evaluation import evaluate
from keepwell.in_memory import FixedClock
from keepwell.tasks import TaskStatus
from keepwell.tasks.changing import told
from keepwell_aws.accounts import DynamoAccounts
from keepwell_aws.deliveries import DynamoDeliveries
from keepwell_aws.history import DynamoHistory
from keepwell_aws.playbooks import ActivePlaybook
from keepwell_aws.work import DynamoWork
from tests.aws_tables import Names
from tests.crashes import Fault, enumerate_faults
from tests.domain.plays.entering import mail, play, playbook, task
from tests.functions.invoking import deliver, invoke, of_changes, queued
from tests.story import account

LAUNCH, CASE = "launch_plays", "pending_transitions"
CALL = replace(task("call"), description="{{ account.active_users }} users")
PLAYBOOK = playbook(play("chase", tasks=(CALL,), emails=(mail("news"),)))


class Town:
    """What a test looks at."""

    def __init__(self, stack: Names):
        self.stack = stack
        self.work = DynamoWork(stack.table("work"))
        self.accounts = DynamoAccounts(stack.table("accounts"))
        self.deliveries = DynamoDeliveries(stack.table("deliveries"))
        self.history = DynamoHistory(stack.table("history"))

    def tell(self, name: str, active_users: int, clock: FixedClock) -> None:
        """A drop of its own tells how many are active, and the account is judged."""
        found, now = self.accounts.get(name), clock.now()
        before = found.facts if found else replace(account(name).facts, revision=0)
        change = Change(name, {"Active Users": active_users}, "csv:accounts", now, now.date(), f"drop-{name}")
        facts = merge(before, change, PLAYBOOK.catalogue)
        assert facts is not None
        self.accounts.put_facts(facts)
        self.accounts.put_standing(evaluate(self.known(name), PLAYBOOK, now).standing)

    def known(self, name: str) -> Account:
        found = self.accounts.get(name)
        assert found is not None
        return found

    def close_if_updated(self, name: str, clock: FixedClock) -> None:
        """A person is quick: the task is done as soon as it tells of the second entry."""
        [found] = self.work.tasks(name)
        if found.description == "3 users":
            done = {"Status": TaskStatus.COMPLETED.value}
            self.work.change_task(told(found, "ann@example.com", clock.now(), done))


def test_the_task_is_updated_once_and_nothing_is_sent(
    stack: Names, clock: FixedClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ActivePlaybook, "get", lambda _: PLAYBOOK)
    town = Town(stack)

    def story(name: str, place: int | None, fault: Fault) -> list[str]:
        event = of_changes(LAUNCH, CASE, [name])
        for active_users in (5, 50):
            town.tell(name, active_users, clock)
            invoke(LAUNCH, event)
        town.tell(name, 3, clock)
        made = deliver(LAUNCH, event, place, fault)
        town.close_if_updated(name, clock)
        invoke(LAUNCH, event)
        [task] = town.work.tasks(name)
        assert task.description == "3 users"
        [row] = [row for row in town.history.of(name, "task") if row.detail["by"] == "play:chase"]
        assert row.detail["now"] == {"Description": "3 users"}
        run = town.work.run(name, "chase/quiet/2/entered")
        assert run is not None
        updated, held = run.outcomes
        assert updated.startswith(f"task {task.task_id} for ")
        assert held.endswith(f"held back: task {task.task_id} of before is still open")
        ids = {message["delivery_id"] for message in queued(stack.queues["email_deliveries"])}
        found = [town.deliveries.get(each) for each in ids]
        assert [each.subject for each in found if each and each.account_id == name and each.open] == []
        standing = town.known(name).standing
        assert standing is not None
        assert standing.pending == ()
        return made

    enumerate_faults(story)
