"""The clients of the services that are no database, each made once and only where it is needed."""

import os
from functools import cache
from typing import TYPE_CHECKING, Any

from botocore.config import Config
from botocore.session import Session, get_session

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client
    from mypy_boto3_sesv2 import SESV2Client
    from mypy_boto3_sqs import SQSClient
    from mypy_boto3_ssm import SSMClient

# Timeouts below those of the functions, so that a hanging call is an error and not a killed function.
_CONFIG = Config(connect_timeout=3, read_timeout=10, retries={"total_max_attempts": 5, "mode": "standard"})
# SES has no idempotency key: a try of the SDK's own could send a mail twice, unseen by the delivery's record.
_MAIL_CONFIG = Config(connect_timeout=3, read_timeout=10, retries={"total_max_attempts": 1})


def s3() -> "S3Client":
    client: S3Client = _client("s3", os.environ.get("AWS_ENDPOINT_URL"))
    return client


def sqs() -> "SQSClient":
    client: SQSClient = _client("sqs", os.environ.get("AWS_ENDPOINT_URL"))
    return client


def sesv2() -> "SESV2Client":
    client: SESV2Client = _client("sesv2", os.environ.get("AWS_ENDPOINT_URL"))
    return client


def ssm() -> "SSMClient":
    client: SSMClient = _client("ssm", os.environ.get("AWS_ENDPOINT_URL"))
    return client


@cache
def _client(service: str, endpoint: str | None) -> Any:
    config = _MAIL_CONFIG if service == "sesv2" else _CONFIG
    return session(endpoint).create_client(service, endpoint_url=endpoint, config=config)


@cache
def session(endpoint: str | None) -> Session:  # noqa: ARG001  the key of the cache
    """One for all clients of an endpoint: what it has read of botocore's data it need not read again."""
    return get_session()
