"""Where a webhook may go: public addresses over https, and nowhere else (reliability 6, SSRF).

The name is looked up once, every answer must be public, and the connection goes to the very address that was
checked; so a name that answers differently the second time gains nothing.
"""

import ipaddress
import socket
from collections.abc import Callable
from dataclasses import dataclass
from urllib.parse import urlsplit

from keepwell.errors import ConfigurationError, TransientFailure

Address = ipaddress.IPv4Address | ipaddress.IPv6Address
Resolve = Callable[[str, int], list[str]]

_PORTS = {443, 8443}
# Networks that Python calls global, in some of its versions, and that are not, or that lead to a private IPv4
# address all the same.
_DISGUISES = [
    ipaddress.ip_network(network)
    for network in (
        "192.0.0.0/24",  # protocols, among them the metadata of a cloud
        "192.88.99.0/24",  # 6to4 relays
        "::/96",  # IPv4-compatible
        "::ffff:0:0/96",  # IPv4-mapped
        "64:ff9b::/96",  # NAT64
        "64:ff9b:1::/48",  # NAT64, local
        "2001::/32",  # Teredo
        "2002::/16",  # 6to4
        "3fff::/20",  # documentation
        "fec0::/10",  # site-local
    )
]


@dataclass(frozen=True)
class Target:
    """A checked address; `host` is its name, for TLS and the Host header, and `path` includes the query."""

    secure: bool
    address: str
    port: int
    host: str
    path: str

    @property
    def host_header(self) -> str:
        host = f"[{self.host}]" if ":" in self.host else self.host
        return host if self.port == (443 if self.secure else 80) else f"{host}:{self.port}"


def look_up(host: str, port: int) -> list[str]:
    """The addresses of a name; TransientFailure if it has none now."""
    try:
        answers = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError) as error:
        raise TransientFailure(f"the name {host} cannot be resolved: {error}") from error
    return [str(answer[4][0]) for answer in answers]


def checked_target(url: str, *, practice: bool = False, resolve: Resolve = look_up) -> Target:
    """The target of `url`; ConfigurationError, which names the host only, if a webhook may not go there.

    On a practice stack it may also go over http to the machine itself, and to nothing else without https.
    """
    secure, host, port, path = _parts(url)
    if secure and port not in _PORTS:
        raise ConfigurationError(f"a webhook may go to port 443 or 8443, not to {host}:{port}")
    addresses = [ipaddress.ip_address(text) for text in resolve(host, port)]
    local = practice and not secure and all(address.is_loopback for address in addresses)
    if not local:
        if not secure:
            raise ConfigurationError(f"the webhook address at {host} must begin with https://")
        for address in addresses:
            if not is_public(address):
                raise ConfigurationError(f"{host} is at {address}, which is not a public address")
    if not addresses:
        raise TransientFailure(f"the name {host} has no address")
    return Target(secure, str(addresses[0]), port, host, path)


def is_public(address: Address) -> bool:
    """Whether an address is one of the open Internet, in no disguise."""
    if not address.is_global or address.is_multicast or address.is_reserved:
        return False
    return not any(address in network for network in _DISGUISES if network.version == address.version)


def _parts(url: str) -> tuple[bool, str, int, str]:
    if not url.isascii() or not url.isprintable() or any(character in url for character in ' \\"<>'):
        raise ConfigurationError(
            "the webhook address holds blanks, backslashes or letters beyond ASCII; "
            "write a name such as münchen.example as xn--mnchen-3ya.example"
        )
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError as error:
        raise ConfigurationError(f"the webhook address cannot be read: {error}") from None
    host = (parts.hostname or "").removesuffix(".")
    if parts.scheme not in ("https", "http") or not host:
        raise ConfigurationError("the webhook address must look like https://host/path")
    if "@" in parts.netloc:
        raise ConfigurationError(f"the webhook address at {host} must not hold a user name or password")
    secure = parts.scheme == "https"
    path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    return secure, host, port if port is not None else (443 if secure else 80), path
