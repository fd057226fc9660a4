"""What the domain asks of the world. Each port has an adapter in `keepwell_aws` and a twin in
`keepwell.in_memory`; one contract test runs on both (tests/adapters).
"""

from keepwell.ports.accounts import Accounts, History, Page, UserDays
from keepwell.ports.control import Clock, Control
from keepwell.ports.files import Files, Locations, StoredObject
from keepwell.ports.messages import Deliveries, Queue, Suppressions, Wakes
from keepwell.ports.work import Collections, People, Team, Touchpoints, Work

__all__ = [
    "Accounts",
    "Clock",
    "Collections",
    "Control",
    "Deliveries",
    "Files",
    "History",
    "Locations",
    "Page",
    "People",
    "Queue",
    "StoredObject",
    "Suppressions",
    "Team",
    "Touchpoints",
    "UserDays",
    "Wakes",
    "Work",
]
