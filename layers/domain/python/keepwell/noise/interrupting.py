"""When a mail may interrupt a member: not in quiet hours, and so often on a day at most (D6).

What somebody is interrupted by is noted in a control row `interrupts#<email>`, as the ids of the mails by the
days of the member's time zone, before they are stored: asked for again, a mail does not count again. The row
changes only as it was read, and not at all once a day is full: whoever is slower meets a day that is fuller.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import Protocol

from keepwell.deliveries import Channel, Delivery, DeliveryState
from keepwell.noise.manners import Manners
from keepwell.ports import Control, Deliveries, Team
from keepwell.working_time import shown

KEPT = timedelta(days=7)
"""So long a day is noted after it was."""

WITHOUT_DIGEST = timedelta(days=1)
"""So long after its digest was due, and not in quiet times, a mail goes by itself where that could not be
sent."""


class Admit(Protocol):
    """When a mail may come: see `Interrupting.admit`."""

    def __call__(
        self, mail: Delivery, manners: Manners, /, *, urgent: bool = False, noting: bool = True
    ) -> Delivery: ...


def at_once(mail: Delivery, _manners: Manners, /, *, urgent: bool = False, noting: bool = True) -> Delivery:  # noqa: ARG001  as every Admit's
    """Any mail may come at once, where there is no team to look at."""
    return mail


@dataclass(frozen=True)
class Interrupting:
    team: Team
    control: Control
    deliveries: Deliveries

    def admit(
        self, mail: Delivery, manners: Manners, /, *, urgent: bool = False, noting: bool = True
    ) -> Delivery:
        """A mail as it may come: when it was to, once the quiet hours are over, or in the next digest.

        Mails to others than members, and webhooks, stay as they are; so do those that are `urgent`, which
        count all the same. Without `noting` it is only to be known.
        """
        email, calendar = mail.to.casefold(), manners.calendar
        if mail.channel is not Channel.EMAIL or (manners.daily_cap is None and calendar.quiet_from is None):
            return mail
        member = self.team.members_of([email]).get(email)
        if member is None:
            return mail
        zone, quiet = manners.zone_of(member), None if urgent else manners.quiet_times_of(member)
        mail = replace(mail, quiet=quiet)
        comes = quiet.over_from(mail.due_at) if quiet else mail.due_at
        day, cap = comes.astimezone(zone).date(), manners.daily_cap
        fits = cap is None or self._fits(mail.delivery_id, email, day, cap, noting=noting)
        if not fits and not urgent:
            morning = calendar.morning_after(mail.due_at, zone)
            late = calendar.may_disturb_from(morning + WITHOUT_DIGEST, zone)
            told = f"held back for the digest of {shown(morning, zone)}: over the daily cap of {cap}"
            return replace(mail, due_at=late, held_until=late, digest_at=morning, put_off=told)
        if quiet is None or comes == mail.due_at:
            return mail
        return replace(mail, due_at=comes, held_until=comes, put_off=quiet.told(comes))

    def _fits(self, delivery_id: str, email: str, day: date, cap: int, *, noting: bool) -> bool:
        """Whether a mail is among the first of a day, which is noted. One that was called off before
        any sender had it is not."""
        key = f"interrupts#{email}"
        while True:
            row = self.control.get(key)
            noted: Sequence[str] = (row or {}).get(day.isoformat(), ())
            if delivery_id in noted:
                return True
            if len(noted) >= cap:
                noted = [each for each in noted if not self._was_called_off(each)]
            if len(noted) >= cap:
                return False
            if not noting:
                return True
            after = {**_lately(row or {}, day), day.isoformat(): [*noted, delivery_id]}
            if self.control.swap(key, row, after):
                return True

    def _was_called_off(self, delivery_id: str) -> bool:
        """Whether a mail that was noted comes no more, and no sender ever had it, so that nobody was
        interrupted; one that is not stored yet is still to come."""
        mail = self.deliveries.get(delivery_id)
        if mail is None or mail.state is not DeliveryState.CANCELLED:
            return False
        return not mail.withdrawn and len(mail.attempts) == 1


def _lately(row: Mapping[str, Sequence[str]], day: date) -> Mapping[str, Sequence[str]]:
    """The days of a row that are not long past."""
    return {told: ids for told, ids in row.items() if date.fromisoformat(told) > day - KEPT}
