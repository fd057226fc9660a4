"""People at the customer: what others told us of each user, and what segments of users made of it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime

from keepwell.accounts import Facts
from keepwell.attributes import Value
from keepwell.attributes.catalogue import days_in
from keepwell.attributes.people import USER_ID
from keepwell.standings import Membership
from keepwell.usage.rolling import ActiveDays

FORTNIGHT = 14


@dataclass(frozen=True)
class Person:
    """A user of the product at one account.

    `facts` are those of the person (`facts.account_id` is the account's id, `facts.revision` counts the
    writes of this item): Email, First Name, Last Name, Key Contact, Tags and the playbook's user attributes.
    `memberships` are those in segments of users, by the segment's id, decided together with the tags they
    set; `activated` is the newest activation of such a segment that found the person there already (1.14 row
    23). `use` are the days on which the product was used: they are kept elsewhere, and not with the person.
    """

    user_id: str
    facts: Facts
    memberships: Mapping[str, Membership] = field(default_factory=dict)
    activated: datetime | None = None
    use: ActiveDays | None = field(default=None, compare=False)

    @property
    def account_id(self) -> str:
        return self.facts.account_id


def values_of(person: Person, today: date) -> dict[str, Value]:
    """What is known of a person on `today`: the facts, and what is computed where the facts do not tell it.

    Last Activity is the newest day of use, Active Days counts those of the last 14 full days: 0 for who never
    used a product whose use is told.
    """
    facts = person.facts
    counted = {days_in(name): max(0, (today - day).days) for name, day in facts.since.items()}
    return {USER_ID.name: person.user_id, **counted, **_used(person.use, today), **facts.values}


def _used(use: ActiveDays | None, today: date) -> dict[str, Value]:
    """What the days of use up to today make; today is not over yet, and no full day."""
    if use is None:
        return {}
    now = today.toordinal()
    mask = use.mask >> max(0, use.newest - now)
    if not mask:
        return {"Active Days": 0}
    ahead = min(use.newest, now)
    newest = ahead - ((mask & -mask).bit_length() - 1)
    full = mask >> 1 if ahead == now else mask
    days = FORTNIGHT - max(0, now - 1 - ahead)
    active = (full & (1 << days) - 1).bit_count() if days > 0 else 0
    return {"Last Activity": date.fromordinal(newest), "Active Days": active}
