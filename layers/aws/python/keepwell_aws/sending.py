"""Requests of the bulk path on their way: signed by botocore, sent over a connection that is kept.

botocore makes several objects of each request and each answer, and looks for the proxy and the certificates
anew. Where anything but a sound answer comes back here, botocore makes the request itself, with its own
errors, retries and pauses. A request that arrived twice does no harm: a write meets itself (`bulk`).
"""

import ssl
from collections.abc import Callable, Iterable, Mapping
from functools import cache
from http.client import HTTPConnection, HTTPSConnection
from io import BufferedReader
from typing import TYPE_CHECKING, Any, NamedTuple
from urllib.parse import urlsplit
from weakref import finalize
from zlib import crc32

import orjson
from botocore.awsrequest import create_request_object
from botocore.httpsession import get_cert_path
from botocore.utils import get_environ_proxies

from keepwell_aws.clients import session

if TYPE_CHECKING:
    from botocore.model import OperationModel
    from botocore.signers import RequestSigner

CONNECT_TIMEOUT, READ_TIMEOUT = 3, 5
"""Seconds, below those of the functions."""

_Answer = tuple[int, Mapping[bytes, bytes], bytes]
"""Status, headers by their names in small letters, content."""


class Answered(NamedTuple):
    """A sound answer, as far as botocore looks at one that a hook of its own gives."""

    status_code: int = 200


def ask(
    params: dict[str, Any], model: "OperationModel", request_signer: "RequestSigner", **_: Any
) -> tuple[Answered, dict[str, Any]] | None:
    """What AWS answers to a call that botocore is about to make; None if botocore is to make it.

    A hook for its event `before-call`, for services that speak JSON and have one path.
    """
    if (connections := _connections(params["url"])) is None:
        return None
    params["headers"]["Host"] = connections.host  # else it is read from the address to be signed
    request = create_request_object(params)
    request_signer.sign(model.name, request)
    answer = connections.answer(params["body"], request.headers.items())
    content = _sound(*answer) if answer else None
    return None if content is None else (Answered(), content)


class _Connections:
    """To the host of one address; one for each thread that asks at the same time."""

    def __init__(self, host: str, connect: Callable[[], HTTPConnection]):
        self.host = host
        self._connect = connect
        self._idle = list[_Connection]()
        finalize(self, _close, self._idle)

    def answer(self, body: bytes, headers: Iterable[tuple[str, str]]) -> _Answer | None:
        """None if there is none, or not all of it."""
        try:
            connection = self._idle.pop()
        except IndexError:
            connection = _Connection(self._connect())
        try:
            answer = connection.answer(body, headers)
        except (OSError, ValueError, LookupError):
            connection.close()
            return None
        self._idle.append(connection)
        return answer


class _Connection:
    """Speaks as much of HTTP as a sound answer of AWS needs: a status, headers, as many bytes as they say.
    Python's own makes a mail message of the headers, which takes longer than all else."""

    def __init__(self, http: HTTPConnection):
        self._http = http
        self._received: BufferedReader | None = None

    def answer(self, body: bytes, headers: Iterable[tuple[str, str]]) -> _Answer:
        """Raises OSError, ValueError or LookupError if there is none, or not all of it."""
        if self._received is None:
            self._http.connect()
            self._http.sock.settimeout(READ_TIMEOUT)
            self._received = self._http.sock.makefile("rb")
        told = "".join([f"{name}: {value}\r\n" for name, value in headers])
        head = f"POST / HTTP/1.1\r\n{told}Content-Length: {len(body)}\r\n\r\n"
        self._http.sock.sendall(head.encode("ascii") + body)
        status = self._received.readline().split(b" ", 2)[1]
        answered = dict(_header(line) for line in iter(self._received.readline, b"\r\n"))
        size = int(answered[b"content-length"])
        content = self._received.read(size)
        if len(content) < size:
            raise ValueError("the answer breaks off")
        return int(status), answered, content

    def close(self) -> None:
        if self._received:
            self._received.close()
        self._http.close()


def _header(line: bytes) -> tuple[bytes, bytes]:
    name, colon, value = line.partition(b":")
    if not colon:
        raise ValueError("the headers break off")
    return name.lower(), value.strip()


def _close(connections: list[_Connection]) -> None:
    for connection in connections:
        connection.close()


def _sound(status: int, headers: Mapping[bytes, bytes], content: bytes) -> dict[str, Any] | None:
    """What was answered, None if that is an error or was damaged on its way."""
    if status != 200 or int(headers.get(b"x-amz-crc32", crc32(content))) != crc32(content):
        return None
    try:
        told: dict[str, Any] = orjson.loads(content)
    except orjson.JSONDecodeError:
        return None
    return told


@cache
def _connections(url: str) -> _Connections | None:
    """None where the environment names a proxy."""
    if get_environ_proxies(url):
        return None
    host = urlsplit(url).netloc
    if not url.startswith("https:"):
        return _Connections(host, lambda: HTTPConnection(host, timeout=CONNECT_TIMEOUT))
    trusted = _trusted()
    return _Connections(host, lambda: HTTPSConnection(host, timeout=CONNECT_TIMEOUT, context=trusted))


def _trusted() -> ssl.SSLContext:
    """Certificates and names are checked, against the authorities that botocore trusts."""
    return ssl.create_default_context(
        cafile=get_cert_path(session(None).get_config_variable("ca_bundle") or True)
    )
