"""Sending a delivery, putting it off, calling it off: each a step of its row that only one writer takes."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from keepwell.deliveries.delivery import Attempt, Channel, Delivery, DeliveryState
from keepwell.deliveries.gates import OPEN, Gate, PutOff, Refused, Throttled
from keepwell.deliveries.schedule import ATTEMPTS, PATIENCE, wait_after
from keepwell.errors import ConfigurationError, Conflict, KeepwellError, RejectedInput, TransientFailure

if TYPE_CHECKING:
    from keepwell.ports import Deliveries, Queue

ATTEMPTS_TO_STORE = 5

# Longer than a sender runs, shorter than a queue hides a message from others.
LEASE = timedelta(minutes=2)


def deliver(
    delivery_id: str,
    deliveries: "Deliveries",
    send: Callable[[Delivery], None],
    now: datetime,
    gate: Gate = OPEN,
    clock: Callable[[], datetime] | None = None,
) -> Delivery:
    """Send one delivery if it is open and due and its gate lets it, and record what came of it, with when it
    did by the `clock`.

    Whoever stores the claim first sends; a repeated message finds the delivery claimed or final and does
    nothing. A sender that dies leaves a lease that runs out, so the next one repeats under the same id; the
    attempts tell of it, and count it (reliability T2, T6).
    """
    delivery, is_ours = claim(delivery_id, deliveries, now, gate)
    if not is_ours:
        return delivery
    error = tried(delivery, send)
    return record(delivery, error, deliveries, now, gate, clock() if clock else now)


def claim(
    delivery_id: str, deliveries: "Deliveries", now: datetime, gate: Gate = OPEN
) -> tuple[Delivery, bool]:
    """The delivery, and whether it is the caller's to send, until `now` + LEASE. Else it is not due, put off,
    final or claimed by another. TransientFailure if there is none."""
    delivery = deliveries.get(delivery_id)
    if delivery is None:
        raise TransientFailure(f"delivery {delivery_id} is not stored yet")
    if not delivery.open or delivery.due_at > now:
        return delivery, False
    begun = _interrupted(delivery) if delivery.state is DeliveryState.SENDING else delivery
    next_ = _admitted(begun, now, gate) if begun.open else begun
    if next_.state is DeliveryState.FAILED:
        gate.given_up(next_, now)
    is_ours = next_.state is DeliveryState.SENDING
    try:
        stored = deliveries.put(next_)
    except TransientFailure as failure:
        if is_ours:
            gate.settle(next_, None, now, now, sent=False)
        if isinstance(failure, Conflict):
            return delivery, False
        raise
    if stored.state is DeliveryState.WAITING:
        gate.waits(stored, now)
    return stored, is_ours


def tried(claimed: Delivery, send: Callable[[Delivery], None]) -> KeepwellError | None:
    """Send; why it could not be sent."""
    try:
        send(claimed)
    except (RejectedInput, TransientFailure, ConfigurationError) as error:
        return error
    return None


def record(
    claimed: Delivery,
    error: KeepwellError | None,
    deliveries: "Deliveries",
    began: datetime,
    gate: Gate,
    now: datetime,
) -> Delivery:
    """Store what an attempt came to by `now`, also where the message was withdrawn meanwhile.

    The gate hears of it last: a sender that dies before leaves its place there to run out.
    """
    after = _after(claimed, error, now)
    if after.state is DeliveryState.FAILED:
        gate.given_up(after, now)
    try:
        stored = deliveries.put(after)
    except Conflict:
        found = deliveries.get(claimed.delivery_id)
        if found is None or found != replace(claimed, withdrawn=found.withdrawn, revision=found.revision):
            raise
        stored = deliveries.put(_after(found, error, now))
    gate.settle(claimed, error, began, now)
    if stored.state is DeliveryState.WAITING:
        gate.waits(stored, now)
    return stored


def _interrupted(delivery: Delivery) -> Delivery:
    """The delivery after a sender took it and never told what came of it."""
    began = delivery.due_at - LEASE
    told = "the sender ended before it could tell what came of it; the message may arrive twice"
    return replace(retried(delivery, began, told), due_at=delivery.due_at)


def _admitted(delivery: Delivery, now: datetime, gate: Gate) -> Delivery:
    """The delivery claimed, or put off, or failed, as the quiet times of its receiver and its gate say."""
    if (waits := _waiting(delivery, now)).due_at > now:
        return waits
    answer = gate.admit(delivery, now)
    if isinstance(answer, Refused):
        return _settled(delivery, DeliveryState.FAILED, now, answer.why)
    if isinstance(answer, PutOff):
        return _put_off(delivery, answer, now)
    return replace(delivery, state=DeliveryState.SENDING, due_at=now + LEASE, put_off="")


def _put_off(delivery: Delivery, answer: PutOff, now: datetime) -> Delivery:
    """The delivery waiting, without an attempt, unless it was withdrawn or has waited too long."""
    if delivery.withdrawn:
        return _settled(delivery, DeliveryState.CANCELLED, now, f"{answer.why}; {delivery.withdrawn}")
    if now - delivery.begun_at >= PATIENCE:
        waited = f"gave up after {_counted(delivery.tried)} over {PATIENCE.days} days"
        return _settled(delivery, DeliveryState.FAILED, now, f"{answer.why}; {waited}")
    return replace(delivery, state=DeliveryState.WAITING, due_at=answer.until, put_off=answer.why)


def _after(claimed: Delivery, error: KeepwellError | None, now: datetime) -> Delivery:
    if error is None:
        return _settled(claimed, DeliveryState.SENT, now, "sent")
    if isinstance(error, RejectedInput):
        return _settled(claimed, DeliveryState.FAILED, now, str(error))
    if isinstance(error, Throttled):
        return _put_off(claimed, PutOff(now + error.wait, str(error)), now)
    # What is not set up someone may set up before the last attempt.
    asked = error.retry_after if isinstance(error, TransientFailure) else None
    return retried(claimed, now, str(error), asked)


def retried(delivery: Delivery, now: datetime, reason: str, retry_after: timedelta | None = None) -> Delivery:
    """The delivery after a failed attempt: waiting for the next one, or failed where that was the last.

    `retry_after` is what the receiver asked for; it is honoured where it is longer than the schedule's, as
    are the quiet times that it keeps. One that was withdrawn is tried no more.
    """
    if delivery.withdrawn:
        return _settled(delivery, DeliveryState.CANCELLED, now, f"{reason}; {delivery.withdrawn}")
    made = delivery.tried + 1
    if made >= ATTEMPTS or now - delivery.begun_at >= PATIENCE:
        return _settled(delivery, DeliveryState.FAILED, now, f"{reason}; gave up after {_counted(made)}")
    waits = replace(delivery, attempts=(*delivery.attempts, Attempt(now, reason)))
    return _waiting(waits, now + wait_after(delivery.delivery_id, made, retry_after))


def _waiting(delivery: Delivery, until: datetime) -> Delivery:
    """The delivery waiting until then, or until its receiver may be disturbed after that (D6)."""
    over = delivery.quiet.over_from(until) if delivery.quiet else until
    waits = replace(delivery, state=DeliveryState.WAITING, due_at=over)
    if delivery.quiet is None or over == until:
        return waits
    return replace(waits, held_until=over, put_off=delivery.quiet.told(over))


def _counted(attempts: int) -> str:
    return "1 attempt" if attempts == 1 else f"{attempts} attempts"


def _settled(delivery: Delivery, state: DeliveryState, now: datetime, outcome: str) -> Delivery:
    return replace(delivery, state=state, put_off="", attempts=(*delivery.attempts, Attempt(now, outcome)))


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
    for _ in range(ATTEMPTS_TO_STORE):
        delivery = deliveries.get(delivery_id)
        if delivery is None or not delivery.open or delivery.withdrawn:
            return delivery
        try:
            return deliveries.put(cancelled(delivery, now, note))
        except Conflict:  # claimed or settled in the meantime
            continue
    raise Conflict(f"delivery {delivery_id} kept changing while it was cancelled")


def send_again(
    delivery_id: str, deliveries: "Deliveries", queue: "Queue", now: datetime, by: str
) -> Delivery:
    """Have a message that failed, was sent, or waits to be tried again, sent now under the same id: all its
    attempts anew, those it had before still told, with who asked for it; a mail that keeps the quiet times of
    its receiver waits until they end.

    Raises RejectedInput for one that there is not, is being sent, waits for its receiver's sake (D6) or was
    called off. The row comes before the message: interrupted in between, the minute tick queues it.
    """
    for _ in range(ATTEMPTS_TO_STORE):
        delivery = _sendable(delivery_id, deliveries, now)
        attempts = (*delivery.attempts, Attempt(now, f"sent again by {by}"))
        anew = replace(
            delivery,
            state=DeliveryState.WAITING,
            due_at=now,
            put_off="",
            attempts=attempts,
            earlier=len(attempts),
            withdrawn="",
        )
        try:
            stored = deliveries.put(_waiting(anew, now))
        except Conflict:
            continue
        queue.send([{"delivery_id": delivery_id}])
        return stored
    raise Conflict(f"delivery {delivery_id} kept changing while it was to be sent again")


def _sendable(delivery_id: str, deliveries: "Deliveries", now: datetime) -> Delivery:
    delivery = deliveries.get(delivery_id)
    if delivery is None:
        raise RejectedInput(f"there is no delivery {delivery_id!r}; `keepwell deliveries` lists them")
    if delivery.state is DeliveryState.SENDING:
        raise RejectedInput(f"{delivery_id} is being sent")
    if delivery.open and delivery.held_until and delivery.held_until > now:
        raise RejectedInput(f"{delivery_id}: {delivery.put_off}")
    if delivery.state is DeliveryState.CANCELLED:
        raise RejectedInput(f"{delivery_id} was called off: {delivery.attempts[-1].outcome}")
    return delivery


def wake_due(deliveries: "Deliveries", queues: Mapping[Channel, "Queue"], now: datetime) -> int:
    """Queue every open delivery whose time has come; how many. Queuing one twice is harmless."""
    due: dict[Channel, list[str]] = {}
    for delivery_id, channel in deliveries.due(now):
        due.setdefault(channel, []).append(delivery_id)
    for channel, ids in due.items():
        queues[channel].send([{"delivery_id": delivery_id} for delivery_id in ids])
    return sum(map(len, due.values()))
