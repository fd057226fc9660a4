"""Mail through SES v2."""

import re

from botocore.exceptions import ClientError

from keepwell.deliveries import Delivery
from keepwell.errors import RejectedInput
from keepwell_aws.clients import sesv2
from keepwell_aws.failures import error_code, translated

_SES_NEVER_TAKES_IT = {"MessageRejected", "BadRequestException", "InvalidParameterValue"}
_SENDER = {"MailFromDomainNotVerifiedException", "MailFromDomainNotVerified"}
_UNVERIFIED = "not verified"
# Stricter than the standard, which allows quoted names and comments.
_ADDRESS = re.compile(r"[\w.!#$%&'*+/=?^`{|}~-]+@[\w-]+(\.[\w-]+)+", re.ASCII)
_LONGEST_SUBJECT = 900  # a header line ends at 998 bytes


class SesMailer:
    """Sends plain text from one verified sender. SES has no idempotency key, so each mail is tagged with its
    delivery's id: the tag shows in bounce and delivery events."""

    def __init__(self, sender: str):
        self._sender = sender

    def send(self, delivery: Delivery) -> None:
        recipient = _address(delivery.to)
        with translated(f"mailing {delivery.delivery_id!r}"):
            try:
                sesv2().send_email(
                    FromEmailAddress=self._sender,
                    Destination={"ToAddresses": [recipient]},
                    Content={
                        "Simple": {
                            "Subject": {"Data": _one_line(delivery.subject), "Charset": "UTF-8"},
                            "Body": {"Text": {"Data": delivery.body, "Charset": "UTF-8"}},
                        }
                    },
                    EmailTags=[{"Name": "delivery_id", "Value": delivery.delivery_id}],
                )
            except ClientError as error:
                if error_code(error) not in _SES_NEVER_TAKES_IT | _SENDER:
                    raise
                raise RejectedInput(self._mend(error, recipient)) from error

    def _mend(self, error: ClientError, recipient: str) -> str:
        reason = error.response["Error"].get("Message", str(error))
        if _UNVERIFIED in reason or error_code(error) in _SENDER:
            return (
                f"SES refused the mail: {reason} Verify the sender {self._sender} "
                f"(aws sesv2 create-email-identity --email-identity {self._sender}); "
                f"while the SES account is in its sandbox, the recipient {recipient} too"
            )
        return (
            f"SES refused the mail to {recipient}: {reason} Mend the address or the text, then send it anew"
        )


def _address(text: str) -> str:
    """One plain address, with which no second header or recipient can be smuggled in."""
    if not _ADDRESS.fullmatch(text):
        raise RejectedInput(f"{text!r} is no e-mail address; mend the attribute or the play's recipient")
    return text


def _one_line(subject: str) -> str:
    """A subject without line breaks and control characters, which would begin another header."""
    line = " ".join("".join(c if c.isprintable() else " " for c in subject).split())
    return line.encode()[:_LONGEST_SUBJECT].decode(errors="ignore") or "(no subject)"
