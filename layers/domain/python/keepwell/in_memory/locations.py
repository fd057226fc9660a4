"""The twin of buckets of others."""

import hashlib
from collections import Counter
from collections.abc import Iterator
from datetime import datetime
from typing import NamedTuple

from keepwell.errors import ConfigurationError, TransientFailure
from keepwell.in_memory.files import InMemoryFiles
from keepwell.ports import StoredObject


class _Stored(NamedTuple):
    told: StoredObject
    content: bytes


class InMemoryLocations:
    """Copies into `files`; nobody else may write where they go."""

    def __init__(self, files: InMemoryFiles):
        self._files = files
        self._buckets: dict[str, dict[str, _Stored]] = {}
        self._copies = Counter[str]()

    def put(self, bucket: str, key: str, content: bytes, modified_at: datetime) -> None:
        """What others do to their bucket."""
        etag = f'"{hashlib.md5(content, usedforsecurity=False).hexdigest()}"'
        told = StoredObject(key, etag, len(content), modified_at)
        self._buckets.setdefault(bucket, {})[key] = _Stored(told, content)

    def remove(self, bucket: str, key: str) -> None:
        """As they do with what they need no more."""
        del self._buckets[bucket][key]

    def objects(self, bucket: str, prefix: str) -> Iterator[StoredObject]:
        stored = self._objects(bucket)
        yield from (stored[key].told for key in sorted(stored) if key.startswith(prefix))

    def copy(self, bucket: str, found: StoredObject, key: str) -> str:
        stored = self._objects(bucket).get(found.key)
        if stored is None or stored.told.etag != found.etag:
            raise TransientFailure(f"s3://{bucket}/{found.key} was changed while it was copied")
        self._files.write(key, stored.content, "text/csv")
        self._copies[key] += 1
        return str(self._copies[key])

    def _objects(self, bucket: str) -> dict[str, _Stored]:
        if bucket not in self._buckets:
            raise ConfigurationError(f"there is no bucket {bucket}")
        return self._buckets[bucket]
