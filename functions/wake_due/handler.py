"""Do what is due: carry out wakes, then queue the deliveries whose next attempt has come. The minute tick.

Wakes come first: a digest calls off the mails that it tells of, which may be due by themselves.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache

from aws_lambda_powertools import Logger
from aws_lambda_powertools.utilities.typing import LambdaContext

from keepwell.addresses import without_addresses
from keepwell.deliveries import Channel, wake_due
from keepwell.ports import Queue
from keepwell.purposes import purposes
from keepwell.wakes import Purpose
from keepwell.waking import CarryOut, carry_out_due
from keepwell_aws.clock import StackClock
from keepwell_aws.control import DynamoControl
from keepwell_aws.deliveries import DynamoDeliveries
from keepwell_aws.files import S3Files
from keepwell_aws.history import DynamoHistory
from keepwell_aws.launching import LaunchSettings, launcher
from keepwell_aws.people import DynamoPeople
from keepwell_aws.playbooks import ActivePlaybook
from keepwell_aws.wakes import DynamoWakes

logger = Logger()
RESERVE_MS = 15_000


class Settings(LaunchSettings):
    practice: bool


@dataclass(frozen=True)
class Stack:
    deliveries: DynamoDeliveries
    queues: Mapping[Channel, Queue]
    wakes: DynamoWakes
    purposes: Mapping[Purpose, CarryOut]
    history: DynamoHistory
    clock: StackClock


@cache
def build() -> Stack:
    settings = Settings.from_environment()
    control = DynamoControl(settings.control_table)
    playbooks = ActivePlaybook(control, S3Files(settings.files_bucket))
    plays, people = launcher(settings, playbooks), DynamoPeople(settings.work_table)
    return Stack(
        deliveries=DynamoDeliveries(settings.deliveries_table),
        queues=plays.queues,
        wakes=DynamoWakes(settings.deliveries_table),
        purposes=purposes(plays, people, playbooks.get),
        history=DynamoHistory(settings.history_table),
        clock=StackClock(control, practice=settings.practice),
    )


def handler(_event: dict[str, object], context: LambdaContext) -> dict[str, int]:
    stack = build()
    now = stack.clock.now()

    def has_time() -> bool:
        return context.get_remaining_time_in_millis() > RESERVE_MS

    woken = carry_out_due(stack.wakes, stack.purposes, stack.history, now, has_time)
    for wake in woken.failed:
        named, problem = without_addresses(wake.wake_id), without_addresses(wake.problem)
        logger.warning("wake failed", wake=named, attempts=wake.attempts, problem=problem)
    for wake in woken.given_up:
        named, problem = without_addresses(wake.wake_id), without_addresses(wake.why)
        logger.error("wake given up", wake=named, attempts=wake.attempts, problem=problem)
    queued = wake_due(stack.deliveries, stack.queues, now)
    if queued or woken.carried_out:
        logger.info("due", deliveries=queued, wakes=woken.carried_out)
    return {"woken": queued, "wakes": woken.carried_out}
