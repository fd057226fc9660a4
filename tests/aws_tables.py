"""The stack's tables, buckets and queues, made from the system page by plain API calls.

Works on whatever endpoint is set: moto in-process, or a local cloud.
"""

import os
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Any

import boto3

from infra.system import BUCKETS, QUEUES, TABLES
from infra.vocabulary import Table

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient
    from mypy_boto3_dynamodb.type_defs import KeySchemaElementTypeDef
    from mypy_boto3_s3 import S3Client
    from mypy_boto3_sqs import SQSClient


@dataclass(frozen=True)
class Names:
    """What a test stack's things are called: tables and buckets by name, queues by URL."""

    prefix: str
    queues: dict[str, str]

    def table(self, name: str) -> str:
        return f"{self.prefix}-{name}"

    def bucket(self, name: str) -> str:
        return f"{self.prefix}-{name}"

    def environment(self) -> dict[str, str]:
        """The settings that functions find these things under."""
        return {
            **{table.variable: self.table(table.name) for table in TABLES},
            **{bucket.variable: self.bucket(bucket.name) for bucket in BUCKETS},
            **{queue.variable: self.queues[queue.name] for queue in QUEUES},
        }


def create_resources(prefix: str) -> Names:
    """Make every table, bucket and queue of the page, their names beginning with `prefix`."""
    names = Names(prefix, {})
    for table in TABLES:
        create_table(table, names.table(table.name))
    s3: S3Client = client("s3")
    for bucket in BUCKETS:
        s3.create_bucket(Bucket=names.bucket(bucket.name))
        s3.put_bucket_versioning(
            Bucket=names.bucket(bucket.name), VersioningConfiguration={"Status": "Enabled"}
        )
    sqs: SQSClient = client("sqs")
    for queue in QUEUES:
        url = sqs.create_queue(QueueName=f"{prefix}-{queue.name}")["QueueUrl"]
        names.queues[queue.name] = url
    return names


def create_table(table: Table, name: str) -> None:
    """Make one table of the page under a name, on demand, with its index and stream."""
    more: dict[str, Any] = {}
    if table.index:
        more["GlobalSecondaryIndexes"] = [
            {
                "IndexName": table.index.name,
                "KeySchema": _key_schema(table.index.key),
                "Projection": {"ProjectionType": "INCLUDE", "NonKeyAttributes": list(table.index.keeps)},
            }
        ]
    if table.streamed:
        more["StreamSpecification"] = {"StreamEnabled": True, "StreamViewType": "NEW_AND_OLD_IMAGES"}
    attributes = [*table.key, *(table.index.key if table.index else ())]
    dynamodb: DynamoDBClient = client("dynamodb")
    dynamodb.create_table(
        TableName=name,
        KeySchema=_key_schema(table.key),
        AttributeDefinitions=[{"AttributeName": key, "AttributeType": "S"} for key in attributes],
        BillingMode="PAY_PER_REQUEST",
        **more,
    )


def client(service: Any) -> Any:
    """A client for where the environment leads; kept, because making one takes longer than making a table."""
    return _client(service, os.environ.get("AWS_ENDPOINT_URL"))


@cache
def _client(service: Any, endpoint: str | None) -> Any:
    return boto3.client(service, endpoint_url=endpoint)


def _key_schema(key: tuple[str, ...]) -> "list[KeySchemaElementTypeDef]":
    return [
        {"AttributeName": name, "KeyType": "RANGE" if place else "HASH"} for place, name in enumerate(key)
    ]
