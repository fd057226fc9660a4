"""Split dropped files into shards: woken by an object below drops/, and by a drop not split in time."""

from collections.abc import Callable
from datetime import datetime
from functools import cache, partial
from typing import Any

from aws_lambda_powertools import Logger
from aws_lambda_powertools.utilities.batch import EventType, process_partial_response
from aws_lambda_powertools.utilities.data_classes.sqs_event import SQSRecord
from aws_lambda_powertools.utilities.typing import LambdaContext

from keepwell.imports.drops import Drop, written_at
from keepwell.imports.planning import plan_drop
from keepwell_aws.batches import batch_processor
from keepwell_aws.clock import StackClock
from keepwell_aws.control import DynamoControl
from keepwell_aws.files import S3Files
from keepwell_aws.operator import OperatorSettings, operator
from keepwell_aws.playbooks import ActivePlaybook
from keepwell_aws.queues import SqsQueue

logger = Logger()
processor = batch_processor(EventType.SQS, logger)
RESERVE_MS = 60_000


class Settings(OperatorSettings):
    control_table: str
    files_bucket: str
    import_drops_queue: str
    import_shards_queue: str
    practice: bool


@cache
def build() -> tuple[Callable[..., str], ActivePlaybook, StackClock]:
    settings = Settings.from_environment()
    control = DynamoControl(settings.control_table)
    files = S3Files(settings.files_bucket)
    clock = StackClock(control, practice=settings.practice)
    shards, drops = SqsQueue(settings.import_shards_queue), SqsQueue(settings.import_drops_queue)
    telling = operator(settings)
    plan = partial(plan_drop, files=files, control=control, queue=shards, more=drops, operator=telling)
    return plan, ActivePlaybook(control, files), clock


def split(drop: Drop, context: LambdaContext) -> dict[str, str]:
    plan, playbooks, clock = build()
    plan(
        drop,
        playbook=playbooks.get(),
        now=clock.now(),
        out_of_time=lambda: context.get_remaining_time_in_millis() < RESERVE_MS,
    )
    logger.info("drop split", drop_id=drop.id)
    return {"drop_id": drop.id}


def go_on(record: SQSRecord, lambda_context: LambdaContext) -> None:
    split(Drop.from_message(record.json_body), lambda_context)


def handler(event: dict[str, Any], context: LambdaContext) -> Any:
    if "Records" in event:
        return process_partial_response(event, go_on, processor, context)
    # Not powertools' event class: it decodes `+` and `%` in keys, which EventBridge passes as they are.
    stored, clock = event["detail"]["object"], build()[-1]
    drop = Drop(
        bucket=event["detail"]["bucket"]["name"],
        key=stored["key"],
        version=stored["version-id"],
        size=stored["size"],
        observed_at=clock.of(written_at(stored["key"], datetime.fromisoformat(event["time"]))),
    )
    return split(drop, context)
