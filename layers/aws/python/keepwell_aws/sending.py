"""Requests of the bulk path on their way: one pool of connections, an answer read at once.

botocore looks for the proxy, the certificates and the pool anew for each request, and reads an answer piece
by piece. Where anything at all goes wrong here there is no answer, and botocore sends the request itself,
with its own errors and retries. A request that arrived twice does no harm: a write meets itself (`bulk`).
"""

from collections.abc import Iterator, Mapping
from functools import cache
from typing import TYPE_CHECKING, Any, NamedTuple, cast

from botocore.awsrequest import AWSResponse
from botocore.httpsession import get_cert_path
from botocore.utils import get_environ_proxies
from urllib3 import HTTPConnectionPool, Timeout, connection_from_url
from urllib3.exceptions import HTTPError

from keepwell_aws.clients import session

if TYPE_CHECKING:
    from botocore.awsrequest import AWSPreparedRequest

CONNECT_TIMEOUT, READ_TIMEOUT = 3, 5
"""Seconds, below those of the functions."""


class _Body(NamedTuple):
    """A body that was read, as botocore reads one."""

    content: bytes

    def stream(self) -> Iterator[bytes]:
        yield self.content


def send(request: "AWSPreparedRequest", **_: Any) -> AWSResponse | None:
    """The answer to a request for the root of its host; None if botocore is to send it."""
    if (pool := _pool(request.url)) is None:
        return None
    body, headers = cast("bytes", request.body), cast("Mapping[str, str]", request.headers)
    try:
        answer = pool.urlopen(
            "POST",
            "/",
            body,
            headers,
            retries=False,
            redirect=False,
            assert_same_host=False,
            decode_content=False,
        )
    except HTTPError:
        return None
    told: Any = answer.headers
    return AWSResponse(request.url, answer.status, told, _Body(answer.data))


@cache
def _pool(url: str) -> HTTPConnectionPool | None:
    """None where the environment names a proxy."""
    if get_environ_proxies(url):
        return None
    timeout = Timeout(connect=CONNECT_TIMEOUT, read=READ_TIMEOUT)
    if not url.startswith("https:"):
        return connection_from_url(url, timeout=timeout)
    certificates = get_cert_path(session(None).get_config_variable("ca_bundle") or True)
    return connection_from_url(url, timeout=timeout, cert_reqs="CERT_REQUIRED", ca_certs=certificates)
