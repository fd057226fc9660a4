"""What came of a month: every task, mail and webhook in a line each, to be compared one to one."""

import json
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from keepwell.tasks import Task


@dataclass(frozen=True)
class Ledger:
    """Lines, each as often as it happened."""

    tasks: Counter[str]
    mails: Counter[str]
    webhooks: Counter[str]

    def unlike(self, other: "Ledger", mine: str, theirs: str) -> str:
        """Which lines only one of the two has, in words; nothing if none."""
        parts = (
            [f"{len(more)} {kind} only {where}:", *sorted(more)]
            for kind in ("tasks", "mails", "webhooks")
            for where, has, lacks in ((mine, self, other), (theirs, other, self))
            if (more := list((getattr(has, kind) - getattr(lacks, kind)).elements()))
        )
        return "\n".join("\n  ".join(part) for part in parts)


def task_lines(tasks: Iterable[Task]) -> Counter[str]:
    return Counter(
        f"{task.account_id} {task.play}: {task.title!r} for {task.assignee} due {task.due_date}, "
        f"{task.priority}, {task.status}, told {task.escalated_to or 'nobody'} ({task.task_id})"
        for task in tasks
    )


def mail_line(to: str, subject: str) -> str:
    return f"to {to}: {subject}"


def webhook_line(path: str, body: str | bytes) -> str:
    """A signed event with all it tells but the time; of a message to Slack the text."""
    document: Mapping[str, Any] = json.loads(body)
    if "data" not in document:
        return f"{path}: {document['text']}"
    data = json.dumps(document["data"], sort_keys=True, ensure_ascii=False)
    return f"{path}: {document['type']} {data}"
