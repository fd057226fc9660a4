"""Closing a task, and what that asks for: a touchpoint, attributes, a follow-up (product PLY-11).

Whoever stores the closing first has closed the task. What it asks for is derived from what is stored then,
and done afterwards; a wake ends it where that was interrupted, as does closing it again in the same way.
"""

import hashlib
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta

from keepwell.accounts import Change, Facts
from keepwell.assignment.assigning import Assigner
from keepwell.assignment.notices import Notices
from keepwell.attributes import Value, read_cell
from keepwell.errors import Conflict, RejectedInput
from keepwell.playbook import Playbook
from keepwell.plays.changing import outdone
from keepwell.ports import Accounts, Touchpoints, Wakes
from keepwell.tasks.changing import KEEPWELL, WITH_THE_LAST_WORD, TaskBook, commented, require_open, told
from keepwell.tasks.contacting import ContactBook, touchpoint_of
from keepwell.tasks.creating import Wanted, new_task, store
from keepwell.tasks.outcomes import read_outcome
from keepwell.tasks.task import Closing, Comment, Contact, FollowUp, Task, TaskStatus
from keepwell.tasks.wakes import Reason, wake_id, wake_of
from keepwell.touchpoints import Touchpoint, is_internal

ATTEMPTS = 5
INTERRUPTED = timedelta(minutes=5)
"""After so long a closing that has not been settled is taken up again."""


@dataclass(frozen=True)
class Closed:
    """A task that is closed, the follow-up that it has if any, and in words what else could not be done."""

    task: Task
    follow_up: Task | None = None
    problems: tuple[str, ...] = ()


@dataclass(frozen=True)
class Closer:
    """Closes tasks."""

    book: TaskBook
    accounts: Accounts
    touchpoints: Touchpoints
    wakes: Wakes
    assigner: Assigner
    notices: Notices

    def close(
        self,
        task: Task,
        outcome: str,
        by: str,
        now: datetime,
        playbook: Playbook,
        contact: Contact | None = None,
        comment: str = "",
    ) -> Closed:
        """Close a task as completed, `by` saying what came of it and of which contact, with a comment if any.

        Raises RejectedInput, changing nothing, if there is no such outcome, the task asks for a contact and
        none is told, or somebody has closed it otherwise.
        """
        outcome = read_outcome(outcome, playbook.outcomes)

        def closed(task: Task) -> Task | None:
            if _is_closed_as(task, outcome, by, contact):
                return None  # once more, to end what was interrupted
            require_open(task, "close")
            if task.post_completion.require_touchpoint and (contact is None or is_internal(contact.type)):
                raise RejectedInput(
                    f"{task.title!r} asks for the contact with the customer before it is closed: say what "
                    'was said, as in --touchpoint "They renew" (--type says of what kind it was; an internal '
                    "note is no contact)"
                )
            values: dict[str, Value] = {
                "Status": TaskStatus.COMPLETED.value,
                "Outcome": outcome,
                "Closed At": _as_told(now, playbook),
                "Closed By": by,
            }
            after = told(task, by, now, values, ("Snoozed Until", "Snooze Reason"))
            if comment.strip():
                after = commented(after, comment, by, now, WITH_THE_LAST_WORD)
            return replace(after, closing=Closing(now, by, contact))

        if task.is_open and closed(task):  # it may be refused; a wake for nothing is to be spared
            self.wakes.add(wake_of(task, Reason.CLOSING, now + INTERRUPTED))
        after = self.book.change(task, "closed", by, now, closed)
        if comment.strip() and (by, comment.strip()) not in [(each.by, each.text) for each in after.comments]:
            after = self.book.comment(after, comment, by, now)
        return self.settle(after, now, playbook)

    def cancel(self, task: Task, reason: str, by: str, now: datetime, playbook: Playbook) -> Task:
        """Close a task that is not to be done, saying why. It asks for nothing and has no follow-up."""
        if not reason.strip():
            raise RejectedInput('say why it is not to be done, as in --reason "They left"')

        def cancelled(task: Task) -> Task:
            require_open(task, "cancel")
            values: dict[str, Value] = {
                "Status": TaskStatus.CANCELLED.value,
                "Closed At": _as_told(now, playbook),
                "Closed By": by,
            }
            after = told(task, by, now, values, ("Snoozed Until", "Snooze Reason"))
            return commented(after, reason, by, now, WITH_THE_LAST_WORD)

        after = self.book.change(task, "cancelled", by, now, cancelled)
        self._rest(after)
        return after

    def reopen(self, task: Task, by: str, now: datetime, playbook: Playbook) -> Task:
        """Open a task that was closed by mistake. What closing it did stays done; its service level counts
        again, unless its time has passed."""

        def opened(task: Task) -> Task:
            if task.is_open:
                raise RejectedInput(f"{task.title!r} ({task.task_id}) is open")
            after = told(
                task, by, now, {"Status": TaskStatus.OPEN.value}, ("Outcome", "Closed At", "Closed By")
            )
            return replace(after, closing=None)

        opened(task)
        task = self.settle(task, now, playbook).task
        if task.sla_at and task.sla_at > now and not task.escalated_at:
            self.wakes.add(wake_of(task, Reason.SLA, task.sla_at))
        return self.book.change(task, "reopened", by, now, opened)

    def settle(self, task: Task, now: datetime, playbook: Playbook) -> Closed:
        """Do what a closed task asks for, unless it is done; doing it twice changes nothing more."""
        closing, after = task.closing, task.post_completion
        if closing is None:
            return Closed(task)
        self.book.tell(task)
        follow_up = _derived("task", task, closing) if after.follow_up else ""
        if not closing.settled:
            facts = self.accounts.facts_of([task.account_id]).get(task.account_id)
            problems = self._do(task, closing, facts, playbook) if facts else ()
            task = self._settled(task, problems, now)
        self._rest(task)
        made = self.book.work.tasks_of(task.account_id, [follow_up]) if follow_up else {}
        problems = tuple(each.text for each in task.comments if each.by == KEEPWELL)
        return Closed(task, made.get(follow_up), problems)

    def _do(self, task: Task, closing: Closing, facts: Facts, playbook: Playbook) -> tuple[str, ...]:
        """All that a closing asks for; what of it cannot be done."""
        source = f"task:{task.task_id}"
        day = closing.at.astimezone(playbook.time_zone).date()
        change, problems = _change(task, closing, day, playbook)
        touches = [_touchpoint(task, closing, closing.contact)] if closing.contact else []
        contacts = ContactBook(self.accounts, self.touchpoints)
        stored = contacts.write(task.account_id, touches, source, closing.at, playbook, change)
        if stored:
            problems += tuple(outdone(change, stored, playbook.catalogue).values())
        if task.post_completion.follow_up:
            problems += self._follow(task, closing, task.post_completion.follow_up, facts, playbook)
        return problems

    def _follow(
        self, task: Task, closing: Closing, asked: FollowUp, facts: Facts, playbook: Playbook
    ) -> tuple[str, ...]:
        """The next task; the problem, if nobody can have it."""
        task_id, owner = _derived("task", task, closing), playbook.owner_of(task.play)
        assign_to = asked.assign_to or task.assignee or owner
        assignee = self.assigner.assign(task_id, assign_to, asked.effort, facts, owner, closing.at)
        day = closing.at.astimezone(playbook.time_zone).date()
        wanted = Wanted(
            asked.title,
            playbook.calendar.due_on(day, asked.due_in_days, asked.due_in_working_days),
            asked.description,
            asked.priority,
            task.flow,
            asked.effort,
        )
        source = f"task:{task.task_id}"
        made = new_task(task_id, task.account_id, wanted, closing.by, source, closing.at, assignee)
        made = replace(made, play=task.play, reason=f"follows {task.title}")
        made = store(made, self.book, self.notices, playbook.manners, closing.by, closing.at)
        return () if made.assignee else (f"task {task_id}: {made.why_assigned}",)

    def _settled(self, task: Task, problems: tuple[str, ...], now: datetime) -> Task:
        """The closing is done with; what was not possible stands among the comments."""
        for attempt in range(ATTEMPTS):
            if attempt:
                task = self.book.find(task.account_id, task.task_id)
            if task.closing is None or task.closing.settled:
                return task
            comments = (*task.comments, *(Comment(now, KEEPWELL, problem) for problem in problems))
            after = replace(task, closing=replace(task.closing, settled=True), comments=comments)
            try:
                return self.book.work.change_task(after)
            except Conflict:
                continue
        raise Conflict(f"the task {task.task_id!r} of account {task.account_id!r} kept changing")

    def _rest(self, task: Task) -> None:
        """Nothing is to happen to the task any more."""
        for reason in Reason:
            self.wakes.remove(wake_id(task, reason))


def _is_closed_as(task: Task, outcome: str, by: str, contact: Contact | None) -> bool:
    """Whether somebody has closed the task in this very way; that of today may be said tomorrow."""
    before = task.closing
    if task.is_open or before is None or (task.outcome, before.by) != (outcome, by):
        return False
    same_day = contact and before.contact and replace(contact, day=before.contact.day)
    return (same_day or contact) == before.contact


def _change(task: Task, closing: Closing, day: date, playbook: Playbook) -> tuple[Change, tuple[str, ...]]:
    """What closing a task tells of the account, and what of it cannot be told."""
    values: dict[str, Value | None] = {}
    problems = []
    for name, text in task.post_completion.set_attributes:
        attribute = playbook.catalogue.find(name)
        if attribute is None or attribute.computed:
            why = "Keepwell computes it" if attribute else "the playbook has no such attribute"
            problems.append(f"set {name}: {why}")
            continue
        try:
            values[attribute.name] = read_cell(attribute, text)
        except RejectedInput as problem:
            problems.append(f"set {name}: {problem}")
    source = f"task:{task.task_id}"
    change = Change(
        account_id=task.account_id,
        values={name: value for name, value in values.items() if value is not None},
        source=source,
        observed_at=closing.at,
        day=day,
        change_id=source,
        cleared=frozenset(name for name, value in values.items() if value is None),
    )
    return change, tuple(problems)


def _touchpoint(task: Task, closing: Closing, contact: Contact) -> Touchpoint:
    touchpoint_id, source = _derived("touchpoint", task, closing), f"task:{task.task_id}"
    return touchpoint_of(contact, touchpoint_id, task.account_id, task.flow, closing.by, source, closing.at)


def _as_told(now: datetime, playbook: Playbook) -> str:
    """An instant as a file would tell it: in the tenant's time zone, hence beginning with its day."""
    return now.astimezone(playbook.time_zone).isoformat(timespec="seconds")


def _derived(kind: str, task: Task, closing: Closing) -> str:
    """The id of what closing a task makes: the same however often it is made, another where the task was
    opened again in between."""
    source = f"{task.account_id}/{task.task_id}/closed at {closing.at.isoformat()}/{kind}"
    return f"{kind}_{hashlib.sha256(source.encode()).hexdigest()[:20]}"
