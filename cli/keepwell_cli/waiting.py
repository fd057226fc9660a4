"""Waiting for something to become true, for a bounded time."""

import time
from collections.abc import Callable
from typing import TypeVar

from keepwell_cli.output import NoCloudError

Found = TypeVar("Found")
POLL = 0.1


def wait_for(what: str, find: Callable[[], Found | None], patience: float = 120) -> Found:
    """What `find` returns once that is not None; NoCloudError after `patience` seconds, naming `what`."""
    deadline = time.monotonic() + patience
    while (found := find()) is None:
        if time.monotonic() > deadline:
            raise NoCloudError(f"waited {patience:g} seconds for {what}; see the logs of the functions")
        time.sleep(POLL)
    return found
