"""What is shown of tasks, as JSON and to people."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Any

from rich.console import Group, RenderableType
from rich.table import Table

from keepwell.history import HistoryRow
from keepwell.tasks import Task
from keepwell.tasks.agenda import When, agenda_of, when
from keepwell.tasks.changing import CREATED
from keepwell_cli.output import plain, whole


def document_of(task: Task, today: date) -> dict[str, Any]:
    """A task in a list; `agenda` is where it stands on the tenant's day `today`."""
    return {
        "task_id": task.task_id,
        "account_id": task.account_id,
        "title": task.title,
        "assignee": task.assignee,
        "due_date": _day(task.due_date),
        "priority": task.priority.value,
        "flow": task.flow,
        "effort": task.effort,
        "status": task.status.value,
        "play": task.play,
        "reason": task.reason,
        "agenda": when(task, today).value,
        "outcome": task.outcome,
        "snoozed_until": _day(task.snoozed_until),
        "escalated_to": task.escalated_to,
    }


def whole_document(task: Task, today: date) -> dict[str, Any]:
    """All that is known of a task."""
    after = task.post_completion
    return {
        **document_of(task, today),
        "description": task.description,
        "created_at": task.created_at.isoformat(),
        "created_by": task.created_by,
        "closed_at": task.closed_at,
        "closed_by": task.closed_by,
        "snooze_reason": task.snooze_reason,
        "sla_at": task.sla_at.isoformat() if task.sla_at else None,
        "escalated_at": task.escalated_at.isoformat() if task.escalated_at else None,
        "escalated_because": task.escalated_because,
        "post_completion": {
            "require_touchpoint": after.require_touchpoint,
            "set_attributes": dict(after.set_attributes),
            "follow_up": after.follow_up.title if after.follow_up else None,
        },
        "comments": [
            {"at": comment.at.isoformat(), "by": comment.by, "text": comment.text}
            for comment in task.comments
        ],
    }


def agenda_view(tasks: Sequence[Task], today: date) -> RenderableType:
    """The parts of an agenda that have anything, each most urgent first."""
    shown: list[RenderableType] = []
    for part, those in agenda_of(tasks, today).items():
        if those:
            table = Table("due", "priority", "account", "task", "assignee", "effort", "id", box=None)
            table.padding = (0, 2, 0, 0)
            for task in those:
                table.add_row(
                    _day(task.due_date) or "",
                    task.priority.value,
                    plain(task.account_id),
                    plain(task.title),
                    plain(task.assignee or "nobody"),
                    f"{task.effort:g} h",
                    plain(task.task_id),
                )
            shown += [f"[bold]{part.value.capitalize()}[/]", table, ""]
    return Group(*shown[:-1]) if shown else "No tasks."


def task_view(task: Task, history: Sequence[HistoryRow], today: date) -> RenderableType:
    """One task, for people."""
    told = {
        "task": f"{task.task_id} of {task.account_id}",
        "status": _status(task, today),
        "assignee": task.assignee or f"nobody ({task.why_assigned})".removesuffix(" ()"),
        "due": _day(task.due_date) or "no day",
        "priority": task.priority.value,
        "flow": task.flow,
        "effort": f"{task.effort:g} h",
        "to be done by": f"{task.sla_at:%Y-%m-%d %H:%M} UTC" if task.sla_at and task.is_open else "",
        "escalated": f"to {task.escalation}" if task.escalated_at else "",
        "because": task.reason,
        "closing it": _asked(task) if task.is_open else "",
    }
    lines: list[RenderableType] = [
        plain(task.title),
        whole({name: value for name, value in told.items() if value}),
    ]
    if task.description:
        lines += ["", plain(task.description)]
    if task.comments:
        lines += ["", "[bold]comments[/]"]
        lines += [plain(f"{each.at:%Y-%m-%d %H:%M}  {each.by}: {each.text}") for each in task.comments]
    if history:
        lines += ["", "[bold]history[/]"]
        lines += [plain(f"{row.at:%Y-%m-%d %H:%M}  {change_in_words(row.detail)}") for row in history]
    return Group(*lines)


def change_in_words(detail: Mapping[str, Any]) -> str:
    """What the history tells of a change of a task, as a sentence; of a new one the task itself tells."""
    was, now = ({}, {}) if detail["did"] == CREATED else (detail["was"], detail["now"])
    changes = [f"{name}: {was.get(name, 'none')} > {now.get(name, 'none')}" for name in sorted({*was, *now})]
    return f"{detail['did']} by {detail['by']}" + (f" ({'; '.join(changes)})" if changes else "")


def _status(task: Task, today: date) -> str:
    if when(task, today) is When.SNOOZED:
        return f"sleeps until {task.snoozed_until}: {task.snooze_reason}"
    if task.is_open:
        return task.status.value
    by, at = task.closed_by, task.closed_at[:10]
    details = [task.outcome or _reason(task), f"by {by}" if by else "", f"on {at}" if at else ""]
    return " ".join([f"{task.status.value}:", *filter(None, details)]).rstrip(":")


def _reason(task: Task) -> str:
    """Why a task was cancelled: the comment that was written as it was."""
    at = datetime.fromisoformat(task.closed_at) if task.closed_at else None
    of_that_moment = [each.text for each in task.comments if each.at.replace(microsecond=0) == at]
    return f"{of_that_moment[-1]}," if of_that_moment else ""


def _asked(task: Task) -> str:
    after = task.post_completion
    asked = ["asks for a touchpoint"] if after.require_touchpoint else []
    asked += [f"sets {name} to {value or 'nothing'}" for name, value in after.set_attributes]
    asked += [f"is followed by {after.follow_up.title!r}"] if after.follow_up else []
    return ", ".join(asked)


def _day(day: date | None) -> str | None:
    return day.isoformat() if day else None
