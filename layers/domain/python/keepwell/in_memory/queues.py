"""The twin of a queue."""

from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Any

from keepwell.in_memory.shelves import json_copy


class InMemoryQueue:
    """`messages` is what was queued, in order, `delays` for how long each stays away."""

    def __init__(self) -> None:
        self.messages: list[dict[str, Any]] = []
        self.delays: list[timedelta] = []

    def send(self, messages: Sequence[Mapping[str, Any]], after: timedelta = timedelta()) -> None:
        self.delays.extend(after for _ in messages)
        self.messages.extend(json_copy(message) for message in messages)
