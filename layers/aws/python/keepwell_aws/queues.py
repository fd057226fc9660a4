"""One SQS queue."""

import json
from collections.abc import Mapping, Sequence
from datetime import timedelta
from itertools import islice
from math import ceil
from typing import TYPE_CHECKING, Any

from keepwell.errors import TransientFailure
from keepwell_aws.clients import sqs
from keepwell_aws.failures import translated

if TYPE_CHECKING:
    from mypy_boto3_sqs.type_defs import SendMessageBatchRequestEntryTypeDef

_BATCH = 10  # SQS takes no more at once
_TRIES = 3


class SqsQueue:
    def __init__(self, url: str):
        self._url = url

    def send(self, messages: Sequence[Mapping[str, Any]], after: timedelta = timedelta()) -> None:
        """An entry that SQS leaves out is sent again, twice at most; the others are not. SQS delays by whole
        seconds."""
        seconds = ceil(after.total_seconds())
        bodies = iter(json.dumps(message, ensure_ascii=False, allow_nan=False) for message in messages)
        while batch := list(islice(bodies, _BATCH)):
            self._send({str(number): body for number, body in enumerate(batch)}, seconds)

    def _send(self, bodies: dict[str, str], seconds: int) -> None:
        for _ in range(_TRIES):
            entries: list[SendMessageBatchRequestEntryTypeDef] = [
                {"Id": key, "MessageBody": body, "DelaySeconds": seconds} for key, body in bodies.items()
            ]
            with translated(f"queueing {len(entries)} messages on {self._url}"):
                answer = sqs().send_message_batch(QueueUrl=self._url, Entries=entries)
            failed = {failure["Id"]: failure for failure in answer.get("Failed", [])}
            if not failed:
                return
            bodies = {key: body for key, body in bodies.items() if key in failed}
        reasons = sorted({f"{failure['Code']}: {failure.get('Message', '')}" for failure in failed.values()})
        raise TransientFailure(f"{len(bodies)} messages were not taken by {self._url} ({'; '.join(reasons)})")
