"""Telling of a contact with a customer, by hand or on closing a task: a touchpoint, and the days of contact
that it moves (product TCH-04, TCH-05; definitions 1.5)."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from keepwell.accounts import Change, Facts, Provenance, merge
from keepwell.attributes import Value
from keepwell.errors import Conflict
from keepwell.playbook import Playbook
from keepwell.ports import Accounts, Touchpoints
from keepwell.tasks.task import Contact
from keepwell.touchpoints import Touchpoint, contacted

ATTEMPTS = 5


@dataclass(frozen=True)
class ContactBook:
    """The touchpoints, and the accounts whose days of contact they move."""

    accounts: Accounts
    touchpoints: Touchpoints

    def log(
        self,
        contact: Contact,
        account_id: str,
        flow: str,
        by: str,
        request: str,
        now: datetime,
        playbook: Playbook,
    ) -> tuple[Touchpoint, Facts | None]:
        """Log the contact of which a person tells, and the account's facts after it, None if there is no such
        account. The same `request` at an account is one touchpoint."""
        source = f"person:{by}"
        touchpoint_id = _id_of(account_id, request)
        made = touchpoint_of(contact, touchpoint_id, account_id, flow, by, source, now)
        facts = self.write(account_id, [made], source, now, playbook)
        return self.touchpoints.touchpoints_of(account_id, [touchpoint_id]).get(touchpoint_id, made), facts

    def write(
        self,
        account_id: str,
        touchpoints: Sequence[Touchpoint],
        cause: str,
        at: datetime,
        playbook: Playbook,
        change: Change | None = None,
    ) -> Facts | None:
        """Store touchpoints that are not there yet, then the days of contact that they move as they are
        stored, with a change of the account that comes along; its facts then, None where it is gone. Doing it
        twice changes nothing more. `cause` is what told of them, at the moment `at`."""
        stored = [self._stored(touchpoint) for touchpoint in touchpoints]
        day, catalogue = at.astimezone(playbook.time_zone).date(), playbook.catalogue
        for _ in range(ATTEMPTS):
            facts = self.accounts.facts_of([account_id]).get(account_id)
            if facts is None:
                return None
            after = contacted(facts, stored, cause, day, catalogue) or facts
            if change:
                after = merge(after, change, catalogue) or after
            try:
                return self.accounts.put_facts(after) if after is not facts else facts
            except Conflict:
                continue
        raise Conflict(f"the facts of account {account_id} kept changing while a contact was told of")

    def _stored(self, told: Touchpoint) -> Touchpoint:
        """The touchpoint of this id that is there already, else this one, which is stored."""
        there = self.touchpoints.touchpoints_of(told.account_id, [told.touchpoint_id])
        if told.touchpoint_id not in there:
            self.touchpoints.put(told)
        return there.get(told.touchpoint_id, told)


def touchpoint_of(
    contact: Contact, touchpoint_id: str, account_id: str, flow: str, by: str, source: str, at: datetime
) -> Touchpoint:
    """The touchpoint of a contact of which `by` told at a moment; `source` is whose word it is."""
    values: dict[str, Value] = {
        "Type": contact.type,
        "Subject": contact.subject,
        "Content": contact.content,
        "Date": contact.day.isoformat(),
        "Flow": flow,
        "Created By": by,
        "Participants": contact.participants,
        "Reasons": contact.reasons,
    }
    facts = Facts(
        account_id=account_id,
        values={name: value for name, value in values.items() if value not in ("", ())},
        provenance=Provenance(source, at),
        created_at=at,
        created_by=source,
        changed_by=source,
    )
    return Touchpoint(touchpoint_id, facts)


def _id_of(account_id: str, request: str) -> str:
    """The id of the touchpoint that a request logs at an account."""
    source = f"{account_id}/logged by {request}"
    return f"touchpoint_{hashlib.sha256(source.encode()).hexdigest()[:20]}"
