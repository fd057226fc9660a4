"""The twin of a queue."""

from collections.abc import Mapping, Sequence
from typing import Any

from keepwell.in_memory.shelves import json_copy


class InMemoryQueue:
    """`messages` is what was queued, in order."""

    def __init__(self) -> None:
        self.messages: list[dict[str, Any]] = []

    def send(self, messages: Sequence[Mapping[str, Any]]) -> None:
        self.messages.extend(json_copy(message) for message in messages)
