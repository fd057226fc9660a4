"""Split a dropped CSV into shards: woken by each object written below drops/."""

from datetime import UTC, datetime, timedelta
from functools import cache
from typing import Any

from aws_lambda_powertools import Logger
from aws_lambda_powertools.utilities.typing import LambdaContext

from keepwell.imports.drops import Drop
from keepwell.imports.planning import plan_drop
from keepwell.ports import Clock
from keepwell_aws.clock import StackClock
from keepwell_aws.control import DynamoControl
from keepwell_aws.files import S3Files
from keepwell_aws.playbooks import ActivePlaybook
from keepwell_aws.queues import SqsQueue
from keepwell_aws.settings import FunctionSettings

logger = Logger()


class Settings(FunctionSettings):
    control_table: str
    files_bucket: str
    import_shards_queue: str
    practice: bool


@cache
def build() -> tuple[DynamoControl, S3Files, SqsQueue, ActivePlaybook, StackClock]:
    settings = Settings.from_environment()
    control = DynamoControl(settings.control_table)
    files = S3Files(settings.files_bucket)
    clock = StackClock(control, practice=settings.practice)
    return control, files, SqsQueue(settings.import_shards_queue), ActivePlaybook(control, files), clock


def observed(written_at: datetime, clock: Clock) -> datetime:
    """When an object was written, in the time of the stack's clock; S3 tells whole seconds."""
    ahead = clock.now() - datetime.now(UTC)
    return written_at + timedelta(seconds=round(ahead.total_seconds()))


def handler(event: dict[str, Any], context: LambdaContext) -> dict[str, str]:  # noqa: ARG001
    control, files, queue, playbooks, clock = build()
    # Not powertools' event class: it decodes `+` and `%` in keys, which EventBridge passes as they are.
    stored = event["detail"]["object"]
    drop = Drop(
        bucket=event["detail"]["bucket"]["name"],
        key=stored["key"],
        version=stored["version-id"],
        size=stored["size"],
        observed_at=observed(datetime.fromisoformat(event["time"]), clock),
    )
    plan_drop(drop, playbook=playbooks.get(), files=files, control=control, queue=queue, now=clock.now())
    logger.info("drop planned", drop_id=drop.id)
    return {"drop_id": drop.id}
