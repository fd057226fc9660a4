"""Queue the deliveries whose next attempt is due: the minute tick."""

from functools import cache

from aws_lambda_powertools import Logger
from aws_lambda_powertools.utilities.typing import LambdaContext

from keepwell.deliveries import Channel, wake_due
from keepwell_aws.clock import StackClock
from keepwell_aws.control import DynamoControl
from keepwell_aws.deliveries import DynamoDeliveries
from keepwell_aws.queues import SqsQueue
from keepwell_aws.settings import FunctionSettings

logger = Logger()


class Settings(FunctionSettings):
    deliveries_table: str
    control_table: str
    email_deliveries_queue: str
    webhook_deliveries_queue: str
    practice: bool


@cache
def build() -> tuple[DynamoDeliveries, dict[Channel, SqsQueue], StackClock]:
    settings = Settings.from_environment()
    queues = {
        Channel.EMAIL: SqsQueue(settings.email_deliveries_queue),
        Channel.WEBHOOK: SqsQueue(settings.webhook_deliveries_queue),
    }
    clock = StackClock(DynamoControl(settings.control_table), practice=settings.practice)
    return DynamoDeliveries(settings.deliveries_table), queues, clock


def handler(_event: dict[str, object], _context: LambdaContext) -> dict[str, int]:
    deliveries, queues, clock = build()
    woken = wake_due(deliveries, queues, clock.now())
    if woken:
        logger.info("deliveries due", woken=woken)
    return {"woken": woken}
