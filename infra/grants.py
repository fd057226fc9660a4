"""What the words of the page mean in IAM: actions on each thing a function may touch.

Read twice: the stack makes the roles of it, and `infra/permissions.py` compares it with the calls made.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from infra.system import FAILURES, UNHANDLED_EVENTS
from infra.vocabulary import (
    Finds,
    Folder,
    Lambda,
    OnQueue,
    OnStream,
    Place,
    Reads,
    Resource,
    Scans,
    Sends,
    SendsMail,
    Unseals,
    Writes,
)

STREAM = "/stream"


@dataclass(frozen=True)
class Grant:
    """Actions on a resource, or on a part of it.

    `part` is what follows the resource's ARN: `/drops/*` for a folder, `/index/due`, `STREAM`, or nothing.
    `resource` is None for the stack's sender of mail. `by_platform` marks what Lambda itself does under the
    function's role (poll its queue, keep what failed), as against what the handler calls.
    """

    actions: tuple[str, ...]
    resource: Resource | None
    part: str = ""
    by_platform: bool = False


def grants(function: Lambda) -> list[Grant]:
    """All that a function's role allows, but for its own log and trace."""
    return [*_declared(function), *_of_the_wake(function)]


def _declared(function: Lambda) -> Iterator[Grant]:
    for permission in function.may:
        match permission:
            case Reads():
                yield from _reads(permission.places)
            case Writes():
                yield from _writes(permission.places)
            case Scans():
                yield from (
                    Grant(("dynamodb:Scan",), p) for p in permission.places if not isinstance(p, Folder)
                )
            case Finds(table):
                yield Grant(("dynamodb:Query",), table, f"/index/{table.index.name if table.index else '*'}")
            case Sends():
                yield from (Grant(("sqs:SendMessage",), queue) for queue in permission.queues)
            case Unseals(secrets):
                yield Grant(("ssm:GetParameter", "ssm:GetParametersByPath"), secrets, "/*")
            case SendsMail():
                yield Grant(("ses:SendEmail",), None)


def _reads(places: tuple[Place, ...]) -> Iterator[Grant]:
    for place in places:
        if isinstance(place, Folder):
            yield Grant(("s3:GetObject", "s3:GetObjectVersion"), place.bucket, f"/{place.prefix}*")
        else:
            yield Grant(("dynamodb:GetItem", "dynamodb:BatchGetItem", "dynamodb:Query"), place)
    for bucket in {place.bucket for place in places if isinstance(place, Folder)}:
        # Without it S3 answers 403, not 404, for an object that is not there.
        yield Grant(("s3:ListBucket",), bucket)


def _writes(places: tuple[Place, ...]) -> Iterator[Grant]:
    for place in places:
        if isinstance(place, Folder):
            yield Grant(("s3:PutObject",), place.bucket, f"/{place.prefix}*")
        else:
            yield Grant(("dynamodb:PutItem", "dynamodb:UpdateItem"), place)


def _of_the_wake(function: Lambda) -> Iterator[Grant]:
    match function.wakes:
        case OnQueue(queue):
            receive = ("sqs:ReceiveMessage", "sqs:DeleteMessage", "sqs:GetQueueAttributes")
            yield Grant(receive, queue, by_platform=True)
        case OnStream(table):
            read = ("DescribeStream", "GetRecords", "GetShardIterator", "ListStreams")
            yield Grant(tuple(f"dynamodb:{action}" for action in read), table, STREAM, by_platform=True)
            yield Grant(("s3:ListBucket",), FAILURES, by_platform=True)
            yield Grant(("s3:PutObject",), FAILURES, "/aws/lambda/*", by_platform=True)
        case _ if function.asynchronous:
            yield Grant(("sqs:SendMessage",), UNHANDLED_EVENTS, by_platform=True)
