"""The words of the system page: what the system keeps, what wakes a function, what a function may touch.

Plain values; `infra/app.py`, `infra/permissions.py` and `infra/diagram.py` give them their meaning.
"""

from dataclasses import dataclass
from typing import ClassVar


@dataclass(frozen=True)
class Resource:
    """Something with a name. A function that may touch it finds it under `variable` in its environment."""

    kind: ClassVar[str]
    name: str

    @property
    def variable(self) -> str:
        """ACCOUNTS_TABLE for the table `accounts`."""
        return f"{self.name}_{self.kind}".upper()

    @property
    def output(self) -> str:
        """AccountsTable: its id in the template and the name of the stack's output."""
        return pascal(f"{self.name}_{self.kind}")


@dataclass(frozen=True)
class Index:
    """A sparse index: only items that have its key are in it, with the attributes `keeps` names."""

    name: str
    key: tuple[str, str]
    keeps: tuple[str, ...] = ()


@dataclass(frozen=True)
class Table(Resource):
    """A DynamoDB table, its key all text; `streamed` if functions wake on its changes."""

    kind = "table"
    key: tuple[str, ...]
    index: Index | None = None
    streamed: bool = False

    def rows(self, *beginnings: str) -> "Rows":
        return Rows(self, beginnings)


@dataclass(frozen=True)
class Rows:
    """The items of a table whose partition key begins in one of these ways."""

    table: Table
    beginnings: tuple[str, ...]


@dataclass(frozen=True)
class Bucket(Resource):
    """A private, versioned bucket. `days` says how long the objects under a prefix are kept."""

    kind = "bucket"
    days: tuple[tuple[str, int], ...] = ()

    def __truediv__(self, folder: str) -> "Folder":
        return Folder(self, f"{folder}/")


@dataclass(frozen=True)
class Folder:
    """The objects of a bucket whose key begins with `prefix`."""

    bucket: Bucket
    prefix: str


@dataclass(frozen=True)
class Queue(Resource):
    """A queue whose messages go to a dead-letter queue of the same name after five failed receipts."""

    kind = "queue"


@dataclass(frozen=True)
class DeadLetters(Resource):
    """A queue that nothing reads: it keeps what went wrong for a person to see and redrive."""

    kind = "queue"


@dataclass(frozen=True)
class Secrets(Resource):
    """SecureString parameters under /keepwell/<stack>/<name>/; the variable holds that prefix."""

    kind = "parameters"


@dataclass(frozen=True)
class Sender(Resource):
    """The address mail is sent from."""

    kind = "from"


@dataclass(frozen=True)
class MailEvents(Resource):
    """What SES tells of mails after it took them; mails name it to be told of. The variable holds the name of
    the configuration set."""

    kind = "events"


@dataclass(frozen=True)
class Lent(Resource):
    """Buckets of others, or folders in them, that the deployment lets the stack read. The variable holds
    their list, in JSON; there may be none."""

    kind = "locations"


@dataclass(frozen=True)
class StateMachine(Resource):
    """A run of the functions that wake on it, in the page's order, at `cron` in the tenant's time zone; where
    there is none, when a person asks for it."""

    kind = "state_machine"
    cron: str = ""


@dataclass(frozen=True)
class OnObject:
    """Wakes when an object is created in one of the folders, which are of one bucket."""

    folders: tuple[Folder, ...]


@dataclass(frozen=True)
class OnQueue:
    """Wakes on up to `batch` messages, in at most `at_once` runs side by side."""

    queue: Queue
    batch: int
    at_once: int


@dataclass(frozen=True)
class OnStream:
    """Wakes when items with one of these `parts` change (and have the number `having`, if named).

    A batch gathers for up to `window` seconds, so that changes of one account are seen together.
    """

    table: Table
    parts: tuple[str, ...]
    having: str | None = None
    batch: int = 100
    window: int = 1


@dataclass(frozen=True)
class OnSchedule:
    """Wakes on an EventBridge Scheduler expression, in the tenant's time zone."""

    expression: str


@dataclass(frozen=True)
class OnMail:
    """Wakes when a mail bounced, or somebody complained of it."""

    events: MailEvents


@dataclass(frozen=True)
class OnStep:
    """Wakes as a step of a state machine, once for each of `segments`, again while it returns a cursor.

    `counts` are the numbers it keeps while it goes on; the run's output holds their sums under its name.
    """

    machine: StateMachine
    segments: int
    counts: tuple[str, ...]


Thing = Resource | Folder | Rows
Wake = OnObject | OnQueue | OnStream | OnSchedule | OnMail | OnStep


class Permission:
    """What a function may do with some things; each subclass is a verb."""

    def __init__(self, *things: Thing) -> None:
        self.things = things


class Reads(Permission):
    """Gets and queries items by key; gets objects, and lists those that are lent."""


class Writes(Permission):
    """Puts and updates items; puts objects. Never deletes."""


class Loads(Permission):
    """Inserts and updates many items at once, by statements. Never deletes."""


class Appends(Permission):
    """Puts items under keys derived from what they say; never updates one."""


class Removes(Permission):
    """Deletes items."""


class Scans(Permission):
    """Reads whole tables."""


class Lists(Permission):
    """Lists the keys of objects."""


class Finds(Permission):
    """Queries the index of a table."""


class Sends(Permission):
    """Sends messages to a queue, or mail."""


class Unseals(Permission):
    """Reads secrets."""


# What every function finds in its environment.
EVERYWHERE = frozenset({"PRACTICE", "POWERTOOLS_SERVICE_NAME", "POWERTOOLS_LOG_LEVEL"})
# The folders of layers/ that every function stands on.
LAYERS = ("domain", "aws", "blocs", "third_party")


@dataclass(frozen=True)
class Lambda:
    """A function: its folder under functions/, what it does, what wakes it and what it may touch.

    `layers` are those it needs beside the usual ones; `memory` is in MB, `timeout` in seconds.
    """

    name: str
    does: str
    wakes: Wake
    may: tuple[Permission, ...]
    layers: tuple[str, ...] = ()
    memory: int = 512
    timeout: int = 60

    @property
    def id(self) -> str:
        return pascal(self.name)

    @property
    def asynchronous(self) -> bool:
        """Whether nobody waits for its answer, so that Lambda itself retries and keeps what failed."""
        return isinstance(self.wakes, OnObject | OnSchedule | OnMail)

    @property
    def touches(self) -> frozenset[Resource]:
        """What it may touch."""
        return frozenset(whole(thing) for permission in self.may for thing in permission.things)

    @property
    def settings(self) -> frozenset[str]:
        """The names its environment has: one for each thing it may touch, and those of `EVERYWHERE`."""
        return EVERYWHERE | {thing.variable for thing in self.touches}


def whole(thing: Thing) -> Resource:
    """The resource that a thing is a part of, or is."""
    match thing:
        case Folder(bucket):
            return bucket
        case Rows(table):
            return table
    return thing


def pascal(name: str) -> str:
    """ImportCsvDrop for import_csv_drop."""
    return "".join(word.capitalize() for word in name.split("_"))
