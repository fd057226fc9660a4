"""What AWS promises of a DynamoDB stream that wakes a function, as one pure loop.

The local cloud's pump drives it with real streams and functions, because the emulator lacks bisecting,
bounded retries and partial responses; tests drive it with plain callables (reliability R2). Records of a
shard go through in order, one batch at a time, so the records of each key do too.
"""

import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from itertools import takewhile
from typing import Any

from keepwell.errors import ConfigurationError, TransientFailure

Record = Mapping[str, Any]
"""A stream record as a function gets it; its ApproximateCreationDateTime is an aware datetime."""


@dataclass(frozen=True)
class StreamMapping:
    """How one function listens to one stream: the settings of its event source mapping.

    `retries` and `max_age` None mean: until the stream itself forgets. `filters` None takes every record.
    """

    mapping_id: str
    function: str
    stream: str
    batch_size: int = 100
    bisect: bool = False
    partial_responses: bool = False
    retries: int | None = None
    max_age: timedelta | None = None
    filters: tuple[Mapping[str, Any], ...] | None = None
    on_failure: str | None = None

    @classmethod
    def described(cls, mapping: Mapping[str, Any]) -> "StreamMapping":
        """From the answer of Lambda's ListEventSourceMappings."""
        retries = mapping.get("MaximumRetryAttempts", -1)
        seconds = mapping.get("MaximumRecordAgeInSeconds", -1)
        filters = mapping.get("FilterCriteria", {}).get("Filters", [])
        return cls(
            mapping_id=mapping["UUID"],
            function=mapping["FunctionArn"],
            stream=mapping["EventSourceArn"],
            batch_size=mapping["BatchSize"],
            bisect=mapping.get("BisectBatchOnFunctionError", False),
            partial_responses="ReportBatchItemFailures" in mapping.get("FunctionResponseTypes", []),
            retries=None if retries < 0 else retries,
            max_age=None if seconds < 0 else timedelta(seconds=seconds),
            filters=tuple(json.loads(each["Pattern"]) for each in filters) or None,
            on_failure=mapping.get("DestinationConfig", {}).get("OnFailure", {}).get("Destination"),
        )

    def takes(self, record: Record) -> bool:
        """Whether some filter lets the record through to the function."""
        return self.filters is None or any(matches(pattern, record) for pattern in self.filters)


@dataclass(frozen=True)
class Outcome:
    """How an invocation ended: what the function returned, or the kind of its error."""

    response: Any = None
    error: str | None = None


class Condition(StrEnum):
    """Why records were given up."""

    RETRIES = "RetryAttemptsExhausted"
    AGE = "RecordAgeExceeded"


@dataclass(frozen=True)
class GivenUp:
    """Records that will not be tried again, with how often and how the function failed on them last."""

    records: tuple[Record, ...]
    condition: Condition
    attempts: int
    error: str | None


def deliver(
    records: Iterable[Record],
    mapping: StreamMapping,
    *,
    invoke: Callable[[Sequence[Record]], Outcome],
    give_up: Callable[[GivenUp], None],
    now: Callable[[], datetime],
    back_off: Callable[[int], None],
) -> None:
    """Hand records to the function, in order, until each is taken or given up.

    A TransientFailure of `invoke` means that the function was not reached: that uses up no attempt.
    `back_off` is called with the number of failures so far before the same records are tried again.
    """
    wanted = [record for record in records if mapping.takes(record)]
    size = mapping.batch_size
    batches = [tuple(wanted[start : start + size]) for start in range(0, len(wanted), size)][::-1]
    attempts = unreached = 0
    while batches:
        batch = batches.pop()
        expired = _expired(batch, mapping.max_age, now())
        if expired:
            give_up(GivenUp(expired, Condition.AGE, attempts, None))
            batch, attempts = batch[len(expired) :], 0
        if not batch:
            continue
        try:
            outcome = invoke(batch)
        except TransientFailure:
            unreached += 1
            batches.append(batch)
            back_off(unreached)
            continue
        unreached = 0
        taken = _taken(batch, outcome, mapping)
        if taken:
            # AWS bisects at the first record reported, and never goes back before it.
            if taken < len(batch):
                batches.append(batch[taken:])
            attempts = 0
        elif mapping.bisect and len(batch) > 1:
            middle = len(batch) // 2
            batches += [batch[middle:], batch[:middle]]
        elif mapping.retries is not None and attempts >= mapping.retries:
            give_up(GivenUp(batch, Condition.RETRIES, attempts + 1, outcome.error))
            attempts = 0
        else:
            attempts += 1
            batches.append(batch)
            back_off(attempts)


def matches(pattern: Mapping[str, Any], record: Mapping[str, Any]) -> bool:
    """Whether a record fits a filter pattern made of exact values and `exists`.

    As on AWS, `exists` is about leaves: a value that holds others does not count.
    """
    return all(_matches_at(name, wanted, record) for name, wanted in pattern.items())


def _matches_at(name: str, wanted: Any, holder: Mapping[str, Any]) -> bool:
    value = holder.get(name)
    if isinstance(wanted, Mapping):
        return matches(wanted, value if isinstance(value, Mapping) else {})
    return any(_fits(rule, name in holder, value) for rule in wanted)


def _fits(rule: Any, present: bool, value: Any) -> bool:
    if not isinstance(rule, Mapping):
        return bool(present and value == rule)
    if set(rule) != {"exists"}:
        raise ConfigurationError(
            f"The local cloud's stream filters know exact values and `exists`, not {json.dumps(rule)}; "
            f"teach keepwell_cli.local.streams.matches that rule, or filter in the function."
        )
    return (present and not isinstance(value, Mapping)) is rule["exists"]


def _expired(batch: tuple[Record, ...], max_age: timedelta | None, now: datetime) -> tuple[Record, ...]:
    if max_age is None:
        return ()
    return tuple(takewhile(lambda record: now - created(record) > max_age, batch))


def created(record: Record) -> datetime:
    """When the change happened (to about a second)."""
    at: datetime = record["dynamodb"]["ApproximateCreationDateTime"]
    return at


def sequence_number(record: Record) -> str:
    """The record's place in its shard."""
    number: str = record["dynamodb"]["SequenceNumber"]
    return number


def _taken(batch: tuple[Record, ...], outcome: Outcome, mapping: StreamMapping) -> int:
    """How many records, from the first, the function is done with.

    With partial responses that is up to the first it reports; a report it cannot mean fails the whole batch.
    """
    if outcome.error is not None:
        return 0
    if not mapping.partial_responses or not outcome.response:
        return len(batch)
    if not isinstance(outcome.response, Mapping):
        return 0
    places = {sequence_number(record): place for place, record in enumerate(batch)}
    failures = outcome.response.get("batchItemFailures") or []
    reported = [places.get(failure.get("itemIdentifier"), 0) for failure in failures]
    return min(reported, default=len(batch))
