"""Whole imports, each in a process of its own: the files in a folder, the accounts in the null table."""

import csv
import gc
import os
import resource
import time
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from datetime import timedelta
from itertools import islice
from multiprocessing import get_context
from pathlib import Path
from typing import ParamSpec, TypeVar
from urllib.parse import quote, unquote

import boto3

from keepwell.imports.drops import Drop
from keepwell_aws.accounts import DynamoAccounts
from keepwell_aws.collector import spare_the_collector
from tests.bench import companies
from tests.domain.imports.importing import Stack
from tests.story import NOON, standard_playbook

Given = ParamSpec("Given")
Found = TypeVar("Found")


@dataclass(frozen=True)
class Ran:
    """What a run took, in CPU seconds of its process, and the most memory of it so far, in MiB."""

    rows: int
    seconds: float
    mebibytes: float
    report: dict[str, object]

    @property
    def each(self) -> float:
        """Seconds for a row."""
        return self.seconds / self.rows


class FolderFiles:
    """A bucket in a folder: nothing of it is in the memory of the process."""

    def __init__(self, folder: Path):
        self._folder = folder

    def read(self, key: str, version: str | None = None) -> bytes:
        return self._existing(key).read_bytes()

    def read_range(self, key: str, start: int, size: int, version: str | None = None) -> bytes:
        with self._existing(key).open("rb") as file:
            file.seek(start)
            return file.read(size)

    def write(self, key: str, content: bytes, content_type: str) -> None:
        self.path(key).write_bytes(content)

    def write_parts(self, key: str, parts: Iterable[bytes], content_type: str) -> None:
        with self.path(key).open("wb") as file:
            file.writelines(parts)

    def exists(self, key: str) -> bool:
        return self.path(key).exists()

    def keys(self, prefix: str, after: str = "") -> Iterator[str]:
        keys = (unquote(path.name) for path in self._folder.iterdir())
        return iter(sorted(key for key in keys if key.startswith(prefix) and key > after))

    def path(self, key: str) -> Path:
        return self._folder / quote(key, safe="")

    def _existing(self, key: str) -> Path:
        if not self.exists(key):
            raise KeyError(key)
        return self.path(key)


def apart(work: Callable[Given, Found], *args: Given.args, **named: Given.kwargs) -> Found:
    """What `work` gives, done in a process of its own."""
    with ProcessPoolExecutor(1, get_context("spawn")) as pool:
        return pool.submit(work, *args, **named).result()


def loads(url: str, folder: Path, table: str, rows: int, changes: Iterable[int]) -> list[Ran]:
    """Drops of one feed, one after the other: in each every so-manieth row is otherwise (0: none)."""
    _point_at(url)
    files = FolderFiles(folder)
    stack = Stack(playbook=standard_playbook(), files=files, accounts=DynamoAccounts(table))
    stack.accounts.facts_of(["nobody"])  # whatever a cold start makes is there
    spare_the_collector()  # as the functions do
    ran = []
    for number, changed_of in enumerate(changes):
        key = f"drops/accounts/{table}-{number}.csv"
        files.write_parts(key, _whole(rows, changed_of), "text/csv")
        drop = Drop("bench", key, "1", files.path(key).stat().st_size, NOON + timedelta(hours=number))
        started = time.process_time()
        drop_id = stack.plan(drop)
        stack.run_queue()
        ran.append(Ran(rows, time.process_time() - started, _peak(), stack.report(drop_id)))
    return ran


def batch_writer(url: str, rows: int) -> Ran:
    """The obvious way: every row as it stands, whatever was there, and nothing is checked."""
    _point_at(url)
    table = boto3.resource("dynamodb", endpoint_url=url).Table("theirs")
    lines = (line.decode() for line in _whole(rows, 0))
    text = [line for part in lines for line in part.splitlines(keepends=True)]
    gc.freeze()
    started = time.process_time()
    with table.batch_writer() as writer:
        for row in csv.DictReader(text):
            writer.put_item(Item=row)
    return Ran(rows, time.process_time() - started, _peak(), {})


def _whole(rows: int, changed_of: int) -> Iterator[bytes]:
    yield companies.header()
    lines = companies.lines(rows, changed_of)
    while part := b"".join(islice(lines, 10_000)):
        yield part


def _point_at(url: str) -> None:
    named = {
        "AWS_ACCESS_KEY_ID": "bench",
        "AWS_SECRET_ACCESS_KEY": "bench",
        "AWS_DEFAULT_REGION": "us-east-1",
    }
    os.environ.update(named, AWS_ENDPOINT_URL=url)


def _peak() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
