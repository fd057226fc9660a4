"""Evaluate the accounts whose facts changed.

A stream record is a hint: the account is read again, so duplicates and reordering cannot matter, and one
evaluation serves all of an account's records in a batch.
"""

from functools import cache

from aws_lambda_powertools import Logger
from aws_lambda_powertools.utilities.batch import (
    BatchProcessor,
    EventType,
    process_partial_response,
)
from aws_lambda_powertools.utilities.batch.types import PartialItemFailureResponse
from aws_lambda_powertools.utilities.data_classes.dynamo_db_stream_event import DynamoDBRecord
from aws_lambda_powertools.utilities.typing import LambdaContext

from keepwell.conclude import conclude_by_id
from keepwell_aws.accounts import DynamoAccounts
from keepwell_aws.clock import StackClock
from keepwell_aws.control import DynamoControl
from keepwell_aws.files import S3Files
from keepwell_aws.history import DynamoHistory
from keepwell_aws.playbooks import ActivePlaybook
from keepwell_aws.settings import FunctionSettings

logger = Logger()
processor = BatchProcessor(event_type=EventType.DynamoDBStreams)


class Settings(FunctionSettings):
    accounts_table: str
    history_table: str
    control_table: str
    files_bucket: str
    practice: bool


class Evaluator:
    """Evaluates each account of a batch once."""

    def __init__(self, settings: Settings):
        control = DynamoControl(settings.control_table)
        self.accounts = DynamoAccounts(settings.accounts_table)
        self.history = DynamoHistory(settings.history_table)
        self.playbooks = ActivePlaybook(control, S3Files(settings.files_bucket))
        self.clock = StackClock(control, practice=settings.practice)
        self.done: set[str] = set()

    def evaluate(self, record: DynamoDBRecord) -> None:
        keys = record.dynamodb.keys if record.dynamodb else None
        account_id = (keys or {})["account_id"]
        if account_id in self.done:
            return
        evaluation = conclude_by_id(
            account_id, self.accounts, self.history, self.playbooks.get(), self.clock.now()
        )
        self.done.add(account_id)
        if evaluation and evaluation.changed:
            logger.info(
                "standing changed",
                account_id=account_id,
                health=evaluation.standing.health,
                transitions=[transition.id for transition in evaluation.transitions],
            )


@cache
def build() -> Evaluator:
    return Evaluator(Settings.from_environment())


def handler(event: dict[str, object], context: LambdaContext) -> PartialItemFailureResponse:
    evaluator = build()
    evaluator.done.clear()
    return process_partial_response(event, evaluator.evaluate, processor, context)
