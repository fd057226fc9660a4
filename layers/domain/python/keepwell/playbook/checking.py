"""What every part of a playbook is checked for: conditions parse, names resolve, facts are values.

Each check returns the canonical form of what it looked at and notes what is wrong as a finding. The checks of
one kind of part stand with its compilation, in `attributes`, `health`, `segments` and `plays`.
"""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from keepwell.attributes import Attribute, Catalogue, Kind, Value
from keepwell.attributes.cells import read_cell
from keepwell.criteria import Condition, parse
from keepwell.errors import FaultyCondition, RejectedInput
from keepwell.playbook.documents import Place
from keepwell.playbook.findings import Finding, Severity
from keepwell.playbook.loading import Source, Sources


class Checker:
    """The checks of one playbook, with what they found, and the conditions that parsed with their places."""

    def __init__(self, catalogue: Catalogue, sources: Sources):
        self.catalogue = catalogue
        self.sources = sources
        self.findings: list[Finding] = []
        self.conditions: list[tuple[Source[Any], Place, Condition]] = []

    def condition(
        self, source: Source[Any], place: Place, text: str | None, catalogue: Catalogue | None = None
    ) -> Condition | None:
        """A condition on accounts, or on what `catalogue` has; None if there is none, or none that parses."""
        if text is None:
            return None
        try:
            condition = parse(text, catalogue or self.catalogue)
        except FaultyCondition as faulty:
            finding = source.document.finding_within(
                place, faulty.line, faulty.column, faulty.message, faulty.suggestion
            )
            self.findings.append(finding)
            return None
        self.conditions.append((source, place, condition))
        return condition

    def attribute(
        self,
        source: Source[Any],
        place: Place,
        name: str,
        catalogue: Catalogue | None = None,
        *,
        at_key: bool = False,
    ) -> Attribute | None:
        """The attribute of a name, of accounts or in `catalogue`; None if there is none."""
        known = catalogue or self.catalogue
        found = known.find(name)
        if found is None:
            message = f"no attribute is called {name!r}; a new one is declared in attributes/"
            self.note(source, place, message, known.suggest(name), at_key=at_key)
        return found

    def role(self, source: Source[Any], place: Place, role: str) -> str:
        """The attribute that holds whom a role stands for, or the address itself."""
        if "@" in role:
            return role
        found = self.catalogue.find(role)
        if found is None or found.kind is not Kind.TEXT:
            message = f"{role!r} is no role: name an attribute that holds an e-mail address, or an address"
            self.note(source, place, message, self.catalogue.suggest(role) if found is None else None)
            return role
        return found.name

    def facts(
        self,
        source: Source[Any],
        place: Place,
        facts: Mapping[str, str],
        catalogue: Catalogue | None = None,
    ) -> dict[str, tuple[Attribute, Value | None]]:
        """Facts read as CSV cells, by the name given: the attribute, and the value or None for a blank."""
        read = {}
        for given, text in facts.items():
            attribute = self.attribute(source, (*place, given), given, catalogue, at_key=True)
            if attribute is not None:
                read[given] = (attribute, self.value(source, (*place, given), attribute, text))
        return read

    def value(self, source: Source[Any], place: Place, attribute: Attribute, text: str) -> Value | None:
        """The value a text spells; None for a blank, and for what cannot be read."""
        try:
            return read_cell(attribute, text)
        except RejectedInput as rejected:
            self.note(source, place, f"{attribute.name}: {rejected}")
            return None

    def note(
        self,
        source: Source[Any],
        place: Place,
        message: str,
        suggestion: str | None = None,
        *,
        at_key: bool = False,
    ) -> None:
        """Keep a finding at a place of a file."""
        self.findings.append(source.document.finding(place, message, suggestion, at_key=at_key))

    def warn(self, source: Source[Any], place: Place, message: str, suggestion: str | None = None) -> None:
        """Keep a warning at a place of a file."""
        finding = source.document.finding(place, message, suggestion)
        self.findings.append(replace(finding, severity=Severity.WARNING))

    def note_within(
        self,
        source: Source[Any],
        place: Place,
        text: str,
        offset: int,
        message: str,
        suggestion: str | None = None,
    ) -> None:
        """Keep a finding at the character at `offset`, from 0, of the `text` that stands at a place."""
        line = text.count("\n", 0, offset) + 1
        column = offset - text.rfind("\n", 0, offset)
        self.findings.append(source.document.finding_within(place, line, column, message, suggestion))


def canonical(condition: Condition | None) -> str | None:
    """A condition's text for the bundle."""
    return None if condition is None else str(condition)
