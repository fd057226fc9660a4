"""Mail through SES v2."""

import re
from email.message import EmailMessage
from email.policy import SMTP

from botocore.exceptions import ClientError

from keepwell.deliveries import Delivery
from keepwell.deliveries.mail_html import as_html
from keepwell.errors import RejectedInput
from keepwell_aws.clients import sesv2
from keepwell_aws.failures import error_code, translated

_SES_NEVER_TAKES_IT = {"MessageRejected", "BadRequestException", "InvalidParameterValue"}
_SENDER = {"MailFromDomainNotVerifiedException", "MailFromDomainNotVerified"}
_UNVERIFIED = "not verified"
# Stricter than the standard, which allows quoted names and comments.
_ADDRESS = re.compile(r"(?!.*=\?)[\w.!#$%&'*+/=?^`{|}~-]+@[\w-]+(\.[\w-]+)+", re.ASCII)
_LONGEST_SUBJECT = 900  # a header line ends at 998 bytes


class SesMailer:
    """Sends plain text, with HTML beside it, from one verified sender.

    SES has no idempotency key, so each mail is tagged with its delivery's id: the tag shows in the `events`
    (a configuration set) of bounces and complaints. The same id makes the Message-ID. SES puts its own over
    it, so it stands among the references, too, by which mail programs show a repetition beside the first.
    """

    def __init__(self, sender: str, events: str):
        self._sender = sender
        self._events = events

    def send(self, delivery: Delivery) -> None:
        recipient = _address(delivery.to)
        with translated(f"mailing {delivery.delivery_id!r}"):
            try:
                sesv2().send_email(
                    FromEmailAddress=self._sender,
                    Destination={"ToAddresses": [recipient]},
                    Content={"Raw": {"Data": self.message(delivery, recipient)}},
                    EmailTags=[{"Name": "delivery_id", "Value": delivery.delivery_id}],
                    ConfigurationSetName=self._events,
                )
            except ClientError as error:
                if error_code(error) not in _SES_NEVER_TAKES_IT | _SENDER:
                    raise
                raise RejectedInput(self._mend(error, recipient)) from error

    def message(self, delivery: Delivery, recipient: str) -> bytes:
        """The mail as it leaves: the same to the byte however often it is made."""
        message, domain = EmailMessage(SMTP), self._sender.rpartition("@")[2]
        message["From"] = self._sender
        message["To"] = recipient
        message["Subject"] = _one_line(delivery.subject)
        message["Message-ID"] = message["References"] = f"<{delivery.delivery_id}@{domain}>"
        message["Auto-Submitted"] = "auto-generated"
        message.set_content(delivery.body, cte="base64")
        message.add_alternative(as_html(delivery.body), subtype="html", cte="base64")
        message.set_boundary(delivery.delivery_id)
        return message.as_bytes()

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


_JOINERS = "\u200c\u200d"
"""Not printed, but between what is: emoji of several parts, Persian and Indic words."""


def _one_line(subject: str) -> str:
    """A subject without line breaks and control characters, which would begin another header.

    Nor does it hold what stands for such: Python decodes `=?utf-8?q?=0d=0aBcc:…?=` wherever it meets it.
    """
    line = " ".join("".join(c if c.isprintable() or c in _JOINERS else " " for c in subject).split())
    line = line.replace("=?", "= ?")
    return line.encode()[:_LONGEST_SUBJECT].decode(errors="ignore") or "(no subject)"
