"""Changing a task, by people and by time: every change is a row of the history, of kind `task`.

The task itself holds its last change, and the row is made of that. So a change that was interrupted before
its row is told by the next one, or by doing it again.
"""

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, replace
from datetime import datetime

from keepwell.accounts import Change, merge
from keepwell.attributes import Value, show_cell
from keepwell.errors import Conflict, RejectedInput
from keepwell.history import HistoryRow
from keepwell.ports import History, Work
from keepwell.tasks.task import TASK_ATTRIBUTES, Comment, LastChange, Task

KIND = "task"
CREATED = "created"
ATTEMPTS = 5

LONGEST_COMMENT = 10_000
"""In characters; and in bytes what all comments of a task may take, so that there is room to close it."""
ALL_COMMENTS = 200_000
WITH_THE_LAST_WORD = ALL_COMMENTS + 4 * LONGEST_COMMENT
"""However much was said before, whoever closes a task may say why."""

KEEPWELL = "keepwell"
"""Who changes a task where no person does: a snooze ends, a service level is over."""

Decide = Callable[[Task], Task | None]
"""What becomes of a task; None if it is to stay as it is."""


@dataclass(frozen=True)
class TaskBook:
    """The tasks, and what is told of their changes."""

    work: Work
    history: History

    def find(self, account_id: str, task_id: str) -> Task:
        """The task, read consistently. Raises RejectedInput if there is none."""
        task = self.work.tasks_of(account_id, [task_id]).get(task_id)
        if task is None:
            raise RejectedInput(
                f"the account {account_id!r} has no task {task_id!r}; `keepwell tasks --all` lists them"
            )
        return task

    def create(self, task: Task, by: str, now: datetime) -> Task:
        """Store a new task and tell of it, unless its id exists; as it is stored. What it describes at length
        is told by the task alone."""
        told_alone = {name: each for name, each in task.facts.values.items() if name == "Description"}
        before = replace(task, facts=replace(task.facts, values=told_alone))
        created = _noted(before, task, CREATED, by, now)
        self.work.put_task(created)
        stored = self.work.tasks_of(task.account_id, [task.task_id]).get(task.task_id, created)
        self.tell(stored)
        return stored

    def revise(self, task: Task, values: Mapping[str, Value], by: str, now: datetime) -> Task:
        """Tell anew what a task asks for. Raises RejectedInput if it is closed."""

        def revised(task: Task) -> Task:
            require_open(task, "change")
            return told(task, by, now, values)

        return self.change(task, "changed", by, now, revised)

    def change(self, task: Task, did: str, by: str, now: datetime, decide: Decide) -> Task:
        """Store what `decide` makes of a task, and tell of it as `did`; once more if others were faster.

        Whatever `decide` raises changes nothing. Raises Conflict if others keep changing it.
        """
        for attempt in range(ATTEMPTS):
            if attempt:
                task = self.find(task.account_id, task.task_id)
            after = decide(task)
            self.tell(task)
            if after is None or after == task:
                return task
            try:
                stored = self.work.change_task(_noted(task, after, did, by, now))
            except Conflict:
                continue
            self.tell(stored)
            return stored
        raise Conflict(f"the task {task.task_id!r} of account {task.account_id!r} kept changing")

    def tell(self, task: Task) -> None:
        """Have the history tell of the task's last change, if any; telling it again changes nothing."""
        if task.last_change:
            self.history.append([row_of(task.last_change, task)])

    def comment(self, task: Task, text: str, by: str, now: datetime) -> Task:
        """Write a comment under a task, open or closed; the same one right after itself is one."""
        if not text.strip():
            raise RejectedInput("a comment has a text")
        return self.change(task, "commented", by, now, lambda task: commented(task, text, by, now))


def commented(task: Task, text: str, by: str, now: datetime, room: int = ALL_COMMENTS) -> Task:
    """The task with one more comment, unless the last one says the same. Raises RejectedInput if it is too
    long, or there is no `room` for it, in bytes of all comments."""
    said = Comment(now, by, text.strip())
    if task.comments and (task.comments[-1].by, task.comments[-1].text) == (said.by, said.text):
        return task
    if len(said.text) > LONGEST_COMMENT:
        raise RejectedInput(
            f"a comment has {LONGEST_COMMENT:,} characters at most, this one {len(said.text):,}: shorten it"
        )
    if sum(len(each.text.encode()) for each in (*task.comments, said)) > room:
        raise RejectedInput(
            f"the comments of {task.task_id!r} take all the room there is: close it, and go on in a new task"
        )
    return replace(task, comments=(*task.comments, said))


def told(
    task: Task, by: str, now: datetime, values: Mapping[str, Value], cleared: Collection[str] = ()
) -> Task:
    """The task after a person, or time, tells this of it now: it counts above whatever was told before."""
    before = (task.facts.last_told(name) for name in (*values, *cleared))
    source = by if by == KEEPWELL else f"person:{by}"
    change = Change(
        account_id=task.account_id,
        values=values,
        source=source,
        observed_at=max([now, *before]),
        day=now.date(),
        change_id=source,
        cleared=frozenset(cleared),
    )
    facts = merge(task.facts, change, TASK_ATTRIBUTES)
    return replace(task, facts=facts) if facts else task


def require_open(task: Task, to_do: str) -> None:
    """Raises RejectedInput if the task is closed."""
    if not task.is_open:
        by = f" by {task.closed_by}" if task.closed_by else ""
        at = f" on {task.closed_at[:10]}" if task.closed_at else ""
        raise RejectedInput(
            f"{task.title!r} ({task.task_id}) is {task.status.value.lower()} already{by}{at}: "
            f"there is nothing to {to_do}"
        )


def row_of(last: LastChange, task: Task) -> HistoryRow:
    """What the history tells of the last change of a task."""
    return HistoryRow(
        account_id=task.account_id,
        at=last.at,
        kind=KIND,
        row_id=f"{task.task_id}/{last.revision:06d}",
        detail={
            "task_id": task.task_id,
            "did": last.did,
            "by": last.by,
            "was": dict(last.was),
            "now": dict(last.now),
        },
    )


def _noted(before: Task, after: Task, did: str, by: str, now: datetime) -> Task:
    was, is_now = _shown(before), _shown(after)
    return replace(
        after,
        last_change=LastChange(
            revision=before.facts.revision + 1,
            at=now,
            by=by,
            did=did,
            was=tuple((name, was[name]) for name in sorted(was) if was[name] != is_now.get(name)),
            now=tuple((name, is_now[name]) for name in sorted(is_now) if is_now[name] != was.get(name)),
        ),
    )


def _shown(task: Task) -> dict[str, str]:
    """Whatever can change of a task, as texts by name."""
    shown = {name: show_cell(value) for name, value in task.facts.values.items()}
    shown |= {f"Comment {n}": comment.text for n, comment in enumerate(task.comments, start=1)}
    return shown | ({"Escalated To": task.escalation} if task.escalated_at else {})
