"""Whole nights: two at the same time leave what one leaves (reliability S2, S4)."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from importlib import import_module
from typing import Any
from unittest.mock import patch

import boto3
import pytest
from botocore.client import BaseClient

from infra import system
from infra.vocabulary import OnStep
from keepwell.in_memory import FixedClock
from keepwell_aws.files import S3Files
from tests.aws_tables import Names
from tests.functions.invoking import Context, forget_builds, invoke, know
from tests.functions.judging import use_few_segments
from tests.kept_world import Kept
from tests.story import NOON, account, poor_account

STEPS = [
    (function.name, function.wakes)
    for function in system.FUNCTIONS
    if isinstance(function.wakes, OnStep) and function.wakes.machine == system.NIGHTLY
]


def night(run: str) -> Iterator[tuple[str, Any]]:
    """What the state machine does, an invocation at a time: (function, its event)."""
    for name, step in STEPS:
        for segment in range(step.segments):
            state = {
                "segment": segment,
                "of": step.segments,
                "on": NOON.isoformat(),
                "run": run,
                "counts": dict.fromkeys(step.counts, 0),
            }
            yield name, state


def go_through(run: str) -> None:
    for name, event in night(run):
        assert invoke(name, event)["cursor"] is None


def left(stack: Names) -> dict[str, list[str]]:
    """What is stored in the end, apart from the books that each run keeps of itself and who wrote last."""
    found: dict[str, list[str]] = {}
    for table in system.TABLES:
        scan = boto3.client("dynamodb").get_paginator("scan")
        items = [item for page in scan.paginate(TableName=stack.table(table.name)) for item in page["Items"]]
        found[table.name] = sorted(
            json.dumps({name: value for name, value in item.items() if name != "writer"}, sort_keys=True)
            for item in items
            if not item.get("key", {}).get("S", "").startswith("night#")
        )
    s3 = boto3.client("s3")
    for folder in ("populations/", "rollups/"):
        keys = s3.list_objects_v2(Bucket=stack.bucket("files"), Prefix=folder).get("Contents", [])
        files = S3Files(stack.bucket("files"))
        found[folder] = [files.read(each["Key"]).decode() for each in keys]
    return found


@pytest.fixture
def portfolio(stack: Names) -> Names:
    use_few_segments(stack)
    for number in range(3):
        known_since = NOON - timedelta(days=30)
        told = poor_account if number % 2 else account
        know(stack, told(f"A-{number}", known_since=known_since))
    return stack


def test_a_night_between_any_two_calls_of_another_leaves_the_same(portfolio: Names) -> None:
    """Before a call of one run a whole other run happens; then the first goes on with what it had read."""
    before = Kept()
    go_through("alone")
    alone = left(portfolio)
    before.again()
    forget_builds()
    with interrupted_at(None) as calls:
        go_through("counted")
    assert left(portfolio) == alone
    assert len(calls) > 60
    for place in range(3, len(calls), 7):
        before.again()
        forget_builds()
        with interrupted_at(place) as made:
            for name, event in night("first"):
                _handler(name)(event)
        assert len(made) > place
        assert left(portfolio) == alone, f"the other night came before call {place} of {calls}"


@contextmanager
def interrupted_at(place: int | None) -> Iterator[list[str]]:
    """Let another night happen before the call of this place; the calls made, its own included."""
    made: list[str] = []
    original = BaseClient._make_api_call  # type: ignore[attr-defined]

    def call(self: BaseClient, operation: str, arguments: dict[str, Any]) -> Any:
        made.append(operation)
        if len(made) == place:
            for name, event in night("other"):
                _handler(name)(event)
        return original(self, operation, arguments)

    with patch.object(BaseClient, "_make_api_call", call):
        yield made


def _handler(name: str) -> Any:
    """Invoked inside another: without the recording of calls, which does not nest."""
    return lambda event: import_module(f"{name}.handler").handler(event, Context())


def test_a_second_night_writes_nothing_but_its_own_books(portfolio: Names, clock: FixedClock) -> None:
    go_through("first")
    before = left(portfolio)
    go_through("second")
    after = left(portfolio)
    assert {name for name in before if before[name] != after[name]} <= {"control"}
