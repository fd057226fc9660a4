"""Where a contract test runs: on the in-memory twin, on moto, and on the local cloud."""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager
from typing import Any
from unittest.mock import patch
from uuid import uuid4

import pytest
from botocore.client import BaseClient
from moto import mock_aws

from tests.aws_tables import Names, create_resources
from tests.cloud_fixture import cloud_environment, local_cloud
from tests.partiql import moto_runs_statements

__all__ = ["cloud_environment", "local_cloud"]

CLOUDS = ["moto", pytest.param("local cloud", marks=pytest.mark.xdist_group("cloud"))]

LoseAnswer = Callable[[str], AbstractContextManager[None]]


@pytest.fixture
def credentials(monkeypatch: pytest.MonkeyPatch) -> None:
    """What a client needs to be made, and nothing it could reach."""
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "test")
    monkeypatch.setenv("AWS_DEFAULT_REGION", "us-east-1")
    monkeypatch.setenv("AWS_ACCOUNT_ID_ENDPOINT_MODE", "disabled")
    monkeypatch.delenv("AWS_ENDPOINT_URL", raising=False)


@contextmanager
def _stack(cloud: str, request: pytest.FixtureRequest) -> Iterator[Names]:
    with ExitStack() as stack:
        if cloud == "moto":
            request.getfixturevalue("credentials")
            stack.enter_context(mock_aws())
            stack.enter_context(moto_runs_statements())
        else:
            request.getfixturevalue("cloud_environment")
        yield create_resources(f"test-{uuid4().hex[:8]}")


@pytest.fixture(params=CLOUDS)
def stack(request: pytest.FixtureRequest) -> Iterator[Names]:
    """An empty stack on AWS, as far as it is at hand."""
    with _stack(request.param, request) as names:
        yield names


@pytest.fixture(params=["in memory", *CLOUDS])
def place(request: pytest.FixtureRequest) -> Iterator[Names | None]:
    """An empty stack, or None where the twin is to be tested."""
    if request.param == "in memory":
        yield None
        return
    with _stack(request.param, request) as names:
        yield names


@pytest.fixture
def lose_answer() -> LoseAnswer:
    """Let an operation's first call be applied and its answer be lost, so that the SDK sends it again."""
    return _lost_answer


@contextmanager
def _lost_answer(operation: str) -> Iterator[None]:
    original = BaseClient._make_api_call  # type: ignore[attr-defined]
    lost: list[str] = []

    def call(self: BaseClient, name: str, arguments: dict[str, Any]) -> Any:
        if name == operation and not lost:
            lost.append(name)
            original(self, name, arguments)
        return original(self, name, arguments)

    with patch.object(BaseClient, "_make_api_call", call):
        yield
    assert lost, f"{operation} was never called"
