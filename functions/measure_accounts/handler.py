"""Fold what was told of use into the summaries of its accounts: the first step of the nightly run.

Each of its segments takes some shards of the deltas. When the time left is short the step returns a cursor,
and the state machine calls it again with its counts so far. All that was told by now is folded, whatever day
the run is for: what a past day was follows from the summary.
"""

from functools import cache
from typing import Any

from aws_lambda_powertools import Logger
from aws_lambda_powertools.utilities.typing import LambdaContext

from keepwell.nightly import night_of_run
from keepwell.usage.measuring import Measuring
from keepwell_aws.accounts import DynamoAccounts
from keepwell_aws.clock import StackClock
from keepwell_aws.control import DynamoControl
from keepwell_aws.files import S3Files
from keepwell_aws.playbooks import ActivePlaybook
from keepwell_aws.settings import FunctionSettings
from keepwell_aws.user_days import DynamoUserDays

logger = Logger()
RESERVE_MS = 30_000


class Settings(FunctionSettings):
    accounts_table: str
    work_table: str
    control_table: str
    files_bucket: str
    practice: bool


@cache
def build() -> tuple[S3Files, DynamoAccounts, DynamoUserDays, DynamoControl, ActivePlaybook, StackClock]:
    settings = Settings.from_environment()
    control, files = DynamoControl(settings.control_table), S3Files(settings.files_bucket)
    return (
        files,
        DynamoAccounts(settings.accounts_table),
        DynamoUserDays(settings.work_table),
        control,
        ActivePlaybook(control, files),
        StackClock(control, practice=settings.practice),
    )


def handler(event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:
    files, accounts, days, control, playbooks, clock = build()
    now = clock.now()
    night_of_run(event, control, now, playbooks.get().time_zone)  # the first step settles the run's day
    measuring = Measuring(files, accounts, days, control, now)
    measuring.resume(event)
    measuring.go_on(lambda: context.get_remaining_time_in_millis() <= RESERVE_MS)
    for account_id, reason in measuring.problems:
        logger.error("use could not be measured", account_id=account_id, reason=reason)
    return {**event, **measuring.progress()}
