"""An import on its way: one control row and the files beside it, all under names derived from the drop."""

from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass, field
from datetime import date, datetime, timedelta
from typing import Any

from keepwell.imports.drops import moment
from keepwell.ports import Files

CHANGES = "changes/"
UNSPLIT = "unsplit/"


@dataclass(frozen=True)
class Checkpoint:
    """How far a file is split: `chunks` hold the `rows` data rows up to the byte `offset`, which is the first
    one of the file's `line`; `ended` once that is all of them. `content` is a hash of what was split. `codec`
    is the encoding that was settled by it, "" if the start of the file did (`encoding.Encoding.fallback`).
    """

    offset: int
    line: int
    rows: int = 0
    chunks: int = 0
    content: str = ""
    ended: bool = False
    codec: str = ""

    def to_text(self) -> str:
        """A text that is the greater, the further it tells of: it moves forward only (reliability I5)."""
        known = f"{self.offset:016} {self.ended:d} {self.line} {self.rows} {self.chunks} {self.content}"
        return f"{known} {self.codec}" if self.codec else known

    @classmethod
    def from_text(cls, text: str) -> "Checkpoint":
        offset, ended, line, rows, chunks, content, *codec = text.split(" ")
        return cls(int(offset), int(line), int(rows), int(chunks), content, ended == "1", "".join(codec))


@dataclass(frozen=True)
class ImportJob:
    """What every run of one import needs to know.

    `feed` is the stream of files with one watermark, and `source` what facts say told them. `place` counts
    the imports of the feed, `previous` is the one before this in it, and `compared_with` the same if this
    import may trust what that one noted of its rows ("" if not; None before that is settled). `chosen_by`
    tells why it has its mapping. `dialect` is how the file is read, `encoding` how its bytes become text,
    `end` where its rows end, in bytes; `columns_file` holds its headers and columns, `sheet_file` the text of
    a workbook's sheet. `ignored` are the headers nothing asked for, and `nearly_named` tells for some of them
    which attribute was perhaps meant. `complete` is what the mapping says of a file that is all there is,
    None of any other. `undos` tells how often all notes were forgotten before it was planned
    (`seen.forget_all`), `doubts_end` that its last rows may be a footer (`imports.footers`). `status` is
    `splitting`, `importing`, `failed` or `done`.
    """

    drop_id: str
    object: str
    file: str
    feed: str
    mapping: str | None
    dialect: Mapping[str, Any]
    ignored: tuple[str, ...]
    shards: int
    observed_at: datetime
    started_at: datetime
    status: str = "splitting"
    nearly_named: Mapping[str, str] = field(default_factory=dict)
    encoding: Mapping[str, Any] = field(default_factory=dict)
    end: int = 0
    columns_file: str = ""
    sheet_file: str | None = None
    place: int = 0
    previous: str | None = None
    chosen_by: str | None = None
    compared_with: str | None = None
    complete: Mapping[str, Any] | None = None
    undos: int = 0
    doubts_end: bool = False
    checkpoint: Checkpoint = Checkpoint(0, 1)

    @property
    def source(self) -> str:
        return f"csv:{self.feed}"

    @property
    def rows(self) -> int:
        """The file's data rows, as far as it is split."""
        return self.checkpoint.rows

    @property
    def content(self) -> str:
        """A hash of the file's rows and of how its columns are read, once it is split."""
        return self.checkpoint.content

    @property
    def watermark(self) -> str:
        """By what files of one feed are older and newer: the file's time, then the order of planning."""
        return f"{moment(self.observed_at)} {self.place:09}"

    def to_row(self) -> dict[str, Any]:
        """Without `compared_with` while that is not settled: a row that has it cannot be settled any more."""
        row = asdict(self) | {
            "ignored": list(self.ignored),
            "observed_at": moment(self.observed_at),
            "started_at": moment(self.started_at),
            "checkpoint": self.checkpoint.to_text(),
        }
        if self.compared_with is None:
            del row["compared_with"]
        return row

    @classmethod
    def from_row(cls, row: Mapping[str, Any]) -> "ImportJob":
        """`row` may hold more than the job's own fields, or less if an older version of the code made it."""
        checkpoint = (
            Checkpoint.from_text(row["checkpoint"])
            if "checkpoint" in row
            else Checkpoint(0, 1, rows=int(row.get("rows", 0)), content=row.get("content", ""), ended=True)
        )
        is_split = row["status"] == "splitting" and checkpoint.ended
        fields = {name: row[name] for name in cls.__dataclass_fields__ if name in row} | {
            "ignored": tuple(row["ignored"]),
            "shards": int(row["shards"]),
            "observed_at": datetime.fromisoformat(row["observed_at"]),
            "started_at": datetime.fromisoformat(row["started_at"]),
            "checkpoint": checkpoint,
            "status": "importing" if is_split else row["status"],
        }
        return cls(**fields)


def control_key(drop_id: str) -> str:
    """The control row of an import: the job's fields, of which `checkpoint` moves forward and `compared_with`
    is settled beside the others, and `done`, the set of finished shards. Of a complete feed, too: `earlier`,
    the import it is compared with for what is missing; `to_flag`, the shards that have some; and `flagged`,
    those of them that are done."""
    return f"import#{drop_id}"


def feed_key(feed: str) -> str:
    """The control row of a feed: `watermark` is that of its newest file that could be read to its end,
    `planned` counts its imports, and `latest` names the import that was planned last, behind its place. Of a
    complete feed, `dealt_with` names the newest import whose missing ids were dealt with, behind its
    watermark."""
    return f"feed#{feed}"


def columns_file(drop_id: str, digest: str) -> str:
    """The headers and columns of a drop, as they were found under some playbook."""
    return f"imports/{drop_id}/columns-{digest}.json"


def sheet_file(drop_id: str, digest: str) -> str:
    """The text of a workbook's sheet, of which the columns of this digest are."""
    return f"imports/{drop_id}/sheet-{digest}.csv"


def chunk_file(drop_id: str, chunk: int) -> str:
    """The pieces of all shards of one chunk (`imports.pieces`)."""
    return f"imports/{drop_id}/chunk-{chunk:06}"


def unsplit_file(drop_id: str, checkpoint: Checkpoint) -> str:
    """A drop whose run ended here, in time, and not the file: the function that splits wakes on it."""
    return f"{UNSPLIT}{drop_id}/{checkpoint.offset:016}.json"


def result_file(drop_id: str, shard: int) -> str:
    return f"imports/{drop_id}/result-{shard:04}.json"


def shard_rejects_file(drop_id: str, shard: int) -> str:
    return f"imports/{drop_id}/rejects-{shard:04}.jsonl"


def seen_file(drop_id: str, shard: int) -> str:
    """What a shard noted of its rows (`imports.seen`)."""
    return f"seen/{drop_id}/{shard:04}.json"


def changes_file(job: ImportJob, shard: int, batch: int) -> str:
    """By the time of the file, and apart from the rest: change logs are kept for longer."""
    return f"{CHANGES}{moment(job.observed_at)}-{job.drop_id}/{shard:04}-{batch:04}.jsonl"


def change_logs(files: Files, job: ImportJob, shard: int) -> Iterator[str]:
    """The keys of the change logs of a shard, in order."""
    return files.keys(f"{CHANGES}{moment(job.observed_at)}-{job.drop_id}/{shard:04}")


def change_logs_since(files: Files, day: date) -> Iterator[str]:
    """The keys of the change logs of files that came since the start of a day before it in any time zone."""
    return files.keys(CHANGES, f"{CHANGES}{day - timedelta(days=1)}")


def rejects_file(drop_id: str) -> str:
    return f"rejects/{drop_id}.csv"


def report_file(drop_id: str) -> str:
    return f"reports/{drop_id}.json"


def undo_key(drop_id: str) -> str:
    """The control row of an undo; its field `done` is the set of finished shards."""
    return f"undo#{drop_id}"


def undo_result_file(drop_id: str, shard: int) -> str:
    return f"imports/{drop_id}/undo-{shard:04}.json"


def undo_report_file(drop_id: str) -> str:
    return f"reports/{drop_id}.undo.json"
