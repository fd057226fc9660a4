"""Launch the plays of new transitions: tasks, mails, webhooks, tags and attributes.

The stream says whose standing has pending transitions; the standing itself says which.
"""

from functools import cache

from aws_lambda_powertools import Logger
from aws_lambda_powertools.utilities.batch import EventType, process_partial_response
from aws_lambda_powertools.utilities.batch.types import PartialItemFailureResponse
from aws_lambda_powertools.utilities.data_classes.dynamo_db_stream_event import DynamoDBRecord
from aws_lambda_powertools.utilities.typing import LambdaContext

from keepwell.addresses import without_addresses
from keepwell.plays.launching import Launcher
from keepwell_aws.accounts import account_of
from keepwell_aws.batches import batch_processor
from keepwell_aws.clock import StackClock
from keepwell_aws.control import DynamoControl
from keepwell_aws.files import S3Files
from keepwell_aws.launching import LaunchSettings, launcher
from keepwell_aws.playbooks import ActivePlaybook

logger = Logger()
processor = batch_processor(EventType.DynamoDBStreams, logger)


class Settings(LaunchSettings):
    practice: bool


@cache
def build() -> tuple[Launcher, ActivePlaybook, StackClock]:
    settings = Settings.from_environment()
    control = DynamoControl(settings.control_table)
    playbooks = ActivePlaybook(control, S3Files(settings.files_bucket))
    clock = StackClock(control, practice=settings.practice)
    return launcher(settings, playbooks), playbooks, clock


def handler(event: dict[str, object], context: LambdaContext) -> PartialItemFailureResponse:
    plays, playbooks, clock = build()
    now = clock.now()

    def launch(record: DynamoDBRecord) -> None:
        account_id = account_of(record)
        # Read after the record: never an older playbook than the one that decided the transition.
        came = plays.launch_pending(account_id, playbooks.get(), now)
        for launched in came.launches:
            logger.info("play launched", account_id=account_id, run=launched.run.run_id)
            for problem in launched.run.problems:
                logger.error(
                    "action not carried out", account_id=account_id, problem=without_addresses(problem)
                )
        for held in came.held:
            logger.info(
                "play held, see keepwell held",
                account_id=account_id,
                play=held.play,
                cause=held.cause,
                limit=held.ruling.limit.accounts,
            )
        for task in came.handed_over:
            logger.info("task handed over", account_id=account_id, task_id=task.task_id)
        for delivery in came.cancelled:
            logger.info("delivery cancelled", account_id=account_id, delivery_id=delivery.delivery_id)

    return process_partial_response(event, launch, processor, context)
