"""Carrying out the wakes of tasks."""

from dataclasses import dataclass
from datetime import datetime

from keepwell.playbook import Playbook
from keepwell.tasks.closing import Closer
from keepwell.tasks.escalating import Escalator
from keepwell.tasks.snoozing import Snoozer
from keepwell.tasks.wakes import Reason
from keepwell.wakes import Wake


@dataclass(frozen=True)
class TaskWaker:
    """Does what tasks are woken for. A task that is gone, or that it is not the time for, stays as it is."""

    closer: Closer
    snoozer: Snoozer
    escalator: Escalator

    def carry_out(self, wake: Wake, now: datetime, playbook: Playbook) -> None:
        """Doing it again changes nothing. Raises Conflict if others keep changing the task."""
        task_id = wake.content["task_id"]
        task = self.closer.book.work.tasks_of(wake.account_id, [task_id]).get(task_id)
        if task is None:
            return
        match Reason(wake.content["reason"]):
            case Reason.SLA:
                self.escalator.escalate(task, now, playbook)
            case Reason.SNOOZE:
                self.snoozer.bring_back(task, now, playbook, self.closer.notices)
            case Reason.CLOSING:
                self.closer.settle(task, now, playbook)
