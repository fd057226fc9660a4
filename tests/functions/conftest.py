"""A stack's tables, buckets and queues in memory (moto), and the settings every function finds."""

import importlib
import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from aws_lambda_powertools.utilities.typing import LambdaContext
from moto import mock_aws

from infra.system import FUNCTIONS
from tests.aws_tables import Names, create_resources

INVOCATIONS = Path(__file__).parents[2] / "events" / "invocations"


class Context(LambdaContext):
    """What AWS tells a running function."""

    _function_name = "test"
    _memory_limit_in_mb = 512
    _invoked_function_arn = "arn:aws:lambda:us-east-1:123456789012:function:test"
    _aws_request_id = "52fdfc07-2182-154f-163f-5f0f9a621d72"

    @staticmethod
    def get_remaining_time_in_millis() -> int:
        return 60_000


@pytest.fixture
def environment(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """What every function finds in its environment whatever it may touch, and credentials."""
    settings = {
        "AWS_ACCESS_KEY_ID": "test",
        "AWS_SECRET_ACCESS_KEY": "test",
        "AWS_DEFAULT_REGION": "us-east-1",
        "AWS_ACCOUNT_ID_ENDPOINT_MODE": "disabled",
        "PRACTICE": "no",
        "MAIL_FROM": "success@example.com",
        "ENDPOINTS_PARAMETERS": "/keepwell/Test/endpoints",
    }
    for name, value in settings.items():
        monkeypatch.setenv(name, value)
    monkeypatch.delenv("AWS_ENDPOINT_URL", raising=False)
    forget_builds()
    yield
    forget_builds()


@contextmanager
def fresh_stack(monkeypatch: pytest.MonkeyPatch) -> Iterator[Names]:
    """An empty stack; the functions start cold."""
    with mock_aws():
        names = create_resources("keepwell")
        for name, value in names.environment().items():
            monkeypatch.setenv(name, value)
        forget_builds()
        yield names


@pytest.fixture
def stack(environment: None, monkeypatch: pytest.MonkeyPatch) -> Iterator[Names]:
    """An empty stack for the whole test."""
    with fresh_stack(monkeypatch) as names:
        yield names


def forget_builds() -> None:
    """Functions keep what they built while warm; a new stack is a cold start."""
    for function in FUNCTIONS:
        importlib.import_module(f"{function.name}.handler").build.cache_clear()


def sample_event(function: str, case: str) -> Any:
    """A recorded invocation, from events/invocations."""
    return json.loads((INVOCATIONS / function / f"{case}.json").read_text())
