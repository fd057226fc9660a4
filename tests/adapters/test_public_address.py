"""Where a webhook may go (reliability 6, SSRF)."""

import ipaddress
import socket

import pytest
from hypothesis import given
from hypothesis import strategies as st

from keepwell.errors import ConfigurationError, TransientFailure
from keepwell_aws.public_address import checked_target, is_public, look_up

PUBLIC = "93.184.215.14"


class Names:
    """A resolver that gives its answers one after the other, and counts the questions."""

    def __init__(self, *answers: list[str]):
        self.answers = list(answers)
        self.asked: list[tuple[str, int]] = []

    def __call__(self, host: str, port: int) -> list[str]:
        self.asked.append((host, port))
        return self.answers.pop(0)


def numeric(host: str, port: int) -> list[str]:
    """What the system makes of a number, without asking any name server."""
    answers = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM, flags=socket.AI_NUMERICHOST)
    return [str(answer[4][0]) for answer in answers]


def test_a_public_https_address_is_taken() -> None:
    target = checked_target("https://hooks.example.com./a/b?c=d#e", resolve=Names([PUBLIC]))
    assert (target.address, target.port, target.host) == (PUBLIC, 443, "hooks.example.com")
    assert target.path == "/a/b?c=d"
    assert target.host_header == "hooks.example.com"


def test_another_port_shows_in_the_host_header() -> None:
    assert checked_target("https://x.example:8443", resolve=Names([PUBLIC])).host_header == "x.example:8443"


@pytest.mark.parametrize(
    "address",
    [
        "127.0.0.1",
        "127.255.0.1",
        "0.0.0.0",
        "10.0.0.1",
        "172.16.0.1",
        "192.168.1.1",
        "100.64.0.1",
        "169.254.169.254",
        "169.254.170.2",
        "192.0.0.1",
        "192.0.0.192",
        "192.88.99.1",
        "198.18.0.1",
        "224.0.0.1",
        "240.0.0.1",
        "255.255.255.255",
        "::",
        "::1",
        "::127.0.0.1",
        "::ffff:127.0.0.1",
        "::ffff:169.254.169.254",
        "64:ff9b::a9fe:a9fe",
        "64:ff9b:1::a00:1",
        "3fff::1",
        "2001::1",
        "2002:7f00:1::",
        "2001:db8::1",
        "fc00::1",
        "fd00:ec2::254",
        "fe80::1",
        "fe80::1%eth0",
        "fec0::1",
        "ff02::1",
    ],
)
def test_no_address_but_a_public_one_is_taken(address: str) -> None:
    with pytest.raises(ConfigurationError, match="not a public address"):
        checked_target("https://innocent.example/", resolve=Names([address]))
    with pytest.raises(ConfigurationError, match="not a public address"):
        checked_target("https://innocent.example/", resolve=Names([PUBLIC, address]))


@pytest.mark.parametrize("address", [PUBLIC, "1.1.1.1", "2606:2800:21f:cb07:6820:80da:af6b:8b2c"])
def test_public_addresses_are(address: str) -> None:
    assert is_public(ipaddress.ip_address(address))


@given(st.ip_addresses(v=4))
def test_what_python_calls_private_is_never_public(address: ipaddress.IPv4Address) -> None:
    if not address.is_global or address.is_multicast:
        assert not is_public(address)
    assert not is_public(ipaddress.ip_address(f"::ffff:{address}"))
    assert not is_public(ipaddress.ip_address(int(ipaddress.ip_address("64:ff9b::")) + int(address)))


@pytest.mark.parametrize(
    "host",
    ["2130706433", "0x7f000001", "0177.0.0.1", "127.1", "0x7f.1", "[::1]", "[::ffff:7f00:1]", "127.0.0.1."],
)
def test_disguised_numbers_do_not_get_through(host: str) -> None:
    with pytest.raises((ConfigurationError, OSError)):
        checked_target(f"https://{host}/", resolve=numeric)


@pytest.mark.parametrize(
    "url",
    [
        "",
        "hooks.example.com",
        "ftp://hooks.example.com/",
        "file:///etc/passwd",
        "https://",
        "https:///path",
        "https://user:pass@hooks.example.com/",
        "https://hooks.example.com@169.254.169.254/",
        "https://hooks.example.com\\@169.254.169.254/",
        "https://hooks.example.com/\r\nHost: internal",
        "https://hooks.example.com /",
        "https://münchen.example/",
        "https://ⓔxample.com/",
        "https://hooks.example.com:99999/",
        "https://hooks.example.com:22/",
        "https://hooks.example.com:80/",
        "https://[::1/",
        "http://hooks.example.com/",
    ],
)
def test_no_other_kind_of_address_is_taken(url: str) -> None:
    with pytest.raises(ConfigurationError):
        checked_target(url, resolve=lambda _host, _port: [PUBLIC])


def test_a_name_is_asked_for_once_and_its_answer_is_what_is_connected_to() -> None:
    """Rebinding: a second answer would be private."""
    names = Names([PUBLIC], ["127.0.0.1"])
    assert checked_target("https://rebinding.example/", resolve=names).address == PUBLIC
    assert names.asked == [("rebinding.example", 443)]


def test_the_path_of_the_address_is_not_shown() -> None:
    """Slack's address is a secret."""
    with pytest.raises(ConfigurationError) as caught:
        checked_target("https://hooks.slack.com/services/SECRET", resolve=Names(["10.0.0.1"]))
    assert "SECRET" not in str(caught.value)


def test_practice_allows_http_to_the_machine_itself_and_nothing_more() -> None:
    target = checked_target("http://127.0.0.1:4567/slack", practice=True, resolve=numeric)
    assert (target.secure, target.address, target.host_header) == (False, "127.0.0.1", "127.0.0.1:4567")
    assert checked_target("http://[::1]:4567/", practice=True, resolve=numeric).host_header == "[::1]:4567"
    for url, answer in [
        ("http://internal.example/", "10.0.0.1"),
        ("http://metadata.example/", "169.254.169.254"),
        ("http://public.example/", PUBLIC),
        ("https://local.example/", "127.0.0.1"),
    ]:
        with pytest.raises(ConfigurationError):
            checked_target(url, practice=True, resolve=Names([answer]))
    with pytest.raises(ConfigurationError):
        checked_target("http://127.0.0.1:4567/slack", resolve=numeric)


def test_a_name_that_cannot_be_resolved_may_be_later(monkeypatch: pytest.MonkeyPatch) -> None:
    def unknown(*_: object, **__: object) -> None:
        raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")

    with pytest.raises(TransientFailure, match="cannot be resolved"):
        look_up("a" * 70 + ".example", 443)
    monkeypatch.setattr(socket, "getaddrinfo", unknown)
    with pytest.raises(TransientFailure, match="cannot be resolved"):
        look_up("nothing.invalid", 443)
