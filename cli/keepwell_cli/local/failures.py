"""What AWS leaves at a mapping's on-failure destination when it gives up stream records.

A queue gets where the records stood in the shard; a bucket gets the records too, as the text `payload`.
"""

import base64
import json
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from keepwell_cli.local.streams import GivenUp, Record, StreamMapping, created, sequence_number


def event(records: Sequence[Record], stream: str) -> str:
    """The event a function gets for a batch, as JSON text."""
    with_source = [{**record, "eventSourceARN": stream} for record in records]
    return json.dumps({"Records": with_source}, default=_plain)


def invocation_record(
    given_up: GivenUp, mapping: StreamMapping, shard: str, now: datetime, request_id: str
) -> dict[str, Any]:
    """The document AWS sends to the destination (a queue's; a bucket's has `payload` beside)."""
    first, last = given_up.records[0], given_up.records[-1]
    response = {"statusCode": 200, "executedVersion": "$LATEST", "functionError": given_up.error}
    return {
        "requestContext": {
            "requestId": request_id,
            "functionArn": mapping.function,
            "condition": given_up.condition.value,
            "approximateInvokeCount": given_up.attempts,
        },
        "responseContext": response if given_up.error else None,
        "version": "1.0",
        "timestamp": _iso(now),
        "DDBStreamBatchInfo": {
            "shardId": shard,
            "startSequenceNumber": sequence_number(first),
            "endSequenceNumber": sequence_number(last),
            "approximateArrivalOfFirstRecord": _iso(created(first)),
            "approximateArrivalOfLastRecord": _iso(created(last)),
            "batchSize": len(given_up.records),
            "streamArn": mapping.stream,
        },
    }


def failure_key(mapping_id: str, shard: str, now: datetime, unique: str) -> str:
    """The key of the object AWS puts into a bucket destination."""
    return f"aws/lambda/{mapping_id}/{shard}/{now:%Y/%m/%d}/{now:%Y-%m-%dT%H.%M.%S}-{unique}"


def _iso(at: datetime) -> str:
    return at.isoformat(timespec="milliseconds").replace("+00:00", "Z")


def _plain(value: Any) -> Any:
    """How Lambda writes what JSON has no word for: times in epoch seconds, binary in base64."""
    match value:
        case datetime():
            return value.timestamp()
        case bytes():
            return base64.b64encode(value).decode()
    raise TypeError(f"{value!r} cannot stand in a stream event")
