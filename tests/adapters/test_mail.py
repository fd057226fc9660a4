"""Mail through SES (reliability T2, I6 and section 6, "SES")."""

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any
from unittest.mock import patch

import boto3
import pytest
from botocore.client import BaseClient
from botocore.exceptions import ClientError, ConnectTimeoutError

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
    return SesMailer("success@example.com")


def test_a_mail_is_sent_tagged_with_its_delivery(mailer: SesMailer) -> None:
    with Ses() as ses:
        mailer.send(MAIL)
    assert ses.requests == [
        {
            "FromEmailAddress": "success@example.com",
            "Destination": {"ToAddresses": ["ann@example.com"]},
            "Content": {
                "Simple": {
                    "Subject": {"Data": "Harbor Labs is poor – 31 🚨", "Charset": "UTF-8"},
                    "Body": {"Text": {"Data": "Score 31\n", "Charset": "UTF-8"}},
                }
            },
            "EmailTags": [{"Name": "delivery_id", "Value": MAIL.delivery_id}],
        }
    ]


def test_the_request_is_one_that_ses_takes(stack: Names) -> None:
    boto3.client("sesv2").create_email_identity(EmailIdentity="success@example.com")
    boto3.client("sesv2").create_email_identity(EmailIdentity="ann@example.com")
    SesMailer("success@example.com").send(MAIL)


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
        ("Ü" * 10_000, "Ü" * 450),
    ],
)
def test_a_subject_stays_one_short_line(mailer: SesMailer, subject: str, sent: str) -> None:
    with Ses() as ses:
        mailer.send(replace(MAIL, subject=subject))
    assert ses.requests[0]["Content"]["Simple"]["Subject"]["Data"] == sent
