"""A stack of tables and buckets only, on moto, that the command takes for the one it is to work on."""

from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from moto import mock_aws

from infra import system
from keepwell.playbook.bundle import FORMAT
from keepwell_cli.stack import Stack
from tests.aws_tables import create_resources
from tests.partiql import moto_runs_statements


@contextmanager
def mocked_stack(monkeypatch: pytest.MonkeyPatch, **more_outputs: str) -> Iterator[Stack]:
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "test")
    monkeypatch.setenv("AWS_DEFAULT_REGION", "us-east-1")
    monkeypatch.delenv("AWS_ENDPOINT_URL", raising=False)
    with mock_aws(), moto_runs_statements():
        names = create_resources("keepwell")
        outputs = {table.output: names.table(table.name) for table in system.TABLES}
        outputs["PlaybookFormat"] = str(FORMAT)
        outputs |= {bucket.output: names.bucket(bucket.name) for bucket in system.BUCKETS}
        deployed = Stack("test", outputs | more_outputs)
        monkeypatch.setattr(Stack, "configured", classmethod(lambda _, name=None: deployed))
        yield deployed
