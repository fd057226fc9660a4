"""Deliveries: messages to the outside, each with its attempts and the next one's due time.

Inside, a delivery exists once; outside it arrives at least once, always under the same id (reliability T2).
"""

from keepwell.deliveries.delivery import Attempt, Channel, Delivery, DeliveryState
from keepwell.deliveries.schedule import RETRY_AFTER, wait_after
from keepwell.deliveries.sending import LEASE, cancel, cancelled, deliver, retried, send_again, wake_due

__all__ = [
    "LEASE",
    "RETRY_AFTER",
    "Attempt",
    "Channel",
    "Delivery",
    "DeliveryState",
    "cancel",
    "cancelled",
    "deliver",
    "retried",
    "send_again",
    "wait_after",
    "wake_due",
]
