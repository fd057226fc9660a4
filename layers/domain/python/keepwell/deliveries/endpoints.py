"""Endpoints of webhooks: how many posts one may have under way, and when it is left in peace (T7).

A control row `endpoint#<id>` holds what is known of one, so that all workers go by the same. Posts under way
are leases, for a worker may die. After FAILURES failed posts in a row the endpoint rests: messages to it are
put off without an attempt. After the rest one post tries it; where that fails, too, the next rest is twice
as long. One that failed of late, or never answered, has one post under way; and all that failed or were slow
have IN_FLIGHT together, however many they are. So workers are left to the others.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

from keepwell.deliveries.gates import PutOff, Refused, Throttled
from keepwell.deliveries.schedule import share_of
from keepwell.errors import KeepwellError, RejectedInput, TransientFailure

# Less than half of the workers (`DELIVER_WEBHOOK` in infra/system.py), so that two that begin to hang leave
# some; and of all endpoints that are known to fail or to be slow together.
IN_FLIGHT = 4
SLOW = timedelta(seconds=3)

ON_TRIAL = "*"
"""Stands for all endpoints that are on trial; no endpoint has such an id."""
FAILURES = 4
FIRST_REST = timedelta(seconds=30)
LONGEST_REST = timedelta(minutes=30)
# Of an endpoint that never answers well for so long, while it is tried day by day, nothing is expected any
# more (as Svix does).
GIVEN_UP_AFTER = timedelta(days=5)
TRIED_EVERY = timedelta(days=1)

# How soon it is worth asking again where another message tries the endpoint, or all its places are taken.
TRIAL = timedelta(seconds=15)
TURN = timedelta(seconds=1)

# A post is over long before that, or its worker is dead.
PLACE_LASTS = timedelta(minutes=2)


class EndpointGone(RejectedInput):
    """The endpoint answered that it is gone for good (410): it is disabled."""


class Condition(StrEnum):
    """How an endpoint is, for people."""

    UNUSED = "unused"
    FINE = "fine"
    FAILING = "failing"
    RESTING = "resting"
    DISABLED = "disabled"


@dataclass(frozen=True)
class Circuit:
    """What is known of an endpoint.

    `under_way` has the posts that were begun, by delivery, each with the moment at which its place is free
    again whatever became of it. `failures` counts those since the last success; the first was at
    `failing_since`, the last at `failed_at`, as `problem` tells. No post begins before `rests_until`; once
    that has passed, one at a time, until one succeeds. It is `slow` if the last success lasted SLOW.
    `disabled` says why nothing is sent any more; `enabled` who said last that it shall be.
    """

    under_way: Mapping[str, datetime] = field(default_factory=dict)
    failures: int = 0
    failing_since: datetime | None = None
    failed_at: datetime | None = None
    rests_until: datetime | None = None
    problem: str = ""
    slow: bool = False
    succeeded_at: datetime | None = None
    disabled: str = ""
    enabled: str = ""

    @property
    def is_on_trial(self) -> bool:
        """Whether the next post may hold a worker for long."""
        return self.slow or self.failures > 0

    @property
    def places(self) -> int:
        """How many posts may be under way. One that never answered well has to be met first."""
        return IN_FLIGHT if self.succeeded_at and not self.failures else 1

    def condition(self, now: datetime) -> Condition:
        if self.disabled:
            return Condition.DISABLED
        if self.rests_until and now < self.rests_until:
            return Condition.RESTING
        if self.failures or self.rests_until:
            return Condition.FAILING
        return Condition.FINE if self.succeeded_at else Condition.UNUSED

    def admitted(
        self, endpoint: str, delivery_id: str, now: datetime, waited: timedelta = timedelta()
    ) -> "Circuit | PutOff | Refused":
        """The circuit with a place taken for a post that begins now, or why none does. Of a slow endpoint
        that is asked the less often the longer the message has `waited`."""
        if self.disabled:
            return Refused(
                f"{endpoint} is disabled: {self.disabled}. Once it is mended: `keepwell endpoints --enable "
                f"{endpoint}`, then `keepwell deliver again {delivery_id}`"
            )
        spread = share_of(f"{delivery_id}/{now}")
        why = f"{endpoint} rests; its last failure: {self.problem}"
        if self.rests_until and now < self.rests_until:
            return PutOff(self.rests_until + spread * FIRST_REST, why)
        under_way = self._under_way(now)
        if self.rests_until and under_way:
            return PutOff(now + TRIAL * (1 + 4 * spread), why)
        if len(under_way) >= self.places or delivery_id in under_way:
            wait = _turn(spread, waited if self.slow else timedelta())
            return PutOff(now + wait, f"{endpoint} has {len(under_way)} under way")
        return replace(self, under_way={**under_way, delivery_id: now + PLACE_LASTS})

    def in_turn(
        self, endpoint: str, delivery_id: str, now: datetime, waited: timedelta = timedelta()
    ) -> "Circuit | PutOff":
        """Of all endpoints that are on trial: the circuit with a place taken, or why none is."""
        under_way = self._under_way(now)
        if len(under_way) >= IN_FLIGHT and delivery_id not in under_way:
            wait = _turn(share_of(f"{delivery_id}/{now}"), waited)
            return PutOff(now + wait, f"{endpoint} fails or is slow, as others are: they take turns")
        return replace(self, under_way={**under_way, delivery_id: now + PLACE_LASTS})

    def _under_way(self, now: datetime) -> dict[str, datetime]:
        return {each: until for each, until in self.under_way.items() if until > now}

    def freed(self, delivery_id: str) -> "Circuit":
        """The place of a post given back, of which nothing is told."""
        left = {each: until for each, until in self.under_way.items() if each != delivery_id}
        return replace(self, under_way=left)

    def answered(self, error: KeepwellError | None, began: datetime, now: datetime) -> "Circuit":
        """What a post that began then came to by `now`: an `error`, or success.

        An answer that refuses one message says that the endpoint is there.
        """
        if isinstance(error, EndpointGone):
            return replace(self, disabled=str(error), problem=str(error))
        if error is None or isinstance(error, RejectedInput):
            well = replace(
                self,
                failures=0,
                failing_since=None,
                failed_at=None,
                rests_until=None,
                problem="",
                slow=now - began >= SLOW,
            )
            return well if error else replace(well, succeeded_at=now)
        if isinstance(error, Throttled):
            until = now + error.wait
            return replace(self, problem=str(error), rests_until=max(self.rests_until or until, until))
        asked = error.retry_after if isinstance(error, TransientFailure) else None
        return self._failed(str(error), asked or timedelta(), began, now)

    def _failed(self, problem: str, asked: timedelta, began: datetime, now: datetime) -> "Circuit":
        was_tried = self.failed_at is not None and now - self.failed_at <= TRIED_EVERY
        failing_since = (self.failing_since if was_tried else None) or now
        failed = replace(
            self, failures=self.failures + 1, failing_since=failing_since, failed_at=now, problem=problem
        )
        if now - failing_since >= GIVEN_UP_AFTER:
            return replace(failed, disabled=f"no post succeeded for {GIVEN_UP_AFTER.days} days: {problem}")
        if self.rests_until and began < self.rests_until:  # it began before the rest did
            return replace(failed, failures=self.failures)
        until = max(failed._rested_at(now), now + asked)
        return replace(failed, rests_until=until) if until > now else failed

    def _rested_at(self, now: datetime) -> datetime:
        rests = self.failures - FAILURES
        return now if rests < 0 else now + min(FIRST_REST * 2 ** min(rests, 10), LONGEST_REST)


def _turn(spread: float, waited: timedelta) -> timedelta:
    """How long until it is worth asking for a place again."""
    return TURN * (1 + 4 * spread) + min(waited / 4, FIRST_REST) * spread


_MOMENTS = ("failing_since", "failed_at", "rests_until", "succeeded_at")


def endpoint_key(endpoint: str) -> str:
    return f"endpoint#{endpoint}"


def circuit_from(row: Mapping[str, Any] | None) -> Circuit:
    """What a control row tells; nothing is known where there is none."""
    told = dict(row or {})
    for name in _MOMENTS:
        told[name] = datetime.fromisoformat(told[name]) if told.get(name) else None
    under_way = told.get("under_way", {}).items()
    told["under_way"] = {each: datetime.fromisoformat(until) for each, until in under_way}
    return Circuit(**{name: told[name] for name in Circuit.__dataclass_fields__ if name in told})


def row_of(circuit: Circuit) -> dict[str, Any]:
    """The control row of a circuit."""
    moments = {name: getattr(circuit, name) for name in _MOMENTS}
    return {
        **{name: at.isoformat() if at else "" for name, at in moments.items()},
        "under_way": {each: until.isoformat() for each, until in circuit.under_way.items()},
        "failures": circuit.failures,
        "problem": circuit.problem,
        "slow": circuit.slow,
        "disabled": circuit.disabled,
        "enabled": circuit.enabled,
    }
