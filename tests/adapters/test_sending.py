"""The short way of requests: over real connections, to a server that answers as it is told."""

import json
import ssl
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.client import HTTPConnection, HTTPSConnection
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any, ClassVar
from zlib import crc32

import pytest
from botocore.httpsession import get_cert_path

from keepwell.errors import ConfigurationError, TransientFailure
from keepwell_aws import sending
from keepwell_aws.accounts import Part
from keepwell_aws.bulk import BulkTable, Draft
from keepwell_aws.tables import bound

DYNAMODB = "https://dynamodb.eu-west-1.amazonaws.com/"
DONE = b'{"Responses": [{"TableName": "t"}]}'
WHOLE, CLOSED, DAMAGED, UNMEASURED = 0, -1, -2, -3
"""How many bytes an answer lacks; after any other than a whole one the connection is closed."""


class _Server(BaseHTTPRequestHandler):
    """Gives the answers it is told, one after the other, then `DONE`; notes what it was asked."""

    protocol_version = "HTTP/1.1"
    answers: ClassVar[list[tuple[int, bytes, int]]] = []
    asked: ClassVar[list[tuple[dict[str, str], bytes]]] = []
    connections: ClassVar[set[Any]] = set()

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.asked.append(({name.lower(): value for name, value in self.headers.items()}, body))
        self.connections.add(self.client_address)
        status, content, cut = self.answers.pop(0) if self.answers else (200, DONE, WHOLE)
        self.send_response(status)
        if cut != UNMEASURED:
            self.send_header("Content-Length", str(len(content)))
        self.send_header("x-amz-crc32", str(crc32(content) ^ (cut == DAMAGED)))
        self.end_headers()
        self.wfile.write(content[: len(content) - max(cut, 0)])
        self.close_connection = cut != WHOLE

    def log_message(self, *_: Any) -> None:
        pass


@contextmanager
def _serving() -> Iterator[str]:
    for kept in (_Server.answers, _Server.asked, _Server.connections):
        kept.clear()
    with ThreadingHTTPServer(("127.0.0.1", 0), _Server) as server:
        Thread(target=server.serve_forever, daemon=True).start()
        try:
            yield f"http://127.0.0.1:{server.server_address[1]}"
        finally:
            server.shutdown()


@pytest.fixture
def table(credentials: None, monkeypatch: pytest.MonkeyPatch) -> Iterator[BulkTable]:
    with _serving() as url:
        monkeypatch.setenv("AWS_ENDPOINT_URL", url)
        yield BulkTable(bound(Part, "t"), lambda _: None)


def _write(table: BulkTable) -> list[Any]:
    return list(table.write([Draft(("A1", "facts"), 0, {"values": {}}, "the facts of 'A1'")]))


def test_requests_are_signed_by_botocore_and_share_a_connection(table: BulkTable) -> None:
    assert _write(table) == _write(table) == [1]
    assert len(_Server.connections) == 1
    for headers, body in _Server.asked:
        assert headers["x-amz-target"] == "DynamoDB_20120810.BatchExecuteStatement"
        assert "host;" in headers["authorization"].partition("SignedHeaders=")[2]
        assert headers["host"].startswith("127.0.0.1:")
        assert [each["Parameters"][0] for each in json.loads(body)["Statements"]] == [{"S": "A1"}]


@pytest.mark.parametrize(("content", "cut"), [(DONE, 1), (DONE, len(DONE)), (DONE[:-5], WHOLE)])
def test_an_answer_that_breaks_off_is_asked_for_again(table: BulkTable, content: bytes, cut: int) -> None:
    """Reliability 2.1: the same request, so that a write that was done meets its own token."""
    _Server.answers[:] = [(200, content, cut)]
    assert _write(table) == [1]
    bodies = [body for _, body in _Server.asked]
    assert len(bodies) == 2
    assert bodies[0] == bodies[1]


def test_a_connection_that_was_closed_meanwhile_is_opened_again(table: BulkTable) -> None:
    """So does DynamoDB with a function that was frozen between two messages."""
    _Server.answers[:] = [(200, DONE, CLOSED)]
    assert _write(table) == _write(table) == [1]
    assert len(_Server.asked) == len(_Server.connections) == 2


def test_a_throttled_request_is_retried_by_botocore(table: BulkTable) -> None:
    throttled = json.dumps({"__type": "com.amazonaws.dynamodb.v20120810#ThrottlingException"}).encode()
    _Server.answers[:] = [(400, throttled, WHOLE)] * 2
    assert _write(table) == [1]
    assert len(_Server.asked) == 3
    assert _Server.asked[2][0]["amz-sdk-request"].endswith("attempt=2; max=4")


def test_a_refused_request_is_an_error_of_botocore(table: BulkTable) -> None:
    denied = json.dumps({"__type": "com.amazon.coral.service#AccessDeniedException"}).encode()
    _Server.answers[:] = [(400, denied, WHOLE)] * 2
    with pytest.raises(ConfigurationError, match="AccessDenied"):
        _write(table)


def test_an_answer_of_unknown_length_is_left_to_botocore(table: BulkTable) -> None:
    _Server.answers[:] = [(200, DONE, UNMEASURED)]
    assert _write(table) == [1]
    assert len(_Server.asked) == 2


def test_an_answer_that_was_damaged_on_its_way_is_asked_for_again(table: BulkTable) -> None:
    """Its checksum is that of another."""
    _Server.answers[:] = [(200, DONE, DAMAGED)]
    assert _write(table) == [1]
    assert len(_Server.asked) == 2


def test_where_nobody_answers_the_error_is_that_of_botocore(
    credentials: None,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    with _serving() as url:
        pass
    monkeypatch.setenv("AWS_ENDPOINT_URL", url)
    with pytest.raises(TransientFailure):
        _write(BulkTable(bound(Part, "t"), lambda _: None))


def test_who_connects_waits_less_than_who_is_answered(
    table: BulkTable, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A host that is not there costs three seconds of a function's time, not five."""
    waits: list[tuple[str, Any]] = []
    connect = HTTPConnection.connect

    def noting(http: HTTPConnection) -> None:
        waits.append(("to connect", http.timeout))
        connect(http)
        made.append(http)

    made: list[HTTPConnection] = []
    monkeypatch.setattr(HTTPConnection, "connect", noting)
    assert _write(table) == [1]
    waits += [("to be answered", http.sock.gettimeout()) for http in made]
    assert waits == [("to connect", sending.CONNECT_TIMEOUT), ("to be answered", sending.READ_TIMEOUT)]


@pytest.fixture
def connections(monkeypatch: pytest.MonkeyPatch) -> Callable[[str], Any]:
    """Nothing in the environment says how to reach AWS."""
    for name in ("HTTPS_PROXY", "ALL_PROXY", "AWS_CA_BUNDLE"):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.lower(), raising=False)
    return sending._connections.__wrapped__


def test_a_proxy_is_left_to_botocore(
    connections: Callable[[str], Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    assert connections(DYNAMODB)
    monkeypatch.setenv("HTTPS_PROXY", "http://proxy.example.com:3128")
    assert connections(DYNAMODB) is None


def test_certificates_and_names_are_checked(connections: Callable[[str], Any]) -> None:
    """Against the authorities that botocore trusts."""
    connection = connections(DYNAMODB)._connect()
    assert isinstance(connection, HTTPSConnection)
    checks: ssl.SSLContext = connection._context  # type: ignore[attr-defined]
    assert checks.verify_mode is ssl.CERT_REQUIRED
    assert checks.check_hostname
    trusted = ssl.create_default_context(cafile=get_cert_path(verify=True))
    assert checks.get_ca_certs() == trusted.get_ca_certs() != []
