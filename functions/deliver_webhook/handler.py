"""Post webhooks: each message names a delivery, whose row says whether it still is to be sent."""

from functools import cache

from aws_lambda_powertools import Logger
from aws_lambda_powertools.utilities.batch import EventType, process_partial_response
from aws_lambda_powertools.utilities.batch.types import PartialItemFailureResponse
from aws_lambda_powertools.utilities.data_classes.sqs_event import SQSRecord
from aws_lambda_powertools.utilities.typing import LambdaContext

from keepwell.deliveries import Delivery, deliver
from keepwell.deliveries.posts import Endpoints, PostGate
from keepwell.deliveries.shortly import Shortly
from keepwell.deliveries.trouble import Trouble
from keepwell_aws.batches import batch_processor
from keepwell_aws.clock import StackClock
from keepwell_aws.control import DynamoControl
from keepwell_aws.deliveries import DynamoDeliveries
from keepwell_aws.files import S3Files
from keepwell_aws.playbooks import ActivePlaybook
from keepwell_aws.queues import SqsQueue
from keepwell_aws.secrets import EndpointSecrets
from keepwell_aws.settings import FunctionSettings
from keepwell_aws.wakes import DynamoWakes
from keepwell_aws.webhooks import HttpWebhooks

logger = Logger()
processor = batch_processor(EventType.SQS, logger)


class Settings(FunctionSettings):
    deliveries_table: str
    control_table: str
    files_bucket: str
    webhook_deliveries_queue: str
    endpoints_parameters: str
    practice: bool


@cache
def build() -> tuple[DynamoDeliveries, HttpWebhooks, PostGate, StackClock]:
    settings = Settings.from_environment()
    control = DynamoControl(settings.control_table)
    webhooks = HttpWebhooks(
        playbooks=ActivePlaybook(control, S3Files(settings.files_bucket)),
        secrets=EndpointSecrets(settings.endpoints_parameters),
        practice=settings.practice,
    )
    gate = PostGate(
        endpoints=Endpoints(control),
        trouble=Trouble(DynamoWakes(settings.deliveries_table)),
        shortly=Shortly(SqsQueue(settings.webhook_deliveries_queue)),
    )
    clock = StackClock(control, practice=settings.practice)
    return DynamoDeliveries(settings.deliveries_table), webhooks, gate, clock


def send(record: SQSRecord) -> None:
    deliveries, webhooks, gate, clock = build()
    now = clock.now()

    def post(delivery: Delivery) -> None:
        webhooks.send(delivery, now)

    delivery = deliver(record.json_body["delivery_id"], deliveries, post, now, gate, clock.now)
    logger.info("webhook handled", delivery_id=delivery.delivery_id, state=delivery.state)


def handler(event: dict[str, object], context: LambdaContext) -> PartialItemFailureResponse:
    return process_partial_response(event, send, processor, context)
