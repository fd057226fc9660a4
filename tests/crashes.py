"""Crash enumeration (reliability.md section 2.2): run a handler, killing it at every AWS call in turn.

At each call the world can end before it (nothing was applied), after it (it was applied, the answer lost), or
the call can be throttled beyond the SDK's patience, or time out though it was applied. Afterwards the event
is delivered again, as AWS would.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any, Literal
from unittest.mock import patch

from botocore.client import BaseClient
from botocore.exceptions import ClientError, ReadTimeoutError

from tests.kept_world import Kept

Fault = Literal["before", "after", "throttled", "timed out"]


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
        if here == place and fault == "timed out":
            raise ReadTimeoutError(endpoint_url="https://aws.example")
        return answer

    with patch.object(BaseClient, "_make_api_call", call):
        yield calls


@contextmanager
def overtaken_at(place: int, by: Callable[[], object]) -> Iterator[Calls]:
    """Run with all of `by` done just before the AWS call of this place, as if another run was faster."""
    calls = Calls()
    original = BaseClient._make_api_call  # type: ignore[attr-defined]

    def call(self: BaseClient, operation: str, arguments: dict[str, Any]) -> Any:
        here = len(calls.made)
        calls.made.append(f"{self.meta.service_model.service_name}:{operation}")
        if here == place:
            with patch.object(BaseClient, "_make_api_call", original):
                by()
        return original(self, operation, arguments)

    with patch.object(BaseClient, "_make_api_call", call):
        yield calls


Story = Callable[[str, int | None, Fault], list[str]]


def enumerate_faults(story: Story, *, acts_elsewhere: bool = False, timeouts: bool = False) -> list[str]:
    """Tell a story once in peace, then once for each fault at each of the calls it made in peace.

    A story runs a function with the fault, delivers again, checks what came of it and returns the calls of
    the first run. What it needs is best prepared before, once: each story begins with the stack on moto as it
    is now. The name it is given is its own. Killed before a call or after the one before it leaves the same
    behind and is told once, unless the function `acts_elsewhere` in between, as one does that posts to a
    receiver of webhooks. `timeouts` are told besides where asked for.
    """
    world = Kept()
    made = story("R0", None, "before")
    for number, (place, fault) in enumerate(_faults(len(made), acts_elsewhere, timeouts), start=1):
        world.again()
        try:
            assert len(story(f"R{number}", place, fault)) > place, "the fault never came"
        except AssertionError as error:
            error.add_note(f"{fault} call {place} of {made}")
            raise
    return made


def _faults(calls: int, acts_elsewhere: bool, timeouts: bool) -> Iterator[tuple[int, Fault]]:
    for place in range(calls):
        if place == 0 or acts_elsewhere:
            yield place, "before"
        yield place, "after"
        yield place, "throttled"
        if timeouts:
            yield place, "timed out"
