"""Reads one DynamoDB stream and wakes a function on its records, through any endpoint that speaks AWS."""

import json
import logging
import threading
import uuid
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from botocore.config import Config
from botocore.exceptions import ClientError

from keepwell.errors import ConfigurationError, TransientFailure
from keepwell_cli.local import emulator
from keepwell_cli.local.failures import event, failure_key, invocation_record
from keepwell_cli.local.streams import (
    GivenUp,
    Outcome,
    Record,
    StreamMapping,
    deliver,
    sequence_number,
)

if TYPE_CHECKING:
    from mypy_boto3_dynamodbstreams import DynamoDBStreamsClient
    from mypy_boto3_lambda import LambdaClient
    from mypy_boto3_s3 import S3Client
    from mypy_boto3_sqs import SQSClient

# Seconds between two looks at a stream where nothing is new: soon after something was, later seldom.
SHORTEST_IDLE = 0.05
LONGEST_IDLE = 0.25
LONGEST_FUNCTION = 900
LONGEST_BACK_OFF = 5.0
MOST_RECORDS = 1000

logger = logging.getLogger("keepwell.pump")


class _Stopping(BaseException):
    """The pump is asked to end while it waits to try again."""


@dataclass(frozen=True)
class Clients:
    """What the pump talks to, safe to share between threads."""

    functions: "LambdaClient"
    streams: "DynamoDBStreamsClient"
    queues: "SQSClient"
    files: "S3Client"

    @classmethod
    def of(cls, endpoint: str) -> "Clients":
        session = emulator.session(endpoint)
        # An invocation must not be repeated behind the back of the attempt count.
        config = Config(
            read_timeout=LONGEST_FUNCTION, retries={"total_max_attempts": 1}, max_pool_connections=50
        )
        return cls(
            functions=session.client("lambda", endpoint_url=endpoint, config=config),
            streams=session.client("dynamodbstreams", endpoint_url=endpoint),
            queues=session.client("sqs", endpoint_url=endpoint),
            files=session.client("s3", endpoint_url=endpoint),
        )


class Reader:
    """Reads the shards of one mapping's stream and delivers their records, in a thread of its own."""

    def __init__(self, mapping: StreamMapping, clients: Clients):
        self.mapping = mapping
        self.stopping = threading.Event()
        self._clients = clients
        self._iterators: dict[str, str] = {}
        self._ended: set[str] = set()
        self._last_read: dict[str, str] = {}

    def run(self) -> None:
        """Read until stopped, from the beginning even where the mapping says LATEST: it is new here."""
        idle = SHORTEST_IDLE
        with suppress(_Stopping):
            while not self.stopping.is_set():
                if not self._iterators:
                    self._find_shards()
                read = [self._read(shard) for shard in list(self._iterators)]
                if any(read):
                    idle = SHORTEST_IDLE
                else:
                    self.stopping.wait(idle)
                    idle = min(idle * 1.1, LONGEST_IDLE)

    def _find_shards(self) -> None:
        """Get an iterator for each shard that has none and did not end; a child waits for its parent."""
        try:
            stream = self._clients.streams.describe_stream(StreamArn=self.mapping.stream)
            for shard in stream["StreamDescription"]["Shards"]:
                name, parent = shard["ShardId"], shard.get("ParentShardId")
                if name not in self._ended | self._iterators.keys() and parent not in self._iterators:
                    self._iterators[name] = self._iterator(name)
        except ClientError as error:
            # The table was replaced: its mapping goes as well, in a moment.
            if _code(error) != "ResourceNotFoundException":
                raise

    def _iterator(self, shard: str) -> str:
        """An iterator after what was read of the shard, or from its beginning."""
        stream, last = self.mapping.stream, self._last_read.get(shard)
        if last is None:
            return self._clients.streams.get_shard_iterator(
                StreamArn=stream, ShardId=shard, ShardIteratorType="TRIM_HORIZON"
            )["ShardIterator"]
        return self._clients.streams.get_shard_iterator(
            StreamArn=stream, ShardId=shard, ShardIteratorType="AFTER_SEQUENCE_NUMBER", SequenceNumber=last
        )["ShardIterator"]

    def _read(self, shard: str) -> bool:
        """Deliver what is new in a shard; whether there was anything."""
        iterator = self._iterators[shard]
        try:
            page = self._clients.streams.get_records(
                ShardIterator=iterator, Limit=min(self.mapping.batch_size, MOST_RECORDS)
            )
        except ClientError as error:
            if _code(error) == "TrimmedDataAccessException":
                self._last_read.pop(shard, None)
            elif _code(error) != "ExpiredIteratorException":
                raise
            self._renew(shard)
            return False
        records: Sequence[Record] = page["Records"]
        if records:
            self._deliver(shard, records)
            self._last_read[shard] = sequence_number(records[-1])
        if following := page.get("NextShardIterator"):
            self._iterators[shard] = following
        else:
            self._ended.add(shard)
            self._renew(shard)
        return bool(records)

    def _renew(self, shard: str) -> None:
        del self._iterators[shard]
        self._find_shards()

    def _deliver(self, shard: str, records: Sequence[Record]) -> None:
        deliver(
            records,
            self.mapping,
            invoke=self._invoke,
            give_up=lambda given_up: self._give_up(shard, given_up),
            now=lambda: datetime.now(UTC),
            back_off=self._back_off,
        )

    def _invoke(self, batch: Sequence[Record]) -> Outcome:
        try:
            answer = self._clients.functions.invoke(
                FunctionName=self.mapping.function, Payload=event(batch, self.mapping.stream).encode()
            )
        except ClientError as refusal:
            logger.warning("%s was not reached: %s", self.mapping.function, refusal)
            raise TransientFailure(str(refusal)) from refusal
        payload = answer["Payload"].read()
        error = answer.get("FunctionError")
        if error:
            logger.warning("%s failed on %d records: %s", self.mapping.function, len(batch), payload.decode())
            return Outcome(error=error)
        return Outcome(json.loads(payload or b"null"))

    def _back_off(self, failures: int) -> None:
        if self.stopping.wait(min(0.1 * 2**failures, LONGEST_BACK_OFF)):
            raise _Stopping

    def _give_up(self, shard: str, given_up: GivenUp) -> None:
        destination = self.mapping.on_failure
        logger.error(
            "%s: gave up %d records (%s); they go to %s",
            self.mapping.function,
            len(given_up.records),
            given_up.condition,
            destination,
        )
        if destination is None:
            return
        now, unique = datetime.now(UTC), str(uuid.uuid4())
        document = invocation_record(given_up, self.mapping, shard, now, unique)
        _, _, service, _, _, name = destination.split(":", 5)
        match service:
            case "s3":
                document["payload"] = event(given_up.records, self.mapping.stream)
                key = failure_key(self.mapping.mapping_id, shard, now, unique)
                self._clients.files.put_object(Bucket=name, Key=key, Body=json.dumps(document))
            case "sqs":
                url = self._clients.queues.get_queue_url(QueueName=name)["QueueUrl"]
                self._clients.queues.send_message(QueueUrl=url, MessageBody=json.dumps(document))
            case _:
                raise ConfigurationError(
                    f"on-failure destination {destination}: the local cloud knows S3 and SQS."
                )


def _code(error: ClientError) -> str:
    return error.response.get("Error", {}).get("Code", "")
