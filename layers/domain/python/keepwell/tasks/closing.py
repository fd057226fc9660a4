"""Closing a task, and what that asks for: a touchpoint, attributes, a follow-up (product PLY-11).

Whoever stores the closing first has closed the task. What it asks for is derived from what is stored then,
and done afterwards; a wake ends it where that was interrupted, as does closing it again in the same way.
"""

import hashlib
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta

from keepwell.accounts import Change, Facts, Provenance, merge
from keepwell.assignment.assigning import Assigner
from keepwell.assignment.notices import Notices
from keepwell.attributes import Value, read_cell
from keepwell.errors import Conflict, RejectedInput
from keepwell.playbook import Playbook
from keepwell.plays.changing import outdone
from keepwell.ports import Accounts, Touchpoints, Wakes
from keepwell.tasks.changing import KEEPWELL, WITH_THE_LAST_WORD, TaskBook, commented, require_open, told
from keepwell.tasks.outcomes import read_outcome
from keepwell.tasks.task import Closing, Comment, Contact, FollowUp, Task, TaskStatus
from keepwell.tasks.wakes import Reason, wake_id, wake_of
from keepwell.touchpoints import Touchpoint, contacted, is_internal

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
        if closing.contact:
            self._log(_touchpoint(task, closing, closing.contact))
        problems = self._change_facts(task, closing, playbook)
        if task.post_completion.follow_up:
            problems += self._follow(task, closing, task.post_completion.follow_up, facts, playbook)
        return problems

    def _log(self, touchpoint: Touchpoint) -> None:
        touchpoint_id = touchpoint.touchpoint_id
        if touchpoint_id not in self.touchpoints.touchpoints_of(touchpoint.account_id, [touchpoint_id]):
            self.touchpoints.put(touchpoint)

    def _change_facts(self, task: Task, closing: Closing, playbook: Playbook) -> tuple[str, ...]:
        """The days of contact, and the attributes; which of these did not come true."""
        day = closing.at.astimezone(playbook.time_zone).date()
        source = f"task:{task.task_id}"
        change, problems = _change(task, closing, day, playbook)
        touches = [_touchpoint(task, closing, closing.contact)] if closing.contact else []
        for _ in range(ATTEMPTS):
            facts = self.accounts.facts_of([task.account_id]).get(task.account_id)
            if facts is None:
                return problems
            after = contacted(facts, touches, source, day, playbook.catalogue) or facts
            after = merge(after, change, playbook.catalogue) or after
            try:
                stored = self.accounts.put_facts(after) if after is not facts else facts
            except Conflict:
                continue
            return (*problems, *outdone(change, stored, playbook.catalogue).values())
        raise Conflict(f"the facts of account {task.account_id} kept changing while a task was closed")

    def _follow(
        self, task: Task, closing: Closing, asked: FollowUp, facts: Facts, playbook: Playbook
    ) -> tuple[str, ...]:
        """The next task; the problem, if nobody can have it."""
        task_id, owner = _derived("task", task, closing), playbook.owner_of(task.play)
        assign_to = asked.assign_to or task.assignee or owner
        assignee = self.assigner.assign(task_id, assign_to, asked.effort, facts, owner, closing.at)
        day = closing.at.astimezone(playbook.time_zone).date()
        values: dict[str, Value] = {
            "Title": asked.title,
            "Description": asked.description,
            "Assignee": assignee.email,
            "Due Date": playbook.calendar.due_on(day, asked.due_in_days, asked.due_in_working_days),
            "Priority": asked.priority.value,
            "Flow": task.flow,
            "Effort": asked.effort,
            "Status": TaskStatus.OPEN.value,
            "Created By": closing.by,
        }
        source = f"task:{task.task_id}"
        made = Task(
            task_id=task_id,
            facts=Facts(
                account_id=task.account_id,
                values={name: value for name, value in values.items() if value != ""},
                provenance=Provenance(source, closing.at),
                created_at=closing.at,
                created_by=source,
                changed_by=source,
            ),
            play=task.play,
            reason=f"follows {task.title}",
            why_assigned=assignee.why,
        )
        if not self.book.work.put_task(made):
            made = self.book.work.tasks_of(task.account_id, [task_id]).get(task_id, made)
        self.notices.tell(made, playbook.manners, closing.at, by=closing.by)
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
    source = f"task:{task.task_id}"
    values: dict[str, Value] = {
        "Type": contact.type,
        "Subject": contact.subject,
        "Content": contact.content,
        "Date": contact.day.isoformat(),
        "Flow": task.flow,
        "Created By": closing.by,
        "Participants": contact.participants,
        "Reasons": contact.reasons,
    }
    return Touchpoint(
        _derived("touchpoint", task, closing),
        Facts(
            account_id=task.account_id,
            values={name: value for name, value in values.items() if value not in ("", ())},
            provenance=Provenance(source, closing.at),
            created_at=closing.at,
            created_by=source,
            changed_by=source,
        ),
    )


def _as_told(now: datetime, playbook: Playbook) -> str:
    """An instant as a file would tell it: in the tenant's time zone, hence beginning with its day."""
    return now.astimezone(playbook.time_zone).isoformat(timespec="seconds")


def _derived(kind: str, task: Task, closing: Closing) -> str:
    """The id of what closing a task makes: the same however often it is made, another where the task was
    opened again in between."""
    source = f"{task.account_id}/{task.task_id}/closed at {closing.at.isoformat()}/{kind}"
    return f"{kind}_{hashlib.sha256(source.encode()).hexdigest()[:20]}"
