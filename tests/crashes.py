"""Crash enumeration (reliability.md section 2.2): run a handler, killing it at every AWS call in turn.

At each call the world can end before it (nothing was applied), after it (it was applied, the answer lost), or
the call can be throttled beyond the SDK's patience. Afterwards the event is delivered again, as AWS would.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from typing import Any, Literal
from unittest.mock import patch

from botocore.client import BaseClient
from botocore.exceptions import ClientError

Fault = Literal["before", "after", "throttled"]
FAULTS: tuple[Fault, ...] = ("before", "after", "throttled")


class Killed(BaseException):
    """The function's process ended here."""


@dataclass
class Calls:
    """The AWS calls of one run, as `service:Operation`."""

    made: list[str] = field(default_factory=list)


@contextmanager
def fault_at(place: int | None, fault: Fault = "before") -> Iterator[Calls]:
    """Run with a fault at the AWS call of this place, counted from 0 (None: with none)."""
    calls = Calls()
    original = BaseClient._make_api_call  # type: ignore[attr-defined]

    def call(self: BaseClient, operation: str, arguments: dict[str, Any]) -> Any:
        here = len(calls.made)
        calls.made.append(f"{self.meta.service_model.service_name}:{operation}")
        if here == place and fault == "before":
            raise Killed
        if here == place and fault == "throttled":
            raise ClientError({"Error": {"Code": "ThrottlingException", "Message": "slow down"}}, operation)
        answer = original(self, operation, arguments)
        if here == place and fault == "after":
            raise Killed
        return answer

    with patch.object(BaseClient, "_make_api_call", call):
        yield calls


def deliver(run: Callable[[], object], place: int | None = None, fault: Fault = "before") -> list[str]:
    """Run once with a fault; a killed or failed run ends quietly, as it does for AWS. The calls made."""
    from aws_lambda_powertools.utilities.batch.exceptions import BatchProcessingError

    from keepwell.errors import KeepwellError

    ends = (Killed, BatchProcessingError, KeepwellError, ClientError)
    with fault_at(place, fault) as calls, suppress(*ends):
        run()
    return calls.made
