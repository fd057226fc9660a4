"""People at the customer: what others told us of each user, and what segments of users made of it."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from keepwell.accounts import Facts
from keepwell.standings import Membership


@dataclass(frozen=True)
class Person:
    """A user of the product at one account.

    `facts` are those of the person (`facts.account_id` is the account's id, `facts.revision` counts the
    writes of this item): Email, First Name, Last Name, Key Contact, Tags and the playbook's user attributes.
    `memberships` are those in segments of users, by the segment's id, decided together with the tags they
    set.
    """

    user_id: str
    facts: Facts
    memberships: Mapping[str, Membership] = field(default_factory=dict)

    @property
    def account_id(self) -> str:
        return self.facts.account_id
