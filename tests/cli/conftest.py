"""A stack of tables and buckets only, on moto; and none at all."""

from collections.abc import Iterator

import pytest
from moto import mock_aws

from infra import system
from keepwell_cli.output import NoCloudError
from keepwell_cli.stack import Stack
from tests.aws_tables import create_resources
from tests.partiql import moto_runs_statements


@pytest.fixture
def stack(monkeypatch: pytest.MonkeyPatch) -> Iterator[Stack]:
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "test")
    monkeypatch.setenv("AWS_DEFAULT_REGION", "us-east-1")
    monkeypatch.delenv("AWS_ENDPOINT_URL", raising=False)
    with mock_aws(), moto_runs_statements():
        names = create_resources("keepwell")
        outputs = {table.output: names.table(table.name) for table in system.TABLES}
        outputs |= {bucket.output: names.bucket(bucket.name) for bucket in system.BUCKETS}
        deployed = Stack("test", outputs)
        monkeypatch.setattr(Stack, "configured", classmethod(lambda _, name=None: deployed))
        yield deployed


@pytest.fixture
def no_cloud(monkeypatch: pytest.MonkeyPatch) -> None:
    def configured(_: object, name: str | None = None) -> Stack:
        raise NoCloudError("no stack here")

    monkeypatch.setattr(Stack, "configured", classmethod(configured))
