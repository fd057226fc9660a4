"""What a playbook must satisfy beyond its shape: conditions parse, names resolve, examples hold.

Each check returns the canonical form of what it looked at and notes what is wrong as a finding.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from fractions import Fraction
from itertools import pairwise
from typing import Any

from keepwell.attributes import Attribute, Catalogue, Kind, Value, standard_catalogue
from keepwell.attributes.catalogue import key_of
from keepwell.attributes.cells import read_cell
from keepwell.attributes.computed import with_computed
from keepwell.criteria import Condition, explain, match, parse
from keepwell.errors import FaultyCondition, RejectedInput
from keepwell.imports.columns import ID
from keepwell.playbook import kinds
from keepwell.playbook.documents import Place
from keepwell.playbook.findings import Finding, nearest
from keepwell.playbook.loading import Source, Sources
from keepwell.playbook.playbook import EndpointKind
from keepwell.plays.context import sample_context, snake
from keepwell.plays.rendering import FaultyTemplate, names_in, try_out

_TEMPLATE_NAMES = {
    "account.id", "account.name", "account.health", "account.health_score",
    "transition.passage", "transition.day", "transition.because", "transition.drivers", "transition.reasons",
    "play.id", "play.name",
}  # fmt: skip


def catalogue_of(sources: Sources) -> Catalogue:
    """The standard attributes with the playbook's own."""
    return standard_catalogue().extended(
        Attribute(
            name=source.says.name,
            kind=source.says.kind,
            values=tuple(source.says.values),
            aliases=tuple(source.says.aliases),
            value_aliases=source.says.value_aliases,
            lifecycle=source.says.lifecycle,
            description=source.says.description,
        )
        for _, source in sorted(sources.of(kinds.Attribute).items())
    )


class Checker:
    """The checks of one playbook, with what they found."""

    def __init__(self, catalogue: Catalogue, sources: Sources):
        self.findings: list[Finding] = []
        self._catalogue = catalogue
        self._sources = sources
        for source in sources.of(kinds.Attribute).values():
            self._listed_values(source)
            self._own_name(source)

    def condition(
        self, source: Source[Any], place: Place, text: str | None, examples: kinds.Examples | None = None
    ) -> str | None:
        """The canonical text of a condition, its examples tried."""
        if text is None:
            if examples is not None:
                self._note(source, ("examples",), "there is no condition that these could be examples of")
            return None
        try:
            condition = parse(text, self._catalogue)
        except FaultyCondition as faulty:
            self.findings.append(
                source.document.finding_within(
                    place, faulty.line, faulty.column, faulty.message, faulty.suggestion
                )
            )
            return text
        if examples is not None:
            self._try_examples(source, condition, examples)
        return str(condition)

    def attribute(self, source: Source[Any], place: Place, name: str, *, at_key: bool = False) -> str:
        """The canonical name of an attribute."""
        found = self._catalogue.find(name)
        if found is None:
            message = f"no attribute is called {name!r}; a new one is declared in attributes/"
            suggestion = self._catalogue.suggest(name)
            self.findings.append(source.document.finding(place, message, suggestion, at_key=at_key))
            return name
        return found.name

    def role(self, source: Source[Any], place: Place, role: str) -> str:
        """The attribute that holds whom a role stands for, or the address itself."""
        if "@" in role:
            return role
        found = self._catalogue.find(role)
        if found is None or found.kind is not Kind.TEXT:
            message = f"{role!r} is no role: name an attribute that holds an e-mail address, or an address"
            self._note(source, place, message, self._catalogue.suggest(role) if found is None else None)
            return role
        return found.name

    def segment(self, source: Source[kinds.Play], segment: str | None) -> str | None:
        """The segment a play is triggered by."""
        known = self._sources.ids(kinds.Segment)
        if segment is not None and segment not in known:
            message = f"no segment is called {segment!r}; the name of its file counts"
            self._note(source, ("trigger", "segment"), message, nearest(segment, known))
        return segment

    def webhook(self, source: Source[kinds.Play], place: Place, webhook: kinds.Webhook) -> dict[str, Any]:
        """An endpoint there is, with what its kind needs."""
        known = self._sources.ids(kinds.Endpoint)
        endpoint = self._sources.of(kinds.Endpoint).get(webhook.endpoint)
        if webhook.endpoint not in known:
            message = f"no endpoint is called {webhook.endpoint!r}"
            self._note(source, (*place, "endpoint"), message, nearest(webhook.endpoint, known))
        elif endpoint and endpoint.says.kind is EndpointKind.SLACK:
            if not (webhook.message or {}).get("text"):
                self._note(source, place, "a slack endpoint needs a message with a text")
            if webhook.event:
                message = "a slack endpoint is sent a message, no event: leave the event out"
                self._note(source, (*place, "event"), message, at_key=True)
        elif endpoint:
            if not webhook.event:
                self._note(source, place, "a signed endpoint needs an event, such as health.became_poor")
            if webhook.message is not None:
                message = "a signed endpoint is sent Keepwell's payload, no message: leave the message out"
                self._note(source, (*place, "message"), message, at_key=True)
        return webhook.model_dump()

    def facts(
        self, source: Source[Any], place: Place, facts: Mapping[str, str]
    ) -> dict[str, tuple[str, Value | None]]:
        """Facts read as a CSV cell is, by the name given: the attribute's own name, and the value or None for
        a blank."""
        read: dict[str, tuple[str, Value | None]] = {}
        for given, text in facts.items():
            name = self.attribute(source, (*place, given), given, at_key=True)
            attribute = self._catalogue.find(name)
            try:
                value = None if attribute is None else read_cell(attribute, text)
            except RejectedInput as rejected:
                self._note(source, (*place, given), f"{name}: {rejected}")
                continue
            read[given] = (name, value)
        return read

    def account_model(self) -> Iterator[Source[kinds.AccountModel]]:
        """The one account model there must be."""
        models = self._sources.of(kinds.AccountModel)
        if not self._sources.ids(kinds.AccountModel) and self._sources.company:
            message = "health/account-model.yaml is missing; the bloc health has one"
            self._note(self._sources.company, ("blocs",), message)
        yield from models.values()

    def profiles(self, in_order: Sequence[Source[kinds.Profile]]) -> None:
        """That first match wins is well defined: distinct orders, and a catch-all at the end, only there."""
        if any(kind is kinds.Profile for kind, _ in self._sources.unread):
            return
        if not in_order:
            if self._sources.company:
                message = "there is no health profile; the bloc health has four"
                self._note(self._sources.company, ("blocs",), message)
            return
        for before, after in pairwise(in_order):
            if before.says.order == after.says.order:
                message = (
                    f"{after.says.order} is also the order of the profile {before.id}; each needs its own"
                )
                self._note(after, ("order",), message)
            if before.says.criteria is None:
                message = f"without criteria it takes every account, so that {after.id} is never reached"
                self._note(before, (), message)
        if in_order[-1].says.criteria is not None:
            message = "the last profile must take every account that is left: leave out its criteria"
            self._note(in_order[-1], ("criteria",), message)

    def dimension_weights(self, source: Source[kinds.Profile]) -> None:
        """That they sum to 100, exactly as written."""
        weights = [dimension.weight for dimension in source.says.dimensions]
        total = sum((Fraction(str(weight)) for weight in weights), Fraction())
        if weights and total != 100:
            written = " + ".join(f"{weight:g}" for weight in weights)
            message = f"the weights of the dimensions must sum to 100: {written} = {float(total):g}"
            self._note(source, ("dimensions",), message, at_key=True)

    def templates(self, source: Source[kinds.Play]) -> None:
        """That every text of a play is a template that can be filled in and reads only names there are."""
        known = _TEMPLATE_NAMES | {f"account.{snake(attribute.name)}" for attribute in self._catalogue}
        sample = sample_context(self._catalogue)
        for place, text in _texts(source.says.model_dump(mode="json")):
            if place[0] not in ("tasks", "emails", "webhooks"):
                continue
            try:
                names = names_in(text)
                try_out(text, sample)
            except FaultyTemplate as faulty:
                message = f"the template cannot be filled in: {faulty.reason}"
                self._note_within(source, place, text, faulty.offset, message, faulty.suggestion)
                continue
            for name, offset in _first_two_steps(names).items():
                if name not in known:
                    message = f"a template knows no {name}"
                    self._note_within(source, place, text, offset, message, nearest(name, known))

    def _own_name(self, source: Source[kinds.Attribute]) -> None:
        """That the name and the aliases are not the name of another attribute; that what Keepwell reads and
        computes itself stays of its kind."""
        says = source.says
        others = [
            *standard_catalogue(),
            *(other.says for other in self._sources.of(kinds.Attribute).values()),
        ]
        names = {key_of(other.name): other.name for other in others if other.name != says.name}
        if (other := names.get(key_of(says.name))) is not None:
            message = f"{says.name!r} and {other!r} are one name to a file: write {other!r} to replace it"
            self._note(source, ("name",), message, other)
        for place, alias in enumerate(says.aliases):
            if (other := names.get(key_of(alias))) is not None:
                self._note(source, ("aliases", place), f"{alias!r} is the name of the attribute {other}")
        standard = {attribute.name: attribute for attribute in standard_catalogue()}.get(says.name)
        if standard and (standard.computed or standard.name == ID) and standard.kind is not says.kind:
            message = f"Keepwell itself fills {says.name}: its kind stays {standard.kind}"
            self._note(source, ("kind",), message)

    def _listed_values(self, source: Source[kinds.Attribute]) -> None:
        says = source.says
        if says.kind in (Kind.CHOICE, Kind.ORDERED) and not says.values:
            self._note(source, ("kind",), f"an attribute of kind {says.kind} needs values")
        if says.values and says.kind not in (Kind.CHOICE, Kind.ORDERED, Kind.CHOICES):
            self._note(source, ("values",), f"an attribute of kind {says.kind} has no list of values")
        if says.lifecycle and says.kind not in (Kind.CHOICE, Kind.ORDERED):
            self._note(source, ("lifecycle",), "a lifecycle has stages: its kind is choice or ordered")
        for alias, value in says.value_aliases.items():
            if value not in says.values:
                message = f"{value!r} is not one of the values"
                self._note(source, ("value_aliases", alias), message, nearest(value, says.values))

    def _try_examples(self, source: Source[Any], condition: Condition, examples: kinds.Examples) -> None:
        for expected, key, cases in ((True, "match", examples.match), (False, "no_match", examples.no_match)):
            for number, facts in enumerate(cases):
                place: Place = ("examples", key, number)
                noted = len(self.findings)
                read = self.facts(source, place, facts)
                if len(self.findings) > noted:
                    continue
                known = {name: value for name, value in read.values() if value is not None}
                values = with_computed(known, {}, examples.on)
                if (match(condition, values, examples.on) is True) is expected:
                    continue
                leaves = explain(condition, values, examples.on)
                because = "; ".join(f"{leaf.condition}: {_answer(leaf.matches)}" for leaf in leaves)
                wrong = "should match and does not" if expected else "should not match and does"
                self._note(source, place, f"this example {wrong} on {examples.on} ({because})")

    def _note_within(
        self,
        source: Source[Any],
        place: Place,
        text: str,
        offset: int,
        message: str,
        suggestion: str | None,
    ) -> None:
        line = text.count("\n", 0, offset) + 1
        column = offset - text.rfind("\n", 0, offset)
        self.findings.append(source.document.finding_within(place, line, column, message, suggestion))

    def _note(
        self,
        source: Source[Any],
        place: Place,
        message: str,
        suggestion: str | None = None,
        *,
        at_key: bool = False,
    ) -> None:
        self.findings.append(source.document.finding(place, message, suggestion, at_key=at_key))


def _answer(matches: bool | None) -> str:
    return "unknown" if matches is None else "yes" if matches else "no"


def _first_two_steps(names: Mapping[str, int]) -> dict[str, int]:
    """`transition.reasons[0].value` is known by `transition.reasons`."""
    return {".".join(re.split(r"[.\[]", name)[:2]): offset for name, offset in names.items()}


def _texts(value: Any, place: Place = ()) -> Iterator[tuple[Place, str]]:
    """Every text in nested lists and mappings, with its place."""
    if isinstance(value, str):
        yield place, value
    elif isinstance(value, Mapping):
        for key, part in value.items():
            yield from _texts(part, (*place, key))
    elif isinstance(value, list):
        for number, part in enumerate(value):
            yield from _texts(part, (*place, number))
