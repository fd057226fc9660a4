"""The noise budget where `launch_plays` and `wake_due` are killed at every call (D6, T1, T2): an account
comes back while the play's task is open; more comes up for a member than fits into a day."""

from collections import Counter
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import chain

import pytest

from keepwell.accounts import Account, Change, merge
from keepwell.assignment.notices import Notices
from keepwell.deliveries import Channel, Delivery, DeliveryState
from keepwell.deliveries import deliver as send
from keepwell.evaluation import evaluate
from keepwell.in_memory import FixedClock
from keepwell.tasks import TaskStatus
from keepwell.tasks.changing import told
from keepwell_aws.accounts import DynamoAccounts
from keepwell_aws.control import DynamoControl
from keepwell_aws.deliveries import DynamoDeliveries
from keepwell_aws.history import DynamoHistory
from keepwell_aws.playbooks import ActivePlaybook
from keepwell_aws.queues import SqsQueue
from keepwell_aws.team import DynamoTeam
from keepwell_aws.wakes import DynamoWakes
from keepwell_aws.work import DynamoWork
from tests.aws_tables import Names
from tests.crashes import Fault, enumerate_faults
from tests.domain.assignment.teams import member
from tests.domain.plays.entering import HOOK, mail, play, playbook, task
from tests.functions.invoking import deliver, invoke, of_changes, queued, sample_event
from tests.story import NOON, account

LAUNCH, CASE = "launch_plays", "pending_transitions"
CALL = replace(task("call"), description="{{ account.active_users }} users")
PLAYBOOK = playbook(play("chase", tasks=(CALL,), emails=(mail("news"),), webhooks=(HOOK,)))


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

    def send_all(self, name: str) -> None:
        """The messages of the account leave."""
        for delivery_id in [each for run in self.work.runs(name) for each in run.deliveries]:
            found = self.deliveries.get(delivery_id)
            assert found is not None
            self.deliveries.put(replace(found, state=DeliveryState.SENT))

    def close_if_updated(self, name: str, clock: FixedClock) -> None:
        """A person is quick: the task is done as soon as it tells of the second entry."""
        [found] = self.work.tasks(name)
        if found.description == "3 users":
            done = {"Status": TaskStatus.COMPLETED.value}
            self.work.change_task(told(found, "ann@example.com", clock.now(), done))


def test_the_task_is_updated_once_and_only_machines_are_told(
    stack: Names, clock: FixedClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ActivePlaybook, "get", lambda _: PLAYBOOK)
    town = Town(stack)

    def story(name: str, place: int | None, fault: Fault) -> list[str]:
        event = of_changes(LAUNCH, CASE, [name])
        town.tell(name, 5, clock)
        invoke(LAUNCH, event)
        town.send_all(name)
        town.tell(name, 50, clock)
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
        updated, held, told = run.outcomes
        assert updated.startswith(f"task {task.task_id} for ")
        assert held.endswith(f"held back: task {task.task_id} of before is still open")
        ids = {message["delivery_id"] for message in queued(stack.queues["email_deliveries"])}
        found = [town.deliveries.get(each) for each in ids]
        assert [each.subject for each in found if each and each.account_id == name and each.open] == []
        posts = {message["delivery_id"] for message in queued(stack.queues["webhook_deliveries"])}
        mine = [post for each in posts if (post := town.deliveries.get(each)) and post.account_id == name]
        [second] = [post for post in mine if post.transition_id.endswith("quiet/2/entered")]
        assert second.open
        assert told == f"webhook {second.delivery_id} to events"
        standing = town.known(name).standing
        assert standing is not None
        assert standing.pending == ()
        return made

    enumerate_faults(story)


CAPPED = replace(playbook(play("tell", emails=(mail("first"), mail("second")))), daily_cap=1)
MORNING = datetime(2026, 11, 23, 9, tzinfo=UTC)


class Capped:
    """A member with a daily cap of 1, and accounts that enter with two mails to that member."""

    def __init__(self, stack: Names, monkeypatch: pytest.MonkeyPatch):
        monkeypatch.setattr(ActivePlaybook, "get", lambda _: CAPPED)
        self.stack, self.town = stack, Town(stack)
        self.control = DynamoControl(stack.table("control"))
        self.wakes = DynamoWakes(stack.table("deliveries"))
        DynamoTeam(stack.table("work")).put(member("lead"))

    def sent(self) -> list[Delivery]:
        """What is sent of all that was queued, however often: the mails of plays themselves are those that
        were not over the cap."""
        now, sent = MORNING + timedelta(days=9), list[Delivery]()
        for message in queued(self.stack.queues["email_deliveries"]):
            send(message["delivery_id"], self.town.deliveries, sent.append, now)
        assert [mail.subject for mail in sent if mail.play] in ([], ["first"])
        return [mail for mail in sent if not mail.play]

    def late(self, now: datetime) -> str:
        """A mail that was to be on the digest of MORNING, whose sender died before it was put there."""
        told = ("email_late", "B", Channel.EMAIL, "lead@example.com", "late", "Hello", "", "", NOON, now)
        mail = Delivery(*told, digest_at=MORNING)
        stores = (self.town.accounts, self.town.work, DynamoTeam(self.stack.table("work")))
        queues = {Channel.EMAIL: SqsQueue(self.stack.queues["email_deliveries"])}
        Notices(*stores, self.town.deliveries, queues, self.wakes, self.control).send(mail, now)
        return mail.delivery_id

    def told_in(self, delivery_id: str) -> str:
        """The digest in which a mail was told."""
        mail = self.town.deliveries.get(delivery_id)
        assert mail is not None
        assert not mail.open
        return mail.attempts[-1].outcome.removeprefix("told in the digest ")

    def mail(self, subject: str) -> Delivery:
        """The one that is called so."""
        digests = [wake.content["mails"] for wake in self.wakes.due(MORNING)]
        row = self.control.get("interrupts#lead@example.com") or {}
        ids = {message["delivery_id"] for message in queued(self.stack.queues["email_deliveries"])}
        known = {*ids, *chain(*row.values()), *chain(*digests)}
        found = [mail for each in known if (mail := self.town.deliveries.get(each))]
        [mail] = [mail for mail in found if mail.subject == subject]
        return mail


def test_what_is_over_the_cap_is_on_one_digest_whatever_is_killed(
    stack: Names, clock: FixedClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    capped = Capped(stack, monkeypatch)

    def story(name: str, place: int | None, fault: Fault) -> list[str]:
        event = of_changes(LAUNCH, CASE, [name])
        capped.town.tell(name, 5, clock)
        made = deliver(LAUNCH, event, place, fault)
        for _ in range(2):
            invoke(LAUNCH, event)
        first, second = capped.mail("first"), capped.mail("second")
        assert capped.control.get("interrupts#lead@example.com") == {"2026-11-21": [first.delivery_id]}
        [digest] = capped.wakes.due(MORNING)
        assert (digest.content["mails"], digest.due_at) == ([second.delivery_id], MORNING)
        assert (first.digest_at, second.digest_at) == (None, MORNING)
        run = capped.town.work.run(name, "tell/quiet/1/entered")
        assert run is not None
        assert [line.endswith("over the daily cap of 1") for line in run.outcomes] == [False, True]
        return made

    enumerate_faults(story)


def test_a_digest_that_is_days_late_comes_before_its_mails_do(
    stack: Names, clock: FixedClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    """By then they are due by themselves, and are called off before they are looked for."""
    capped = Capped(stack, monkeypatch)
    capped.town.tell("A", 5, clock)
    invoke(LAUNCH, of_changes(LAUNCH, CASE, ["A"]))
    [held] = [wake.content["mails"] for wake in capped.wakes.due(MORNING)]
    clock.set(MORNING + timedelta(days=3))
    invoke("wake_due", sample_event("wake_due", "minute_tick"))
    ids = [message["delivery_id"] for message in queued(stack.queues["email_deliveries"])]
    assert not {*held} & {*ids}
    assert capped.told_in(held[0]) in ids


def test_a_digest_that_is_days_late_tells_each_mail_once_though_more_come_meanwhile(
    stack: Names, clock: FixedClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    """By then the mails are due by themselves. What comes for the same digest once its tick was killed is
    told by the next one: nothing is lost, and nothing told twice or by itself as well."""
    capped = Capped(stack, monkeypatch)
    for name in ("A", "B"):
        capped.town.tell(name, 5, clock)
        invoke(LAUNCH, of_changes(LAUNCH, CASE, [name]))
    [held] = [wake.content["mails"] for wake in capped.wakes.due(MORNING)]
    tick = sample_event("wake_due", "minute_tick")
    queued(stack.queues["email_deliveries"])

    def story(_: str, place: int | None, fault: Fault) -> list[str]:
        clock.set(MORNING + timedelta(days=3))
        calls = deliver("wake_due", tick, place, fault)
        late = capped.late(clock.now())
        for _attempt in range(2):
            clock.advance(timedelta(minutes=15))
            invoke("wake_due", tick)
        digests = capped.sent()
        told = Counter(line for mail in digests for line in mail.body.splitlines() if line[:2] == "- ")
        assert told == {"- first": 1, "- second": 2, "- late": 1}
        for delivery_id in (*held, late):
            assert capped.told_in(delivery_id) in {mail.delivery_id for mail in digests}
        assert list(capped.wakes.due(clock.now())) == []
        return calls

    enumerate_faults(story)
