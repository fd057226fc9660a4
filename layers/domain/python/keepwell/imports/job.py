"""An import on its way: one control row and the files beside it, all under names derived from the drop."""

from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass, field
from datetime import date, datetime, timedelta
from typing import Any

from keepwell.imports.drops import moment
from keepwell.ports import Files

CHANGES = "changes/"


@dataclass(frozen=True)
class ImportJob:
    """What every shard of one drop needs to know.

    `feed` is the stream of files with one watermark, and `source` what facts say told them. `dialect` is how
    the file was read; `ignored` are the headers nothing asked for, and `nearly_named` tells for some of them
    which attribute was perhaps meant. `status` is `importing` or `done`. `rows` counts the file's data rows.
    `content` is a hash of the file's bytes and of how its columns are read.
    """

    drop_id: str
    object: str
    file: str
    feed: str
    mapping: str | None
    dialect: Mapping[str, str]
    ignored: tuple[str, ...]
    shards: int
    observed_at: datetime
    started_at: datetime
    status: str = "importing"
    nearly_named: Mapping[str, str] = field(default_factory=dict)
    rows: int = 0
    content: str = ""

    @property
    def source(self) -> str:
        return f"csv:{self.feed}"

    def to_row(self) -> dict[str, Any]:
        return asdict(self) | {
            "ignored": list(self.ignored),
            "observed_at": moment(self.observed_at),
            "started_at": moment(self.started_at),
        }

    @classmethod
    def from_row(cls, row: Mapping[str, Any]) -> "ImportJob":
        """`row` may hold more than the job's own fields."""
        fields = {name: row[name] for name in cls.__dataclass_fields__ if name in row} | {
            "ignored": tuple(row["ignored"]),
            "shards": int(row["shards"]),
            "observed_at": datetime.fromisoformat(row["observed_at"]),
            "started_at": datetime.fromisoformat(row["started_at"]),
        }
        return cls(**fields)


def control_key(drop_id: str) -> str:
    """The control row of an import; its field `done` is the set of finished shards."""
    return f"import#{drop_id}"


def feed_key(feed: str) -> str:
    """The control row of a feed; its field `watermark` is the moment of its newest file."""
    return f"feed#{feed}"


def shard_file(drop_id: str, shard: int) -> str:
    return f"imports/{drop_id}/shard-{shard:04}"


def result_file(drop_id: str, shard: int) -> str:
    return f"imports/{drop_id}/result-{shard:04}.json"


def changes_file(job: ImportJob, shard: int) -> str:
    """By the time of the file, and apart from the rest: change logs are kept for longer."""
    return f"{CHANGES}{moment(job.observed_at)}-{job.drop_id}/{shard:04}.jsonl"


def change_logs_since(files: Files, day: date) -> Iterator[str]:
    """The keys of the change logs of files that came since the start of a day before it in any time zone."""
    return files.keys(CHANGES, f"{CHANGES}{day - timedelta(days=1)}")


def rejects_file(drop_id: str) -> str:
    return f"rejects/{drop_id}.csv"


def report_file(drop_id: str) -> str:
    return f"reports/{drop_id}.json"
