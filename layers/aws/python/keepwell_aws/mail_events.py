"""What SES tells of mails that left, as EventBridge brings it: bounces and complaints."""

from collections.abc import Mapping
from datetime import datetime
from email.utils import parseaddr
from typing import Any

from keepwell.deliveries.suppression import Cause, MailEvent
from keepwell.errors import RejectedInput

# SES says so where a person took a complaint back.
_NO_COMPLAINT = "not-spam"


def mail_event(detail: Mapping[str, Any]) -> MailEvent | None:
    """What is to be heeded of an event; None for a bounce that may pass, such as that of a full mailbox.

    Raises RejectedInput for what is no event of a bounce or a complaint.
    """
    try:
        match detail["eventType"]:
            case "Bounce":
                told = detail["bounce"]
                if told["bounceType"] != "Permanent":
                    return None
                recipients = told["bouncedRecipients"]
                details = [_detail(each, told["bounceSubType"]) for each in recipients]
                return _event(Cause.BOUNCE, detail, told, details)
            case "Complaint":
                told = detail["complaint"]
                kind = told.get("complaintFeedbackType") or "no reason given"
                if kind == _NO_COMPLAINT:
                    return None
                details = [(each["emailAddress"], kind) for each in told["complainedRecipients"]]
                return _event(Cause.COMPLAINT, detail, told, details)
            case other:
                raise RejectedInput(f"an event of SES of type {other!r} is neither Bounce nor Complaint")
    except (LookupError, TypeError, ValueError, AttributeError) as error:
        raise RejectedInput(f"an event of SES cannot be read ({type(error).__name__}: {error})") from None


def _event(
    cause: Cause, detail: Mapping[str, Any], told: Mapping[str, Any], details: list[tuple[str, str]]
) -> MailEvent:
    tagged = detail["mail"].get("tags", {}).get("delivery_id", [])
    return MailEvent(
        cause=cause,
        at=datetime.fromisoformat(told["timestamp"]),
        delivery_id=tagged[0] if tagged else "",
        details=tuple((parseaddr(address)[1], said) for address, said in details),
    )


def _detail(recipient: Mapping[str, Any], kind: str) -> tuple[str, str]:
    said = " ".join(str(recipient.get("diagnosticCode", "")).split())
    return recipient["emailAddress"], said[:200] or kind
