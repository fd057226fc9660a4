"""Wakes: what is to happen at a time, such as a play's step that waits or a snooze that ends."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any


class Purpose(StrEnum):
    """What a wake is for."""

    STEP = "step"
    """A play's run goes on."""
    START = "start"
    """A play begins that was asked for by hand."""
    TASK = "task"
    """A task's SLA is over, or its snooze ends."""
    SUMMARY = "summary"
    """A mail that tells of several things at once."""
    ENDPOINT = "endpoint"
    """The operator is told of messages that were given up."""


@dataclass(frozen=True)
class Wake:
    """Something that is to happen at `due_at`, or as soon after it as a minute tick finds it.

    `wake_id` is derived from what it is for (`step/<run id>/<place>`), so that adding it twice is harmless.
    `content` is JSON that its purpose alone understands. `attempts` counts the tries that failed, `problem`
    says why the last one did. One that was `given_up` is seen as such, and is still tried now and then: once
    its cause is mended it is carried out, and gone. `revision` counts the writes.
    """

    wake_id: str
    purpose: Purpose
    due_at: datetime
    account_id: str = ""
    content: Mapping[str, Any] = field(default_factory=dict)
    attempts: int = 0
    problem: str = ""
    given_up: bool = False
    revision: int = 0

    @property
    def why(self) -> str:
        """Why it could not be carried out, for a person."""
        return self.problem or "it was never told what came of it"
