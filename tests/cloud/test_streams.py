"""What AWS promises of stream mappings: order, bisecting, partial responses, retries, age (R2)."""

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from keepwell.errors import ConfigurationError, TransientFailure
from keepwell_cli.local.failures import event, failure_key, invocation_record
from keepwell_cli.local.streams import (
    Condition,
    GivenUp,
    Outcome,
    Record,
    StreamMapping,
    deliver,
    matches,
    sequence_number,
)

NOON = datetime(2026, 11, 21, 12, tzinfo=UTC)
STREAM = "arn:aws:dynamodb:us-east-1:000000000000:table/accounts/stream/2026"
MAPPING = StreamMapping(
    mapping_id="m-1", function="arn:aws:lambda:us-east-1:0:function:f", stream=STREAM, retries=2, bisect=True
)


def record(number: int, *, at: datetime = NOON, part: str = "facts") -> Record:
    keys = {"account_id": {"S": f"a{number}"}, "part": {"S": part}}
    change = {"SequenceNumber": str(number), "Keys": keys, "ApproximateCreationDateTime": at}
    return {"eventID": str(number), "eventName": "MODIFY", "dynamodb": change}


def records(count: int) -> list[Record]:
    return [record(number) for number in range(count)]


def numbers(batch: Sequence[Record]) -> list[int]:
    return [int(sequence_number(each)) for each in batch]


@dataclass
class Function:
    """A function that fails on poison, either as a whole or by reporting the records it could not take."""

    poison: frozenset[int] = frozenset()
    reports: bool = False
    calls: list[list[int]] = field(default_factory=list)
    given_up: list[GivenUp] = field(default_factory=list)
    waits: list[int] = field(default_factory=list)

    def __call__(self, batch: Sequence[Record]) -> Outcome:
        self.calls.append(numbers(batch))
        bad = [number for number in numbers(batch) if number in self.poison]
        if self.reports:
            return Outcome({"batchItemFailures": [{"itemIdentifier": str(number)} for number in bad]})
        return Outcome(error="Unhandled") if bad else Outcome()

    def get(
        self,
        given: Sequence[Record],
        mapping: StreamMapping = MAPPING,
        now: Callable[[], datetime] = lambda: NOON,
    ) -> None:
        deliver(
            given,
            replace(mapping, partial_responses=self.reports),
            invoke=self,
            give_up=self.given_up.append,
            now=now,
            back_off=self.waits.append,
        )


def test_a_batch_that_is_taken_is_delivered_once() -> None:
    function = Function()
    function.get(records(5), replace(MAPPING, batch_size=2))
    assert function.calls == [[0, 1], [2, 3], [4]]
    assert function.given_up == []


@pytest.mark.parametrize(
    ("reports", "calls"),
    [
        pytest.param(
            False,
            [[*range(10)], [*range(5)], [5, 6, 7, 8, 9], [5, 6], [5], [5], [5], [6], [7, 8, 9]],
            id="whole batch fails",
        ),
        pytest.param(
            True,
            [[*range(10)], [5, 6, 7, 8, 9], [5, 6], [5], [5], [5], [6], [7, 8, 9]],
            id="partial responses",
        ),
    ],
)
def test_one_poison_among_ten_is_given_up_and_nine_take_effect(reports: bool, calls: list[list[int]]) -> None:
    """R2: bisecting isolates it without using up a retry, then it has its three attempts."""
    function = Function(poison=frozenset({5}), reports=reports)
    function.get(records(10))
    assert function.calls == calls
    [given_up] = function.given_up
    assert numbers(given_up.records) == [5]
    assert (given_up.condition, given_up.attempts) == (Condition.RETRIES, 3)
    assert function.waits == [1, 2]


def test_without_bisecting_the_whole_batch_is_given_up() -> None:
    function = Function(poison=frozenset({1}))
    function.get(records(3), replace(MAPPING, bisect=False))
    assert function.calls == [[0, 1, 2]] * 3
    assert numbers(function.given_up[0].records) == [0, 1, 2]


def test_records_before_a_reported_failure_are_not_sent_again() -> None:
    function = Function(poison=frozenset({3}), reports=True)
    function.get(records(4), replace(MAPPING, bisect=False, retries=0))
    assert function.calls == [[0, 1, 2, 3], [3]]


@pytest.mark.parametrize(
    "answer",
    [
        {"batchItemFailures": [{"itemIdentifier": ""}]},
        {"batchItemFailures": [{"itemIdentifier": None}]},
        {"batchItemFailures": [{"wrong": "1"}]},
        {"batchItemFailures": [{"itemIdentifier": "no such record"}]},
        "not a report",
    ],
)
def test_a_report_that_makes_no_sense_fails_the_batch(answer: Any) -> None:
    given_up: list[GivenUp] = []
    deliver(
        records(2),
        replace(MAPPING, partial_responses=True, retries=0, bisect=False),
        invoke=lambda batch: Outcome(answer),
        give_up=given_up.append,
        now=lambda: NOON,
        back_off=lambda failures: None,
    )
    assert numbers(given_up[0].records) == [0, 1]


@pytest.mark.parametrize("answer", [None, {}, {"batchItemFailures": []}, {"batchItemFailures": None}])
def test_an_empty_report_takes_the_batch(answer: Any) -> None:
    given_up: list[GivenUp] = []
    deliver(
        records(2),
        replace(MAPPING, partial_responses=True),
        invoke=lambda batch: Outcome(answer),
        give_up=given_up.append,
        now=lambda: NOON,
        back_off=lambda failures: None,
    )
    assert given_up == []


def test_records_that_grow_too_old_are_given_up_before_they_are_tried_again() -> None:
    now = NOON

    def later() -> datetime:
        nonlocal now
        now += timedelta(seconds=40)
        return now

    function = Function(poison=frozenset({0}))
    function.get([record(0)], replace(MAPPING, retries=None, max_age=timedelta(seconds=100)), later)
    assert function.calls == [[0], [0]]
    assert function.given_up[0].condition is Condition.AGE


def test_only_the_old_records_of_a_batch_are_given_up() -> None:
    old = record(0, at=NOON - timedelta(hours=1))
    function = Function()
    function.get([old, record(1)], replace(MAPPING, max_age=timedelta(minutes=10)))
    assert function.calls == [[1]]
    assert numbers(function.given_up[0].records) == [0]


def test_a_function_that_is_not_reached_uses_up_no_attempt() -> None:
    """R3: throttling loses nothing."""
    failures = iter([TransientFailure("throttled")] * 5)
    function = Function()

    def invoke(batch: Sequence[Record]) -> Outcome:
        for failure in failures:
            raise failure
        return function(batch)

    deliver(
        records(2),
        replace(MAPPING, retries=0),
        invoke=invoke,
        give_up=function.given_up.append,
        now=lambda: NOON,
        back_off=function.waits.append,
    )
    assert function.calls == [[0, 1]]
    assert (function.given_up, function.waits) == ([], [1, 2, 3, 4, 5])


@given(
    poison=st.frozensets(st.integers(0, 29), max_size=6),
    count=st.integers(0, 30),
    batch_size=st.integers(1, 12),
    bisect=st.booleans(),
    reports=st.booleans(),
    retries=st.integers(0, 3),
)
def test_every_record_ends_once_and_in_order(
    poison: frozenset[int], count: int, batch_size: int, bisect: bool, reports: bool, retries: int
) -> None:
    """Nothing is lost, nothing overtakes: each record is taken or given up, in the order of the shard."""
    function = Function(poison=poison, reports=reports)
    function.get(records(count), replace(MAPPING, batch_size=batch_size, bisect=bisect, retries=retries))
    first_seen = list(dict.fromkeys(number for call in function.calls for number in call))
    lost = [number for given_up in function.given_up for number in numbers(given_up.records)]
    assert first_seen == list(range(count))
    assert lost == sorted(set(lost))
    assert set(lost) >= poison & set(range(count))
    if bisect:
        assert set(lost) == poison & set(range(count))


@pytest.mark.parametrize(
    ("pattern", "fits"),
    [
        ({"dynamodb": {"Keys": {"part": {"S": ["facts", "usage"]}}}}, True),
        ({"dynamodb": {"Keys": {"part": {"S": ["standing"]}}}}, False),
        ({"eventName": ["MODIFY"], "dynamodb": {"Keys": {"part": {"S": ["facts"]}}}}, True),
        ({"dynamodb": {"NewImage": {"pending": {"S": [{"exists": True}]}}}}, False),
        ({"dynamodb": {"NewImage": {"pending": {"S": [{"exists": False}]}}}}, True),
        ({"dynamodb": {"Keys": {"part": {"S": [{"exists": True}]}}}}, True),
        ({"dynamodb": {"Keys": {"part": [{"exists": True}]}}}, False),
        ({}, True),
    ],
)
def test_filters_know_exact_values_and_the_existence_of_leaves(pattern: dict[str, Any], fits: bool) -> None:
    assert matches(pattern, record(1)) is fits


def test_a_filter_rule_the_pump_does_not_know_is_refused() -> None:
    with pytest.raises(ConfigurationError, match="exact values"):
        matches({"eventName": [{"prefix": "M"}]}, record(1))


def test_records_no_filter_takes_never_reach_the_function() -> None:
    function = Function()
    only_facts = {"dynamodb": {"Keys": {"part": {"S": ["facts"]}}}}
    function.get([record(0, part="standing"), record(1)], replace(MAPPING, filters=(only_facts,)))
    assert function.calls == [[1]]


def test_a_mapping_is_read_from_what_lambda_says_of_it() -> None:
    described = {
        "UUID": "m-1",
        "FunctionArn": MAPPING.function,
        "EventSourceArn": STREAM,
        "BatchSize": 50,
        "BisectBatchOnFunctionError": True,
        "FunctionResponseTypes": ["ReportBatchItemFailures"],
        "MaximumRetryAttempts": 3,
        "MaximumRecordAgeInSeconds": 3600,
        "FilterCriteria": {"Filters": [{"Pattern": '{"eventName": ["INSERT"]}'}]},
        "DestinationConfig": {"OnFailure": {"Destination": "arn:aws:s3:::failures"}},
    }
    mapping = StreamMapping.described(described)
    assert mapping == StreamMapping(
        mapping_id="m-1",
        function=MAPPING.function,
        stream=STREAM,
        batch_size=50,
        bisect=True,
        partial_responses=True,
        retries=3,
        max_age=timedelta(hours=1),
        filters=({"eventName": ["INSERT"]},),
        on_failure="arn:aws:s3:::failures",
    )
    unlimited = StreamMapping.described({**described, "MaximumRetryAttempts": -1, "FilterCriteria": {}})
    assert (unlimited.retries, unlimited.filters) == (None, None)


def test_what_is_left_at_the_destination_says_where_the_records_stood() -> None:
    given_up = GivenUp((record(5), record(6)), Condition.RETRIES, 3, "Unhandled")
    left = invocation_record(given_up, MAPPING, "shard-0", NOON, "r-1")
    assert left["requestContext"]["condition"] == "RetryAttemptsExhausted"
    assert left["DDBStreamBatchInfo"] == {
        "shardId": "shard-0",
        "startSequenceNumber": "5",
        "endSequenceNumber": "6",
        "approximateArrivalOfFirstRecord": "2026-11-21T12:00:00.000Z",
        "approximateArrivalOfLastRecord": "2026-11-21T12:00:00.000Z",
        "batchSize": 2,
        "streamArn": STREAM,
    }
    assert failure_key("m-1", "shard-0", NOON, "u") == (
        "aws/lambda/m-1/shard-0/2026/11/21/2026-11-21T12.00.00-u"
    )


def test_an_event_is_written_as_lambda_writes_it() -> None:
    binary = {**record(1), "dynamodb": {**record(1)["dynamodb"], "NewImage": {"x": {"B": b"\x00"}}}}
    [written] = json.loads(event([binary], STREAM))["Records"]
    assert written["eventSourceARN"] == STREAM
    assert written["dynamodb"]["ApproximateCreationDateTime"] == NOON.timestamp()
    assert written["dynamodb"]["NewImage"] == {"x": {"B": "AA=="}}
