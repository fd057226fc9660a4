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

MOST_TOLD = 200
"""A digest has so many mails at most; of more there is another one."""
LONGEST_TEXT = 1_000
"""So many characters of each mail are in a digest."""

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

    def of(self, wake: Wake, now: datetime) -> tuple[Delivery, list[Delivery]] | None:
        """A digest, with the mails it tells of: those that nobody called off; None where there are none."""
        found = [self.deliveries.get(each) for each in wake.content[MAILS]]
        told = [mail for mail in found if mail and mail.digest_at and mail.state is DeliveryState.WAITING]
        return (_digest_of(told, wake, now), told) if told else None

    def settle(self, digest: Delivery, told: Sequence[Delivery], now: datetime) -> None:
        """Call off the mails that a digest tells of, once it is stored."""
        for mail in told:
            cancel(mail.delivery_id, self.deliveries, now, f"told in the digest {digest.delivery_id}")


def _digest_of(mails: Sequence[Delivery], wake: Wake, now: datetime) -> Delivery:
    email = wake.content["email"]
    lines = ["More came up for you than you are interrupted for on one day. The rest:", ""]
    for mail in sorted(mails, key=lambda mail: (mail.created_at, mail.delivery_id)):
        lines += [f"- {mail.subject}", *(f"  {line}".rstrip() for line in _shortened(mail)), ""]
    lines.append(f"All that you have to do: keepwell tasks --mine {email}")
    accounts = {mail.account_id for mail in mails}
    source = f"{wake.wake_id}/{sorted(wake.content[MAILS])}"
    return Delivery(
        delivery_id=f"email_{hashlib.sha256(source.encode()).hexdigest()[:20]}",
        account_id=accounts.pop() if len(accounts) == 1 else "",
        channel=Channel.EMAIL,
        to=email,
        subject=f"{len(mails)} more messages" if len(mails) > 1 else f"Also: {mails[0].subject}",
        body="\n".join(lines) + "\n",
        play="",
        transition_id="",
        created_at=now,
        due_at=now,
    )


def _shortened(mail: Delivery) -> list[str]:
    text = mail.body.strip()
    cut = len(text) > LONGEST_TEXT
    return [*text[:LONGEST_TEXT].splitlines(), *(["(shortened)"] if cut else [])]
