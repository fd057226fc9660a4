"""Average the use of one scan segment's accounts: a step of the nightly run.

The last segment to finish makes the population of all averages, which the evaluation compares accounts with.
"""

from functools import cache
from typing import Any

from aws_lambda_powertools import Logger
from aws_lambda_powertools.utilities.typing import LambdaContext

from keepwell.nightly import night_of_run
from keepwell.ranking import Ranking
from keepwell_aws.accounts import DynamoAccounts
from keepwell_aws.clock import StackClock
from keepwell_aws.control import DynamoControl
from keepwell_aws.files import S3Files
from keepwell_aws.playbooks import ActivePlaybook
from keepwell_aws.settings import FunctionSettings

logger = Logger()
RESERVE_MS = 30_000


class Settings(FunctionSettings):
    accounts_table: str
    control_table: str
    files_bucket: str
    practice: bool


@cache
def build() -> tuple[DynamoAccounts, DynamoControl, S3Files, ActivePlaybook, StackClock]:
    settings = Settings.from_environment()
    control, files = DynamoControl(settings.control_table), S3Files(settings.files_bucket)
    clock = StackClock(control, practice=settings.practice)
    return DynamoAccounts(settings.accounts_table), control, files, ActivePlaybook(control, files), clock


def handler(event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:
    accounts, control, files, playbooks, clock = build()
    now, zone = clock.now(), playbooks.get().time_zone
    day = night_of_run(event, control, now, zone).astimezone(zone).date()
    ranking = Ranking(accounts, control, files, day, made_at=now)
    ranking.resume(event)
    ranking.go_on(lambda: context.get_remaining_time_in_millis() <= RESERVE_MS)
    for account_id, reason in ranking.problems:
        logger.error("account could not be ranked", account_id=account_id, reason=reason)
    return {**event, **ranking.progress()}
