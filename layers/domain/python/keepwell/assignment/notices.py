"""Telling members of tasks that are theirs now, or theirs again after a snooze: a mail each, or one every
quarter of an hour (TSK-10).

What is told once is derived from when the task became the member's, so that telling it again is harmless. A
summary collects in a wake, and is one mail under an id of its own however often the wake is carried out. Who
is active no more is told nothing: others have the tasks then.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from keepwell.assignment.notice_mails import News, mail_of, named, summary_of
from keepwell.assignment.rules import TaskMail
from keepwell.deliveries import Channel, Delivery, DeliveryState
from keepwell.noise.digests import IN_DIGEST, MAILS, Digests, digest_id, digest_of
from keepwell.noise.gathering import Batch, batch_of, claimed, gather, settle
from keepwell.noise.interrupting import Interrupting
from keepwell.noise.manners import Manners
from keepwell.ports import Accounts, Control, Deliveries, Queue, Team, Wakes, Work
from keepwell.tasks import Task
from keepwell.tasks.wakes import start_of
from keepwell.team import Member
from keepwell.wakes import Purpose, Wake

QUARTER = timedelta(minutes=15)
MOST_TOLD = 500
"""A summary is of so many tasks at most; of more there is another one."""

TASKS = "tasks"


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
        self,
        task: Task,
        manners: Manners,
        now: datetime,
        *,
        by: str = "",
        together: bool = False,
        spared: bool = False,
    ) -> Delivery | None:
        """Tell the assignee of a task, as it is stored, that it is theirs now, as they wish or as is usual;
        the mail that tells of this task alone.

        Nobody hears of what they gave themselves (`by`), nor does who is not of the team or has left it.
        With `together` it is one of many: whoever wants a mail for each has a summary. Who is `spared` has
        another mail at this moment, and wants none for this task. Raises Conflict if that kept changing.
        """
        if by and task.assignee.casefold() == by.casefold():
            return None
        since = task.facts.observed("Assignee")
        return self._tell(task, News.NEW, since, manners, now, together=together, spared=spared)

    def tell_instead(self, mail: Delivery, manners: Manners, now: datetime) -> None:
        """Where a mail of a play was called off, tell its receiver of the tasks of that launch that are
        theirs: they may have been spared that. Who was told already is not told again."""
        called_off = mail.withdrawn or mail.state is DeliveryState.CANCELLED
        if mail.channel is not Channel.EMAIL or not (called_off and mail.body):  # without: it was never made
            return
        member = self._member(mail.to.casefold())
        if member is None or not member.active:
            return
        if (member.task_mail or manners.task_mail) is not TaskMail.EACH:
            return
        for task in self.work.tasks(mail.account_id):
            beside = (task.play, task.facts.created_by) == (mail.play, mail.transition_id)
            if not (beside and task.is_open and task.assignee.casefold() == member.email):
                continue
            since = task.facts.observed("Assignee")
            notice = mail_of(task, News.NEW, since, member.email, self._names([task]), now)
            if self.deliveries.get(notice.delivery_id) is None:  # asked again on another day, it would count
                self.send(Interrupting(self.team, self.control, self.deliveries).admit(notice, manners), now)

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
        spared: bool = False,
    ) -> Delivery | None:
        email = task.assignee.casefold()
        if not (email and task.is_open):
            return None
        member = self._member(email)
        if member is None or not member.active:
            return None
        wished = member.task_mail or manners.task_mail
        if wished is TaskMail.EACH and not together:
            if spared:
                return None
            mail = mail_of(task, news, since, email, self._names([task]), now)
            interrupting = Interrupting(self.team, self.control, self.deliveries)
            return self.send(interrupting.admit(mail, manners), now)
        if wished is not TaskMail.NONE:
            self._collect(task, news, since, member, manners)
        return None

    def carry_out(self, wake: Wake, now: datetime, manners: Manners) -> None:
        """Send the summary that a wake collected, of the tasks that are still open and still the member's, or
        the digest of mails, once the member may be disturbed. Raises Conflict if the wake kept changing."""
        email = wake.content["email"]
        member = self._member(email)
        quiet = manners.quiet_times_of(member) if member else None
        if quiet and (over := quiet.over_from(now)) > now:
            self.wakes.put(replace(claimed(self.wakes, wake), due_at=over, attempts=wake.attempts))
            return
        key = MAILS if MAILS in wake.content else TASKS
        batch = batch_of(self.wakes, wake, key)
        if not batch.entries:
            return
        if key == MAILS:
            mail = self._digest(batch, email, member, now)
        else:
            news = News(wake.content.get("news", News.NEW))
            mail = self._summary(batch, news, member, manners, now) if member and member.active else None
        if mail:
            self.send(replace(mail, quiet=quiet), now)
        later = now + QUARTER
        settle(self.wakes, batch, key, quiet.over_from(later) if quiet else later, now)

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

    def _summary(
        self, batch: Batch, news: News, member: Member, manners: Manners, now: datetime
    ) -> Delivery | None:
        """None where nothing is left to tell of."""
        by_account: dict[str, list[str]] = {}
        for account_id, task_id in batch.entries:
            by_account.setdefault(account_id, []).append(task_id)
        found = [
            task
            for account_id, ids in by_account.items()
            for task in self.work.tasks_of(account_id, ids).values()
            if task.is_open and task.assignee.casefold() == member.email
        ]
        today = now.astimezone(manners.zone_of(member)).date()
        names = self._names(found)
        return summary_of(found, news, member.email, names, batch.source, today, now) if found else None

    def _digest(self, batch: Batch, email: str, member: Member | None, now: datetime) -> Delivery | None:
        """None where nothing is left to tell of. The mails are called off before: where somebody else was
        faster with one, that is not told."""
        digest = digest_id(batch)
        told_in = f"{IN_DIGEST} {digest}"
        left = f"cancelled: {email} is active no more" if member and not member.active else ""
        taken = [
            self.digests.take_out(mail, left or self._why_not(mail) or told_in, now)
            for mail in self.digests.mails(batch)
        ]
        told = [mail for mail in taken if _came_of(mail) == told_in]
        return digest_of(told, digest, email, now) if told else None

    def _why_not(self, mail: Delivery) -> str:
        """Why a mail about one task is not to be told any more: that is closed, or somebody else's."""
        if not mail.task_id:
            return ""
        task = self.work.tasks_of(mail.account_id, [mail.task_id]).get(mail.task_id)
        still = task is not None and task.is_open and task.assignee.casefold() == mail.to.casefold()
        return "" if still else "its task is done or given away"

    def _collect(self, task: Task, news: News, since: datetime, member: Member, manners: Manners) -> None:
        """Put a task on the summary of the quarter of an hour in which it became the member's."""
        begins = since.replace(minute=since.minute - since.minute % 15, second=0, microsecond=0)
        due = manners.calendar.may_disturb_from(begins + QUARTER, manners.zone_of(member))
        about = {News.NEW: "tasks", News.BACK: "back"}[news]
        wake_id = f"summary/{about}/{member.email}/{begins.isoformat()}"
        wake = Wake(wake_id, Purpose.SUMMARY, due, content={"email": member.email, "news": news.value})
        gather(self.wakes, wake, TASKS, [task.account_id, task.task_id], MOST_TOLD)

    def _member(self, email: str) -> Member | None:
        return self.team.members_of([email]).get(email)

    def _names(self, tasks: Sequence[Task]) -> dict[str, str]:
        """What the accounts of tasks are called, with their ids."""
        known = self.accounts.facts_of(sorted({task.account_id for task in tasks}))
        return {account_id: named(facts) for account_id, facts in known.items()}


def _came_of(mail: Delivery) -> str:
    """Why a mail was called off, if it was."""
    return mail.attempts[-1].outcome if mail.state is DeliveryState.CANCELLED else ""
