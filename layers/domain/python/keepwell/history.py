"""History: what happened to an account, append-only; repeating a write is harmless (reliability S2)."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any


@dataclass(frozen=True)
class HistoryRow:
    """One thing that happened.

    `kind` is `score` or `transition`; `row_id` is derived from what happened (for a score: the day and a hash
    of the inputs), so that the key account, `at`#kind#id is the same on every repetition. `detail` is JSON.
    """

    account_id: str
    at: datetime
    kind: str
    row_id: str
    detail: dict[str, Any]
