"""A stack's tables, buckets and queues in memory (moto), and the settings every function finds."""

import importlib
import io
from collections.abc import Iterator
from datetime import datetime, tzinfo

import pytest
from moto import mock_aws
from moto.s3 import urls as addresses_of_s3
from moto.s3.models import S3Backend

from infra.system import FUNCTIONS
from keepwell.in_memory import FixedClock
from tests.aws_tables import Names, create_resources
from tests.functions.invoking import PERSONAL, Log, forget_builds
from tests.partiql import moto_runs_statements
from tests.story import NOON


@pytest.fixture
def log(monkeypatch: pytest.MonkeyPatch) -> Iterator[Log]:
    """What the functions log during the test; none of it may be personal data."""
    stream = io.StringIO()
    for function in FUNCTIONS:
        handler = importlib.import_module(f"{function.name}.handler").logger.registered_handler
        monkeypatch.setattr(handler, "stream", stream)
    yield Log(stream)
    assert [text for text in PERSONAL if text in stream.getvalue()] == []


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> FixedClock:
    """The clock of the stack: it is noon until the test says otherwise."""
    told = FixedClock(NOON)

    class Told(datetime):
        @classmethod
        def now(cls, tz: tzinfo | None = None) -> datetime:  # type: ignore[override]
            return told.now()

    monkeypatch.setattr("keepwell_aws.clock.datetime", Told)
    monkeypatch.setattr("import_csv_drop.handler.datetime", Told)
    return told


@pytest.fixture
def stack(log: Log, clock: FixedClock, monkeypatch: pytest.MonkeyPatch) -> Iterator[Names]:
    """An empty practice stack; the functions start cold."""
    settings = {
        "AWS_ACCESS_KEY_ID": "test",
        "AWS_SECRET_ACCESS_KEY": "test",
        "AWS_DEFAULT_REGION": "us-east-1",
        "AWS_ACCOUNT_ID_ENDPOINT_MODE": "disabled",
        "PRACTICE": "yes",
        "MAIL_FROM": "success@example.com",
        "MAIL_EVENTS": "keepwell-mail",
        "PULL_LOCATIONS": '["keepwell-exports"]',
        "ENDPOINTS_PARAMETERS": "/keepwell/Test/endpoints",
    }
    for name, value in settings.items():
        monkeypatch.setenv(name, value)
    monkeypatch.delenv("AWS_ENDPOINT_URL", raising=False)
    # moto imports the module anew for each request.
    monkeypatch.setattr(S3Backend, "_url_module", addresses_of_s3)
    with mock_aws(), moto_runs_statements():
        names = create_resources("keepwell")
        for name, value in names.environment().items():
            monkeypatch.setenv(name, value)
        forget_builds()
        yield names
    forget_builds()
