"""Compares the AWS calls a function makes in tests with what the page lets it do.

    with record("launch_plays") as calls:
        handler(event, context)
    assert undeclared("launch_plays", calls) == []

`unused` lists the grants that no recorded call needed: too much was asked for, or a test is missing.
"""

import json
import os
import re
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from fnmatch import fnmatchcase
from functools import cache
from typing import Any, NamedTuple

from botocore.history import BaseHistoryHandler, get_global_history_recorder

from infra import system
from infra.grants import Grant, grants
from infra.vocabulary import Lambda, Lent, Rows


class Call(NamedTuple):
    """One call to AWS on one thing, with the IAM action it needs.

    `resource` is a setting's name (ACCOUNTS_TABLE) if that setting held the thing's name when the call was
    made, else the name itself. `part` is what a grant's `part` is compared with: `/drops/accounts/a.csv`,
    `/index/due`, or nothing. `leading` is the item's partition key, of a table that the page grants in parts.
    """

    action: str
    resource: str
    part: str = ""
    leading: str = ""


@contextmanager
def record(function_name: str) -> Iterator[list[Call]]:
    """Collect the calls made in the block, by whichever client of botocore, on behalf of a function.

    The list is filled when the block ends; recordings do not nest.
    """
    named(function_name)
    calls, names = list[Call](), _names()
    _tape().made.clear()
    history = get_global_history_recorder()
    history.enable()
    try:
        yield calls
    finally:
        history.disable()
        for service, operation, arguments in _tape().made:
            calls.extend(_calls(service, operation, arguments, names))


class _Tape(BaseHistoryHandler):
    """botocore swallows its handlers' errors: so this one only notes down."""

    def __init__(self) -> None:
        self.made: list[tuple[str, str, dict[str, Any]]] = []

    def emit(self, event_type: str, payload: Mapping[str, Any], source: str) -> None:  # noqa: ARG002
        if event_type == "API_CALL":
            self.made.append((payload["service"], payload["operation"], dict(payload["params"])))


@cache
def _tape() -> _Tape:
    """One for all recordings: botocore keeps its handlers for good."""
    tape = _Tape()
    get_global_history_recorder().add_handler(tape)
    return tape


def undeclared(function_name: str, calls: Iterable[Call]) -> list[Call]:
    """The calls, each once, that the function's role would refuse."""
    allowed = _callable(named(function_name))
    return [call for call in dict.fromkeys(calls) if not any(_allows(grant, call) for grant in allowed)]


def unused(function_name: str, calls: Iterable[Call]) -> list[Grant]:
    """The function's grants that none of the calls needed."""
    made = set(calls)
    return [
        grant for grant in _callable(named(function_name)) if not any(_allows(grant, call) for call in made)
    ]


def named(function_name: str) -> Lambda:
    """The page's entry of that name; KeyError if there is none."""
    return {function.name: function for function in system.FUNCTIONS}[function_name]


def _callable(function: Lambda) -> list[Grant]:
    return [grant for grant in grants(function) if not grant.implied]


def _allows(grant: Grant, call: Call) -> bool:
    return (
        call.action in grant.actions
        and call.resource == grant.resource.variable
        and fnmatchcase(call.part, grant.part)
        and (not grant.leading or any(fnmatchcase(call.leading, pattern) for pattern in grant.leading))
    )


def _names() -> dict[str, str]:
    things = {thing for function in system.FUNCTIONS for thing in function.touches}
    set_up = {thing: os.environ[thing.variable] for thing in things if thing.variable in os.environ}
    return {
        name: thing.variable
        for thing, value in set_up.items()
        for name in (_buckets(value) if isinstance(thing, Lent) else [value])
    }


def _buckets(locations: str) -> list[str]:
    return [location.partition("/")[0] for location in json.loads(locations)]


# The action is `<service>:<operation>` but for these.
_ACTIONS = {
    "s3:HeadObject": "s3:GetObject",
    "s3:ListObjects": "s3:ListBucket",
    "s3:ListObjectsV2": "s3:ListBucket",
    "s3:CopyObject": "s3:PutObject",
    "s3:CreateMultipartUpload": "s3:PutObject",
    "s3:UploadPart": "s3:PutObject",
    "s3:UploadPartCopy": "s3:PutObject",
    "s3:CompleteMultipartUpload": "s3:PutObject",
    "sesv2:SendEmail": "ses:SendEmail",
    "sqs:SendMessageBatch": "sqs:SendMessage",
    "sqs:DeleteMessageBatch": "sqs:DeleteMessage",
}
_IN_TRANSACTIONS = {
    "Get": "GetItem",
    "Put": "PutItem",
    "Update": "UpdateItem",
    "Delete": "DeleteItem",
    "ConditionCheck": "ConditionCheckItem",
}
_STATEMENT = re.compile(r'\s*(SELECT|INSERT|UPDATE|DELETE)\b[^"]*"([^"]+)"', re.IGNORECASE)


def _calls(service: str, operation: str, given: dict[str, Any], names: dict[str, str]) -> Iterator[Call]:
    action = _ACTIONS.get(f"{service}:{operation}", f"{service}:{operation}")
    if service == "dynamodb":
        for needed, table, part, item in _on_tables(action, given):
            variable = names.get(table, table)
            yield Call(needed, variable, part, _leading(variable, item))
    elif service == "s3":
        bucket, key = given.get("Bucket", ""), given.get("Key")
        versioned = action == "s3:GetObject" and "VersionId" in given
        part = "" if key is None else f"/{key}"
        yield Call("s3:GetObjectVersion" if versioned else action, names.get(bucket, bucket), part)
        if source := given.get("CopySource"):
            yield Call("s3:GetObject", names.get(source["Bucket"], source["Bucket"]), f"/{source['Key']}")
    elif service == "ssm":
        path = str(given.get("Name", given.get("Path", "")))
        prefix = next((name for name in names if path.startswith(f"{name}/")), path)
        yield Call(action, names.get(prefix, prefix), path.removeprefix(prefix))
    else:
        thing = str(given.get("QueueUrl", given.get("FromEmailAddress", "")))
        yield Call(action, names.get(thing, thing))
        if events := given.get("ConfigurationSetName"):
            yield Call(action, names.get(events, events))


def _on_tables(action: str, given: dict[str, Any]) -> Iterator[tuple[str, str, str, dict[str, Any]]]:
    """The (action, table, part, key) of each table that a request to DynamoDB touches; the key with whatever
    stands beside it, where one item is named."""
    if "RequestItems" in given:
        yield from ((action, table, "", {}) for table in given["RequestItems"])
    elif "TransactItems" in given:
        for item in given["TransactItems"]:
            for verb, request in item.items():
                yield f"dynamodb:{_IN_TRANSACTIONS[verb]}", request["TableName"], "", _item(request)
    elif "Statement" in given or "Statements" in given:
        for statement in given.get("Statements", [given]):
            if match := _STATEMENT.match(statement["Statement"]):
                yield f"dynamodb:PartiQL{match[1].capitalize()}", match[2], "", {}
    else:
        index = f"/index/{given['IndexName']}" if "IndexName" in given else ""
        yield action, str(given.get("TableName", "")), index, _item(given)


def _item(request: dict[str, Any]) -> dict[str, Any]:
    return dict(request.get("Key") or request.get("Item") or {})


def _leading(variable: str, item: dict[str, Any]) -> str:
    """The partition key, of a table that the page grants in parts; of others it says nothing."""
    key = _in_parts().get(variable)
    return str(item[key]["S"]) if key in item else ""


@cache
def _in_parts() -> dict[str, str]:
    """The partition key of each table that a function may touch a part of, by the table's setting."""
    things = (thing for function in system.FUNCTIONS for may in function.may for thing in may.things)
    return {each.table.variable: each.table.key[0] for each in things if isinstance(each, Rows)}
