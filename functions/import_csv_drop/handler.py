"""Split dropped files into shards: woken by an object below drops/, and by a drop not split in time."""

from collections.abc import Callable
from datetime import datetime
from functools import cache, partial
from typing import Any

from aws_lambda_powertools import Logger
from aws_lambda_powertools.utilities.typing import LambdaContext

from keepwell.imports.drops import Drop, written_at
from keepwell.imports.job import UNSPLIT
from keepwell.imports.planning import plan_drop
from keepwell_aws.clock import StackClock
from keepwell_aws.control import DynamoControl
from keepwell_aws.files import S3Files
from keepwell_aws.operator import OperatorSettings, operator
from keepwell_aws.playbooks import ActivePlaybook
from keepwell_aws.queues import SqsQueue

logger = Logger()
RESERVE_MS = 60_000


class Settings(OperatorSettings):
    control_table: str
    files_bucket: str
    import_shards_queue: str
    practice: bool


@cache
def build() -> tuple[Callable[..., str], S3Files, ActivePlaybook, StackClock]:
    settings = Settings.from_environment()
    control = DynamoControl(settings.control_table)
    files = S3Files(settings.files_bucket)
    clock = StackClock(control, practice=settings.practice)
    shards, telling = SqsQueue(settings.import_shards_queue), operator(settings)
    plan = partial(plan_drop, files=files, control=control, queue=shards, operator=telling)
    return plan, files, ActivePlaybook(control, files), clock


def handler(event: dict[str, Any], context: LambdaContext) -> dict[str, str]:
    plan, files, playbooks, clock = build()
    drop = told_by(event, files, clock)
    plan(
        drop,
        playbook=playbooks.get(),
        now=clock.now(),
        out_of_time=lambda: context.get_remaining_time_in_millis() < RESERVE_MS,
    )
    logger.info("drop split", drop_id=drop.id)
    return {"drop_id": drop.id}


def told_by(event: dict[str, Any], files: S3Files, clock: StackClock) -> Drop:
    # Not powertools' event class: it decodes `+` and `%` in keys, which EventBridge passes as they are.
    stored = event["detail"]["object"]
    if stored["key"].startswith(UNSPLIT):
        return Drop.from_json(files.read(stored["key"]))
    return Drop(
        bucket=event["detail"]["bucket"]["name"],
        key=stored["key"],
        version=stored["version-id"],
        size=stored["size"],
        observed_at=clock.of(written_at(stored["key"], datetime.fromisoformat(event["time"]))),
    )
