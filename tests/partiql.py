"""The two statements of the bulk path, carried out on moto, which cannot run them with parameters.

Each is matched as a whole, so that a statement of another shape fails. The contract tests run the same
statements on the local cloud, which parses them itself.
"""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from unittest.mock import patch

from moto.dynamodb.exceptions import MockValidationException
from moto.dynamodb.models import DynamoDBBackend

_INSERT = re.compile(r"""INSERT INTO "(?P<table>[^"]+)" VALUE \{(?P<names>'\w+': \?(, '\w+': \?)*)\}""")
_UPDATE = re.compile(
    r"""UPDATE "(?P<table>[^"]+)" (?P<set>SET "\w+"=\?( SET "\w+"=\?)*)(?P<remove>( REMOVE "\w+")*) """
    r"""WHERE (?P<where>"\w+"=\?( AND "\w+"=\?)*)"""
)

Item = dict[str, dict[str, str]]


@contextmanager
def moto_runs_statements() -> Iterator[None]:
    """moto with a BatchExecuteStatement that knows these two, in the place of the network."""
    with (
        patch.object(DynamoDBBackend, "batch_execute_statement", _run_all),
        patch("keepwell_aws.sending._connections", lambda _url: None),
    ):
        yield


def _run_all(backend: DynamoDBBackend, statements: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Each on its own; a batch that DynamoDB might refuse as a whole fails the test."""
    assert 1 <= len(statements) <= 25
    runs = [_parsed(backend, statement) for statement in statements]
    targets = [(table, *key.values()) for table, key, *_ in runs]
    assert all(targets.count(target) == 1 for target in targets), "an item stands twice in a batch"
    return [_run(backend, *run) for run in runs]


def _parsed(
    backend: DynamoDBBackend, statement: dict[str, Any]
) -> tuple[str, Item, Item, Item | None, list[str]]:
    """The table, the key, what is set, what must be so already (None: nothing is stored), what is removed."""
    text, given = statement["Statement"], statement["Parameters"]
    if insert := _INSERT.fullmatch(text):
        item = dict(zip(re.findall(r"'(\w+)'", insert["names"]), given, strict=True))
        table = insert["table"]
        return table, {name: item[name] for name in _key_names(backend, table)}, item, None, []
    update = _UPDATE.fullmatch(text)
    assert update, f"no statement of the bulk path: {text}"
    changed, asked = (re.findall(r'"(\w+)"', update[part]) for part in ("set", "where"))
    assert len(given) == len(changed) + len(asked)
    changes = dict(zip(changed, given, strict=False))
    conditions = dict(zip(asked, given[len(changed) :], strict=True))
    table = update["table"]
    removed = re.findall(r'"(\w+)"', update["remove"])
    key = {name: conditions[name] for name in _key_names(backend, table)}
    return table, key, changes, conditions, removed


def _run(
    backend: DynamoDBBackend,
    table: str,
    key: Item,
    changes: Item,
    conditions: Item | None,
    removed: list[str],
) -> dict[str, Any]:
    there = backend.get_item(table, key)
    stored: Item = there.to_json()["Attributes"] if there else {}
    if conditions is None and there:
        return _refused("DuplicateItem", "Duplicate primary key exists in table")
    if any(stored.get(name) != value for name, value in (conditions or {}).items()):
        return _refused("ConditionalCheckFailed", "The conditional request failed")
    try:
        kept = {name: value for name, value in stored.items() if name not in removed}
        backend.put_item(table, {**kept, **changes})
    except MockValidationException as error:
        return _refused("ValidationError", str(error.message))
    return {"TableName": table}


def _refused(code: str, message: str) -> dict[str, Any]:
    return {"Error": {"Code": code, "Message": message}}


def _key_names(backend: DynamoDBBackend, table: str) -> list[str]:
    names: list[str] = backend.get_table(table).table_key_attrs
    return names
