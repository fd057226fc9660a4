"""Evaluate every account of one scan segment: a step of the nightly run.

Conditions such as "renewal within 90 days" change with no write, so each night looks at everyone. When the
time left is short the step returns a cursor, and the state machine calls it again with its counts so far.
"""

from functools import cache
from typing import Any

from aws_lambda_powertools import Logger
from aws_lambda_powertools.utilities.typing import LambdaContext

from keepwell.directory import Directory
from keepwell.nightly import Night, night_of_run
from keepwell.ranking import Populations
from keepwell_aws.accounts import DynamoAccounts
from keepwell_aws.clock import StackClock
from keepwell_aws.control import DynamoControl
from keepwell_aws.files import S3Files
from keepwell_aws.history import DynamoHistory
from keepwell_aws.people import DynamoPeople
from keepwell_aws.playbooks import ActivePlaybook
from keepwell_aws.settings import FunctionSettings
from keepwell_aws.user_days import DynamoUserDays
from keepwell_aws.wakes import DynamoWakes

logger = Logger()
RESERVE_MS = 30_000


class Settings(FunctionSettings):
    accounts_table: str
    history_table: str
    control_table: str
    deliveries_table: str
    work_table: str
    files_bucket: str
    practice: bool


@cache
def build() -> tuple[
    DynamoAccounts, Directory, DynamoHistory, DynamoControl, S3Files, ActivePlaybook, StackClock
]:
    settings = Settings.from_environment()
    control, files = DynamoControl(settings.control_table), S3Files(settings.files_bucket)
    people, days = DynamoPeople(settings.work_table), DynamoUserDays(settings.work_table)
    return (
        DynamoAccounts(settings.accounts_table),
        Directory(people, days, DynamoWakes(settings.deliveries_table)),
        DynamoHistory(settings.history_table),
        control,
        files,
        ActivePlaybook(control, files),
        StackClock(control, practice=settings.practice),
    )


def handler(event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:
    accounts, directory, history, control, files, playbooks, clock = build()
    playbook = playbooks.get()
    now = night_of_run(event, control, clock.now(), playbook.time_zone)
    population = Populations(control, files).of(now.astimezone(playbook.time_zone).date())
    night = Night(accounts, history, control, files, playbook, now, population, directory)
    night.resume(event)
    night.go_on(lambda: context.get_remaining_time_in_millis() <= RESERVE_MS)
    for account_id, reason in night.problems:
        logger.error("account could not be evaluated", account_id=account_id, reason=reason)
    return {**event, **night.progress()}
