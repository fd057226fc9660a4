"""The gate of webhooks: what all workers know of an endpoint, and the operator's word on it."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TypeVar

from keepwell.deliveries.delivery import Delivery
from keepwell.deliveries.endpoints import ON_TRIAL, Circuit, circuit_from, endpoint_key, row_of
from keepwell.deliveries.gates import PutOff, Refused
from keepwell.deliveries.shortly import Shortly
from keepwell.deliveries.trouble import Trouble
from keepwell.errors import Conflict, KeepwellError
from keepwell.ports import Control

# Of n workers that change a row at once one succeeds in each round, so the last one in the nth.
ATTEMPTS = 25

Found = TypeVar("Found", Circuit, Circuit | PutOff | Refused)


@dataclass(frozen=True)
class Endpoints:
    """What is known of the endpoints, in control rows that one worker changes at a time."""

    control: Control

    def get(self, endpoint: str) -> Circuit:
        return circuit_from(self.control.get(endpoint_key(endpoint)))

    def enable(self, endpoint: str, word: str) -> Circuit:
        """Let messages go to an endpoint again, at once; `word` is by whom and when, for the record."""

        def enabled(known: Circuit) -> Circuit:
            return Circuit(succeeded_at=known.succeeded_at, enabled=word)

        return self.change(endpoint, enabled)

    def change(self, endpoint: str, step: Callable[[Circuit], Found]) -> Found:
        """Store the circuit that `step` makes of what is known, if it makes one; what it made. Raises
        Conflict if others kept changing it."""
        key = endpoint_key(endpoint)
        for _ in range(ATTEMPTS):
            row = self.control.get(key)
            known = circuit_from(row)
            after = step(known)
            if not isinstance(after, Circuit) or after == known:
                return after
            if self.control.swap(key, row, {**(row or {}), **row_of(after)}):
                return after
        raise Conflict(f"what is known of the endpoint {endpoint} kept changing")


@dataclass(frozen=True)
class PostGate:
    """Lets a webhook go if its endpoint takes it now, and tells the operator of what was given up."""

    endpoints: Endpoints
    trouble: Trouble
    shortly: Shortly

    def admit(self, delivery: Delivery, now: datetime) -> PutOff | Refused | None:
        waited = now - delivery.begun_at

        def admitted(known: Circuit) -> Circuit | PutOff | Refused:
            return known.admitted(delivery.to, delivery.delivery_id, now, waited)

        def admitted_to_all(known: Circuit) -> Circuit | PutOff:
            slow = isinstance(answer, Circuit) and answer.slow
            return known.in_turn(delivery.to, delivery.delivery_id, now, waited if slow else timedelta())

        answer = self.endpoints.change(delivery.to, admitted)
        if not isinstance(answer, Circuit):
            return answer
        of_all = self.endpoints.change(ON_TRIAL, admitted_to_all) if answer.is_on_trial else None
        if isinstance(of_all, PutOff):
            self.endpoints.change(delivery.to, lambda known: known.freed(delivery.delivery_id))
            return of_all
        return None

    def settle(
        self,
        delivery: Delivery,
        error: KeepwellError | None,
        began: datetime,
        now: datetime,
        *,
        sent: bool = True,
    ) -> None:
        was_on_trial = False

        def settled(known: Circuit) -> Circuit:
            nonlocal was_on_trial
            was_on_trial = known.is_on_trial
            freed = known.freed(delivery.delivery_id)
            return freed.answered(error, began, now) if sent else freed

        self.endpoints.change(delivery.to, settled)
        if was_on_trial:
            self.endpoints.change(ON_TRIAL, lambda known: known.freed(delivery.delivery_id))

    def waits(self, delivery: Delivery, now: datetime) -> None:
        self.shortly.send(delivery, now)

    def given_up(self, delivery: Delivery, now: datetime) -> None:
        self.trouble.report(delivery, now)
