"""One HTTP POST, bounded in time and size: no redirects, no proxies, no retries of its own."""

import socket
import ssl
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from functools import cache
from http.client import HTTPConnection, HTTPException

from keepwell.errors import TransientFailure
from keepwell_aws.public_address import Target

CONNECT_SECONDS = 3.0
LARGEST_ANSWER = 64 * 1024


@dataclass(frozen=True)
class Answer:
    """What came back: the status, the headers under lower-case names, and up to 64 KB of the text."""

    status: int
    headers: Mapping[str, str]
    text: str


def post(
    target: Target,
    body: bytes,
    headers: Mapping[str, str],
    seconds: float,
    tls: ssl.SSLContext | None = None,
) -> Answer:
    """POST to the checked address, under the name it was checked for.

    TransientFailure if no status came within `seconds`, of which connecting may take three.
    """
    ends_at = time.monotonic() + seconds
    try:
        with _connected(target, min(CONNECT_SECONDS, seconds)) as plain, _cut_off(plain, ends_at) as late:
            try:
                return _exchange(_secured(plain, target, tls), target, body, headers, late)
            except (HTTPException, OSError) as error:
                if not late.is_set():
                    raise
                raise TransientFailure(f"{target.host} gave no answer within {seconds:g} s") from error
    except (HTTPException, OSError) as error:
        reason = str(error) or type(error).__name__
        raise TransientFailure(f"{target.host} could not be reached: {reason}") from error


def _connected(target: Target, seconds: float) -> socket.socket:
    plain = socket.create_connection((target.address, target.port), timeout=seconds)
    plain.settimeout(None)
    return plain


@contextmanager
def _cut_off(plain: socket.socket, ends_at: float) -> Iterator[threading.Event]:
    """Shuts the connection at `ends_at` and says so: a socket's own timeout starts anew with every byte."""
    late = threading.Event()
    with plain.dup() as line:  # TLS takes the socket away; the line stays the same

        def cut() -> None:
            late.set()
            with suppress(OSError):
                line.shutdown(socket.SHUT_RDWR)

        timer = threading.Timer(max(0.0, ends_at - time.monotonic()), cut)
        timer.daemon = True
        timer.start()
        try:
            yield late
        finally:
            timer.cancel()
            timer.join()


def _secured(plain: socket.socket, target: Target, tls: ssl.SSLContext | None) -> socket.socket:
    if not target.secure:
        return plain
    return (tls or _usual_trust()).wrap_socket(plain, server_hostname=target.host)


@cache
def _usual_trust() -> ssl.SSLContext:
    """Made once: reading the system's certificates takes longer than all the rest of a post."""
    return ssl.create_default_context()


def _exchange(
    connection: socket.socket,
    target: Target,
    body: bytes,
    headers: Mapping[str, str],
    late: threading.Event,
) -> Answer:
    with connection:
        http = HTTPConnection(target.host, target.port)
        http.sock = connection
        http.request("POST", target.path, body, {**headers, "Host": target.host_header})
        response = http.getresponse()
        if late.is_set():  # http.client takes the cut for the end of the headers
            raise TimeoutError
        text = b""
        with suppress(HTTPException, OSError):  # the status is the answer, the text only explains it
            text = response.read(LARGEST_ANSWER)
        named = {name.lower(): value for name, value in response.getheaders()}
        return Answer(response.status, named, text.decode(errors="replace"))
