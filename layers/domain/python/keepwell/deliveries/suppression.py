"""Addresses that no mail is sent to any more: a mail bounced for good, or somebody complained."""

from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from typing import TYPE_CHECKING

from keepwell.deliveries.delivery import Attempt, Channel, Delivery, DeliveryState
from keepwell.deliveries.gates import PutOff, Refused
from keepwell.deliveries.sending import ATTEMPTS_TO_STORE
from keepwell.deliveries.shortly import Shortly
from keepwell.deliveries.trouble import Trouble
from keepwell.errors import Conflict, KeepwellError, TransientFailure

if TYPE_CHECKING:
    from keepwell.ports import Deliveries, Suppressions


class Cause(StrEnum):
    BOUNCE = "bounce"
    COMPLAINT = "complaint"


@dataclass(frozen=True)
class Suppressed:
    """An address, in small letters, and why nothing is sent to it: what came of the mail `delivery_id`. Once
    a person has taken it off the list, who and when."""

    address: str
    cause: Cause
    detail: str
    at: datetime
    delivery_id: str = ""
    removed_at: datetime | None = None
    removed_by: str = ""

    def counts_above(self, known: "Suppressed | None") -> bool:
        """Whether this is stored where `known` is: not what was told before a person took that off the list,
        and of two that count the complaint, which no mending undoes."""
        if known is None:
            return True
        if known.removed_at:
            return self.at > known.removed_at
        return (self.cause, known.cause) == (Cause.COMPLAINT, Cause.BOUNCE)


@dataclass(frozen=True)
class MailEvent:
    """What the mail service tells of a mail after it took it, for good: of each address in words."""

    cause: Cause
    at: datetime
    delivery_id: str
    details: tuple[tuple[str, str], ...]


@dataclass(frozen=True)
class MailGate:
    """Lets a mail go unless its address is suppressed, and tells the operator of what was given up."""

    suppressions: "Suppressions"
    trouble: Trouble
    shortly: Shortly

    def admit(self, delivery: Delivery, now: datetime) -> PutOff | Refused | None:  # noqa: ARG002
        found = self.suppressions.get(delivery.to)
        if found is None:
            return None
        return Refused(
            f"nothing is sent to {found.address} since {found.at.date()}: {found.cause} ({found.detail}). If "
            f"that was mended: `keepwell suppressed --remove {found.address}`, then `keepwell deliver again "
            f"{delivery.delivery_id}`"
        )

    def settle(
        self,
        delivery: Delivery,
        error: KeepwellError | None,
        began: datetime,
        now: datetime,
        *,
        sent: bool = True,
    ) -> None:
        """A mail takes no place: SES has room for all."""

    def waits(self, delivery: Delivery, now: datetime) -> None:
        self.shortly.send(delivery, now)

    def given_up(self, delivery: Delivery, now: datetime) -> None:
        self.trouble.report(delivery, now)


@dataclass(frozen=True)
class MailEvents:
    """Heeds what comes back: the addresses are suppressed, and the mail's row tells of it."""

    suppressions: "Suppressions"
    deliveries: "Deliveries"
    trouble: Trouble

    def heed(self, event: MailEvent) -> None:
        """Doing it again changes nothing. TransientFailure if the mail's sender is not done with it."""
        for address, detail in event.details:
            self.suppressions.add(
                Suppressed(address.casefold(), event.cause, detail, event.at, event.delivery_id)
            )
        for _ in range(ATTEMPTS_TO_STORE):
            delivery = self.deliveries.get(event.delivery_id) if event.delivery_id else None
            if delivery is None or delivery.channel is not Channel.EMAIL:
                return
            if delivery.open:
                raise TransientFailure(f"{delivery.delivery_id} came back before it was stored as sent")
            after = _after(delivery, event)
            if after == delivery:
                return
            if after.state is DeliveryState.FAILED:
                self.trouble.report(after, event.at)
            try:
                self.deliveries.put(after)
            except Conflict:
                continue
            return
        raise Conflict(f"delivery {event.delivery_id} kept changing while it was told what came of it")


def _after(delivery: Delivery, event: MailEvent) -> Delivery:
    """One that bounced has failed after all; a complaint is about one that arrived."""
    told = "; ".join(f"{event.cause}: {detail}" for _, detail in event.details)
    if any((attempt.at, attempt.outcome) == (event.at, told) for attempt in delivery.attempts):
        return delivery
    bounced = event.cause is Cause.BOUNCE and delivery.state is DeliveryState.SENT
    return replace(
        delivery,
        state=DeliveryState.FAILED if bounced else delivery.state,
        attempts=(*delivery.attempts, Attempt(event.at, told)),
    )
