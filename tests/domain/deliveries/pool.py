"""A pool of workers that post webhooks, in simulated time: the real rows, gate and schedule, no real post.

Messages wait in one queue; a worker takes the next, and is held for as long as the post lasts. The minute
tick queues what is due, and is skipped while nothing is.
"""

import heapq
from collections import Counter, deque
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta
from functools import partial
from itertools import count
from typing import Any

from keepwell.accounts import Facts, Provenance
from keepwell.assignment.notices import Notices
from keepwell.deliveries import Channel, Delivery
from keepwell.deliveries.posts import Endpoints, PostGate
from keepwell.deliveries.sending import claim, record
from keepwell.deliveries.shortly import Shortly
from keepwell.deliveries.trouble import Trouble
from keepwell.errors import KeepwellError
from keepwell.in_memory import (
    InMemoryAccounts,
    InMemoryControl,
    InMemoryDeliveries,
    InMemoryTeam,
    InMemoryWakes,
    InMemoryWork,
)
from keepwell.team import Member
from tests.story import NOON

LOOKING = timedelta(milliseconds=20)
TICK = timedelta(minutes=1)

# How long a post lasts that begins at a moment, and what it comes to.
Receiver = Callable[[datetime], tuple[timedelta, KeepwellError | None]]


class Pool:
    """`held` tells of each endpoint how many workers its posts held at most, `posts` how many there were,
    `looks` how often a message was taken from the queue, posted or not."""

    def __init__(self, receivers: Mapping[str, Receiver], workers: int):
        self.now = NOON
        self.deliveries, self.wakes, self.control = InMemoryDeliveries(), InMemoryWakes(), InMemoryControl()
        self.endpoints = Endpoints(self.control)
        self.gate = PostGate(self.endpoints, Trouble(self.wakes), Shortly(self))
        self.receivers, self.idle = receivers, workers
        self.queue: deque[str] = deque()
        self.events: list[tuple[datetime, int, Callable[[], None]]] = []
        self.number = count()
        self.looks = 0
        self.posts, self.holding, self.held = Counter[str](), Counter[str](), Counter[str]()
        self.finished: dict[str, datetime] = {}

    def add(self, endpoint: str, delivery_id: str) -> None:
        """Put a message on its way, as a launch does."""
        self.deliveries.add(
            Delivery(
                delivery_id=delivery_id,
                account_id="A-1",
                channel=Channel.WEBHOOK,
                to=endpoint,
                subject="",
                body="{}",
                play="",
                transition_id="",
                created_at=self.now,
                due_at=self.now,
            )
        )
        self.queue.append(delivery_id)

    def send(self, messages: Sequence[Mapping[str, Any]], after: timedelta = timedelta()) -> None:
        """The gate's queue."""
        for message in messages:
            self._at(self.now + after, partial(self.queue.append, message["delivery_id"]))

    def run(self, until: datetime) -> None:
        """Let time pass, from event to event, until then or until nothing is open."""
        self._work()
        while self.now < until:
            tick = self._next_tick()
            if self.events and (tick is None or self.events[0][0] <= tick):
                self.now, _, happen = heapq.heappop(self.events)
                happen()
            elif tick is not None:
                self.now = tick
                self.queue.extend(found for found, _ in self.deliveries.due(tick))
            else:
                return
            self._work()

    def _next_tick(self) -> datetime | None:
        due = [each.due_at for each in self.deliveries.all() if each.open] if not self.events else []
        if not due:
            return None
        whole = NOON + TICK * -((NOON - max(min(due), self.now)) // TICK)
        return whole if whole > self.now else whole + TICK

    def _work(self) -> None:
        while self.idle and self.queue:
            self.idle -= 1
            self._take(self.queue.popleft())

    def _take(self, delivery_id: str) -> None:
        self.looks += 1
        delivery, is_ours = claim(delivery_id, self.deliveries, self.now, self.gate)
        if not is_ours:
            self._at(self.now + LOOKING, self._is_free)
            return
        lasts, error = self.receivers[delivery.to](self.now)
        began = self.now
        self.posts[delivery.to] += 1
        self.holding[delivery.to] += 1
        self.held[delivery.to] = max(self.held[delivery.to], self.holding[delivery.to])

        def is_over() -> None:
            record(delivery, error, self.deliveries, began, self.gate, self.now)
            self.holding[delivery.to] -= 1
            self.finished[delivery_id] = self.now
            self._is_free()

        self._at(self.now + LOOKING + lasts, is_over)

    def _is_free(self) -> None:
        self.idle += 1

    def _at(self, moment: datetime, happen: Callable[[], None]) -> None:
        heapq.heappush(self.events, (moment, next(self.number), happen))


def told_by(deliveries: InMemoryDeliveries, work: InMemoryWork, control: InMemoryControl, to: str) -> Notices:
    """What tells the operator, the only one of the team, of tasks."""
    team = InMemoryTeam()
    team.put(Member(Facts(to, {}, Provenance("csv:team", NOON), NOON, "team", "team")))
    return Notices(InMemoryAccounts(), work, team, deliveries, {}, InMemoryWakes(), control)
