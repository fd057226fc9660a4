"""Messages: what is on its way, what is to happen at a time, and who gets nothing."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, Protocol

from keepwell.deliveries import Channel, Delivery
from keepwell.deliveries.suppression import Suppressed
from keepwell.wakes import Wake


class Deliveries(Protocol):
    """Messages on their way, by id and by what is due."""

    def add(self, delivery: Delivery) -> bool:
        """Store a delivery unless its id exists; whether it was new."""
        ...

    def get(self, delivery_id: str) -> Delivery | None:
        """Read consistently."""
        ...

    def put(self, delivery: Delivery) -> Delivery:
        """Store as `Accounts.put_facts` does; but a write is a claim: an equal one conflicts too."""
        ...

    def due(self, now: datetime, limit: int = 1000) -> Iterator[tuple[str, Channel]]:
        """Ids of open deliveries whose `due_at` is not after `now` (eventually consistent)."""
        ...

    def all_open(self) -> Iterator[Delivery]:
        """The open ones, longest due first (eventually consistent)."""
        ...

    def all_failed(self) -> Iterator[Delivery]:
        """Those that were given up, however long ago, latest first (eventually consistent)."""
        ...

    def count_failed(self) -> int:
        """How many those are."""
        ...


class Wakes(Protocol):
    """What is to happen at a time, by id and by what is due."""

    def add(self, wake: Wake) -> bool:
        """Store a wake unless its id exists; whether it was new."""
        ...

    def get(self, wake_id: str) -> Wake | None:
        """Read consistently."""
        ...

    def put(self, wake: Wake) -> Wake:
        """Store it, as by another time, if the stored revision still is `wake.revision`; with the new
        revision. Raises Conflict if it was changed or removed, also where what is stored is equal."""
        ...

    def remove(self, wake_id: str, revision: int | None = None) -> None:
        """Take it away; one that is gone is fine. Where a revision is given, one that was put since stays."""
        ...

    def due(self, now: datetime, limit: int = 1000) -> Iterator[Wake]:
        """Those whose `due_at` is not after `now`, the longest due first, and those that were given up after
        all others (which are due is found eventually consistently; each is then read consistently)."""
        ...

    def given_up(self, limit: int = 1000) -> Iterator[Wake]:
        """Those that were given up, the next to be tried first (which is found eventually consistently)."""
        ...

    def count_given_up(self) -> int:
        """How many those are."""
        ...


class Suppressions(Protocol):
    """Addresses that no mail is sent to, in small letters. What was taken away is remembered, so that an old
    event that is told again does not bring it back."""

    def add(self, suppressed: Suppressed) -> bool:
        """Store one if it `counts_above` what is there; whether it did. Raises Conflict if others are faster
        time after time."""
        ...

    def get(self, address: str) -> Suppressed | None:
        """Read consistently; capitals do not matter."""
        ...

    def remove(self, address: str, by: str, now: datetime) -> bool:
        """Take one away; whether it was there."""
        ...

    def all(self) -> Iterator[Suppressed]:
        """All of them, latest first (eventually consistent)."""
        ...


class Queue(Protocol):
    def send(self, messages: Sequence[Mapping[str, Any]], after: timedelta = timedelta()) -> None:
        """Queue JSON messages, to come `after` so long (up to 15 minutes) or a little later. Raises
        TransientFailure unless every one is durably queued."""
        ...
