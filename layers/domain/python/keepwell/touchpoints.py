"""Touchpoints: each contact with a customer, and the days of contact they tell of (product 1.9).

Last Touch is the newest day of any touchpoint but an internal note, Last QBR that of a business review. Both
are merged into the account's facts, where they only ever move forward.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime

from keepwell.accounts import Change, Facts, merge
from keepwell.attributes import Attribute, Catalogue, Kind
from keepwell.attributes.catalogue import key_of

SOURCE = "touchpoints"
LAST_TOUCH, LAST_QBR = "Last Touch", "Last QBR"

TYPES = ("Call", "Email", "Meeting", "Web Meeting", "QBR", "Internal Note")
"""The usual types; any other text is one, too."""

_INTERNAL = {key_of("Internal Note"), key_of("Internal Notes")}
_BUSINESS_REVIEW = {key_of("QBR"), key_of("Quarterly Business Review")}

TOUCHPOINT_ID = Attribute("Touchpoint ID", Kind.TEXT)
TOUCHPOINT_ATTRIBUTES = Catalogue(
    (
        TOUCHPOINT_ID,
        Attribute("Type", Kind.TEXT, description=f"Such as {', '.join(TYPES)}"),
        Attribute("Subject", Kind.TEXT),
        Attribute("Content", Kind.TEXT),
        Attribute(
            "Date", Kind.TEXT, description="The tenant's day, or the instant in the tenant's time zone"
        ),
        Attribute("Flow", Kind.TEXT, description="The stage of the journey it belongs to (TCH-04)"),
        Attribute("Created By", Kind.TEXT, description="Who of us it was"),
        Attribute("Participants", Kind.CHOICES),
        Attribute("Reasons", Kind.CHOICES, aliases=("Reason",), description="What it was about, any texts"),
    )
)


@dataclass(frozen=True)
class Touchpoint:
    """One contact with a customer. `facts` are what was told of it, under the names of the CSV's columns;
    `facts.account_id` is the account's id, `facts.revision` counts the writes of this item."""

    touchpoint_id: str
    facts: Facts

    @property
    def account_id(self) -> str:
        return self.facts.account_id

    @property
    def type(self) -> str:
        return self._text("Type")

    @property
    def subject(self) -> str:
        return self._text("Subject")

    @property
    def content(self) -> str:
        return self._text("Content")

    @property
    def flow(self) -> str:
        return self._text("Flow")

    @property
    def created_by(self) -> str:
        return self._text("Created By")

    @property
    def participants(self) -> tuple[str, ...]:
        told = self.facts.values.get("Participants")
        return told if isinstance(told, tuple) else ()

    @property
    def reasons(self) -> tuple[str, ...]:
        told = self.facts.values.get("Reasons")
        return told if isinstance(told, tuple) else ()

    @property
    def day(self) -> date:
        """The tenant's day of it."""
        return date.fromisoformat(self._text("Date")[:10])

    @property
    def at(self) -> datetime | None:
        """The instant of it, where one was told."""
        told = self._text("Date")
        return datetime.fromisoformat(told) if len(told) > len("2026-11-20") else None

    @property
    def source(self) -> str:
        """Who told it first."""
        return self.facts.provenance.source

    @property
    def observed_at(self) -> datetime:
        """When its day was so."""
        return self.facts.observed("Date")

    @property
    def is_internal(self) -> bool:
        return is_internal(self.type)

    @property
    def is_business_review(self) -> bool:
        return key_of(self.type) in _BUSINESS_REVIEW

    def _text(self, name: str) -> str:
        told = self.facts.values.get(name)
        return told if isinstance(told, str) else ""


def is_internal(type_: str) -> bool:
    """Whether touchpoints of this type are notes among ourselves, which are no contact (definitions 1.5)."""
    return key_of(type_) in _INTERNAL


def contacted(
    facts: Facts, touchpoints: Iterable[Touchpoint], change_id: str, today: date, catalogue: Catalogue
) -> Facts | None:
    """The account's facts after these contacts, or None if they say nothing new (reliability S1).

    A later day than the stored one is taken, unless another source told that one after the touchpoints were
    told. `change_id` is the drop that tells them, `today` the tenant's day of it.
    """
    touches = [touchpoint for touchpoint in touchpoints if not touchpoint.is_internal]
    reviews = [touchpoint for touchpoint in touches if touchpoint.is_business_review]
    after = facts
    for name, told in ((LAST_TOUCH, touches), (LAST_QBR, reviews)):
        if not told or catalogue[name].kind is not Kind.DATE:
            continue
        newest = max(touchpoint.day for touchpoint in told)
        stored = facts.values.get(name)
        if isinstance(stored, date) and stored >= newest:
            continue
        observed = max(touchpoint.observed_at for touchpoint in told)
        if facts.exceptions.get(name, facts.provenance).source == SOURCE:
            observed = max(observed, facts.observed(name))
        change = Change(facts.account_id, {name: newest}, SOURCE, observed, today, change_id)
        after = merge(after, change, catalogue) or after
    return None if after is facts else after
