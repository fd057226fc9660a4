"""A template of an object's files: the columns they may have, and one row as an example."""

from collections.abc import Mapping
from dataclasses import dataclass

from keepwell.attributes import Attribute, Kind
from keepwell.imports.objects import ImportObject
from keepwell.playbook import Playbook

_BY_NAME: Mapping[str, str] = {
    "Account ID": "A-1",
    "Account Name": "Harbor Labs",
    "Assignee": "kim@example.com",
    "Availability": "38.5",
    "Closed At": "2026-01-12",
    "Collection": "Contracts",
    "Collection ID": "C-1",
    "Created By": "kim@example.com",
    "Date": "2026-01-12",
    "Email": "kim@example.com",
    "First Name": "Kim",
    "Language": "en",
    "Last Name": "Berg",
    "Manager": "lead@example.com",
    "Name": "Kim Berg",
    "Participants": "kim@example.com, ann@harbor.example",
    "Region": "EMEA",
    "Renewal Type": "Negotiated",
    "Risk Reason": "Budget, Adoption",
    "Role": "Success Manager",
    "Status": "Paying",
    "Success Manager": "kim@example.com",
    "Tags": "key-account, emea",
    "Task ID": "T-1",
    "Teams": "Customer Success",
    "Time": "2026-01-12T09:30:00Z",
    "Timezone": "Europe/Berlin",
    "Touchpoint ID": "TP-1",
    "Type": "Call",
    "User ID": "U-1",
}
_BY_KIND: Mapping[Kind, str] = {
    Kind.TEXT: "any text",
    Kind.NUMBER: "12",
    Kind.DATE: "2026-01-12",
    Kind.YES_NO: "yes",
    Kind.CHOICES: "one, another",
}


@dataclass(frozen=True)
class TemplateColumn:
    """One column: what it may hold, and an example that can be imported as it stands."""

    attribute: Attribute
    needed: bool
    example: str

    @property
    def header(self) -> str:
        return self.attribute.name


def template_of(about: ImportObject, playbook: Playbook) -> list[TemplateColumn]:
    """The columns that files of this object may have, those that no row may leave blank first; what Keepwell
    finds itself is left out."""
    catalogue = about.columns_in(playbook)
    needed = list(dict.fromkeys((*about.layout.keys, *about.layout.required)))
    others = [each.name for each in catalogue if not each.computed and each.name not in needed]
    return [
        TemplateColumn(catalogue[name], name in needed, _example(catalogue[name])) for name in needed + others
    ]


def _example(attribute: Attribute) -> str:
    """A value as a cell holds it; of a list one of its own."""
    known = _BY_NAME.get(attribute.name, "")
    if attribute.values:
        of_list = ", ".join(attribute.values[:2]) if attribute.kind is Kind.CHOICES else attribute.values[0]
        return known if attribute.allowed(known) else of_list
    if attribute.scale:
        return str(attribute.scale[1])
    return known or _BY_KIND.get(attribute.kind, "")
