"""The loopback receiver plays Slack and a signed endpoint as strictly as the real ones."""

import json
import urllib.error
import urllib.request
from collections.abc import Iterator
from datetime import UTC, datetime

import pytest
from standardwebhooks.webhooks import Webhook

from keepwell_cli.local.receiver import HANG, SECRET, SLACK, Receiver, verified

BODY = json.dumps({"type": "account.segment_entered"}).encode()
NOW = datetime(2026, 11, 21, 12, tzinfo=UTC)


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with Receiver() as started:
        yield started


def signed(message_id: str = "msg_1", body: bytes = BODY) -> dict[str, str]:
    """Headers by the reference implementation of Standard Webhooks."""
    signature = Webhook(SECRET).sign(message_id, NOW, body.decode())
    return {
        "webhook-id": message_id,
        "webhook-timestamp": str(int(NOW.timestamp())),
        "webhook-signature": signature,
    }


def post(url: str, headers: dict[str, str], body: bytes = BODY, timeout: float = 10) -> int:
    request = urllib.request.Request(url, data=body, headers=headers, method="POST")
    try:
        with urllib.request.urlopen(request, timeout=timeout) as response:
            return int(response.status)
    except urllib.error.HTTPError as refusal:
        with refusal:
            return refusal.code


def test_a_signed_request_is_taken_and_remembered(receiver: Receiver) -> None:
    assert post(receiver.url("/hook"), signed()) == 200
    [came] = receiver.received
    assert (came.path, came.message_id, came.body, came.answered) == ("/hook", "msg_1", BODY, 200)


@pytest.mark.parametrize(
    ("headers", "body"),
    [
        pytest.param({}, BODY, id="unsigned"),
        pytest.param(signed(), BODY + b" ", id="changed body"),
        pytest.param({**signed(), "webhook-id": "msg_2"}, BODY, id="other id"),
    ],
)
def test_a_wrong_signature_is_answered_401(receiver: Receiver, headers: dict[str, str], body: bytes) -> None:
    assert post(receiver.url(), headers, body) == 401


def test_any_of_several_signatures_will_do_while_a_secret_is_rotated() -> None:
    headers = {**signed(), "webhook-signature": "v1,AAAA " + signed()["webhook-signature"]}
    assert verified(headers, BODY, SECRET)


def test_slack_is_its_path_and_wants_no_signature(receiver: Receiver) -> None:
    assert post(receiver.url(SLACK + "T0/B0/x"), {}) == 200
    assert receiver.received[0].json() == json.loads(BODY)


def test_it_fails_as_told_and_then_recovers(receiver: Receiver) -> None:
    receiver.answer(500, 500)
    assert [post(receiver.url(), signed()) for _ in range(3)] == [500, 500, 200]
    assert [each.answered for each in receiver.received] == [500, 500, 200]


def test_it_hangs_as_told(receiver: Receiver) -> None:
    receiver.answer(HANG)
    with pytest.raises(TimeoutError):
        post(receiver.url(), signed(), timeout=0.2)
    assert receiver.wait_for(lambda came: len(came) == 1)[0].answered == HANG


def test_waiting_in_vain_says_what_came(receiver: Receiver) -> None:
    post(receiver.url("/hook"), signed())
    with pytest.raises(TimeoutError, match="/hook"):
        receiver.wait_for(lambda came: len(came) == 2, seconds=0.01)
