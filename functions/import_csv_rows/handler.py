"""Import shards of a drop: each message names one, and the last one to end composes the report."""

from functools import cache

from aws_lambda_powertools import Logger
from aws_lambda_powertools.utilities.batch import EventType, process_partial_response
from aws_lambda_powertools.utilities.batch.types import PartialItemFailureResponse
from aws_lambda_powertools.utilities.data_classes.sqs_event import SQSRecord
from aws_lambda_powertools.utilities.typing import LambdaContext

from keepwell.imports.failing import Operator
from keepwell.imports.objects import Stores
from keepwell.imports.shards import import_shard
from keepwell_aws.batches import batch_processor
from keepwell_aws.clock import StackClock
from keepwell_aws.control import DynamoControl
from keepwell_aws.files import S3Files
from keepwell_aws.importing import import_stores
from keepwell_aws.operator import OperatorSettings, operator
from keepwell_aws.playbooks import ActivePlaybook
from keepwell_aws.queues import SqsQueue

logger = Logger()
processor = batch_processor(EventType.SQS, logger)
RESERVE_MS = 60_000


class Settings(OperatorSettings):
    accounts_table: str
    control_table: str
    files_bucket: str
    import_shards_queue: str
    work_table: str
    practice: bool


@cache
def build() -> tuple[Stores, DynamoControl, S3Files, SqsQueue, Operator, ActivePlaybook, StackClock]:
    settings = Settings.from_environment()
    control = DynamoControl(settings.control_table)
    files = S3Files(settings.files_bucket)
    clock = StackClock(control, practice=settings.practice)
    stores = import_stores(settings.accounts_table, settings.work_table)
    shards, playbooks = SqsQueue(settings.import_shards_queue), ActivePlaybook(control, files)
    return stores, control, files, shards, operator(settings), playbooks, clock


def import_rows(record: SQSRecord, lambda_context: LambdaContext) -> None:
    stores, control, files, shards, telling, playbooks, clock = build()
    drop_id, shard = record.json_body["drop_id"], int(record.json_body["shard"])
    import_shard(
        drop_id,
        shard,
        flag=record.json_body.get("flag", False),
        playbook=playbooks.get(),
        stores=stores,
        files=files,
        control=control,
        queue=shards,
        operator=telling,
        clock=clock,
        out_of_time=lambda: lambda_context.get_remaining_time_in_millis() < RESERVE_MS,
    )
    logger.info("shard imported", drop_id=drop_id, shard=shard)


def handler(event: dict[str, object], context: LambdaContext) -> PartialItemFailureResponse:
    return process_partial_response(event, import_rows, processor, context)
