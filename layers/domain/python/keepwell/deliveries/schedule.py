"""When a message that could not be sent is tried again (reliability 1, T6).

The schedule is Svix's: eight attempts over 27 h 35 min. Each wait is up to a tenth longer, by a share that is
derived from the message's id: the same whenever it is computed, and another for the next message, so that
what failed together does not come back together.
"""

import hashlib
from datetime import timedelta

# The wait before each further attempt.
RETRY_AFTER = (
    timedelta(seconds=5),
    timedelta(minutes=5),
    timedelta(minutes=30),
    timedelta(hours=2),
    timedelta(hours=5),
    timedelta(hours=10),
    timedelta(hours=10),
)
ATTEMPTS = len(RETRY_AFTER) + 1

# A message that waits for its endpoint spends no attempts; after so long it is given up all the same.
PATIENCE = timedelta(days=3)

_JITTER = 0.1


def wait_after(delivery_id: str, tried: int, asked: timedelta | None = None) -> timedelta:
    """The wait after so many attempts, 1 to 7. What the receiver `asked` for counts where it is longer."""
    wait = max(RETRY_AFTER[tried - 1], asked or timedelta())
    return wait * (1 + _JITTER * share_of(f"{delivery_id}/{tried}"))


def share_of(text: str) -> float:
    """A number from 0 to 1, always the same for a text and evenly spread over texts."""
    digest = hashlib.sha256(text.encode()).digest()
    return int.from_bytes(digest[:4]) / 2**32
