"""The tasks by which the operator hears of messages that were given up (`trouble`)."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime
from typing import TYPE_CHECKING

from keepwell.accounts import Facts, Provenance
from keepwell.attributes import Value
from keepwell.deliveries.delivery import MAIL
from keepwell.tasks import Priority, Task, TaskStatus
from keepwell.wakes import Wake

if TYPE_CHECKING:
    from keepwell.assignment.notices import Notices
    from keepwell.playbook import Playbook
    from keepwell.ports import Control, Work


MOST_A_DAY = 20
"""Tasks about one endpoint; whoever closed so many on a day knows of it."""


@dataclass(frozen=True)
class OperatorTasks:
    """Makes the tasks that the wakes ask for."""

    work: "Work"
    control: "Control"
    notices: "Notices"
    playbook: Callable[[], "Playbook"]

    def carry_out(self, wake: Wake, now: datetime) -> None:
        """Store the task, unless one is open: on the account of the day's first message that failed. The
        operator hears of it as of any task, but by no mail that mails do not arrive."""
        account_id = self.control.settle(f"told#{wake.wake_id}", "account", wake.account_id)
        playbook = self.playbook()
        task = self._stored(_task(wake, account_id, playbook))
        if wake.content["endpoint"] != MAIL:
            self.notices.tell(task, playbook.manners, now)

    def _stored(self, first: Task) -> Task:
        """The day's task that is open: where those of before were closed, one more."""
        task = first
        for number in range(2, MOST_A_DAY + 2):
            if self.work.put_task(task):
                return task
            task = self.work.tasks_of(task.account_id, [task.task_id]).get(task.task_id, task)
            if task.is_open:
                return task
            task = replace(first, task_id=f"{first.task_id}/{number}")
        return first


def _task(wake: Wake, account_id: str, playbook: "Playbook") -> Task:
    endpoint, at = wake.content["endpoint"], datetime.fromisoformat(wake.content["at"])
    told: dict[str, Value] = {
        "Title": f"Messages to {endpoint} do not arrive",
        "Description": (
            f"{wake.content['delivery_id']} of account {wake.account_id} was given up: "
            f"{wake.content['outcome']}\n\n"
            f"What else failed: keepwell deliveries --failed --endpoint {endpoint}\n"
            f"Once it is mended, send all anew: keepwell deliver again --failed --endpoint {endpoint}"
        ),
        "Assignee": playbook.owner,
        "Due Date": at.astimezone(playbook.time_zone).date(),
        "Priority": Priority.HIGH.value,
        "Status": TaskStatus.OPEN.value,
    }
    return Task(
        task_id=wake.wake_id,
        facts=Facts(
            account_id=account_id,
            values={name: value for name, value in told.items() if value != ""},
            provenance=Provenance(wake.wake_id, at),
            created_at=at,
            created_by=wake.wake_id,
            changed_by=wake.wake_id,
        ),
    )
