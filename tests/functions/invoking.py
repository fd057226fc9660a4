"""Invoking a function as AWS does, and holding each invocation to what the page lets the function do."""

import importlib
import io
import json
import traceback
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import Any

import boto3
from aws_lambda_powertools.utilities.batch.exceptions import BatchProcessingError
from aws_lambda_powertools.utilities.typing import LambdaContext
from botocore.exceptions import ClientError

from infra.permissions import Call, record, undeclared
from infra.system import FUNCTIONS
from keepwell.accounts import Account
from keepwell.errors import KeepwellError
from keepwell.evaluation import evaluate
from keepwell.standings import Standing
from keepwell_aws.accounts import DynamoAccounts
from tests.aws_tables import Names, client
from tests.crashes import Fault, Killed, fault_at
from tests.story import GOOD_CORE, NOON, poor_account, standard_playbook

INVOCATIONS = Path(__file__).parents[2] / "events" / "invocations"
# Of the accounts the tests tell of; never to be seen in a log.
PERSONAL = (str(GOOD_CORE["Account Name"]), str(GOOD_CORE["Success Manager"]), "csm.core")


class Context(LambdaContext):
    """What AWS tells a running function; `remaining` are the milliseconds left, at each time it asks."""

    _function_name = "test"
    _memory_limit_in_mb = 512
    _invoked_function_arn = "arn:aws:lambda:us-east-1:123456789012:function:test"
    _aws_request_id = "52fdfc07-2182-154f-163f-5f0f9a621d72"

    def __init__(self, *remaining: int):
        self._remaining = list(remaining)

    def get_remaining_time_in_millis(self) -> int:  # type: ignore[override]
        return self._remaining.pop(0) if self._remaining else 120_000


@dataclass(frozen=True)
class Log:
    """The log of a test's functions."""

    stream: io.StringIO

    def entries(self) -> list[dict[str, Any]]:
        return [json.loads(line) for line in self.stream.getvalue().splitlines()]


def invoke(function: str, event: Any, context: Context | None = None, calls: list[Call] | None = None) -> Any:
    """Run the function's handler; `calls` collects what it asked of AWS.

    AssertionError if its role would not allow a call, or if it ends with an error that tells personal data:
    Lambda writes such an error to the log.
    """
    try:
        with record(function) as made:
            return importlib.import_module(f"{function}.handler").handler(event, context or Context())
    except Exception as error:
        told = "".join(traceback.format_exception(error))
        assert [text for text in PERSONAL if text in told] == []
        raise
    finally:
        assert undeclared(function, made) == []
        if calls is not None:
            calls += made


def deliver(function: str, event: Any, place: int | None = None, fault: Fault = "before") -> list[str]:
    """Invoke once, cold, with a fault. A killed or failed run ends quietly, as for AWS. The calls made."""
    ends = (Killed, BatchProcessingError, KeepwellError, ClientError)
    build = importlib.import_module(f"{function}.handler").build
    build.cache_clear()
    with fault_at(place, fault) as calls, suppress(*ends):
        invoke(function, event)
    build.cache_clear()
    return calls.made


def know(stack: Names, account: Account) -> Account:
    """Store the facts of an account."""
    accounts = DynamoAccounts(stack.table("accounts"))
    return replace(account, facts=accounts.put_facts(replace(account.facts, revision=0)))


def dropped_alone(account_id: str) -> Account:
    """A poor account of a drop of its own, so that however many there are no brake holds their plays."""
    account = poor_account(account_id)
    return replace(account, facts=replace(account.facts, changed_by=f"drop-{account_id}"))


def judge(stack: Names, account: Account, now: datetime = NOON) -> Standing:
    """Store the facts of an account, and the standing they deserved at `now`."""
    known = know(stack, account)
    standing = evaluate(known, standard_playbook(), now).standing
    return DynamoAccounts(stack.table("accounts")).put_standing(standing)


def standing_of(stack: Names, account_id: str) -> Standing:
    account = DynamoAccounts(stack.table("accounts")).get(account_id)
    assert account is not None
    assert account.standing is not None, f"{account_id} was not evaluated"
    return account.standing


def spoil(stack: Names, account_id: str, part: str) -> None:
    """Break the document of an account's facts or standing, as a fault of a writer would."""
    boto3.client("dynamodb").update_item(
        TableName=stack.table("accounts"),
        Key={"account_id": {"S": account_id}, "part": {"S": part}},
        UpdateExpression="SET document = :broken",
        ExpressionAttributeValues={":broken": {"S": '{"values": {"Account Name": "Harbor Labs"'}},
    )


def forget(stack: Names, account_id: str) -> None:
    """Take an account away, so that what scans all accounts does not meet it again."""
    for part in ("facts", "standing"):
        key = {"account_id": {"S": account_id}, "part": {"S": part}}
        boto3.client("dynamodb").delete_item(TableName=stack.table("accounts"), Key=key)


def forget_builds() -> None:
    """Functions keep what they built while warm; a new stack is a cold start."""
    for function in FUNCTIONS:
        importlib.import_module(f"{function.name}.handler").build.cache_clear()


def sample_event(function: str, case: str) -> Any:
    """A recorded invocation, from events/invocations."""
    return json.loads((INVOCATIONS / function / f"{case}.json").read_text())


def cases(function: str) -> list[str]:
    """The names of a function's recorded invocations."""
    return sorted(path.stem for path in (INVOCATIONS / function).glob("*.json"))


def of_messages(function: str, case: str, *bodies: dict[str, Any] | str) -> Any:
    """A recorded batch of a queue, with these messages instead; their ids count from 0."""
    event = sample_event(function, case)
    first = event["Records"][0]
    texts = [body if isinstance(body, str) else json.dumps(body) for body in bodies]
    event["Records"] = [first | {"messageId": str(number), "body": text} for number, text in enumerate(texts)]
    return event


def of_changes(function: str, case: str, account_ids: Sequence[str]) -> Any:
    """A recorded batch of the stream, about these accounts instead; sequence numbers count from 0."""
    event = sample_event(function, case)
    first = json.dumps(event["Records"][0])
    event["Records"] = []
    for number, account_id in enumerate(account_ids):
        change = json.loads(first.replace('"A-001"', json.dumps(account_id)))
        change["dynamodb"]["SequenceNumber"] = str(number)
        event["Records"].append(change)
    return event


def failures(answer: Any) -> list[str]:
    """The ids that a partial response reports as failed."""
    return [failure["itemIdentifier"] for failure in answer["batchItemFailures"]]


def queued(url: str) -> Iterator[dict[str, Any]]:
    """Everything a queue holds, taken from it for good: else it would be back after half a minute."""
    sqs = client("sqs")
    while messages := sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=10).get("Messages"):
        for message in messages:
            sqs.delete_message(QueueUrl=url, ReceiptHandle=message["ReceiptHandle"])
        yield from (json.loads(message["Body"]) for message in messages)
