"""Requests of the bulk path on their way: signed by botocore, sent over a connection that is kept.

botocore makes several objects of each request and each answer, and looks for the proxy and the certificates
anew. Where anything but a sound answer comes back here, botocore makes the request itself, with its own
errors, retries and pauses. A request that arrived twice does no harm: a write meets itself (`bulk`).
"""

import ssl
from collections.abc import Callable
from functools import cache
from http.client import HTTPConnection, HTTPException, HTTPMessage, HTTPSConnection
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

_Answer = tuple[int, HTTPMessage, bytes]
"""Status, headers, content."""


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
    answer = connections.answer(params["body"], dict(request.headers.items()))
    content = _sound(*answer) if answer else None
    return None if content is None else (Answered(), content)


class _Connections:
    """To the host of one address; one for each thread that asks at the same time."""

    def __init__(self, host: str, connect: Callable[[], HTTPConnection]):
        self.host = host
        self._connect = connect
        self._idle = list[HTTPConnection]()
        finalize(self, _close, self._idle)

    def answer(self, body: bytes, headers: dict[str, str]) -> _Answer | None:
        """None if there is none, or not all of it."""
        try:
            connection = self._idle.pop()
        except IndexError:
            connection = self._connect()
        try:
            connection.request("POST", "/", body, headers)
            answer = connection.getresponse()
            content = answer.read()
        except (OSError, HTTPException):
            connection.close()
            return None
        self._idle.append(connection)  # it connects anew by itself if the server closed it with its answer
        return answer.status, answer.headers, content


def _close(connections: list[HTTPConnection]) -> None:
    for connection in connections:
        connection.close()


def _sound(status: int, headers: HTTPMessage, content: bytes) -> dict[str, Any] | None:
    """What was answered, None if that is an error or was damaged on its way."""
    if status != 200 or int(headers.get("x-amz-crc32", crc32(content))) != crc32(content):
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
        return _Connections(host, lambda: HTTPConnection(host, timeout=READ_TIMEOUT))
    trusted = _trusted()
    return _Connections(host, lambda: HTTPSConnection(host, timeout=READ_TIMEOUT, context=trusted))


def _trusted() -> ssl.SSLContext:
    """Certificates and names are checked, against the authorities that botocore trusts."""
    return ssl.create_default_context(
        cafile=get_cert_path(session(None).get_config_variable("ca_bundle") or True)
    )
