"""Add up what the night concluded: the last step of the nightly run."""

from functools import cache
from typing import Any

from aws_lambda_powertools import Logger
from aws_lambda_powertools.utilities.typing import LambdaContext

from keepwell.nightly import Night, night_of_run
from keepwell.parts import Parts
from keepwell.rollups import Rollups
from keepwell_aws.clock import StackClock
from keepwell_aws.control import DynamoControl
from keepwell_aws.files import S3Files
from keepwell_aws.playbooks import ActivePlaybook
from keepwell_aws.settings import FunctionSettings

logger = Logger()


class Settings(FunctionSettings):
    control_table: str
    files_bucket: str
    practice: bool


@cache
def build() -> tuple[DynamoControl, S3Files, ActivePlaybook, StackClock]:
    settings = Settings.from_environment()
    control, files = DynamoControl(settings.control_table), S3Files(settings.files_bucket)
    clock = StackClock(control, practice=settings.practice)
    return control, files, ActivePlaybook(control, files), clock


def handler(event: dict[str, Any], _context: LambdaContext) -> dict[str, Any]:
    control, files, playbooks, clock = build()
    playbook, now = playbooks.get(), clock.now()
    zone = playbook.time_zone
    day = night_of_run(event, control, now, zone).astimezone(zone).date()
    parts = Parts(files, day, event["run"], Night.name)
    tally = Rollups(files).make(parts, playbook, now.astimezone(zone).date())
    logger.info("portfolio rolled up", accounts=tally.accounts)
    return {**event, "cursor": None, "counts": {"accounts": tally.accounts}}
