"""Service levels: a task that is not closed in time is escalated, once (definitions, D10; EWS-01 to EWS-05).

Whoever leads the assignee hears of it by mail, else who answers for the play, else the playbook's owner; of
them nobody who has left.
"""

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime

from keepwell.accounts import Facts
from keepwell.deliveries import Channel, Delivery
from keepwell.playbook import Playbook
from keepwell.ports import Accounts, Deliveries, Queue, Team, Wakes
from keepwell.tasks.changing import KEEPWELL, TaskBook
from keepwell.tasks.task import Task
from keepwell.tasks.wakes import Reason, wake_at, wake_of


@dataclass(frozen=True)
class Escalator:
    """Escalates tasks."""

    book: TaskBook
    accounts: Accounts
    team: Team
    deliveries: Deliveries
    mails: Queue
    wakes: Wakes

    def escalate(self, task: Task, now: datetime, playbook: Playbook) -> Task:
        """Escalate a task whose service level is over, unless it is closed or was escalated before.

        The mail comes first, under an id of its own: interrupted in between, it is the same mail.
        """
        if task.escalated_at:
            self.book.tell(task)
        if not task.is_open or task.escalated_at or task.sla_at is None:
            return task
        if task.sla_at > now:
            wake_at(self.wakes, wake_of(task, Reason.SLA, task.sla_at))
            return task
        to, why = next(self._above(task, playbook), ("", ""))
        facts = self.accounts.facts_of([task.account_id]).get(task.account_id)
        if to:
            mail = _mail(task, to, why, facts, now, playbook)
            self.deliveries.add(mail)
            self.mails.send([{"delivery_id": mail.delivery_id}])

        def escalated(task: Task) -> Task | None:
            open_still = task.is_open and task.escalated_at is None
            if not open_still:
                return None
            return replace(task, escalated_at=now, escalated_to=to, escalated_because=why)

        return self.book.change(task, "escalated", KEEPWELL, now, escalated)

    def _above(self, task: Task, playbook: Playbook) -> Iterator[tuple[str, str]]:
        """Who may hear of it, the nearest first, and why; the assignee only where there is nobody else."""
        mine = task.assignee.lower()
        member = self.team.members_of([mine]).get(mine) if mine else None
        manager = member.manager if member else ""
        without = f"{mine} has no manager" if mine else "nobody has the task"
        if manager and self._has_left(manager):
            without = f"{manager}, who leads {mine}, is active no more"
        play = next((play for play in playbook.plays if play.id == task.play), None)
        above = (
            (manager, f"leads {mine}"),
            (play.owner if play else "", f"owns the play {task.play}; {without}"),
            (playbook.owner, f"owns the playbook; {without}"),
        )
        told = ((to, why) for to, why in above if to.lower() != mine)
        last = (mine, "has the task; nobody else is to be told")
        yield from ((to, why) for to, why in (*told, last) if to and not self._has_left(to))

    def _has_left(self, email: str) -> bool:
        member = self.team.members_of([email.lower()]).get(email.lower())
        return member is not None and not member.active


def _mail(task: Task, to: str, why: str, facts: Facts | None, now: datetime, playbook: Playbook) -> Delivery:
    assert task.sla_at is not None
    zone = playbook.time_zone
    name = str((facts.values if facts else {}).get("Account Name", task.account_id))
    ended = task.sla_at.astimezone(zone).strftime("%Y-%m-%d %H:%M")
    lines = [
        f"{task.title}",
        f"was to be done by {ended} ({zone.key}), and is still open.",
        "",
        f"Account: {name} ({task.account_id})",
        f"Assignee: {task.assignee or 'nobody'}",
        f"Priority: {task.priority}",
        f"Why you hear of it: {to} {why}",
    ]
    lines += [f"Why it is there: {task.reason}"] if task.reason else []
    if task.snoozed_until:
        lines.append(f"It sleeps until {task.snoozed_until}: {task.snooze_reason}")
    lines += ["", f"All of it: keepwell task show {task.task_id}", f"Task: {task.task_id}"]
    source = f"{task.account_id}/{task.task_id}/escalated"
    return Delivery(
        delivery_id=f"email_{hashlib.sha256(source.encode()).hexdigest()[:20]}",
        account_id=task.account_id,
        channel=Channel.EMAIL,
        to=to,
        subject=f"Not done in time: {task.title}",
        body="\n".join(lines) + "\n",
        play=task.play,
        transition_id=task.facts.created_by,
        created_at=now,
        due_at=now,
    )
