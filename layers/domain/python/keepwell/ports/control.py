"""Control: the clock, and small rows of what is going on."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Protocol


class Clock(Protocol):
    def now(self) -> datetime:
        """The present, aware, in UTC; on a practice stack the movable one."""
        ...


class Control(Protocol):
    """Small rows under a key `kind#id`: imports, watermarks, the active playbook, the clock's offset."""

    def get(self, key: str) -> dict[str, Any] | None:
        """The row's JSON fields, read consistently."""
        ...

    def create(self, key: str, fields: Mapping[str, Any]) -> bool:
        """Store a row unless it exists; whether it was new."""
        ...

    def put(self, key: str, fields: Mapping[str, Any]) -> None:
        """Store a row whatever was there."""
        ...

    def swap(self, key: str, before: Mapping[str, Any] | None, after: Mapping[str, Any]) -> bool:
        """Store a row if it still is as it was read (None: there was none); whether it was stored. It is for
        rows that nothing else here changes."""
        ...

    def add_to_set(self, key: str, name: str, member: int) -> frozenset[int]:
        """Add a number to a set field of an existing row, atomically; the set after it."""
        ...

    def raise_to(self, key: str, name: str, value: str) -> str:
        """Set a text field to `value` unless it already holds a greater one; what it holds after."""
        ...

    def settle(self, key: str, name: str, value: str) -> str:
        """Set a text field to `value` unless it is set; what it holds after: the first one wins."""
        ...

    def count(self, key: str, name: str) -> int:
        """Add one to a number field (0 where there is none), atomically; what it holds after. A repetition
        counts again."""
        ...
