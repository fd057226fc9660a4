"""Deliveries: messages to the outside, each with its attempts and the next one's due time.

Inside, a delivery exists once; outside it arrives at least once, always under the same id (reliability T2).
The retry schedule is Standard Webhooks' example (reliability 1, T6).
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum


class Channel(StrEnum):
    EMAIL = "email"
    WEBHOOK = "webhook"


class DeliveryState(StrEnum):
    """`waiting` and `sending` are open; the others are final."""

    WAITING = "waiting"
    SENDING = "sending"
    SENT = "sent"
    FAILED = "failed"


@dataclass(frozen=True)
class Attempt:
    """One try: when, and what came of it in words a person can act on."""

    at: datetime
    outcome: str


@dataclass(frozen=True)
class Delivery:
    """A message on its way.

    `to` is an address (email) or an endpoint's id (webhook). `body` is what is sent: plain text for a mail,
    a JSON document for a webhook; `subject` is a mail's. `due_at` is when it may be tried next: while
    `sending` it is the end of the sender's lease, after which another may try. `revision` counts writes.
    """

    delivery_id: str
    account_id: str
    channel: Channel
    to: str
    subject: str
    body: str
    play: str
    transition_id: str
    created_at: datetime
    due_at: datetime
    state: DeliveryState = DeliveryState.WAITING
    attempts: tuple[Attempt, ...] = ()
    revision: int = 0

    @property
    def open(self) -> bool:
        return self.state in (DeliveryState.WAITING, DeliveryState.SENDING)


RETRY_AFTER = (
    timedelta(seconds=5),
    timedelta(minutes=5),
    timedelta(minutes=30),
    timedelta(hours=2),
    timedelta(hours=5),
    timedelta(hours=10),
    timedelta(hours=14),
    timedelta(hours=20),
    timedelta(hours=24),
)
