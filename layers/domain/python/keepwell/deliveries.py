"""Deliveries: messages to the outside, each with its attempts and the next one's due time.

Inside, a delivery exists once; outside it arrives at least once, always under the same id (reliability T2).
The retry schedule is Standard Webhooks' example (reliability 1, T6).
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum
from functools import partial
from typing import TYPE_CHECKING

from keepwell.errors import ConfigurationError, Conflict, RejectedInput, TransientFailure

if TYPE_CHECKING:
    from keepwell.ports import Deliveries, Queue


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
    `sending` it is the end of the sender's lease, after which another may try. `withdrawn` says why it is not
    to be tried again, told while a sender has it: that attempt may finish (T3). `revision` counts writes.
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
    revision: int = 0

    @property
    def open(self) -> bool:
        return self.state in (DeliveryState.WAITING, DeliveryState.SENDING)


# The wait before each further attempt: ten attempts in all, over 75 h 35 min.
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

CANCEL_ATTEMPTS = 5

# Longer than a sender runs, shorter than a queue hides a message from others.
LEASE = timedelta(minutes=2)


def deliver(
    delivery_id: str, deliveries: "Deliveries", send: Callable[[Delivery], None], now: datetime
) -> Delivery:
    """Send one delivery if it is open and due, and record what came of it.

    Whoever stores the claim first sends; a repeated message finds the delivery claimed or final and does
    nothing. A sender that dies leaves a lease that runs out, so the next one repeats under the same id; the
    attempts tell of it, and count it (reliability T2, T6).
    """
    delivery = deliveries.get(delivery_id)
    if delivery is None:
        raise TransientFailure(f"delivery {delivery_id} is not stored yet")
    if not delivery.open or delivery.due_at > now:
        return delivery
    if delivery.state is DeliveryState.SENDING:
        delivery = _interrupted(delivery)
    claim = replace(delivery, state=DeliveryState.SENDING, due_at=now + LEASE) if delivery.open else delivery
    try:
        claimed = deliveries.put(claim)
    except Conflict:
        return delivery
    return _record(claimed, _attempt(claimed, send, now), deliveries) if claimed.open else claimed


def _interrupted(delivery: Delivery) -> Delivery:
    """The delivery after a sender took it and never told what came of it."""
    began = delivery.due_at - LEASE
    told = "the sender ended before it could tell what came of it; the message may arrive twice"
    return replace(retried(delivery, began, told), due_at=delivery.due_at)


Outcome = Callable[[Delivery], Delivery]


def _attempt(claimed: Delivery, send: Callable[[Delivery], None], now: datetime) -> Outcome:
    """Send; what the delivery becomes by that."""
    try:
        send(claimed)
    except RejectedInput as refused:
        return partial(_settled, state=DeliveryState.FAILED, now=now, outcome=str(refused))
    except TransientFailure as failure:
        return partial(retried, now=now, reason=str(failure), retry_after=failure.retry_after)
    except ConfigurationError as missing:  # someone may set it up before the last attempt
        return partial(retried, now=now, reason=str(missing))
    return partial(_settled, state=DeliveryState.SENT, now=now, outcome="sent")


def _record(claimed: Delivery, outcome: Outcome, deliveries: "Deliveries") -> Delivery:
    """Store what came of the attempt, also where the message was withdrawn in the meantime."""
    try:
        return deliveries.put(outcome(claimed))
    except Conflict:
        found = deliveries.get(claimed.delivery_id)
        if found is None or found != replace(claimed, withdrawn=found.withdrawn, revision=found.revision):
            raise
        return deliveries.put(outcome(found))


def retried(delivery: Delivery, now: datetime, reason: str, retry_after: timedelta | None = None) -> Delivery:
    """The delivery after a failed attempt: waiting for the next one, or failed where that was the last.

    `retry_after` is what the receiver asked for; it is honoured where it is longer than the schedule's. One
    that was withdrawn is tried no more.
    """
    if delivery.withdrawn:
        return _settled(delivery, DeliveryState.CANCELLED, now, f"{reason}; {delivery.withdrawn}")
    tried = len(delivery.attempts)
    if tried >= len(RETRY_AFTER):
        return _settled(delivery, DeliveryState.FAILED, now, f"{reason}; gave up after {tried + 1} attempts")
    due_at = now + max(RETRY_AFTER[tried], retry_after or timedelta())
    return replace(
        delivery,
        state=DeliveryState.WAITING,
        due_at=due_at,
        attempts=(*delivery.attempts, Attempt(now, reason)),
    )


def _settled(delivery: Delivery, state: DeliveryState, now: datetime, outcome: str) -> Delivery:
    return replace(delivery, state=state, attempts=(*delivery.attempts, Attempt(now, outcome)))


def cancelled(delivery: Delivery, now: datetime, note: str) -> Delivery:
    """The delivery after it was called off: one that a sender has may finish that attempt, and no other."""
    if delivery.state is DeliveryState.SENDING:
        return replace(delivery, withdrawn=note)
    return _settled(delivery, DeliveryState.CANCELLED, now, note)


def cancel(delivery_id: str, deliveries: "Deliveries", now: datetime, note: str) -> Delivery | None:
    """Call off one delivery if it is open; as it is then, None if there is none (reliability T3).

    `note` stands among its attempts: `cancelled: the account left at-risk on 2026-11-21`. Whoever stores
    first wins: a sender whose claim comes after this sends nothing. Doing it again changes nothing. Raises
    Conflict if the delivery kept changing.
    """
    for _ in range(CANCEL_ATTEMPTS):
        delivery = deliveries.get(delivery_id)
        if delivery is None or not delivery.open or delivery.withdrawn:
            return delivery
        try:
            return deliveries.put(cancelled(delivery, now, note))
        except Conflict:  # claimed or settled in the meantime
            continue
    raise Conflict(f"delivery {delivery_id} kept changing while it was cancelled")


def wake_due(deliveries: "Deliveries", queues: Mapping[Channel, "Queue"], now: datetime) -> int:
    """Queue every open delivery whose time has come; how many. Queuing one twice is harmless."""
    due: dict[Channel, list[str]] = {}
    for delivery_id, channel in deliveries.due(now):
        due.setdefault(channel, []).append(delivery_id)
    for channel, ids in due.items():
        queues[channel].send([{"delivery_id": delivery_id} for delivery_id in ids])
    return sum(map(len, due.values()))
