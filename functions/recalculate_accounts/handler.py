"""Judge one scan segment's accounts again as of past days: the step of a recalculation.

It begins when a person asks for it (`keepwell apply --recalculate DAYS`) and changes nothing of the present.
"""

from functools import cache
from typing import Any

from aws_lambda_powertools import Logger
from aws_lambda_powertools.utilities.typing import LambdaContext

from keepwell.ranking import Populations
from keepwell.recalculating import Recalculation, days_of
from keepwell_aws.accounts import DynamoAccounts
from keepwell_aws.control import DynamoControl
from keepwell_aws.files import S3Files
from keepwell_aws.history import DynamoHistory
from keepwell_aws.playbooks import ActivePlaybook
from keepwell_aws.settings import FunctionSettings

logger = Logger()
RESERVE_MS = 60_000


class Settings(FunctionSettings):
    accounts_table: str
    history_table: str
    control_table: str
    files_bucket: str


@cache
def build() -> tuple[DynamoAccounts, DynamoHistory, S3Files, Populations, ActivePlaybook]:
    settings = Settings.from_environment()
    control, files = DynamoControl(settings.control_table), S3Files(settings.files_bucket)
    return (
        DynamoAccounts(settings.accounts_table),
        DynamoHistory(settings.history_table),
        files,
        Populations(control, files),
        ActivePlaybook(control, files),
    )


def handler(event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:
    accounts, history, files, populations, playbooks = build()
    days = days_of(event["on"])
    step = Recalculation(accounts, history, files, populations, playbooks.get(), days)
    step.resume(event)
    step.go_on(lambda: context.get_remaining_time_in_millis() <= RESERVE_MS)
    for account_id, reason in step.problems:
        logger.error("account could not be judged again", account_id=account_id, reason=reason)
    return {**event, **step.progress()}
