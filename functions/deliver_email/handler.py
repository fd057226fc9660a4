"""Send mails: each message names a delivery, whose row says whether it still is to be sent."""

from functools import cache

from aws_lambda_powertools import Logger
from aws_lambda_powertools.utilities.batch import EventType, process_partial_response
from aws_lambda_powertools.utilities.batch.types import PartialItemFailureResponse
from aws_lambda_powertools.utilities.data_classes.sqs_event import SQSRecord
from aws_lambda_powertools.utilities.typing import LambdaContext

from keepwell.deliveries import deliver
from keepwell.deliveries.shortly import Shortly
from keepwell.deliveries.suppression import MailGate
from keepwell.deliveries.trouble import Trouble
from keepwell_aws.batches import batch_processor
from keepwell_aws.clock import StackClock
from keepwell_aws.control import DynamoControl
from keepwell_aws.deliveries import DynamoDeliveries
from keepwell_aws.mail import SesMailer
from keepwell_aws.queues import SqsQueue
from keepwell_aws.settings import FunctionSettings
from keepwell_aws.suppressions import DynamoSuppressions
from keepwell_aws.wakes import DynamoWakes

logger = Logger()
processor = batch_processor(EventType.SQS, logger)


class Settings(FunctionSettings):
    deliveries_table: str
    control_table: str
    email_deliveries_queue: str
    mail_from: str
    mail_events: str
    practice: bool


@cache
def build() -> tuple[DynamoDeliveries, SesMailer, MailGate, StackClock]:
    settings = Settings.from_environment()
    table = settings.deliveries_table
    gate = MailGate(
        suppressions=DynamoSuppressions(table),
        trouble=Trouble(DynamoWakes(table)),
        shortly=Shortly(SqsQueue(settings.email_deliveries_queue)),
    )
    clock = StackClock(DynamoControl(settings.control_table), practice=settings.practice)
    return DynamoDeliveries(table), SesMailer(settings.mail_from, settings.mail_events), gate, clock


def send(record: SQSRecord) -> None:
    deliveries, mailer, gate, clock = build()
    delivery = deliver(record.json_body["delivery_id"], deliveries, mailer.send, clock.now(), gate)
    logger.info("mail handled", delivery_id=delivery.delivery_id, state=delivery.state)


def handler(event: dict[str, object], context: LambdaContext) -> PartialItemFailureResponse:
    return process_partial_response(event, send, processor, context)
