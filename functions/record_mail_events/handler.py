"""Heed what SES tells of mails: one that bounced for good, or that somebody complained of, suppresses its
address."""

from functools import cache
from typing import Any

from aws_lambda_powertools import Logger
from aws_lambda_powertools.utilities.typing import LambdaContext

from keepwell.deliveries.suppression import MailEvents
from keepwell.deliveries.trouble import Trouble
from keepwell_aws.deliveries import DynamoDeliveries
from keepwell_aws.mail_events import mail_event
from keepwell_aws.settings import FunctionSettings
from keepwell_aws.suppressions import DynamoSuppressions
from keepwell_aws.wakes import DynamoWakes

logger = Logger()


class Settings(FunctionSettings):
    deliveries_table: str


@cache
def build() -> MailEvents:
    table = Settings.from_environment().deliveries_table
    return MailEvents(DynamoSuppressions(table), DynamoDeliveries(table), Trouble(DynamoWakes(table)))


def handler(event: dict[str, Any], _context: LambdaContext) -> None:
    told = mail_event(event["detail"])
    if told is None:
        return
    build().heed(told)
    logger.info("mail came back", cause=told.cause, delivery_id=told.delivery_id, addresses=len(told.details))
