"""A stack of tables and buckets only, on moto; and none at all."""

from collections.abc import Iterator

import pytest

from keepwell_cli.output import NoCloudError
from keepwell_cli.stack import Stack
from tests.mocked_stack import mocked_stack


@pytest.fixture
def stack(monkeypatch: pytest.MonkeyPatch) -> Iterator[Stack]:
    with mocked_stack(monkeypatch) as deployed:
        yield deployed


@pytest.fixture
def no_cloud(monkeypatch: pytest.MonkeyPatch) -> None:
    def configured(_: object, name: str | None = None) -> Stack:
        raise NoCloudError("no stack here")

    monkeypatch.setattr(Stack, "configured", classmethod(configured))
