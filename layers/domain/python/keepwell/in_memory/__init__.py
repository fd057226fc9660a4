"""Twins of the adapters that keep everything in memory, for tests, offline scoring and backtests.

One contract test runs on each twin and on its adapter (tests/adapters). What is put in is copied, so that a
caller who changes it afterwards changes nothing here.
"""

from keepwell.in_memory.accounts import InMemoryAccounts
from keepwell.in_memory.clock import FixedClock
from keepwell.in_memory.collections import InMemoryCollections
from keepwell.in_memory.control import InMemoryControl
from keepwell.in_memory.deliveries import InMemoryDeliveries
from keepwell.in_memory.files import InMemoryFiles
from keepwell.in_memory.history import InMemoryHistory
from keepwell.in_memory.locations import InMemoryLocations
from keepwell.in_memory.people import InMemoryPeople
from keepwell.in_memory.queues import InMemoryQueue
from keepwell.in_memory.suppressions import InMemorySuppressions
from keepwell.in_memory.team import InMemoryTeam
from keepwell.in_memory.touchpoints import InMemoryTouchpoints
from keepwell.in_memory.user_days import InMemoryUserDays
from keepwell.in_memory.wakes import InMemoryWakes
from keepwell.in_memory.work import InMemoryWork

__all__ = [
    "FixedClock",
    "InMemoryAccounts",
    "InMemoryCollections",
    "InMemoryControl",
    "InMemoryDeliveries",
    "InMemoryFiles",
    "InMemoryHistory",
    "InMemoryLocations",
    "InMemoryPeople",
    "InMemoryQueue",
    "InMemorySuppressions",
    "InMemoryTeam",
    "InMemoryTouchpoints",
    "InMemoryUserDays",
    "InMemoryWakes",
    "InMemoryWork",
]
