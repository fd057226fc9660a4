"""Telling members of tasks that are theirs now, or theirs again after a snooze: a mail each, or one every
quarter of an hour (TSK-10).

What is told once is derived from when the task became the member's, so that telling it again is harmless. A
summary collects in a wake, and is one mail under an id of its own however often the wake is carried out.
"""

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from keepwell.accounts import Facts
from keepwell.assignment.rules import TaskMail
from keepwell.deliveries import Channel, Delivery
from keepwell.noise.digests import MAILS, Digests, digest_of
from keepwell.noise.gathering import gather
from keepwell.noise.interrupting import Interrupting
from keepwell.noise.manners import Manners
from keepwell.ports import Accounts, Control, Deliveries, Queue, Team, Wakes, Work
from keepwell.tasks import Task
from keepwell.tasks.agenda import agenda_of
from keepwell.tasks.wakes import start_of
from keepwell.team import Member
from keepwell.wakes import Purpose, Wake

QUARTER = timedelta(minutes=15)
MOST_TOLD = 500
"""A summary names so many tasks at most."""


class News(StrEnum):
    """What a member is told of a task."""

    NEW = "new"
    BACK = "back"
    """Its snooze is over."""


@dataclass(frozen=True)
class Notices:
    """Where members hear of tasks, and are sent what was over their daily cap. Without a queue for mail, the
    minute tick finds it."""

    accounts: Accounts
    work: Work
    team: Team
    deliveries: Deliveries
    queues: Mapping[Channel, Queue]
    wakes: Wakes
    control: Control

    @property
    def digests(self) -> Digests:
        return Digests(self.deliveries, self.wakes)

    def tell(
        self, task: Task, manners: Manners, now: datetime, *, by: str = "", together: bool = False
    ) -> Delivery | None:
        """Tell the assignee of a task, as it is stored, that it is theirs now, as they wish or as is usual;
        the mail that tells of this task alone.

        Nobody hears of what they gave themselves (`by`), nor does who is not of the team. With `together` it
        is one of many: whoever wants a mail for each has a summary. Raises Conflict if that kept changing.
        """
        if by and task.assignee.casefold() == by.casefold():
            return None
        since = task.facts.observed("Assignee")
        return self._tell(task, News.NEW, since, manners, now, together=together)

    def tell_back(self, task: Task, manners: Manners, now: datetime) -> Delivery | None:
        """Tell the assignee of a task that sleeps until today that it is back; as `tell` does."""
        if task.snoozed_until is None:
            return None
        since = start_of(task.snoozed_until, manners.time_zone)
        return self._tell(task, News.BACK, since, manners, now)

    def _tell(
        self,
        task: Task,
        news: News,
        since: datetime,
        manners: Manners,
        now: datetime,
        *,
        together: bool = False,
    ) -> Delivery | None:
        email = task.assignee.casefold()
        if not (email and task.is_open):
            return None
        member = self.team.members_of([email]).get(email)
        wished = (member.task_mail or manners.task_mail) if member else TaskMail.NONE
        if wished is TaskMail.EACH and not together:
            mail = _mail_of(task, news, since, email, self._names([task]), now)
            return self.send(Interrupting(self.team, self.control).admit(mail, manners), now)
        if member and wished is not TaskMail.NONE:
            self._collect(task, news, since, member, manners)
        return None

    def carry_out(self, wake: Wake, now: datetime) -> None:
        """Send the summary that a wake collected, of the tasks that are still open and still the member's; or
        a digest of mails."""
        if MAILS in wake.content:
            self._send_digest(wake, now)
            return
        email, listed = wake.content["email"], wake.content["tasks"]
        by_account: dict[str, list[str]] = {}
        for account_id, task_id in listed:
            by_account.setdefault(account_id, []).append(task_id)
        found = [
            task
            for account_id, ids in by_account.items()
            for task in self.work.tasks_of(account_id, ids).values()
            if task.is_open and task.assignee.casefold() == email
        ]
        if found:
            source = f"{wake.wake_id}/{sorted(map(tuple, listed))}"
            news = News(wake.content.get("news", News.NEW))
            self.send(_summary_of(found, news, email, self._names(found), source, now), now)

    def send(self, mail: Delivery, now: datetime) -> Delivery:
        """Store a mail, then have it sent or put on its digest; as it is stored. The row comes first:
        interrupted in between, the minute tick queues it, or it is done again."""
        is_new = self.deliveries.add(mail)
        stored = (None if is_new else self.deliveries.get(mail.delivery_id)) or mail
        if stored.digest_at:
            self.digests.add(stored)
        elif is_new and mail.due_at <= now and (queue := self.queues.get(Channel.EMAIL)):
            queue.send([{"delivery_id": mail.delivery_id}])
        return stored

    def _send_digest(self, wake: Wake, now: datetime) -> None:
        waiting = self.digests.waiting(wake)
        told = [mail for mail in waiting if self._is_to_be_told(mail)]
        if told:
            digest = digest_of(told, wake, now)
            self.send(digest, now)
            self.digests.settle(told, f"told in the digest {digest.delivery_id}", now)
        self.digests.settle(
            [mail for mail in waiting if mail not in told], "its task is done or given away", now
        )

    def _is_to_be_told(self, mail: Delivery) -> bool:
        """Of a mail about one task: whether that is still open, and still the receiver's."""
        if not mail.task_id:
            return True
        task = self.work.tasks_of(mail.account_id, [mail.task_id]).get(mail.task_id)
        return task is not None and task.is_open and task.assignee.casefold() == mail.to.casefold()

    def _collect(self, task: Task, news: News, since: datetime, member: Member, manners: Manners) -> None:
        """Put a task on the summary of the quarter of an hour in which it became the member's."""
        begins = since.replace(minute=since.minute - since.minute % 15, second=0, microsecond=0)
        due = manners.calendar.may_disturb_from(begins + QUARTER, manners.zone_of(member))
        about = {News.NEW: "tasks", News.BACK: "back"}[news]
        wake_id = f"summary/{about}/{member.email}/{begins.isoformat()}"
        wake = Wake(wake_id, Purpose.SUMMARY, due, content={"email": member.email, "news": news.value})
        gather(self.wakes, wake, "tasks", [task.account_id, task.task_id], MOST_TOLD)

    def _names(self, tasks: Sequence[Task]) -> dict[str, str]:
        """What the accounts of tasks are called, with their ids."""
        known = self.accounts.facts_of(sorted({task.account_id for task in tasks}))
        return {account_id: _named(facts) for account_id, facts in known.items()}


def _named(facts: Facts) -> str:
    name = facts.values.get("Account Name")
    return f"{name} ({facts.account_id})" if name else facts.account_id


_SUBJECTS = {News.NEW: "New task", News.BACK: "Back on your agenda"}


def _mail_of(
    task: Task, news: News, since: datetime, email: str, names: Mapping[str, str], now: datetime
) -> Delivery:
    lines = [task.title, "", *_told_of(task, names)]
    if news is News.BACK:
        lines.append(f"It slept until {task.snoozed_until}: {task.snooze_reason}")
    lines += ["", task.description] if task.description else []
    lines += ["", f"All of it: keepwell task show {task.task_id}", f"Task: {task.task_id}"]
    source = f"{task.account_id}/{task.task_id}/{email}/{since.isoformat()}"
    return Delivery(
        delivery_id=_id_of(source if news is News.NEW else f"{source}/{news}"),
        account_id=task.account_id,
        channel=Channel.EMAIL,
        to=email,
        subject=f"{_SUBJECTS[news]}: {task.title}",
        body="\n".join(lines) + "\n",
        play=task.play,
        transition_id=task.facts.created_by,
        created_at=now,
        due_at=now,
        task_id=task.task_id,
    )


def _told_of(task: Task, names: Mapping[str, str]) -> Iterator[str]:
    yield f"Account: {names.get(task.account_id, task.account_id)}"
    yield f"Due: {task.due_date or 'on no day'}"
    yield f"Priority: {task.priority}"
    yield f"Effort: {task.effort:g} h"
    if task.reason:
        yield f"Why it is there: {task.reason}"
    if task.why_assigned:
        yield f"Why it is yours: {task.why_assigned}"


def _summary_of(
    tasks: Sequence[Task], news: News, email: str, names: Mapping[str, str], source: str, now: datetime
) -> Delivery:
    """The most urgent first."""
    ordered = [task for part in agenda_of(tasks, now.date()).values() for task in part]
    number = len(ordered)
    one, several, many = {
        News.NEW: ("A new task is yours:", f"{number} new tasks are yours:", f"{number} new tasks"),
        News.BACK: (
            "A task is back on your agenda:",
            f"{number} tasks are back on your agenda:",
            f"{number} tasks are back",
        ),
    }[news]
    lines = [several if number > 1 else one, ""]
    for task in ordered:
        due = f"due {task.due_date}" if task.due_date else "due on no day"
        name = names.get(task.account_id, task.account_id)
        lines += [f"- {task.title}", f"  {name}, {due}, {task.priority}, {task.task_id}"]
    if len(tasks) >= MOST_TOLD:
        lines += ["", "There may be more than fit into a mail."]
    lines += ["", f"All that you have to do: keepwell tasks --mine {email}"]
    return Delivery(
        delivery_id=_id_of(source),
        account_id=ordered[0].account_id if len(names) == 1 else "",
        channel=Channel.EMAIL,
        to=email,
        subject=many if number > 1 else f"{_SUBJECTS[news]}: {ordered[0].title}",
        body="\n".join(lines) + "\n",
        play="",
        transition_id="",
        created_at=now,
        due_at=now,
    )


def _id_of(source: str) -> str:
    return f"email_{hashlib.sha256(f'task notice/{source}'.encode()).hexdigest()[:20]}"
