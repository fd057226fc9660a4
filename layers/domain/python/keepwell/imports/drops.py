"""Drops: what the key of a dropped object says, and the id of one drop (interfaces, "CSV").

A drop is one version of one object, so dropping a file again is another drop and a repeated event is not. One
that was pulled is its key.
"""

import hashlib
import json
import re
from collections.abc import Collection
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from functools import lru_cache
from pathlib import PurePosixPath

from keepwell.errors import UnreadableDrop

MAX_BYTES = 16 * 1024**3
"""A shard, of which there are 512 at most, then holds 32 MiB on average."""
SUFFIXES = (".csv", ".tsv", ".tab", ".txt", ".xlsx", ".xlsm", ".xls")
"""Of files that are imported. What is in a file decides how it is read: exports are often named wrongly."""
_MAPPING_FOLDER = "mapping="
_PULLED = re.compile(r"at=(\d{8}T\d{6}Z)-([0-9a-f]{10})")
_STAMP = "%Y%m%dT%H%M%SZ"


@dataclass(frozen=True)
class Drop:
    """One version of one object below `drops/`.

    `observed_at` is when the object was written, in the time of the stack's clock; `size` is in bytes.
    """

    bucket: str
    key: str
    version: str
    size: int
    observed_at: datetime

    @property
    def id(self) -> str:
        return drop_id(self.bucket, self.key, self.version)

    def to_json(self) -> bytes:
        """For the run that goes on with it."""
        fields = asdict(self) | {"observed_at": moment(self.observed_at)}
        return json.dumps(fields, ensure_ascii=False).encode()

    @classmethod
    def from_json(cls, content: bytes) -> "Drop":
        fields = json.loads(content)
        return cls(**fields | {"observed_at": datetime.fromisoformat(fields["observed_at"])})


@dataclass(frozen=True)
class DropKey:
    """What a key says: `drops/<object>/[mapping=<name>/][at=<time>-<content>/]<file>`.

    `mapping` is None without that folder. A file that was pulled has the other one: `written_at` is when it
    was written at where it came from, in real time, and `content` a hash of what tells its content apart.
    """

    object: str
    mapping: str | None
    file: str
    written_at: datetime | None = None
    content: str = ""

    @property
    def feed(self) -> str:
        """The stream of files this one belongs to; a feed has one watermark (reliability I4)."""
        return f"{self.object}/{self.mapping}" if self.mapping else self.object


def drop_id(bucket: str, key: str, version: str) -> str:
    """A readable id that is the same wherever it is derived: `accounts-3fa92b10c4` (reliability I2).

    The key of a pulled file tells its content and time. Two runs side by side may write it twice, and both
    versions are one drop (I3).
    """
    if parse_drop_key(key).written_at:
        version = ""
    slug = re.sub(r"[^a-z0-9]+", "-", PurePosixPath(key).stem.casefold()).strip("-")[:40].rstrip("-")
    digest = hashlib.sha256("\n".join((bucket, key, version)).encode()).hexdigest()
    return f"{slug or 'drop'}-{digest[:10]}"


def drop_key(object_name: str, mapping: str | None, file: str) -> str:
    """The key under which a file of this name is dropped."""
    folder = f"drops/{object_name}/{_MAPPING_FOLDER}{mapping}" if mapping else f"drops/{object_name}"
    return f"{folder}/{file}"


def pulled_key(object_name: str, mapping: str, file: str, written_at: datetime, content: str) -> str:
    """The key under which a file is dropped that was pulled: one for each file and content and time."""
    at = written_at.astimezone(UTC).strftime(_STAMP)
    return drop_key(object_name, mapping, f"at={at}-{content_mark(content)}/{file}")


def content_mark(content: str) -> str:
    """What stands for a content in a key, made of anything that tells contents apart."""
    return hashlib.sha256(content.encode()).hexdigest()[:10]


def parse_drop_key(key: str) -> DropKey:
    """Read a key without judging it: a key that says nothing has the object `unknown`."""
    parts = key.split("/")
    if len(parts) < 3 or parts[0] != "drops":
        return DropKey("unknown", None, parts[-1])
    folder, mapping, rest = parts[1], None, parts[2:]
    if len(rest) > 1 and rest[0].startswith(_MAPPING_FOLDER):
        mapping, rest = rest[0].removeprefix(_MAPPING_FOLDER) or None, rest[1:]
    pulled = _PULLED.fullmatch(rest[0]) if len(rest) > 1 else None
    if pulled and (at := _instant(pulled[1])):
        return DropKey(folder, mapping, "/".join(rest[1:]), at, pulled[2])
    return DropKey(folder, mapping, "/".join(rest))


def _instant(stamp: str) -> datetime | None:
    try:
        return datetime.strptime(stamp, _STAMP).replace(tzinfo=UTC)
    except ValueError:  # 20261399T000000Z
        return None


def written_at(key: str, stored_at: datetime) -> datetime:
    """When a file was written, in real time: at where it was pulled from, else at being dropped."""
    told = parse_drop_key(key).written_at
    return min(told, stored_at) if told else stored_at


def check_supported(drop: Drop, parsed: DropKey, objects: Collection[str]) -> None:
    """Raises UnreadableDrop if files of this place, kind or size are not imported; `objects` are those that
    are."""
    layout = "drops/<object>/[mapping=<name>/]<file>.csv"
    if parsed.object not in objects:
        raise UnreadableDrop(
            f"the key does not name an object to import; drop files under {layout}, with <object> one of: "
            f"{', '.join(objects)}",
            example=drop.key,
        )
    suffix = PurePosixPath(parsed.file).suffix.casefold()
    if suffix not in SUFFIXES:
        raise UnreadableDrop(
            f"{f'{suffix} files' if suffix else 'files without an ending'} are not imported, but "
            f"{', '.join(SUFFIXES)}; unpack it if it is packed, and save it as "
            '"CSV UTF-8"',
            example=drop.key,
        )
    if drop.size > MAX_BYTES:
        raise UnreadableDrop(
            f"the file has {drop.size:,} bytes, more than the {MAX_BYTES:,} that one drop may have; split it "
            "into several files, each with the header row",
            example=drop.key,
        )


@lru_cache(maxsize=1 << 10)
def moment(at: datetime) -> str:
    """An instant as text that sorts as time does: UTC, always with microseconds."""
    return at.astimezone(UTC).isoformat(timespec="microseconds")
