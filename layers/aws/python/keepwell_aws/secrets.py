"""Addresses and signing secrets of the webhook endpoints, from SecureString parameters.

The parameter `<prefix>/<endpoint id>` holds one JSON document: {"url": "https://…", "secret": "whsec_…"}.
While a secret is being rotated, `secret` is a list, the new one first. Slack needs none: its address is one.
"""

import json
import os
import time
from dataclasses import dataclass

from botocore.exceptions import ClientError

from keepwell.errors import ConfigurationError
from keepwell.playbook import Endpoint, EndpointKind
from keepwell_aws.clients import ssm
from keepwell_aws.failures import error_code, translated

KEPT_SECONDS = 300


@dataclass(frozen=True, repr=False)
class EndpointSecret:
    """Where an endpoint is and what its requests are signed with; not shown in logs."""

    url: str
    secrets: tuple[str, ...] = ()


class EndpointSecrets:
    """Keeps what it read for five minutes, or until it is asked for anew."""

    def __init__(self, prefix: str):
        self._prefix = prefix.rstrip("/")
        self._kept: dict[str, tuple[float, EndpointSecret]] = {}

    def get(self, endpoint: Endpoint, *, anew: bool = False) -> EndpointSecret:
        """ConfigurationError, with the command that mends it, if the parameter is missing or malformed."""
        now = time.monotonic()
        read_at, secret = self._kept.get(endpoint.id, (None, None))
        if anew or secret is None or read_at is None or now - read_at > KEPT_SECONDS:
            secret = self._read(endpoint)
            self._kept[endpoint.id] = (now, secret)
        return secret

    def _read(self, endpoint: Endpoint) -> EndpointSecret:
        name = f"{self._prefix}/{endpoint.id}"
        with translated(f"reading the parameter {name}"):
            try:
                answer = ssm().get_parameter(Name=name, WithDecryption=True)
            except ClientError as error:
                if error_code(error) != "ParameterNotFound":
                    raise
                raise ConfigurationError(
                    f"endpoint {endpoint.id!r} is not set up. {_mend(name, endpoint)}"
                ) from None
        secret = _parsed(answer["Parameter"]["Value"])
        if secret is None or (endpoint.kind is EndpointKind.SIGNED and not secret.secrets):
            raise ConfigurationError(
                f"the parameter of endpoint {endpoint.id!r} is malformed. {_mend(name, endpoint)}"
            )
        return secret


def _parsed(value: str) -> EndpointSecret | None:
    try:
        document = json.loads(value)
    except ValueError:
        return None
    match document:
        case {"url": str(url), "secret": str(secret)}:
            return EndpointSecret(url, (secret,))
        case {"url": str(url), "secret": [*secrets]} if all(isinstance(secret, str) for secret in secrets):
            return EndpointSecret(url, tuple(secrets))
        case {"url": str(url)} if "secret" not in document:
            return EndpointSecret(url)
    return None


def _mend(name: str, endpoint: Endpoint) -> str:
    if endpoint.kind is EndpointKind.SLACK:
        value = {"url": "https://hooks.slack.com/services/…"}
    else:
        value = {"url": "https://…", "secret": "whsec_…"}
    # On a local cloud a bare `aws` would tell the secret to the account of whoever runs it.
    endpoint_url = os.environ.get("AWS_ENDPOINT_URL")
    at = f"--endpoint-url {endpoint_url} --region {ssm().meta.region_name} " if endpoint_url else ""
    return (
        f"Run: aws {at}ssm put-parameter --overwrite --type SecureString --name '{name}' "
        f"--value '{json.dumps(value, ensure_ascii=False)}'"
    )
