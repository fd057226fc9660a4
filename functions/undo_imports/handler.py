"""Undo shards of an import: the step of an undo, which begins when a person asks for it (`keepwell undo`)."""

from functools import cache
from typing import Any

from aws_lambda_powertools import Logger
from aws_lambda_powertools.utilities.typing import LambdaContext

from keepwell.imports.objects import Stores
from keepwell.imports.undoing import Undoing
from keepwell_aws.clock import StackClock
from keepwell_aws.control import DynamoControl
from keepwell_aws.files import S3Files
from keepwell_aws.importing import import_stores
from keepwell_aws.playbooks import ActivePlaybook
from keepwell_aws.settings import FunctionSettings

logger = Logger()
RESERVE_MS = 60_000


class Settings(FunctionSettings):
    accounts_table: str
    control_table: str
    files_bucket: str
    work_table: str
    practice: bool


@cache
def build() -> tuple[Stores, DynamoControl, S3Files, ActivePlaybook, StackClock]:
    settings = Settings.from_environment()
    control = DynamoControl(settings.control_table)
    files = S3Files(settings.files_bucket)
    clock = StackClock(control, practice=settings.practice)
    stores = import_stores(settings.accounts_table, settings.work_table)
    return stores, control, files, ActivePlaybook(control, files), clock


def handler(event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:
    stores, control, files, playbooks, clock = build()
    step = Undoing(event["on"], playbooks.get(), stores, files, control, clock)
    step.resume(event)
    step.go_on(lambda: context.get_remaining_time_in_millis() <= RESERVE_MS)
    logger.info("shards undone", drop_id=event["on"], segment=step.segment, counts=dict(step.counts))
    return {**event, **step.progress()}
