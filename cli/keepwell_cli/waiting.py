"""Waiting for something to become true, for a bounded time."""

import time
from collections.abc import Callable
from typing import TypeVar

from keepwell_cli.output import NoCloudError

Found = TypeVar("Found")
POLL = 0.1


def wait_for(what: str, find: Callable[[], Found | None], patience: float = 120) -> Found:
    """What `find` returns once that is not None; NoCloudError after `patience` seconds, naming `what`.

    Between two looks it waits twice as long as one takes: looking costs what is waited for its time.
    """
    deadline = time.monotonic() + patience
    while True:
        begun = time.monotonic()
        if (found := find()) is not None:
            return found
        if time.monotonic() > deadline:
            raise NoCloudError(f"waited {patience:g} seconds for {what}; see the logs of the functions")
        time.sleep(max(POLL, 2 * (time.monotonic() - begun)))
