"""What the words of the page mean in IAM: actions on each thing a function may touch.

Read twice: the stack makes the roles of it, and `infra/permissions.py` compares it with the calls made.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from infra.system import FAILURES, UNHANDLED_EVENTS
from infra.vocabulary import (
    Appends,
    Finds,
    Folder,
    Lambda,
    Lent,
    Lists,
    Loads,
    MailEvents,
    OnQueue,
    OnStream,
    Permission,
    Queue,
    Reads,
    Removes,
    Resource,
    Rows,
    Scans,
    Secrets,
    Sender,
    Sends,
    Table,
    Thing,
    Unseals,
    Writes,
)

STREAM = "/stream"

OBJECT_ACTIONS: dict[type[Permission], tuple[str, ...]] = {
    Reads: ("s3:GetObject", "s3:GetObjectVersion"),
    Writes: ("s3:PutObject",),
}
ACTIONS: dict[tuple[type[Resource], type[Permission]], tuple[str, ...]] = {
    (Table, Reads): ("dynamodb:GetItem", "dynamodb:BatchGetItem", "dynamodb:Query"),
    (Table, Writes): ("dynamodb:PutItem", "dynamodb:UpdateItem"),
    (Table, Loads): ("dynamodb:PartiQLInsert", "dynamodb:PartiQLUpdate"),
    (Table, Appends): ("dynamodb:PutItem",),
    (Table, Removes): ("dynamodb:DeleteItem",),
    (Table, Scans): ("dynamodb:Scan",),
    (Queue, Sends): ("sqs:SendMessage",),
    # A mail that is sent whole needs both.
    (Sender, Sends): ("ses:SendEmail", "ses:SendRawEmail"),
    (MailEvents, Sends): ("ses:SendEmail", "ses:SendRawEmail"),
    (Secrets, Unseals): ("ssm:GetParameter",),
}


@dataclass(frozen=True)
class Grant:
    """Actions on a resource, or on a part of it.

    `part` is what follows the resource's ARN: `/drops/*` for a folder, `/index/due`, `STREAM`, or nothing.
    `leading` are the patterns, any of which the partition keys of a table must match: `endpoint#*`.
    `implied` marks what no handler calls: what Lambda itself does under the function's role (poll its queue,
    keep what failed), and what S3 wants to see besides.
    """

    actions: tuple[str, ...]
    resource: Resource
    part: str = ""
    leading: tuple[str, ...] = ()
    implied: bool = False


def grants(function: Lambda) -> list[Grant]:
    """All that a function's role allows, but for its own log and trace."""
    return [*_declared(function), *_of_the_wake(function)]


def _declared(function: Lambda) -> Iterator[Grant]:
    for permission in function.may:
        for thing in permission.things:
            yield from _on(thing, type(permission))
    read = [
        thing for permission in function.may if isinstance(permission, Reads) for thing in permission.things
    ]
    for bucket in dict.fromkeys(thing.bucket for thing in read if isinstance(thing, Folder)):
        # Without it S3 answers 403, not 404, for an object that is not there.
        yield Grant(("s3:ListBucket",), bucket, implied=True)


def _on(thing: Thing, verb: type[Permission]) -> Iterator[Grant]:
    if isinstance(thing, Folder) and verb is Lists:
        yield Grant(("s3:ListBucket",), thing.bucket)
    elif isinstance(thing, Folder):
        yield Grant(OBJECT_ACTIONS[verb], thing.bucket, f"/{thing.prefix}*")
    elif isinstance(thing, Rows):
        leading = tuple(f"{beginning}*" for beginning in thing.beginnings)
        yield Grant(ACTIONS[Table, verb], thing.table, leading=leading)
    elif isinstance(thing, Lent):
        yield Grant(("s3:ListBucket",), thing)
        yield Grant(("s3:GetObject",), thing, "/*")
    elif verb is Finds and isinstance(thing, Table) and thing.index:
        yield Grant(("dynamodb:Query",), thing, f"/index/{thing.index.name}")
    else:
        part = "/*" if isinstance(thing, Secrets) else ""
        yield Grant(ACTIONS[type(thing), verb], thing, part)


def _of_the_wake(function: Lambda) -> Iterator[Grant]:
    match function.wakes:
        case OnQueue(queue):
            receive = ("sqs:ReceiveMessage", "sqs:DeleteMessage", "sqs:GetQueueAttributes")
            yield Grant(receive, queue, implied=True)
        case OnStream(table):
            read = ("DescribeStream", "GetRecords", "GetShardIterator", "ListStreams")
            yield Grant(tuple(f"dynamodb:{action}" for action in read), table, STREAM, implied=True)
            yield Grant(("s3:ListBucket",), FAILURES, implied=True)
            yield Grant(("s3:PutObject",), FAILURES, "/aws/lambda/*", implied=True)
        case _ if function.asynchronous:
            yield Grant(("sqs:SendMessage",), UNHANDLED_EVENTS, implied=True)
