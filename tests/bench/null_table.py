"""A server on loopback in the place of DynamoDB, that answers at once and costs the measured process nothing.

It knows the requests that imports and their peer make, keeps what is written, and holds to conditions, so
that what was measured was also done. `python -m tests.bench.null_table` prints its port and serves until its
standard input ends.
"""

import asyncio
import os
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from urllib.request import Request, urlopen

import orjson

Item = dict[str, dict[str, str]]


class Tables:
    """Items by table and key; `writes` counts by table what was written under a condition."""

    def __init__(self) -> None:
        self._items: dict[tuple[str, str, str], Item] = {}
        self._writes = Counter[str]()

    def answer(self, operation: str, request: dict[str, Any]) -> dict[str, Any]:
        match operation:
            case "BatchGetItem":
                return {
                    "Responses": {
                        table: [item for key in wanted["Keys"] if (item := self._item(table, key))]
                        for table, wanted in request["RequestItems"].items()
                    },
                    "UnprocessedKeys": {},
                }
            case "BatchExecuteStatement":
                return {"Responses": [self._execute(each) for each in request["Statements"]]}
            case "BatchWriteItem":
                return {"UnprocessedItems": {}}
            case "Writes":
                return dict(self._writes)
        raise NotImplementedError(operation)

    def _item(self, table: str, key: Item) -> Item | None:
        return self._items.get((table, key["account_id"]["S"], key["part"]["S"]))

    def _execute(self, statement: dict[str, Any]) -> dict[str, Any]:
        text, given = statement["Statement"], statement["Parameters"]
        table = text.split('"')[1]
        if text.startswith("INSERT"):
            (account_id, part, document, revision, writer), expected = given, None
        else:
            document, revision, writer, account_id, part, expected = given
        key = (table, account_id["S"], part["S"])
        there = self._items.get(key)
        if (there["revision"] if there else None) != expected:
            code = "ConditionalCheckFailed" if expected else "DuplicateItem"
            return {"Error": {"Code": code, "Message": "somebody wrote first"}}
        self._items[key] = {
            "account_id": account_id,
            "part": part,
            "document": document,
            "revision": revision,
            "writer": writer,
        }
        self._writes[table] += 1
        return {"TableName": table}


class _Connection(asyncio.Protocol):
    """As much of HTTP as botocore speaks."""

    def __init__(self, tables: Tables):
        self._tables = tables
        self._received = bytearray()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport

    def data_received(self, data: bytes) -> None:
        self._received += data
        while (end := self._received.find(b"\r\n\r\n")) >= 0:
            head = bytes(self._received[:end]).decode("latin-1").casefold()
            fields = dict(line.split(": ", 1) for line in head.split("\r\n")[1:])
            whole = end + 4 + int(fields["content-length"])
            if len(self._received) < whole:
                return
            body = bytes(self._received[end + 4 : whole])
            del self._received[:whole]
            self._answer(_OPERATIONS[fields["x-amz-target"].rpartition(".")[2]], body)

    def _answer(self, operation: str, body: bytes) -> None:
        answer = orjson.dumps(self._tables.answer(operation, orjson.loads(body)))
        head = (
            "HTTP/1.1 200 OK\r\nContent-Type: application/x-amz-json-1.0\r\nx-amzn-RequestId: bench\r\n"
            f"Content-Length: {len(answer)}\r\n\r\n"
        )
        self._transport.write(head.encode() + answer)


_OPERATIONS = {
    name.casefold(): name for name in ("BatchGetItem", "BatchExecuteStatement", "BatchWriteItem", "Writes")
}


async def _serve() -> None:
    loop, tables = asyncio.get_running_loop(), Tables()
    server = await loop.create_server(lambda: _Connection(tables), "127.0.0.1", 0)
    print(server.sockets[0].getsockname()[1], flush=True)
    await loop.run_in_executor(None, sys.stdin.read)


@contextmanager
def null_table() -> Iterator[str]:
    """The server's address, while it runs in a process of its own."""
    command = [sys.executable, "-m", "tests.bench.null_table"]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, env=os.environ) as server:
        assert server.stdin
        assert server.stdout
        try:
            yield f"http://127.0.0.1:{int(server.stdout.readline())}"
        finally:
            server.stdin.close()


def writes(url: str) -> dict[str, int]:
    """How many items were written of each table, under a condition."""
    request = Request(url, b"{}", {"X-Amz-Target": "Bench.Writes"})
    with urlopen(request) as answer:
        counts: dict[str, int] = orjson.loads(answer.read())
    return counts


if __name__ == "__main__":
    asyncio.run(_serve())
