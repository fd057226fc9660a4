"""Collections: lists of what an account has, such as subscriptions (product, glossary; interfaces, "CSV").

A record is known by its id within the account. What can be told of it is declared in a playbook's attributes/
with `of: collection`; the lists are told apart by the attribute Collection.
"""

from dataclasses import dataclass
from functools import cache

from keepwell.accounts import Facts
from keepwell.attributes import Attribute, Catalogue, Kind

RECORD_ID = Attribute("Collection ID", Kind.TEXT, description="The key of the record, within the account")
COLLECTION = Attribute("Collection", Kind.TEXT, description="The list it is in, such as Subscriptions")
STANDARD_RECORD_ATTRIBUTES: tuple[Attribute, ...] = (RECORD_ID, COLLECTION)


@cache
def standard_record_catalogue() -> Catalogue:
    """The catalogue of the attributes that every record has."""
    return Catalogue(STANDARD_RECORD_ATTRIBUTES)


@dataclass(frozen=True)
class ChildRecord:
    """One record of an account. `facts` are what was told of it; `facts.account_id` is the account's id,
    `facts.revision` counts the writes of this item."""

    record_id: str
    facts: Facts

    @property
    def account_id(self) -> str:
        return self.facts.account_id

    @property
    def collection(self) -> str:
        """The list it is in; nothing where the account has but one."""
        told = self.facts.values.get(COLLECTION.name)
        return told if isinstance(told, str) else ""
