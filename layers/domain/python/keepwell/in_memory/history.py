"""The twin of what was decided, and why."""

from collections.abc import Iterable
from copy import deepcopy
from datetime import datetime

from keepwell.history import HistoryRow
from keepwell.in_memory.shelves import add


class InMemoryHistory:
    def __init__(self) -> None:
        self._rows: dict[tuple[str, datetime, str, str], HistoryRow] = {}

    def append(self, rows: Iterable[HistoryRow]) -> None:
        for row in rows:
            add(self._rows, (row.account_id, row.at, row.kind, row.row_id), deepcopy(row))

    def of(self, account_id: str, kind: str | None = None, limit: int = 50) -> list[HistoryRow]:
        mine = [key for key in self._rows if key[0] == account_id and kind in (None, key[2])]
        return [deepcopy(self._rows[key]) for key in sorted(mine, reverse=True)[:limit]]
