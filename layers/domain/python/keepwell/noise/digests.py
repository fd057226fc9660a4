"""Digests: the mails that were over somebody's daily cap, in one mail on the next working morning (D6).

A mail in a digest is a delivery that waits, so that what calls it off takes it out. Once it is told it is
called off itself. Interrupted in between, the digest is the same mail under the same id.
"""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import count

from keepwell.deliveries import Channel, Delivery, DeliveryState, cancel
from keepwell.noise.gathering import gather
from keepwell.ports import Deliveries, Wakes
from keepwell.wakes import Purpose, Wake

MOST_TOLD = 100
"""A digest has so many mails at most; of more there is another one."""
LONGEST_SUBJECT, LONGEST_TEXT = 200, 500
"""So many characters of each mail are in a digest, which fits into a row then."""

MAILS = "mails"


@dataclass(frozen=True)
class Digests:
    deliveries: Deliveries
    wakes: Wakes

    def add(self, mail: Delivery) -> None:
        """Put a mail that is stored on its digest."""
        assert mail.digest_at is not None
        email, at = mail.to.casefold(), mail.digest_at
        for part in count(1):
            wake_id = f"digest/{email}/{at.isoformat()}/{part}"
            wake = Wake(wake_id, Purpose.SUMMARY, at, content={"email": email})
            if gather(self.wakes, wake, MAILS, mail.delivery_id, MOST_TOLD):
                return

    def waiting(self, wake: Wake) -> list[Delivery]:
        """The mails of a digest that nobody called off, and that it has not told of yet."""
        found = [self.deliveries.get(each) for each in wake.content[MAILS]]
        return [mail for mail in found if mail and mail.digest_at and mail.state is DeliveryState.WAITING]

    def settle(self, mails: Sequence[Delivery], why: str, now: datetime) -> None:
        """Call off mails of a digest: those that it tells of once it is stored."""
        for mail in mails:
            cancel(mail.delivery_id, self.deliveries, now, why)


def digest_of(mails: Sequence[Delivery], wake: Wake, now: datetime) -> Delivery:
    """The mail that tells of all these."""
    email = wake.content["email"]
    lines = ["More came up for you than you are interrupted for on one day. The rest:", ""]
    for mail in sorted(mails, key=lambda mail: (mail.created_at, mail.delivery_id)):
        text = _shortened(mail.body.strip(), LONGEST_TEXT).splitlines()
        lines += [
            f"- {_shortened(mail.subject, LONGEST_SUBJECT)}",
            *(f"  {line}".rstrip() for line in text),
            "",
        ]
    lines.append(f"All that you have to do: keepwell tasks --mine {email}")
    accounts = {mail.account_id for mail in mails}
    source = f"{wake.wake_id}/{sorted(wake.content[MAILS])}"
    return Delivery(
        delivery_id=f"email_{hashlib.sha256(source.encode()).hexdigest()[:20]}",
        account_id=accounts.pop() if len(accounts) == 1 else "",
        channel=Channel.EMAIL,
        to=email,
        subject=f"{len(mails)} more messages"
        if len(mails) > 1
        else f"Also: {_shortened(mails[0].subject, LONGEST_SUBJECT)}",
        body="\n".join(lines) + "\n",
        play="",
        transition_id="",
        created_at=now,
        due_at=now,
    )


def _shortened(text: str, most: int) -> str:
    return text if len(text) <= most else f"{text[: most - 1]}…"
