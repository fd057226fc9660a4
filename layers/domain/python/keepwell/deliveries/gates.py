"""What stands between a message and its receiver: a gate says whether it may go now."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Protocol

from keepwell.errors import TransientFailure

if TYPE_CHECKING:
    from keepwell.deliveries.delivery import Delivery
    from keepwell.errors import KeepwellError

THROTTLED = timedelta(seconds=30)
"""How long a receiver is left in peace that takes no more and does not say for how long."""


@dataclass(frozen=True)
class PutOff:
    """Not now: `until` then it waits, without an attempt."""

    until: datetime
    why: str


@dataclass(frozen=True)
class Refused:
    """Never; `why` says what a person may do about it."""

    why: str


class Throttled(TransientFailure):
    """The receiver takes no more just now. It is well, and the message spends no attempt."""

    @property
    def wait(self) -> timedelta:
        """For how long: as it asked."""
        return self.retry_after or THROTTLED


class Gate(Protocol):
    def admit(self, delivery: "Delivery", now: datetime) -> PutOff | Refused | None:
        """None if the message may go now: its place is taken then, until `settle`."""
        ...

    def settle(
        self,
        delivery: "Delivery",
        error: "KeepwellError | None",
        began: datetime,
        now: datetime,
        *,
        sent: bool = True,
    ) -> None:
        """Give the place of a message back, with why its attempt failed (None: it did not), and from when to
        when it lasted; without `sent` there was no attempt."""
        ...

    def waits(self, delivery: "Delivery", now: datetime) -> None:
        """Hear of a message that was stored as waiting until its `due_at`."""
        ...

    def given_up(self, delivery: "Delivery", now: datetime) -> None:
        """Hear of a message that is about to be stored as failed."""
        ...


class _Open:
    """Lets everything pass, and keeps nothing."""

    def admit(self, delivery: "Delivery", now: datetime) -> PutOff | Refused | None:
        pass

    def settle(
        self,
        delivery: "Delivery",
        error: "KeepwellError | None",
        began: datetime,
        now: datetime,
        *,
        sent: bool = True,
    ) -> None:
        pass

    def waits(self, delivery: "Delivery", now: datetime) -> None:
        pass

    def given_up(self, delivery: "Delivery", now: datetime) -> None:
        pass


OPEN: Gate = _Open()
