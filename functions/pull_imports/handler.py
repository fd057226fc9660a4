"""Pull files from the buckets of others into the drops: those that are due, or one that is named.

The schedule sends {}. A person names a pull, due or not: {"pull": "sfdc"}.
"""

from functools import cache
from typing import Any

from aws_lambda_powertools import Logger
from aws_lambda_powertools.utilities.typing import LambdaContext
from pydantic import Json

from keepwell.imports.pulling import Puller
from keepwell_aws.clock import StackClock
from keepwell_aws.control import DynamoControl
from keepwell_aws.files import S3Files
from keepwell_aws.locations import S3Locations
from keepwell_aws.operator import OperatorSettings, operator
from keepwell_aws.playbooks import ActivePlaybook

logger = Logger()
RESERVE_MS = 60_000  # a copy that is broken off is made again by the next run


class Settings(OperatorSettings):
    control_table: str
    files_bucket: str
    pull_locations: Json[tuple[str, ...]]
    practice: bool


@cache
def build() -> tuple[Puller, ActivePlaybook, StackClock]:
    settings = Settings.from_environment()
    control, files = DynamoControl(settings.control_table), S3Files(settings.files_bucket)
    puller = Puller(
        bucket=settings.files_bucket,
        allowed=settings.pull_locations,
        locations=S3Locations(settings.files_bucket),
        files=files,
        control=control,
        operator=operator(settings),
    )
    return puller, ActivePlaybook(control, files), StackClock(control, practice=settings.practice)


def handler(event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:
    puller, playbooks, clock = build()

    def out_of_time() -> bool:
        return context.get_remaining_time_in_millis() < RESERVE_MS

    runs = puller.run(playbooks.get(), clock.now(), event.get("pull"), out_of_time)
    for name, run in runs.items():
        if run.problem:
            logger.error("pull failed", pull=name, problem=run.problem)
        else:
            logger.info("pulled", pull=name, files=run.took)
    return {"pulls": {name: run.to_row() for name, run in runs.items()}}
