"""Who and what belongs to an account, as `keepwell account` tells it."""

from collections.abc import Iterable
from typing import Any

from keepwell.accounts import Facts
from keepwell.attributes import TAGS, Catalogue, show_cell
from keepwell.collections import COLLECTION, ChildRecord
from keepwell.people import Person
from keepwell.ports import Team
from keepwell.touchpoints import Touchpoint

LATEST_TOUCHPOINTS = 10


def assignments(facts: Facts, catalogue: Catalogue, team: Team) -> list[dict[str, Any]]:
    """Who has which role, in the order of the roles. `member` tells whether that is one of the team, and is
    None where there is no team to be of."""
    told = {role.name: facts.values.get(role.name) for role in catalogue if role.role}
    held = {role: email for role, email in told.items() if isinstance(email, str)}
    members = team.members_of(sorted({email.strip().lower() for email in held.values()}))
    elsewhere = False if members or any(True for _ in team.members()) else None
    return [
        {
            "role": role,
            "email": email,
            "name": member.name if (member := members.get(email.strip().lower())) else None,
            "member": True if member else elsewhere,
        }
        for role, email in held.items()
    ]


def person(person: Person) -> dict[str, Any]:
    """One of the people at the customer."""
    told = person.facts.values
    tags = told.get(TAGS.name)
    return {
        "user_id": person.user_id,
        "name": " ".join(str(told[part]) for part in ("First Name", "Last Name") if part in told),
        "email": told.get("Email"),
        "key_contact": told.get("Key Contact"),
        "tags": list(tags) if isinstance(tags, tuple) else [],
    }


def latest(touchpoints: Iterable[Touchpoint]) -> list[dict[str, Any]]:
    """The latest contacts, newest first."""
    in_order = sorted(touchpoints, key=lambda each: (each.day, each.touchpoint_id), reverse=True)
    return [contact(each) for each in in_order[:LATEST_TOUCHPOINTS]]


def contact(touchpoint: Touchpoint) -> dict[str, Any]:
    """One contact with the customer."""
    return {
        "touchpoint_id": touchpoint.touchpoint_id,
        "date": (touchpoint.at or touchpoint.day).isoformat(),
        "type": touchpoint.type,
        "subject": touchpoint.subject,
        "flow": touchpoint.flow,
        "created_by": touchpoint.created_by,
        "participants": list(touchpoint.participants),
        "reasons": list(touchpoint.reasons),
    }


def record(record: ChildRecord) -> dict[str, Any]:
    """One record of a collection."""
    told = sorted(record.facts.values.items())
    return {
        "collection_id": record.record_id,
        "collection": record.collection,
        "facts": {name: show_cell(value) for name, value in told if name != COLLECTION.name},
    }
