"""Files: objects in buckets, our own and those of others."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol


class Files(Protocol):
    """Objects by key in one bucket."""

    def read(self, key: str, version: str | None = None) -> bytes:
        """KeyError if there is none."""
        ...

    def read_range(self, key: str, start: int, size: int, version: str | None = None) -> bytes:
        """At most `size` bytes from the place `start` on, counted from 0: fewer where the object ends.

        KeyError if there is none.
        """
        ...

    def write(self, key: str, content: bytes, content_type: str) -> None: ...

    def write_parts(self, key: str, parts: Iterable[bytes], content_type: str) -> None:
        """Store what the parts make when put together, without holding the whole; nothing until all came."""
        ...

    def exists(self, key: str) -> bool: ...

    def keys(self, prefix: str, after: str = "") -> Iterator[str]:
        """The keys that begin with `prefix` and come after the key `after`, ascending."""
        ...


@dataclass(frozen=True)
class StoredObject:
    """An object of a location. `etag` changes with its content, `size` is in bytes."""

    key: str
    etag: str
    size: int
    modified_at: datetime


class Locations(Protocol):
    """Buckets of others, as far as this stack may read them.

    Each method raises ConfigurationError if there is no such bucket, or if it may not be read.
    """

    def objects(self, bucket: str, prefix: str) -> Iterator[StoredObject]:
        """The objects whose keys begin with `prefix`, by their keys."""
        ...

    def copy(self, bucket: str, found: StoredObject, key: str) -> str:
        """Copy an object, whatever its size, to `key` of the stack's files; the version it is there.

        Raises TransientFailure if it is not the object any more that was found.
        """
        ...
