"""A message on its way, and what became of it so far."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from keepwell.working_time import QuietTimes

MAIL = "mail"
"""What all mails go to, as the operator calls it."""


class Channel(StrEnum):
    EMAIL = "email"
    WEBHOOK = "webhook"


class DeliveryState(StrEnum):
    """`waiting` and `sending` are open; the others are final."""

    WAITING = "waiting"
    SENDING = "sending"
    SENT = "sent"
    FAILED = "failed"
    CANCELLED = "cancelled"


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
    `sending` it is the end of the sender's lease, after which another may try. `withdrawn` says why it is
    not to be tried again, told while a sender has it: that attempt may finish (T3). `put_off` says why it
    was not tried when it was due last. A mail that keeps the `quiet` times of its receiver, whenever it is
    tried, is `held_until` they end; one over the daily cap is told in a digest at `digest_at`, and goes by
    itself only where that never comes (D6). `task_id` is of the task that it tells its receiver of, and of
    nothing else; `told_as` is which of a play's messages to people it is (see
    `keepwell.plays.steps.told_as`). Of the `attempts`, the first `earlier` ones are of before a person had it
    sent again. `revision` counts writes.
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
    withdrawn: str = ""
    put_off: str = ""
    quiet: QuietTimes | None = None
    held_until: datetime | None = None
    digest_at: datetime | None = None
    task_id: str = ""
    told_as: str = ""
    earlier: int = 0
    revision: int = 0

    @property
    def open(self) -> bool:
        return self.state in (DeliveryState.WAITING, DeliveryState.SENDING)

    @property
    def endpoint(self) -> str:
        """Where it goes, as the operator calls it: the endpoint of a webhook, `mail` for all mails."""
        return self.to if self.channel is Channel.WEBHOOK else MAIL

    @property
    def tried(self) -> int:
        """How often it was tried since it was made, or since a person had it sent again."""
        return len(self.attempts) - self.earlier

    @property
    def ended_at(self) -> datetime:
        """When it was told of last: of one that is final, the end."""
        return self.attempts[-1].at if self.attempts else self.created_at

    @property
    def begun_at(self) -> datetime:
        """Since when it is to be sent."""
        asked = self.attempts[self.earlier - 1].at if self.earlier else self.created_at
        return max(asked, self.held_until or asked)
