"""Evaluate the accounts whose facts changed.

A stream record is a hint: the account is read again, so duplicates and reordering cannot matter, and one
evaluation serves all of an account's records in a batch. Where nothing is decided by the facts that changed,
not even that is needed.
"""

from functools import cache

from aws_lambda_powertools import Logger
from aws_lambda_powertools.utilities.batch import EventType, process_partial_response
from aws_lambda_powertools.utilities.batch.types import PartialItemFailureResponse
from aws_lambda_powertools.utilities.data_classes.dynamo_db_stream_event import DynamoDBRecord
from aws_lambda_powertools.utilities.typing import LambdaContext

from keepwell.conclude import conclude_by_id
from keepwell.directory import Directory
from keepwell.ranking import Populations
from keepwell_aws.accounts import DynamoAccounts, account_of, facts_changed
from keepwell_aws.batches import batch_processor
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
processor = batch_processor(EventType.DynamoDBStreams, logger)


class Settings(FunctionSettings):
    accounts_table: str
    history_table: str
    control_table: str
    deliveries_table: str
    work_table: str
    files_bucket: str
    practice: bool


@cache
def build() -> tuple[DynamoAccounts, Directory, DynamoHistory, ActivePlaybook, Populations, StackClock]:
    settings = Settings.from_environment()
    control, files = DynamoControl(settings.control_table), S3Files(settings.files_bucket)
    people, days = DynamoPeople(settings.work_table), DynamoUserDays(settings.work_table)
    return (
        DynamoAccounts(settings.accounts_table),
        Directory(people, days, DynamoWakes(settings.deliveries_table)),
        DynamoHistory(settings.history_table),
        ActivePlaybook(control, files),
        Populations(control, files),
        StackClock(control, practice=settings.practice),
    )


def handler(event: dict[str, object], context: LambdaContext) -> PartialItemFailureResponse:
    accounts, directory, history, playbooks, populations, clock = build()
    playbook, population, now = playbooks.get(), populations.current(), clock.now()
    done: set[str] = set()

    def evaluate(record: DynamoDBRecord) -> None:
        account_id = account_of(record)
        if account_id in done:
            return
        facts = facts_changed(record)
        if facts and not playbook.concerned_by(*facts, now):
            logger.debug("nothing is decided by what changed", account_id=account_id)
            return
        evaluation = conclude_by_id(account_id, accounts, history, playbook, now, population, directory)
        done.add(account_id)
        if evaluation and evaluation.changed:
            logger.info("standing changed", account_id=account_id, health=evaluation.standing.health)

    return process_partial_response(event, evaluate, processor, context)
