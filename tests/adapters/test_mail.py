"""Mail through SES (reliability T2, I6 and section 6, "SES")."""

import email
import email.policy
from dataclasses import replace
from datetime import UTC, datetime
from email.message import EmailMessage
from typing import Any
from unittest.mock import patch

import boto3
import pytest
from botocore.client import BaseClient
from botocore.exceptions import ClientError, ConnectTimeoutError
from hypothesis import example, given
from hypothesis import strategies as st

from keepwell.deliveries import Channel, Delivery
from keepwell.errors import KeepwellError, RejectedInput, TransientFailure
from keepwell_aws.mail import SesMailer
from tests.aws_tables import Names

NOON = datetime(2026, 11, 21, 12, tzinfo=UTC)
MAIL = Delivery(
    delivery_id="email_0123456789abcdef0123",
    account_id="A1",
    channel=Channel.EMAIL,
    to="ann@example.com",
    subject="Harbor Labs is poor – 31 🚨",
    body="Score 31\n",
    play="health-drop",
    transition_id="A1/at-risk/1/entered",
    created_at=NOON,
    due_at=NOON,
)


class Ses:
    """Answers every call with `answer`, and keeps what was asked."""

    def __init__(self, answer: Exception | None = None):
        self.requests: list[dict[str, Any]] = []
        self.answer = answer

    def __enter__(self) -> "Ses":
        def call(client: BaseClient, operation: str, arguments: dict[str, Any]) -> Any:
            assert operation == "SendEmail"
            self.requests.append(arguments)
            if self.answer:
                raise self.answer
            return {"MessageId": "1"}

        self._patch = patch.object(BaseClient, "_make_api_call", call)
        self._patch.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._patch.stop()


def refusal(code: str, message: str = "no") -> ClientError:
    return ClientError({"Error": {"Code": code, "Message": message}}, "SendEmail")


@pytest.fixture
def mailer(credentials: None) -> SesMailer:
    return SesMailer("success@example.com", "keepwell-mail")


def sent_by(ses: Ses) -> EmailMessage:
    """The one mail of the requests, read as a mail program does."""
    [request] = ses.requests
    return read(request["Content"]["Raw"]["Data"])


def read(raw: bytes) -> EmailMessage:
    message = email.message_from_bytes(raw, policy=email.policy.default)
    assert isinstance(message, EmailMessage)
    return message


def text_of(message: EmailMessage, kind: str) -> str:
    """The plain text, or the HTML."""
    body = message.get_body([kind])
    assert body is not None
    return str(body.get_content()).replace("\r\n", "\n")


def test_a_mail_is_sent_tagged_with_its_delivery(mailer: SesMailer) -> None:
    with Ses() as ses:
        mailer.send(MAIL)
    [request] = ses.requests
    assert request.pop("Content").keys() == {"Raw"}
    assert request == {
        "FromEmailAddress": "success@example.com",
        "Destination": {"ToAddresses": ["ann@example.com"]},
        "EmailTags": [{"Name": "delivery_id", "Value": MAIL.delivery_id}],
        "ConfigurationSetName": "keepwell-mail",
    }


def test_a_mail_has_plain_text_and_html(mailer: SesMailer) -> None:
    with Ses() as ses:
        mailer.send(replace(MAIL, body="Score < 31 – why:\nhttps://example.com/?a=1&b=2.\n\nBye\n"))
    message = sent_by(ses)
    assert (message["From"], message["To"]) == ("success@example.com", "ann@example.com")
    assert message["Subject"] == "Harbor Labs is poor – 31 🚨"
    assert text_of(message, "plain") == "Score < 31 – why:\nhttps://example.com/?a=1&b=2.\n\nBye\n"
    link = '<a href="https://example.com/?a=1&amp;b=2">https://example.com/?a=1&amp;b=2</a>'
    assert f"<p>Score &lt; 31 – why:<br>\n{link}.</p><p>Bye</p>" in text_of(message, "html")


def test_a_repeated_mail_is_the_same_to_the_byte(mailer: SesMailer) -> None:
    """T2: a mail program that meets it twice can tell, by the Message-ID or, where SES put its own over it,
    by the references."""
    first, second = (mailer.message(MAIL, MAIL.to) for _ in range(2))
    assert first == second
    message = read(first)
    assert message["Message-ID"] == message["References"] == f"<{MAIL.delivery_id}@example.com>"
    assert message["Auto-Submitted"] == "auto-generated"


PIECES = st.sampled_from(["=", "?", "=?", "?=", "utf-8", "?q?", "?b?", "=0d=0a", "DQo=", "Bcc:_a@b.cd", "\0"])


@given(subject=st.text() | st.lists(PIECES).map("".join), body=st.text().filter(str.isprintable))
@example(subject="Call =?utf-8?q?=0d=0aBcc:_all@example.com=0d=0a=0d=0aYours?=", body="")
@example(subject="==?\0?utf-8?b?DQpCY2M6IGFsbEBleGFtcGxlLmNvbQ==?=", body="")
def test_any_text_makes_one_mail_with_the_headers_we_mean(subject: str, body: str) -> None:
    """I6: no value begins a header or a part of its own."""
    mail = replace(MAIL, subject=subject, body=f"{body}\n")
    raw = SesMailer("success@example.com", "keepwell-mail").message(mail, "ann@example.com")
    message = read(raw)
    assert sorted(message.keys()) == sorted(HEADERS)
    assert [part.get_content_type() for part in message.iter_parts()] == ["text/plain", "text/html"]
    assert text_of(message, "plain") == f"{body}\n"
    assert max(map(len, raw.split(b"\r\n"))) <= 998


HEADERS = ["From", "To", "Subject", "Message-ID", "References", "Auto-Submitted", "MIME-Version"]
HEADERS += ["Content-Type"]


def test_the_request_is_one_that_ses_takes(stack: Names) -> None:
    boto3.client("sesv2").create_email_identity(EmailIdentity="success@example.com")
    boto3.client("sesv2").create_email_identity(EmailIdentity="ann@example.com")
    SesMailer("success@example.com", "keepwell-mail").send(MAIL)


def test_an_unverified_sender_is_refused_with_the_command_that_mends_it(mailer: SesMailer) -> None:
    said = "Email address is not verified. The following identities failed the check: success@example.com"
    with (
        Ses(refusal("MessageRejected", said)),
        pytest.raises(RejectedInput, match=r"create-email-identity --email-identity success@example\.com"),
    ):
        mailer.send(MAIL)


@pytest.mark.parametrize(
    ("answer", "kind"),
    [
        (refusal("MessageRejected"), RejectedInput),
        (refusal("BadRequestException"), RejectedInput),
        (refusal("MailFromDomainNotVerifiedException"), RejectedInput),
        (refusal("TooManyRequestsException"), TransientFailure),
        (refusal("ThrottlingException"), TransientFailure),
        (refusal("LimitExceededException"), TransientFailure),
        (refusal("SendingPausedException"), TransientFailure),
        (refusal("InternalServiceErrorException"), TransientFailure),
        (ConnectTimeoutError(endpoint_url="https://email"), TransientFailure),
    ],
)
def test_refusals_are_final_and_congestion_is_not(
    mailer: SesMailer, answer: Exception, kind: type[KeepwellError]
) -> None:
    with Ses(answer) as ses, pytest.raises(kind):
        mailer.send(MAIL)
    assert len(ses.requests) == 1


@pytest.mark.parametrize(
    "to",
    [
        "",
        "ann",
        "ann@example",
        "ann@example.com, bob@example.com",
        "ann@example.com\r\nBcc: all@example.com",
        "ann@example.com\n",
        "=?utf-8?q?ann=0d=0aBcc=3a_all?=@example.com",
        "Ann <ann@example.com>",
        "ann smith@example.com",
        "ann@exam\u202eple.com",
        '"a\\"@x"@example.com',
    ],
)
def test_what_is_not_one_plain_address_never_reaches_ses(mailer: SesMailer, to: str) -> None:
    with Ses() as ses, pytest.raises(RejectedInput, match="no e-mail address"):
        mailer.send(replace(MAIL, to=to))
    assert not ses.requests


@pytest.mark.parametrize(
    ("subject", "sent"),
    [
        ("Hello\r\nBcc: all@example.com", "Hello Bcc: all@example.com"),
        ("a\x00b\x1b[31m", "a b [31m"),
        ("safe \u202etxt.exe", "safe txt.exe"),
        ("  ", "(no subject)"),
        ("👩\u200d💻 می\u200cخواهم", "👩\u200d💻 می\u200cخواهم"),
        ("Ü" * 10_000, "Ü" * 450),
    ],
)
def test_a_subject_stays_one_short_line(mailer: SesMailer, subject: str, sent: str) -> None:
    with Ses() as ses:
        mailer.send(replace(MAIL, subject=subject))
    assert sent_by(ses)["Subject"] == sent
