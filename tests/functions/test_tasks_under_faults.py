"""Closing, snoozing and escalating tasks while AWS fails at every call in turn (R6, T2; PLY-11)."""

from contextlib import suppress
from datetime import timedelta

from keepwell.errors import TransientFailure
from keepwell.in_memory import FixedClock
from keepwell.tasks import FollowUp, PostCompletion
from keepwell_aws.accounts import DynamoAccounts
from keepwell_aws.control import DynamoControl
from keepwell_aws.deliveries import DynamoDeliveries
from keepwell_aws.history import DynamoHistory
from keepwell_aws.queues import SqsQueue
from keepwell_aws.team import DynamoTeam
from keepwell_aws.touchpoints import DynamoTouchpoints
from keepwell_aws.wakes import DynamoWakes
from keepwell_aws.work import DynamoWork
from tests.aws_tables import Names
from tests.crashes import Fault, Killed, enumerate_faults, fault_at
from tests.domain.tasks.office import ANN, CALL, Office, a_playbook
from tests.functions.invoking import invoke, sample_event
from tests.story import NOON, TODAY

TICK = sample_event("wake_due", "minute_tick")
AFTER = PostCompletion(
    require_touchpoint=True, set_attributes=(("Risk Status", "Resolved"),), follow_up=FollowUp("Call again")
)


class AwsOffice(Office):
    """The office on AWS, at an account of its own."""

    def __init__(self, stack: Names, account_id: str):
        self.work, self.accounts = DynamoWork(stack.table("work")), DynamoAccounts(stack.table("accounts"))
        self.touchpoints = DynamoTouchpoints(stack.table("work"))
        self.history, self.team = DynamoHistory(stack.table("history")), DynamoTeam(stack.table("work"))
        self.wakes = DynamoWakes(stack.table("deliveries"))
        self.deliveries = DynamoDeliveries(stack.table("deliveries"))
        self.mails = SqsQueue(stack.queues["email_deliveries"])
        self.control = DynamoControl(stack.table("control"))
        self.playbook, self.now, self.account_id = a_playbook(), NOON, account_id
        self.settle_in()

    def is_done(self) -> None:
        """All that closing the task asks for has happened, once."""
        assert len(list(self.touchpoints.touchpoints(self.account_id))) == 1
        assert (self.value("Risk Status"), self.value("Last Touch")) == ("Resolved", TODAY)
        tasks = list(self.work.tasks(self.account_id))
        assert sorted((task.title, task.status.value) for task in tasks) == [
            ("Call", "Completed"),
            ("Call again", "Open"),
        ]
        closing = self.task().closing
        assert closing
        assert closing.settled
        assert [row.detail["did"] for row in self.told()] == ["closed", "created"]
        assert not self.sleeps()

    def sleeps(self) -> bool:
        """Whether anything is to happen yet to its task."""
        due = self.wakes.due(self.now + timedelta(days=99))
        return any(wake.account_id == self.account_id for wake in due)

    def mails_due(self) -> list[str]:
        """The subjects of the mails about its tasks."""
        due = (self.deliveries.get(delivery_id) for delivery_id, _ in self.deliveries.due(self.now))
        return [mail.subject for mail in due if mail and mail.account_id == self.account_id]


def test_closing_again_ends_what_was_interrupted(stack: Names) -> None:
    def story(name: str, place: int | None, fault: Fault) -> list[str]:
        office = AwsOffice(stack, name)
        office.asks(post_completion=AFTER, sla_at=NOON + timedelta(hours=9))
        with fault_at(place, fault) as calls, suppress(Killed, TransientFailure):
            office.close(contact=CALL)
        assert not office.close(contact=CALL).problems
        office.is_done()
        return calls.made

    calls = enumerate_faults(story, timeouts=True)
    assert calls.count("dynamodb:UpdateItem") >= 5  # the wake, the closing, what follows, that it is done


def test_where_nobody_closes_again_the_minute_tick_ends_it(stack: Names, clock: FixedClock) -> None:
    """Either nothing of a closing happened, or all of it does."""

    def story(name: str, place: int | None, fault: Fault) -> list[str]:
        office = AwsOffice(stack, name)
        office.asks(post_completion=AFTER)
        clock.set(NOON)
        with fault_at(place, fault) as calls, suppress(Killed, TransientFailure):
            office.close(contact=CALL)
        closed = not office.task().is_open
        office.now = NOON + timedelta(minutes=6)
        clock.set(office.now)
        invoke("wake_due", TICK)
        if closed:
            office.is_done()
        else:
            assert not list(office.touchpoints.touchpoints(name))
            assert len(list(office.work.tasks(name))) == 1
            assert not office.sleeps()
        return calls.made

    enumerate_faults(story)


def test_a_task_is_escalated_once(stack: Names, clock: FixedClock) -> None:
    """D10; T2: one mail, whatever happens."""

    def story(name: str, place: int | None, fault: Fault) -> list[str]:
        office = AwsOffice(stack, name)
        task = office.asks(sla_at=NOON)
        office.now = NOON + timedelta(minutes=1)
        with fault_at(place, fault) as calls, suppress(Killed, TransientFailure):
            office.waker.escalator.escalate(task, office.now, office.playbook)
        office.now = NOON + timedelta(minutes=2)
        clock.set(office.now)
        invoke("wake_due", TICK)
        assert office.task().escalated_to
        assert [row.detail["did"] for row in office.told()] == ["escalated"]
        assert office.mails_due() == ["Not done in time: Call"]
        assert not office.sleeps()
        return calls.made

    enumerate_faults(story)


def test_a_snoozed_task_always_comes_back(stack: Names, clock: FixedClock) -> None:
    def story(name: str, place: int | None, fault: Fault) -> list[str]:
        office = AwsOffice(stack, name)
        office.asks()
        with fault_at(place, fault) as calls, suppress(Killed, TransientFailure):
            office.snooze(TODAY + timedelta(days=1))
        office.now = NOON + timedelta(days=1)
        clock.set(office.now)
        invoke("wake_due", TICK)
        assert office.task().snoozed_until is None
        assert [task.task_id for task in office.work.agenda(ANN) if task.account_id == name] == ["T-1"]
        assert not office.sleeps()
        return calls.made

    enumerate_faults(story)


def test_the_end_of_a_snooze_is_told_once(stack: Names, clock: FixedClock) -> None:
    """TSK-10, T2: one mail, whatever happens."""

    def story(name: str, place: int | None, fault: Fault) -> list[str]:
        office = AwsOffice(stack, name)
        office.asks()
        office.snooze(TODAY + timedelta(days=1))
        [wake] = [each for each in office.wakes.due(NOON + timedelta(days=1)) if each.account_id == name]
        office.now = NOON + timedelta(hours=12)
        with fault_at(place, fault) as calls, suppress(Killed, TransientFailure):
            office.waker.carry_out(wake, office.now, office.playbook)
        office.now = NOON + timedelta(hours=12, minutes=1)
        clock.set(office.now)
        invoke("wake_due", TICK)
        assert office.task().snoozed_until is None
        assert [row.detail["did"] for row in office.told()] == ["snoozed", "woken"]
        assert office.mails_due() == ["Back on your agenda: Call"]
        assert not office.sleeps()
        return calls.made

    enumerate_faults(story)
