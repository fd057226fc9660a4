"""Digests: the mails that were over somebody's daily cap, in one mail on the next working morning (D6).

A mail in a digest is a delivery that waits, so that what calls it off takes it out. Before it is told it is
called off itself, so that it does not come by itself as well. Interrupted in between, the digest finds by
that what it has to tell of, and is the same mail under the same id.
"""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from keepwell.deliveries import Channel, Delivery, DeliveryState, cancelled
from keepwell.errors import Conflict
from keepwell.noise.gathering import ATTEMPTS, Batch, gather
from keepwell.ports import Deliveries, Wakes
from keepwell.wakes import Purpose, Wake

MOST_TOLD = 100
"""A digest has so many mails at most; of more there is another one."""
LONGEST_SUBJECT, LONGEST_TEXT = 200, 500
"""So many characters of each mail are in a digest, which fits into a row then."""

MAILS = "mails"
IN_DIGEST = "told in the digest"
"""What is said of a mail that a digest has told of."""


@dataclass(frozen=True)
class Digests:
    deliveries: Deliveries
    wakes: Wakes

    def add(self, mail: Delivery) -> None:
        """Put a mail that is stored on its digest."""
        assert mail.digest_at is not None
        email, at = mail.to.casefold(), mail.digest_at
        wake = Wake(f"digest/{email}/{at.isoformat()}", Purpose.SUMMARY, at, content={"email": email})
        gather(self.wakes, wake, MAILS, mail.delivery_id, MOST_TOLD)

    def mails(self, batch: Batch) -> list[Delivery]:
        """Those that a digest is to tell of, as they are now."""
        return [mail for each in batch.entries if (mail := self.deliveries.get(each))]

    def take_out(self, mail: Delivery, why: str, now: datetime) -> Delivery:
        """Call off a mail that waits for its digest; as it is then. One that somebody has called off, or has
        begun to send by itself, stays as it is. Raises Conflict if it kept changing."""
        for _ in range(ATTEMPTS):
            if mail.state is not DeliveryState.WAITING or mail.attempts:
                return mail
            try:
                return self.deliveries.put(cancelled(mail, now, why))
            except Conflict:
                mail = self.deliveries.get(mail.delivery_id) or mail
        raise Conflict(f"delivery {mail.delivery_id} kept changing while it was told in a digest")


def digest_id(batch: Batch) -> str:
    return f"email_{hashlib.sha256(batch.source.encode()).hexdigest()[:20]}"


def digest_of(mails: Sequence[Delivery], delivery_id: str, email: str, now: datetime) -> Delivery:
    """The mail that tells of all these."""
    lines = ["More came up for you than you are interrupted for on one day. The rest:", ""]
    for mail in sorted(mails, key=lambda mail: (mail.created_at, mail.delivery_id)):
        text = shortened(mail.body.strip(), LONGEST_TEXT).splitlines()
        lines += [
            f"- {shortened(mail.subject, LONGEST_SUBJECT)}",
            *(f"  {line}".rstrip() for line in text),
            "",
        ]
    lines.append(f"All that you have to do: keepwell tasks --mine {email}")
    accounts = {mail.account_id for mail in mails}
    return Delivery(
        delivery_id=delivery_id,
        account_id=accounts.pop() if len(accounts) == 1 else "",
        channel=Channel.EMAIL,
        to=email,
        subject=f"{len(mails)} more messages"
        if len(mails) > 1
        else f"Also: {shortened(mails[0].subject, LONGEST_SUBJECT)}",
        body="\n".join(lines) + "\n",
        play="",
        transition_id="",
        created_at=now,
        due_at=now,
    )


def shortened(text: str, most: int) -> str:
    """A text of so many characters at most."""
    return text if len(text) <= most else f"{text[: most - 1]}…"
