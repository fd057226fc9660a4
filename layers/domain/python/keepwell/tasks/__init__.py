"""Tasks: what a person is asked to do, and the runs of the plays that ask for it."""

from keepwell.tasks.run import PlayRun, RunState, StepTaken
from keepwell.tasks.task import (
    NOTHING_MORE,
    TASK_ATTRIBUTES,
    TASK_ID,
    Closing,
    Comment,
    Contact,
    FollowUp,
    LastChange,
    PostCompletion,
    Priority,
    Task,
    TaskStatus,
)

__all__ = [
    "NOTHING_MORE",
    "TASK_ATTRIBUTES",
    "TASK_ID",
    "Closing",
    "Comment",
    "Contact",
    "FollowUp",
    "LastChange",
    "PlayRun",
    "PostCompletion",
    "Priority",
    "RunState",
    "StepTaken",
    "Task",
    "TaskStatus",
]
