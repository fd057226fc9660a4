"""The twin of the bucket."""

from collections.abc import Iterable, Iterator


class InMemoryFiles:
    """Keeps every version of an object; a version's id is its number, from 1."""

    def __init__(self) -> None:
        self._objects: dict[str, list[bytes]] = {}

    def read(self, key: str, version: str | None = None) -> bytes:
        versions = self._objects[key]
        if version is None:
            return versions[-1]
        if not (version.isdigit() and 1 <= int(version) <= len(versions)):
            raise KeyError(key)
        return versions[int(version) - 1]

    def read_range(self, key: str, start: int, size: int, version: str | None = None) -> bytes:
        return self.read(key, version)[start : start + size]

    def write(self, key: str, content: bytes, content_type: str) -> None:  # noqa: ARG002  a port's signature
        self._objects.setdefault(key, []).append(bytes(content))

    def write_parts(self, key: str, parts: Iterable[bytes], content_type: str) -> None:
        self.write(key, b"".join(parts), content_type)

    def exists(self, key: str) -> bool:
        return key in self._objects

    def keys(self, prefix: str, after: str = "") -> Iterator[str]:
        return iter(sorted(key for key in self._objects if key.startswith(prefix) and key > after))
