"""Tasks: what a person is asked to do (product TSK-01 to TSK-03)."""

from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum


class Priority(StrEnum):
    """Decides the order in the agenda (TSK-03)."""

    HIGH = "High"
    NORMAL = "Normal"
    LOW = "Low"


class TaskStatus(StrEnum):
    OPEN = "Open"
    COMPLETED = "Completed"


@dataclass(frozen=True)
class PostCompletion:
    """What closing the task asks for or does (product PLY-11)."""

    require_touchpoint: bool = False
    set_attributes: tuple[tuple[str, str], ...] = ()
    follow_up: str | None = None


NOTHING_MORE = PostCompletion()


@dataclass(frozen=True)
class Task:
    """A task; `effort` is in hours, `task_id` is derived from the transition that caused it."""

    task_id: str
    account_id: str
    title: str
    description: str
    assignee: str
    due_date: date
    priority: Priority
    flow: str
    effort: float
    status: TaskStatus
    play: str
    reason: str
    created_at: datetime
    post_completion: PostCompletion = NOTHING_MORE


@dataclass(frozen=True)
class PlayRun:
    """One play fired (or, in shadow, would have fired) for one transition.

    Its row is what takes a transition off the pending list. `outcomes` says in words what was done, and
    `problems` which actions could not be carried out, and why. `deliveries` are the ids of the messages it
    put on their way, which an exit may cancel (reliability T3). `fired` is false where the play did nothing
    because the account had passed on, or a person discarded it.
    """

    run_id: str
    account_id: str
    play: str
    transition_id: str
    shadow: bool
    at: datetime
    playbook: str
    outcomes: tuple[str, ...]
    problems: tuple[str, ...] = ()
    deliveries: tuple[str, ...] = ()
    fired: bool = True
