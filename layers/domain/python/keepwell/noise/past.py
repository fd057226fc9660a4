"""What came of plays at an account before: all that the noise budget looks back at."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from keepwell.deliveries import Delivery
from keepwell.tasks import PlayRun, Task


@dataclass(frozen=True)
class Past:
    """The tasks and the runs of an account, and a message by its id."""

    tasks: Callable[[str], Iterable[Task]] = lambda _account_id: ()
    runs: Callable[[str], Iterable[PlayRun]] = lambda _account_id: ()
    message: Callable[[str], Delivery | None] = lambda _delivery_id: None


NOTHING_BEFORE = Past()
