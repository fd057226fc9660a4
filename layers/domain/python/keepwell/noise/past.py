"""What came of plays at an account before: all that the noise budget looks back at."""

from collections.abc import Iterator
from typing import Protocol

from keepwell.tasks import PlayRun, Task


class Past(Protocol):
    """The part of `Work` that is read."""

    def tasks(self, account_id: str) -> Iterator[Task]: ...

    def runs(self, account_id: str) -> Iterator[PlayRun]: ...


class _Nothing:
    def tasks(self, _account_id: str) -> Iterator[Task]:
        return iter(())

    def runs(self, _account_id: str) -> Iterator[PlayRun]:
        return iter(())


NOTHING_BEFORE: Past = _Nothing()
