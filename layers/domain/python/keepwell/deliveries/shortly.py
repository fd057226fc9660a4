"""Short waits: the queue keeps the message for so long, where the minute tick would come too late."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from keepwell.deliveries.delivery import Delivery

if TYPE_CHECKING:
    from keepwell.ports import Queue

# A queue keeps no message away for longer.
LONGEST = timedelta(minutes=15)


@dataclass(frozen=True)
class Shortly:
    queue: "Queue"

    def send(self, delivery: Delivery, now: datetime) -> None:
        """Queue a message that waits, to come when it is due; where that is far off the tick finds it."""
        if (wait := delivery.due_at - now) <= LONGEST:
            self.queue.send([{"delivery_id": delivery.delivery_id}], after=wait)
