"""Snoozing a task: off the agenda until a day, for a reason (definitions, D6)."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta

from keepwell.assignment.notices import Notices
from keepwell.errors import RejectedInput
from keepwell.playbook import Playbook
from keepwell.ports import Wakes
from keepwell.tasks.changing import KEEPWELL, TaskBook, require_open, told
from keepwell.tasks.task import Task
from keepwell.tasks.wakes import Reason, start_of, wake_at, wake_of

LONGEST = timedelta(days=366)
"""What sleeps for longer was meant for another year, or is not to be done."""


@dataclass(frozen=True)
class Snoozer:
    """Takes tasks off the agenda, and brings them back."""

    book: TaskBook
    wakes: Wakes

    def snooze(
        self, task: Task, until: date, reason: str, by: str, now: datetime, playbook: Playbook
    ) -> Task:
        """Take a task off the agenda until a day of the tenant's; the time of its service level runs on.

        Raises RejectedInput if that day is not to come, or not within a year, there is no reason, or the task
        is closed.
        """
        today = now.astimezone(playbook.time_zone).date()
        if until <= today:
            raise RejectedInput(f"a task sleeps until a day to come: {until} is not after {today}")
        if until > today + LONGEST:
            raise RejectedInput(
                f"a task sleeps for a year at most, and {until} is later: name an earlier day, or cancel it"
            )
        if not reason.strip():
            raise RejectedInput('say what it waits for, as in --reason "They are on holiday"')

        def asleep(task: Task) -> Task:
            require_open(task, "snooze")
            return told(task, by, now, {"Snoozed Until": until, "Snooze Reason": reason.strip()})

        asleep(task)
        wake_at(self.wakes, wake_of(task, Reason.SNOOZE, start_of(until, playbook.time_zone)))
        return self.book.change(task, "snoozed", by, now, asleep)

    def bring_back(self, task: Task, now: datetime, playbook: Playbook, notices: Notices) -> Task:
        """Bring back a task whose day has come, of which its assignee hears; one that sleeps longer by now is
        left, with a wake of its own.

        The mail comes first, under an id of its own: interrupted in between, it is the same mail.
        """

        def awake(task: Task) -> Task | None:
            until = task.snoozed_until
            if not task.is_open or until is None or start_of(until, playbook.time_zone) > now:
                return None
            return told(task, KEEPWELL, now, {}, ("Snoozed Until", "Snooze Reason"))

        if awake(task):
            notices.tell_back(task, playbook.manners, now)
        after = self.book.change(task, "woken", KEEPWELL, now, awake)
        if after.is_open and after.snoozed_until:
            at = start_of(after.snoozed_until, playbook.time_zone)
            wake_at(self.wakes, wake_of(after, Reason.SNOOZE, at))
        return after
