"""The twin of control rows."""

from collections.abc import Mapping
from copy import deepcopy
from threading import Lock
from typing import Any

from keepwell.in_memory.shelves import add, json_copy


class InMemoryControl:
    def __init__(self) -> None:
        self._rows: dict[str, dict[str, Any]] = {}
        self._lock = Lock()

    def get(self, key: str) -> dict[str, Any] | None:
        return deepcopy(self._rows.get(key))

    def create(self, key: str, fields: Mapping[str, Any]) -> bool:
        return add(self._rows, key, json_copy(fields))

    def put(self, key: str, fields: Mapping[str, Any]) -> None:
        self._rows[key] = json_copy(fields)

    def swap(self, key: str, before: Mapping[str, Any] | None, after: Mapping[str, Any]) -> bool:
        with self._lock:
            if self._rows.get(key) != (None if before is None else json_copy(before)):
                return False
            self._rows[key] = json_copy(after)
            return True

    def add_to_set(self, key: str, name: str, member: int) -> frozenset[int]:
        row = self._rows[key]
        members = frozenset(row.get(name, ())) | {member}
        row[name] = sorted(members)
        return members

    def raise_to(self, key: str, name: str, value: str) -> str:
        row = self._rows.setdefault(key, {})
        row[name] = max(value, row.get(name, ""))
        return str(row[name])

    def settle(self, key: str, name: str, value: str) -> str:
        return str(self._rows.setdefault(key, {}).setdefault(name, value))

    def count(self, key: str, name: str) -> int:
        row = self._rows.setdefault(key, {})
        row[name] = int(row.get(name, 0)) + 1
        return int(row[name])
