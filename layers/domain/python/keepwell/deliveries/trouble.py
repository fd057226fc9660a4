"""Telling the operator of messages that were given up: one task for each endpoint and day (T6, T7).

Whoever gives a message up leaves a wake; the minute tick makes the task of it (`operator_tasks`). So a task
is never missing where a message failed, and however many fail on a day there is one.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from keepwell.deliveries.delivery import Delivery
from keepwell.wakes import Purpose, Wake

if TYPE_CHECKING:
    from keepwell.ports import Wakes


@dataclass(frozen=True)
class Trouble:
    """Where it is reported."""

    wakes: "Wakes"

    def report(self, delivery: Delivery, now: datetime) -> None:
        """Have the operator told of a message that is about to be stored as failed. Mail about
        no account, or several, has none that a task could be on: only `keepwell deliveries` shows it."""
        if delivery.account_id:
            self.wakes.add(
                Wake(
                    wake_id=f"endpoint/{delivery.endpoint}/{now.date()}",
                    purpose=Purpose.ENDPOINT,
                    due_at=now,
                    account_id=delivery.account_id,
                    content={
                        "endpoint": delivery.endpoint,
                        "delivery_id": delivery.delivery_id,
                        "outcome": delivery.attempts[-1].outcome,
                        "at": now.isoformat(),
                    },
                )
            )
