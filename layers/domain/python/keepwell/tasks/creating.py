"""Making a task that a person asks for, by hand or by closing another (product TSK-01): it is stored once,
the history tells of it, and whose it is hears of it (TSK-10)."""

import hashlib
from dataclasses import dataclass
from datetime import date, datetime

from keepwell.accounts import Facts, Provenance
from keepwell.assignment.assigning import Assignee
from keepwell.assignment.notices import Notices
from keepwell.attributes import Value
from keepwell.noise.manners import Manners
from keepwell.playbook import Playbook
from keepwell.tasks.changing import TaskBook
from keepwell.tasks.handing_over import HandOver
from keepwell.tasks.task import Priority, Task, TaskStatus

NOBODY = Assignee("")


@dataclass(frozen=True)
class Wanted:
    """What a task asks for; `effort` in hours."""

    title: str
    due: date
    description: str = ""
    priority: Priority = Priority.NORMAL
    flow: str = ""
    effort: float = 1.0


@dataclass(frozen=True)
class Creator:
    """Makes the tasks that people ask for by hand."""

    hand_over: HandOver

    def create(
        self,
        account_id: str,
        wanted: Wanted,
        to: str,
        request: str,
        by: str,
        now: datetime,
        playbook: Playbook,
    ) -> Task:
        """The task that a person asks for at an account: of an address, a role there, `manager:<role>` or
        `pool:<id>`. The same `request` at an account is one task, however often it is made.

        Raises RejectedInput if `to` is nobody who can have tasks.
        """
        asked = (task_id_of(account_id, request), account_id, wanted, by, f"person:{by}", now)
        whose = self.hand_over.whose(new_task(*asked), to, now, playbook)
        return store(
            new_task(*asked, whose), self.hand_over.book, self.hand_over.notices, playbook.manners, by, now
        )


def new_task(
    task_id: str,
    account_id: str,
    wanted: Wanted,
    by: str,
    source: str,
    now: datetime,
    whose: Assignee = NOBODY,
) -> Task:
    """A task that `by` asked for, not stored yet; `source` is whose word it is."""
    values: dict[str, Value] = {
        "Title": wanted.title,
        "Description": wanted.description,
        "Assignee": whose.email,
        "Due Date": wanted.due,
        "Priority": wanted.priority.value,
        "Flow": wanted.flow,
        "Effort": wanted.effort,
        "Status": TaskStatus.OPEN.value,
        "Created By": by,
    }
    facts = Facts(
        account_id=account_id,
        values={name: value for name, value in values.items() if value != ""},
        provenance=Provenance(source, now),
        created_at=now,
        created_by=source,
        changed_by=source,
    )
    return Task(task_id, facts, why_assigned=whose.why)


def store(task: Task, book: TaskBook, notices: Notices, manners: Manners, by: str, now: datetime) -> Task:
    """Store a new task, unless it is there already, and tell whose it is; as it is stored."""
    stored = book.create(task, by, now)
    notices.tell(stored, manners, now, by=by)
    return stored


def task_id_of(account_id: str, request: str) -> str:
    """The id of the task that a request makes at an account."""
    return f"task_{hashlib.sha256(f'{account_id}/asked for by {request}'.encode()).hexdigest()[:20]}"
