"""The mails by which members hear of tasks (TSK-10): of one, or of several in a summary."""

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from datetime import date, datetime
from enum import StrEnum

from keepwell.accounts import Facts
from keepwell.deliveries import Channel, Delivery
from keepwell.noise.digests import LONGEST_SUBJECT, shortened
from keepwell.tasks import Task
from keepwell.tasks.agenda import agenda_of

MOST_NAMED = 100
"""A summary names so many tasks, each with so much of its title and of the account's name that all of it fits
into a row; of the others it tells how many there are."""


class News(StrEnum):
    """What a member is told of a task."""

    NEW = "new"
    BACK = "back"
    """Its snooze is over."""


_SUBJECTS = {News.NEW: "New task", News.BACK: "Back on your agenda"}


def named(facts: Facts) -> str:
    """What an account is called, with its id."""
    name = str(facts.values.get("Account Name", ""))
    return f"{shortened(name, LONGEST_SUBJECT)} ({facts.account_id})" if name else facts.account_id


def mail_of(
    task: Task, news: News, since: datetime, email: str, names: Mapping[str, str], now: datetime
) -> Delivery:
    """The mail that tells of one task."""
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
        subject=_subject(news, task),
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


def summary_of(
    tasks: Sequence[Task],
    news: News,
    email: str,
    names: Mapping[str, str],
    source: str,
    today: date,
    now: datetime,
) -> Delivery:
    """The mail that tells of several tasks, the most urgent of the member's day first."""
    ordered = [task for part in agenda_of(tasks, today).values() for task in part]
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
    for task in ordered[:MOST_NAMED]:
        due = f"due {task.due_date}" if task.due_date else "due on no day"
        name = names.get(task.account_id, task.account_id)
        title = shortened(task.title, LONGEST_SUBJECT)
        lines += [f"- {title}", f"  {name}, {due}, {task.priority}, {task.task_id}"]
    if number > MOST_NAMED:
        lines.append(f"and {number - MOST_NAMED} more")
    lines += ["", f"All that you have to do: keepwell tasks --mine {email}"]
    return Delivery(
        delivery_id=_id_of(source),
        account_id=ordered[0].account_id if len(names) == 1 else "",
        channel=Channel.EMAIL,
        to=email,
        subject=many if number > 1 else _subject(news, ordered[0]),
        body="\n".join(lines) + "\n",
        play="",
        transition_id="",
        created_at=now,
        due_at=now,
    )


def _subject(news: News, task: Task) -> str:
    return f"{_SUBJECTS[news]}: {shortened(task.title, LONGEST_SUBJECT)}"


def _id_of(source: str) -> str:
    return f"email_{hashlib.sha256(f'task notice/{source}'.encode()).hexdigest()[:20]}"
