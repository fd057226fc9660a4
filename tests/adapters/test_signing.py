"""Signatures, checked with the reference library of Standard Webhooks."""

import base64
import json
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from standardwebhooks.webhooks import Webhook, WebhookVerificationError

from keepwell.errors import ConfigurationError
from keepwell_aws.signing import signed_headers


def secret(key: bytes) -> str:
    return "whsec_" + base64.b64encode(key).decode()


OLD, NEW = secret(b"o" * 24), secret(b"n" * 64)
BODY = json.dumps({"type": "account.entered", "name": "Ü"}).encode()


def now() -> datetime:
    return datetime.now(UTC)  # the reference library compares with the real clock


@given(
    key=st.binary(min_size=24, max_size=64),
    message_id=st.from_regex(r"[a-zA-Z0-9_]{1,60}", fullmatch=True),
    body=st.dictionaries(st.text(), st.text() | st.integers() | st.none()),
)
def test_the_reference_library_accepts_it(key: bytes, message_id: str, body: dict[str, object]) -> None:
    raw = json.dumps(body, ensure_ascii=False).encode("utf-8", "surrogatepass").decode(errors="replace")
    headers = signed_headers(message_id, now(), raw.encode(), [secret(key)])
    assert Webhook(secret(key)).verify(raw, headers) == json.loads(raw)


@given(key=st.binary(min_size=24, max_size=64), body=st.text())
def test_what_the_reference_library_signs_we_sign_alike(key: bytes, body: str) -> None:
    """So whoever knows its messages knows ours, and the reverse."""
    at = datetime(2026, 11, 21, 12, tzinfo=UTC)
    ours = signed_headers("msg_1", at, body.encode(), [secret(key)])
    assert ours["webhook-signature"] == Webhook(secret(key)).sign("msg_1", at, body)


def test_during_a_rotation_both_secrets_are_good() -> None:
    headers = signed_headers("msg_1", now(), BODY, [NEW, OLD])
    assert headers["webhook-signature"].count("v1,") == 2
    for known in (OLD, NEW):
        Webhook(known).verify(BODY.decode(), headers)


def test_another_body_id_or_secret_is_refused() -> None:
    headers = signed_headers("msg_1", now(), BODY, [NEW])
    for body, changed, known in [
        (BODY.decode() + " ", headers, NEW),
        (BODY.decode(), {**headers, "webhook-id": "msg_2"}, NEW),
        (BODY.decode(), headers, OLD),
    ]:
        with pytest.raises(WebhookVerificationError):
            Webhook(known).verify(body, changed)


def test_the_id_stays_and_the_timestamp_is_of_the_attempt() -> None:
    at = datetime(2026, 11, 21, 12, 0, 0, 900_000, tzinfo=UTC)
    first = signed_headers("msg_1", at, BODY, [NEW])
    second = signed_headers("msg_1", at + timedelta(seconds=5), BODY, [NEW])
    assert first["webhook-id"] == second["webhook-id"] == "msg_1"
    assert first["webhook-timestamp"] == "1795262400"
    assert second["webhook-timestamp"] == "1795262405"


@pytest.mark.parametrize(
    "malformed", ["", "whsec_", "whsec_!!", OLD.removeprefix("whsec_"), secret(b"x" * 23), secret(b"x" * 65)]
)
def test_a_malformed_secret_says_how_to_make_one(malformed: str) -> None:
    with pytest.raises(ConfigurationError, match="openssl rand") as caught:
        signed_headers("msg_1", now(), BODY, [malformed])
    assert not malformed or malformed not in str(caught.value) or malformed == "whsec_"
