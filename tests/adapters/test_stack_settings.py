"""A function's settings, a stack's clock, and AWS's refusals in Keepwell's words."""

from datetime import UTC, datetime, timedelta

import pytest
from botocore.exceptions import ClientError, EndpointConnectionError, NoCredentialsError
from pynamodb.exceptions import PutError

from keepwell.errors import ConfigurationError, KeepwellError, RejectedInput, TransientFailure
from keepwell.in_memory import FixedClock, InMemoryControl
from keepwell_aws.clock import OFFSET, StackClock
from keepwell_aws.failures import translated
from keepwell_aws.settings import FunctionSettings


class Settings(FunctionSettings):
    accounts_table: str
    mail_from: str
    practice: bool


def test_settings_are_read_from_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ACCOUNTS_TABLE", "stack-accounts")
    monkeypatch.setenv("MAIL_FROM", "success@example.com")
    for text, practice in [("yes", True), ("no", False)]:
        monkeypatch.setenv("PRACTICE", text)
        settings = Settings.from_environment()
        assert settings == Settings(
            accounts_table="stack-accounts", mail_from="success@example.com", practice=practice
        )


def test_every_missing_setting_is_named_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("ACCOUNTS_TABLE", raising=False)
    monkeypatch.setenv("MAIL_FROM", "")
    monkeypatch.setenv("PRACTICE", "no")
    with pytest.raises(ConfigurationError, match="ACCOUNTS_TABLE, MAIL_FROM"):
        Settings.from_environment()


def test_a_wrong_setting_is_named_with_its_value(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ACCOUNTS_TABLE", "a")
    monkeypatch.setenv("MAIL_FROM", "b")
    monkeypatch.setenv("PRACTICE", "perhaps")
    with pytest.raises(ConfigurationError, match="PRACTICE='perhaps'"):
        Settings.from_environment()


def test_only_the_clock_of_a_practice_stack_is_moved() -> None:
    control = InMemoryControl()
    control.put(OFFSET, {"seconds": 86_400 * 30})
    real = datetime.now(UTC)
    assert abs(StackClock(control, practice=False).now() - real) < timedelta(minutes=1)
    clock = StackClock(control, practice=True)
    assert abs(clock.now() - real - timedelta(days=30)) < timedelta(minutes=1)
    control.put(OFFSET, {"seconds": 0})
    assert abs(clock.now() - real) < timedelta(minutes=1)
    assert clock.now().tzinfo is UTC


def test_a_fixed_clock_stands_still() -> None:
    noon = datetime(2026, 11, 21, 12, tzinfo=UTC)
    clock = FixedClock(noon)
    assert clock.now() == clock.now() == noon
    clock.advance(timedelta(days=1))
    assert clock.now() == noon + timedelta(days=1)
    clock.set(noon)
    assert clock.now() == noon


def refusal(code: str) -> ClientError:
    return ClientError({"Error": {"Code": code, "Message": "no"}}, "PutItem")


@pytest.mark.parametrize(
    ("error", "kind"),
    [
        (refusal("ValidationException"), RejectedInput),  # over 400 KB, an empty key (I6)
        (refusal("ResourceNotFoundException"), ConfigurationError),
        (refusal("AccessDeniedException"), ConfigurationError),
        (refusal("UnrecognizedClientException"), ConfigurationError),
        (NoCredentialsError(), ConfigurationError),
        (refusal("ProvisionedThroughputExceededException"), TransientFailure),  # R3
        (refusal("ThrottlingException"), TransientFailure),
        (refusal("TransactionConflictException"), TransientFailure),
        (refusal("SlowDown"), TransientFailure),
        (refusal("InternalServerError"), TransientFailure),
        (EndpointConnectionError(endpoint_url="http://127.0.0.1:1"), TransientFailure),
    ],
)
def test_refusals_are_of_three_kinds(error: Exception, kind: type[KeepwellError]) -> None:
    with pytest.raises(kind, match="writing a row: "), translated("writing a row"):
        raise error
    with pytest.raises(kind, match="writing a row: "), translated("writing a row"):
        raise PutError("Failed to put item", error)
