"""Endpoint addresses and signing secrets from SecureString parameters."""

import json
import os
import time

import boto3
import pytest

from keepwell.errors import ConfigurationError
from keepwell.playbook import Endpoint, EndpointKind
from keepwell_aws.secrets import KEPT_SECONDS, EndpointSecrets
from tests.aws_tables import Names

SIGNED = Endpoint("events", EndpointKind.SIGNED)
SLACK = Endpoint("slack", EndpointKind.SLACK)


def store(stack: Names, endpoint: str, value: object) -> None:
    boto3.client("ssm").put_parameter(
        Name=f"/{stack.prefix}/endpoints/{endpoint}",
        Value=value if isinstance(value, str) else json.dumps(value),
        Type="SecureString",
        Overwrite=True,
    )


@pytest.fixture
def secrets(stack: Names) -> EndpointSecrets:
    return EndpointSecrets(f"/{stack.prefix}/endpoints/")


def test_one_secret_two_or_none(stack: Names, secrets: EndpointSecrets) -> None:
    store(stack, "slack", {"url": "https://hooks.slack.com/services/x"})
    store(stack, "events", {"url": "https://x.example/", "secret": "whsec_new"})
    assert secrets.get(SLACK).url == "https://hooks.slack.com/services/x"
    assert secrets.get(SIGNED).secrets == ("whsec_new",)

    store(stack, "events", {"url": "https://x.example/", "secret": ["whsec_new", "whsec_old"]})
    assert EndpointSecrets(f"/{stack.prefix}/endpoints").get(SIGNED).secrets == ("whsec_new", "whsec_old")


def test_a_secret_is_kept_for_five_minutes(
    stack: Names, secrets: EndpointSecrets, monkeypatch: pytest.MonkeyPatch
) -> None:
    now = 1000.0
    monkeypatch.setattr(time, "monotonic", lambda: now)
    store(stack, "slack", {"url": "https://hooks.slack.com/1"})
    secrets.get(SLACK)
    store(stack, "slack", {"url": "https://hooks.slack.com/2"})
    assert secrets.get(SLACK).url.endswith("1")
    now += KEPT_SECONDS + 1
    assert secrets.get(SLACK).url.endswith("2")


def test_a_missing_parameter_says_the_command_that_makes_it(stack: Names, secrets: EndpointSecrets) -> None:
    """On a local cloud one for that cloud: a bare `aws` would write the secret to the user's own account."""
    with pytest.raises(ConfigurationError) as caught:
        secrets.get(SIGNED)
    local = os.environ.get("AWS_ENDPOINT_URL")
    aws = f"aws --endpoint-url {local} --region us-east-1" if local else "aws"
    name = f"/{stack.prefix}/endpoints/events"
    assert f"Run: {aws} ssm put-parameter --overwrite --type SecureString --name '{name}'" in str(
        caught.value
    )
    assert "whsec_" in str(caught.value)
    with pytest.raises(ConfigurationError, match=r"hooks\.slack\.com"):
        secrets.get(SLACK)


@pytest.mark.parametrize(
    "value",
    [
        "https://x.example/SECRET",
        "[]",
        {"url": 5},
        {"secret": "SECRET"},
        {"url": "https://x.example/SECRET"},
        {"url": "https://x.example/", "secret": []},
        {"url": "https://x.example/", "secret": [1]},
        {"url": "https://x.example/", "secret": None},
    ],
)
def test_a_malformed_parameter_is_not_shown(stack: Names, secrets: EndpointSecrets, value: object) -> None:
    store(stack, "events", value)
    with pytest.raises(ConfigurationError, match="'events' is malformed") as caught:
        secrets.get(SIGNED)
    assert "SECRET" not in str(caught.value)


def test_a_secret_does_not_show_itself(stack: Names, secrets: EndpointSecrets) -> None:
    store(stack, "events", {"url": "https://x.example/", "secret": "whsec_new"})
    assert "whsec" not in repr(secrets.get(SIGNED))
