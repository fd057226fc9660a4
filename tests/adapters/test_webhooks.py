"""Webhooks over a real connection to the machine itself (reliability 1, T2, T6, T7 and section 6)."""

import datetime as dt
import json
import ssl
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from standardwebhooks.webhooks import Webhook, WebhookVerificationError

from keepwell.deliveries import Channel, Delivery
from keepwell.deliveries.endpoints import EndpointGone
from keepwell.deliveries.gates import Throttled
from keepwell.errors import ConfigurationError, KeepwellError, RejectedInput, TransientFailure
from keepwell.playbook import Endpoint, EndpointKind, Playbook, read_bundle
from keepwell_aws.playbooks import default_bundle
from keepwell_aws.posting import LARGEST_ANSWER, Answer, post
from keepwell_aws.public_address import Target
from keepwell_aws.secrets import EndpointSecret
from keepwell_aws.webhooks import HttpWebhooks, judge
from tests.adapters.receiver import Behaviour, Request, closed_port, receiver

SECRET = "whsec_" + "a2VlcHdlbGwta2VlcHdlbGwta2VlcHdlbGwt"
OLD_SECRET = "whsec_" + "b2xkLW9sZC1vbGQtb2xkLW9sZC1vbGQtb2xk"
NOON = datetime(2026, 11, 21, 12, tzinfo=UTC)
WEBHOOK = Delivery(
    delivery_id="webhook_0123456789abcdef0123",
    account_id="A1",
    channel=Channel.WEBHOOK,
    to="events",
    subject="account.entered",
    body='{"type":"account.entered","data":{"name":"Ünal & Söhne"}}',
    play="health-drop",
    transition_id="A1/at-risk/1/entered",
    created_at=NOON,
    due_at=NOON,
)
SLACK = replace(WEBHOOK, to="slack", body='{"text":"Harbor Labs is poor","blocks":[]}')


class OnePlaybook:
    """The default playbook with an impatient endpoint of each kind."""

    def get(self) -> Playbook:
        endpoints = {
            "events": Endpoint("events", EndpointKind.SIGNED, timeout_seconds=1),
            "slack": Endpoint("slack", EndpointKind.SLACK, timeout_seconds=1),
        }
        return replace(read_bundle(default_bundle()), endpoints=endpoints)


class OneSecret:
    def __init__(self, url: str, *secrets: str):
        self.secret = EndpointSecret(url, secrets)

    def get(self, endpoint: Endpoint, *, anew: bool = False) -> EndpointSecret:
        return self.secret


class Replaced(OneSecret):
    """What is known is what was before; asked for anew, it is the secret given."""

    def get(self, endpoint: Endpoint, *, anew: bool = False) -> EndpointSecret:
        return self.secret if anew else replace(self.secret, secrets=(OLD_SECRET,))


def webhooks(url: str, *secrets: str, practice: bool = True) -> HttpWebhooks:
    return HttpWebhooks(playbooks=OnePlaybook(), secrets=OneSecret(url, *secrets), practice=practice)


def with_status(status: int, body: bytes = b"", **headers: str) -> Behaviour:
    return lambda request: request.answer(status, body, **headers)


def sent_to(behaviour: Behaviour, delivery: Delivery = WEBHOOK) -> None:
    with receiver(behaviour) as server:
        webhooks(f"http://127.0.0.1:{server.port}/hook?a=b", SECRET).send(delivery, NOON)


def test_a_signed_webhook_arrives_as_the_reference_library_wants_it() -> None:
    now = datetime.now(UTC)  # the reference library compares with the real clock
    with receiver(with_status(204)) as server:
        webhooks(f"http://127.0.0.1:{server.port}/hook?a=b", SECRET).send(WEBHOOK, now)
    [received] = server.received
    assert received.path == "/hook?a=b"
    assert received.body == WEBHOOK.body.encode()
    assert received.headers["host"] == f"127.0.0.1:{server.port}"
    assert received.headers["content-type"] == "application/json"
    assert received.headers["webhook-id"] == WEBHOOK.delivery_id
    assert received.headers["webhook-timestamp"] == str(int(now.timestamp()))
    assert Webhook(SECRET).verify(received.body.decode(), received.headers) == json.loads(WEBHOOK.body)


def test_a_slack_message_arrives_as_it_stands_and_unsigned() -> None:
    with receiver(with_status(200, b"ok")) as server:
        webhooks(f"http://127.0.0.1:{server.port}/services/T/B/x").send(SLACK, NOON)
    [received] = server.received
    assert received.body == SLACK.body.encode()
    assert not [name for name in received.headers if name.startswith("webhook-")]


@pytest.mark.parametrize("refusal", [401, 403, 404, 410])
def test_a_secret_that_was_replaced_counts_at_once(refusal: int) -> None:
    """Reliability 6: the old one, or the old address, is kept for minutes, and its refusal says nothing."""
    now = datetime.now(UTC)  # the reference library compares with the real clock

    def verified(request: Request) -> None:
        received = request.server.received[-1]
        try:
            Webhook(SECRET).verify(received.body.decode(), received.headers)
        except WebhookVerificationError:
            request.answer(refusal)
        else:
            request.answer(204)

    with receiver(verified) as server:
        url = f"http://127.0.0.1:{server.port}/hook"
        secrets = Replaced(url, SECRET)
        HttpWebhooks(playbooks=OnePlaybook(), secrets=secrets, practice=True).send(WEBHOOK, now)
    assert len(server.received) == 2
    with receiver(with_status(refusal)) as server, pytest.raises(RejectedInput):
        webhooks(f"http://127.0.0.1:{server.port}/hook", SECRET).send(WEBHOOK, now)
    assert len(server.received) == 1


@pytest.mark.parametrize("status", [200, 201, 202, 204, 299])
def test_only_2xx_is_success(status: int) -> None:
    sent_to(with_status(status))


@pytest.mark.parametrize(
    ("status", "kind"),
    [
        (300, ConfigurationError),
        (304, ConfigurationError),
        (400, RejectedInput),
        (401, RejectedInput),
        (403, RejectedInput),
        (404, RejectedInput),
        (408, TransientFailure),
        (410, RejectedInput),
        (422, RejectedInput),
        (425, TransientFailure),
        (429, Throttled),
        (500, TransientFailure),
        (502, TransientFailure),
        (503, TransientFailure),
        (504, TransientFailure),
    ],
)
def test_a_status_says_whether_trying_again_may_help(status: int, kind: type[KeepwellError]) -> None:
    with pytest.raises(kind, match=f"127.0.0.1 answered {status}"):
        sent_to(with_status(status))


@pytest.mark.parametrize(
    ("status", "text"), [(404, b"no_service"), (410, b"channel_is_archived"), (403, b"action_prohibited")]
)
def test_slack_says_that_a_webhook_is_gone_and_why(status: int, text: bytes) -> None:
    """Reliability 6: the endpoint is disabled."""
    with pytest.raises(EndpointGone, match=text.decode()):
        sent_to(with_status(status, text), SLACK)


def test_a_signed_endpoint_is_gone_only_if_it_says_so() -> None:
    with pytest.raises(EndpointGone):
        sent_to(with_status(410))
    for status in (403, 404):
        with pytest.raises(RejectedInput) as refused:
            sent_to(with_status(status))
        assert not isinstance(refused.value, EndpointGone)


def test_a_redirect_is_not_followed() -> None:
    with receiver(with_status(200)) as inside:
        redirect = with_status(307, Location=f"http://127.0.0.1:{inside.port}/metadata")
        with pytest.raises(ConfigurationError, match="a redirect is not followed"):
            sent_to(redirect)
    assert not inside.received


@pytest.mark.parametrize(
    ("asked", "wait"),
    [
        ("30", timedelta(seconds=30)),
        ("Sat, 21 Nov 2026 12:01:00 GMT", timedelta(minutes=1)),
        ("Sat, 21 Nov 2026 11:00:00 GMT", timedelta()),
        ("9" * 30, None),
        ("999999999", timedelta(days=1)),
        ("soon", None),
        ("-5", None),
        ("", None),
    ],
)
def test_retry_after_is_read_in_seconds_and_as_a_date(asked: str, wait: timedelta | None) -> None:
    with pytest.raises(TransientFailure) as caught:
        judge(Answer(429, {"retry-after": asked}, ""), "x.example", NOON)
    assert caught.value.retry_after == wait


def posted_to(behaviour: Behaviour, seconds: float) -> Answer:
    with receiver(behaviour) as server:
        target = Target(secure=False, address="127.0.0.1", port=server.port, host="x.example", path="/")
        return post(target, b"{}", {}, seconds)


def test_an_endpoint_that_never_answers_ends_in_time() -> None:
    def never(request: Request) -> None:
        request.server.released.wait()

    with pytest.raises(TransientFailure, match=r"x\.example gave no answer within 0\.2 s"):
        posted_to(never, 0.2)


def test_an_endpoint_that_drips_ends_in_time() -> None:
    """A socket's timeout would start anew with every byte."""

    def drip(request: Request) -> None:
        request.wfile.write(b"HTTP/1.1 200 OK\r\nX: ")
        while not request.server.released.wait(0.05):
            request.wfile.write(b"x")

    with pytest.raises(TransientFailure, match="no answer within"):
        posted_to(drip, 0.2)


def test_a_status_counts_though_the_text_stalls() -> None:
    def stall(request: Request) -> None:
        request.wfile.write(b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nabc")
        request.server.released.wait()

    assert posted_to(stall, 1).status == 200


def test_of_a_huge_answer_only_the_beginning_is_read() -> None:
    def flood(request: Request) -> None:
        request.wfile.write(b"HTTP/1.1 500 Oh\r\n\r\n")
        for _ in range(10_000):
            request.wfile.write(b"x" * 65536)

    with receiver(flood) as server:
        answer = post(
            Target(secure=False, address="127.0.0.1", port=server.port, host="127.0.0.1", path="/"),
            b"{}",
            {},
            5,
        )
        assert server.hung_up.wait(10)
    assert answer.status == 500
    assert len(answer.text) == LARGEST_ANSWER


@pytest.mark.parametrize(
    "raw", [b"", b"HTTP/1.1", b"nonsense\r\n\r\n", b"HTTP/1.1 200 OK\r\n" + b"X: y\r\n" * 200 + b"\r\n"]
)
def test_what_is_no_http_is_a_transient_failure(raw: bytes) -> None:
    def nonsense(request: Request) -> None:
        request.wfile.write(raw)

    with pytest.raises(TransientFailure, match="could not be reached"):
        sent_to(nonsense)


def test_nobody_listening_is_a_transient_failure() -> None:
    with pytest.raises(TransientFailure, match="could not be reached"):
        webhooks(f"http://127.0.0.1:{closed_port()}/", SECRET).send(WEBHOOK, NOON)


def test_no_proxy_is_used(monkeypatch: pytest.MonkeyPatch) -> None:
    with receiver(with_status(200)) as proxy:
        for name in ("http_proxy", "HTTP_PROXY", "all_proxy"):
            monkeypatch.setenv(name, f"http://127.0.0.1:{proxy.port}")
        sent_to(with_status(200))
    assert not proxy.received


def test_outside_practice_nothing_is_sent_to_the_machine_itself() -> None:
    with receiver(with_status(200)) as server:
        for url in (f"http://127.0.0.1:{server.port}/", "https://127.0.0.1:8443/", "https://localhost/"):
            with pytest.raises(ConfigurationError):
                webhooks(url, SECRET, practice=False).send(WEBHOOK, NOON)
    assert not server.received


def test_an_unknown_endpoint_says_which_file_to_add() -> None:
    with pytest.raises(ConfigurationError, match=r"endpoints/zapier\.yaml"):
        webhooks("https://x.example/", SECRET).send(replace(WEBHOOK, to="zapier"), NOON)


def test_a_slack_message_goes_to_slack_only() -> None:
    with pytest.raises(ConfigurationError, match=r"hooks\.slack\.com"):
        webhooks("https://93.184.215.14/services/x", practice=False).send(SLACK, NOON)


def certificate(folder: Path, *names: str) -> Path:
    """A self-signed certificate for these names, with its key, in one file."""
    from cryptography import x509
    from cryptography.hazmat.primitives import hashes, serialization
    from cryptography.hazmat.primitives.asymmetric import ec

    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, names[0])])
    now = dt.datetime.now(UTC)
    built = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(name) for name in names]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    file = folder / "certificate.pem"
    file.write_bytes(
        built.public_bytes(serialization.Encoding.PEM)
        + key.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )
    )
    return file


def test_tls_and_the_host_header_carry_the_name_that_was_checked(tmp_path: Path) -> None:
    file = certificate(tmp_path, "hooks.example.com")
    asked: list[str | None] = []
    serving = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    serving.load_cert_chain(file)
    serving.sni_callback = lambda _socket, name, _context: asked.append(name)
    trusting = ssl.create_default_context(cafile=str(file))
    with receiver(with_status(200), serving) as server:
        target = Target(
            secure=True, address="127.0.0.1", port=server.port, host="hooks.example.com", path="/"
        )
        assert post(target, b"{}", {}, 5, trusting).status == 200
        for host, tls in [("other.example.com", trusting), ("hooks.example.com", None)]:
            with pytest.raises(TransientFailure, match="certificate verify failed"):
                post(replace(target, host=host), b"{}", {}, 5, tls)
    assert asked[0] == "hooks.example.com"
    assert [received.headers["host"] for received in server.received] == [f"hooks.example.com:{server.port}"]
