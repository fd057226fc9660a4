"""A receiver of webhooks on loopback: it plays Slack and a customer's own endpoint, and remembers what came.

Paths under /services/ are Slack's, as its addresses are; all others want a Standard Webhooks signature,
answer 401 without a right one, and can be told to fail or to hang.
"""

import base64
import hashlib
import hmac
import json
import threading
from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Any, Self

SECRET = "whsec_" + base64.b64encode(b"Keepwell practises on loopback.!").decode()
SLACK = "/services/"
HANG = 0
"""Told as an answer: take the request and never answer it."""


@dataclass(frozen=True)
class Received:
    """One request as it came; `answered` is the status, or HANG."""

    path: str
    headers: Mapping[str, str]
    body: bytes
    answered: int

    @property
    def message_id(self) -> str | None:
        """The same over all attempts at one message; None for Slack."""
        return self.headers.get("webhook-id")

    def json(self) -> Any:
        return json.loads(self.body)


class Receiver:
    """Listens on a free loopback port while its `with` block lasts."""

    def __init__(self, secret: str = SECRET):
        self.secret = secret
        self._received: list[Received] = []
        self._told: deque[int] = deque()
        self._changed = threading.Condition()
        self._closing = threading.Event()
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), self._handler())
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.05,), daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._closing.set()
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()

    def url(self, path: str = "/") -> str:
        """Its address; under `/services/` it is Slack."""
        return f"http://127.0.0.1:{self._server.server_port}{path}"

    def answer(self, *statuses: int) -> None:
        """Give these answers to the next requests, in order, and 200 to those after them."""
        with self._changed:
            self._told.extend(statuses)

    @property
    def received(self) -> list[Received]:
        """Every request so far, in order of arrival, whatever it was answered."""
        with self._changed:
            return list(self._received)

    def wait_for(self, enough: Callable[[list[Received]], bool], seconds: float = 30) -> list[Received]:
        """The requests, once there are enough of them; TimeoutError with what came if that takes too long."""
        with self._changed:
            if not self._changed.wait_for(lambda: enough(self._received), seconds):
                came = [(each.path, each.answered) for each in self._received]
                raise TimeoutError(f"after {seconds:g} s the receiver has {came}")
            return list(self._received)

    def _take(self, path: str, headers: Mapping[str, str], body: bytes) -> int:
        trusted = path.startswith(SLACK) or verified(headers, body, self.secret)
        with self._changed:
            told = self._told.popleft() if self._told else HTTPStatus.OK
            status = told if trusted else HTTPStatus.UNAUTHORIZED
            self._received.append(Received(path, headers, body, int(status)))
            self._changed.notify_all()
        return int(status)

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        receiver = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
                headers = {name.lower(): value for name, value in self.headers.items()}
                status = receiver._take(self.path, headers, body)
                if status == HANG:
                    receiver._closing.wait()
                    self.close_connection = True
                    return
                answer = b"ok" if self.path.startswith(SLACK) else b"{}"
                self.send_response(status)
                self.send_header("Content-Length", str(len(answer)))
                self.end_headers()
                self.wfile.write(answer)

            def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - the base class's name
                pass

        return Handler


def verified(headers: Mapping[str, str], body: bytes, secret: str) -> bool:
    """Whether a signature after Standard Webhooks 1.0 is right.

    A real receiver also refuses old timestamps; here the sender may have a moved clock (`keepwell clock`).
    """
    key = base64.b64decode(secret.removeprefix("whsec_"))
    signed = f"{headers.get('webhook-id')}.{headers.get('webhook-timestamp')}.".encode() + body
    right = "v1," + base64.b64encode(hmac.digest(key, signed, hashlib.sha256)).decode()
    given = headers.get("webhook-signature", "").split()
    return any(hmac.compare_digest(right, each) for each in given)
