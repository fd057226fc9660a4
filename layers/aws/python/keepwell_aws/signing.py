"""Signatures after Standard Webhooks 1.0: HMAC-SHA256 over `id.timestamp.body`."""

import base64
import binascii
import hashlib
import hmac
from collections.abc import Sequence
from datetime import datetime

from keepwell.errors import ConfigurationError

_PREFIX = "whsec_"


def signed_headers(message_id: str, at: datetime, body: bytes, secrets: Sequence[str]) -> dict[str, str]:
    """The three headers of one attempt, with a signature by each secret, so that a receiver may know either.

    `message_id` stays the same over all attempts, `at` is this one's moment. A secret is `whsec_` and the
    base64 of 24 to 64 bytes; ConfigurationError otherwise.
    """
    timestamp = str(int(at.timestamp()))
    signed = f"{message_id}.{timestamp}.".encode() + body
    digests = (hmac.digest(_key(secret), signed, hashlib.sha256) for secret in secrets)
    return {
        "webhook-id": message_id,
        "webhook-timestamp": timestamp,
        "webhook-signature": " ".join("v1," + base64.b64encode(digest).decode() for digest in digests),
    }


def _key(secret: str) -> bytes:
    try:
        key = base64.b64decode(secret.removeprefix(_PREFIX), validate=True)
    except binascii.Error:
        key = b""
    if not (secret.startswith(_PREFIX) and 24 <= len(key) <= 64):
        raise ConfigurationError(
            "a signing secret must be whsec_ and the base64 of 24 to 64 random bytes; make one: "
            'echo "whsec_$(openssl rand -base64 32)"'
        )
    return key
