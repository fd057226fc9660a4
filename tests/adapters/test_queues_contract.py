"""The contract of Queue."""

import json
from collections.abc import Callable
from datetime import timedelta
from typing import Any
from unittest.mock import patch

import boto3
import pytest
from botocore.client import BaseClient

from keepwell.errors import ConfigurationError, TransientFailure
from keepwell.in_memory import InMemoryQueue
from keepwell.ports import Queue
from keepwell_aws.queues import SqsQueue
from tests.aws_tables import Names


@pytest.fixture
def queue(place: Names | None) -> Queue:
    return SqsQueue(place.queues["import_shards"]) if place else InMemoryQueue()


def received(queue: Queue) -> list[dict[str, Any]]:
    if isinstance(queue, InMemoryQueue):
        return queue.messages
    assert isinstance(queue, SqsQueue)
    sqs = boto3.client("sqs")
    messages = []
    while batch := sqs.receive_message(QueueUrl=queue._url, MaxNumberOfMessages=10).get("Messages"):
        messages += [json.loads(message["Body"]) for message in batch]
    return messages


@pytest.mark.parametrize("count", [0, 1, 10, 11, 26])
def test_every_message_arrives(queue: Queue, count: int) -> None:
    sent = [{"shard": number, "text": "Grüße"} for number in range(count)]
    queue.send(sent)
    assert sorted(received(queue), key=lambda message: int(message["shard"])) == sent


def test_a_message_stays_away_for_as_long_as_asked(queue: Queue) -> None:
    queue.send([{"shard": 1}], after=timedelta(minutes=15))
    queue.send([{"shard": 2}])
    if isinstance(queue, InMemoryQueue):
        assert queue.delays == [timedelta(minutes=15), timedelta()]
    else:
        assert received(queue) == [{"shard": 2}]


def test_the_twin_takes_a_copy() -> None:
    queue = InMemoryQueue()
    message = {"shards": [1]}
    queue.send([message])
    message["shards"].append(2)
    assert queue.messages == [{"shards": [1]}]


def answering(failed: Callable[[int, str], bool]) -> Any:
    """SQS that leaves out the entries for which `failed(call number, id)`, and the ids of each request."""
    requests: list[list[str]] = []

    def call(self: BaseClient, operation: str, arguments: dict[str, Any]) -> Any:
        ids = [entry["Id"] for entry in arguments["Entries"]]
        requests.append(ids)
        refused = [entry for entry in ids if failed(len(requests), entry)]
        return {"Failed": [{"Id": i, "Code": "InternalError", "SenderFault": False} for i in refused]}

    return requests, patch.object(BaseClient, "_make_api_call", call)


def test_only_what_was_left_out_is_sent_again(stack: Names) -> None:
    requests, sqs = answering(lambda call, entry: call == 1 and entry in ("1", "3"))
    with sqs:
        SqsQueue(stack.queues["import_shards"]).send([{"shard": number} for number in range(5)])
    assert requests == [["0", "1", "2", "3", "4"], ["1", "3"]]


def test_what_is_never_taken_is_a_transient_failure(stack: Names) -> None:
    """R3: the record is tried again; what was queued already is harmless twice."""
    requests, sqs = answering(lambda _, entry: entry == "2")
    with sqs, pytest.raises(TransientFailure, match=r"1 messages were not taken.*InternalError"):
        SqsQueue(stack.queues["import_shards"]).send([{"shard": number} for number in range(5)])
    assert requests == [["0", "1", "2", "3", "4"], ["2"], ["2"]]


def test_a_queue_that_is_not_there_says_what_to_check(stack: Names) -> None:
    url = stack.queues["import_shards"] + "-nowhere"
    with pytest.raises(ConfigurationError, match="nowhere"):
        SqsQueue(url).send([{"shard": 1}])
