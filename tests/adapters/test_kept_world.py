"""What is kept of moto comes back whole, as often as it is asked for."""

import boto3
import pytest
from moto import mock_aws

from tests.aws_tables import Names, create_resources
from tests.kept_world import Kept


def seen(names: Names) -> tuple[list[str], list[str], int]:
    """The accounts there are, the objects, and how many messages wait."""
    items = boto3.client("dynamodb").scan(TableName=names.table("accounts"))["Items"]
    objects = boto3.client("s3").list_objects_v2(Bucket=names.bucket("files")).get("Contents", [])
    waiting = boto3.client("sqs").get_queue_attributes(
        QueueUrl=names.queues["import_shards"], AttributeNames=["ApproximateNumberOfMessages"]
    )
    return (
        [item["account_id"]["S"] for item in items],
        [each["Key"] for each in objects],
        int(waiting["Attributes"]["ApproximateNumberOfMessages"]),
    )


def add(names: Names, name: str) -> None:
    key = {"account_id": {"S": name}, "part": {"S": "facts"}}
    boto3.client("dynamodb").put_item(TableName=names.table("accounts"), Item=key)
    boto3.client("s3").put_object(Bucket=names.bucket("files"), Key=name, Body=name.encode())
    boto3.client("sqs").send_message(QueueUrl=names.queues["import_shards"], MessageBody=name)


@pytest.mark.usefixtures("credentials")
def test_what_came_later_is_gone_and_what_was_taken_is_back() -> None:
    with mock_aws():
        names = create_resources("keepwell")
        add(names, "A-1")
        kept = Kept()
        for name in ("A-2", "A-3"):
            add(names, name)
            boto3.client("s3").delete_object(Bucket=names.bucket("files"), Key="A-1")
            boto3.client("sqs").purge_queue(QueueUrl=names.queues["import_shards"])
            assert seen(names)[1] == [name]
            kept.again()
            assert seen(names) == (["A-1"], ["A-1"], 1)
        answer = boto3.client("s3").get_object(Bucket=names.bucket("files"), Key="A-1")
        assert answer["Body"].read() == b"A-1"
