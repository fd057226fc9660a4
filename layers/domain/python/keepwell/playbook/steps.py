"""What lint says of one column of a mapping: its functions, their order, and what they come to."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from keepwell.attributes import Attribute, Kind
from keepwell.errors import RejectedInput
from keepwell.imports.chain import gives_several, with_tables
from keepwell.imports.functions import FUNCTIONS, Use, folded
from keepwell.imports.mapping import Step
from keepwell.imports.written_dates import FaultyFormat
from keepwell.playbook import kinds, sources
from keepwell.playbook.checking import Checker
from keepwell.playbook.documents import Place
from keepwell.playbook.findings import nearest
from keepwell.playbook.loading import Source

_MAY_BE: Mapping[Kind, tuple[Kind, ...]] = {
    Kind.DATE: (Kind.DATE, Kind.TEXT),
    Kind.NUMBER: (Kind.NUMBER, Kind.CHOICE, Kind.ORDERED, Kind.TEXT),
    Kind.TEXT: (Kind.TEXT,),
}
"""What an attribute may be that is told what a function gives."""

_KEEPS = ("trim", "upper", "lower", "default", "coalesce")
"""Functions after which a date is a date still, and a number a number."""


@dataclass(frozen=True)
class MappedColumn:
    """One column of a mapping as it is written, and what it fills; `attribute` is None if that is unknown."""

    source: Source[kinds.Mapping]
    place: Place
    says: sources.Source
    attribute: Attribute | None
    read: Callable[[Attribute, str], object]
    is_id: bool = False

    @property
    def steps(self) -> list[tuple[Place, Step]]:
        """The functions with their places; that of `values` is none of them."""
        pairs = [next(iter(step.items())) for step in self.says.then]
        return [
            ((*self.place, "then", number, name), Step(name, argument))
            for number, (name, argument) in enumerate(pairs)
        ]

    def check(self, check: Checker) -> None:
        """Note what cannot be used, cannot come in this order or gives what the attribute cannot be."""
        usable = [self._can_be_used(place, step, check) for place, step in self.steps]
        if all(usable):
            self._check_order(check)
            self._check_kinds(check)
            self._check_values(check)

    def _can_be_used(self, place: Place, step: Step, check: Checker) -> bool:
        tables = self.source.says.tables
        if step.name not in FUNCTIONS:
            message = f"there is no function {step.name!r}; there are {', '.join(FUNCTIONS)}"
            check.note(self.source, place, message, nearest(step.name, FUNCTIONS), at_key=True)
            return False
        if step.name == "lookup" and isinstance(step.argument, str) and step.argument not in tables:
            there = f"there are {', '.join(tables)}" if tables else "add it under tables"
            message = f"there is no table {step.argument!r} in this mapping; {there}"
            check.note(self.source, place, message, nearest(step.argument, tables))
            return False
        if step.name == "default" and self.is_id:
            check.note(
                self.source, place, "an id has no default: all rows without one would be one", at_key=True
            )
            return False
        try:
            found = with_tables((step,), tables)[0] if isinstance(step.argument, str) else step
            FUNCTIONS[step.name].prepare(found.argument, Use())
        except FaultyFormat as faulty:
            text = step.argument
            if isinstance(text, str):
                check.note_within(self.source, place, text, faulty.offset, faulty.message, faulty.suggestion)
            else:
                check.note(self.source, place, faulty.message, faulty.suggestion)
            return False
        return True

    def _check_order(self, check: Checker) -> None:
        several = self.says.columns is not None
        for place, step in self.steps:
            if FUNCTIONS[step.name].needs_several and not several:
                message = (
                    f"{step.name} makes one of several texts, and here is one: name several under columns, "
                    "or split first"
                )
                check.note(self.source, place, message, at_key=True)
            several = gives_several(step, several)
        if several:
            what = self.attribute.name if self.attribute else "this"
            message = (
                f'{what} takes several texts and holds one: add {{join: "-"}}, concat or coalesce to then'
            )
            check.note(self.source, self.steps[-1][0] if self.steps else (*self.place, "columns"), message)

    def _check_kinds(self, check: Checker) -> None:
        told: Step | None = None
        at = self.place
        for place, step in self.steps:
            if step.name in ("date", "number") and told:
                message = f"{step.name} cannot read what {told.name} gives; write one of them"
                check.note(self.source, place, message, at_key=True)
                return
            if FUNCTIONS[step.name].tells:
                told, at = step, place
            elif step.name not in _KEEPS:
                told = None
        kind = FUNCTIONS[told.name].tells if told else None
        if told and kind and self.attribute and self.attribute.kind not in _MAY_BE[kind]:
            message = (
                f"{self.attribute.name} is of the kind {self.attribute.kind}, which {told.name} cannot give"
            )
            check.note(self.source, at, message, at_key=True)

    def _check_values(self, check: Checker) -> None:
        """That what the attribute is told in so many words is a value of it."""
        for place, text in self._texts():
            try:
                if self.attribute and text.strip():
                    self.read(self.attribute, text)
            except RejectedInput as rejected:
                near = self.attribute.suggest(text) if self.attribute and self.attribute.values else None
                said = str(rejected).removesuffix(f"; did you mean {near}?")
                check.note(self.source, place, f"{self.attribute and self.attribute.name}: {said}", near)

    def _texts(self) -> Iterator[tuple[Place, str]]:
        """What the functions at the end may give, as far as the mapping says it."""
        if self.says.constant is not None:
            yield (*self.place, "constant"), self.says.constant
        for place, step in reversed(self.steps):
            if step.name == "default":
                yield place, str(step.argument)
            elif step.name in ("values", "lookup"):
                yield from self._of_table(place, step)
                return
            elif not (step.name == "coalesce" or self._lists_values(step)):
                return
        for text, value in self.says.values.items():
            yield (*self.place, "values", text), value

    def _lists_values(self, step: Step) -> bool:
        """Whether a step makes a list of values of single ones."""
        listed = self.attribute is not None and self.attribute.kind is Kind.CHOICES
        return listed and step.name in ("join", "concat") and str(step.argument).strip() == ","

    def _of_table(self, place: Place, step: Step) -> Iterator[tuple[Place, str]]:
        if step.name == "lookup":
            place, table = ("tables", step.argument), self.source.says.tables[step.argument]
        else:
            table = step.argument
        for text, value in table.items():
            yield (*place, text), value


def check_texts(source: Source[Any], place: Place, table: Mapping[str, str], check: Checker) -> None:
    """That a table has no text twice: they are compared without case."""
    seen: dict[str, str] = {}
    for text in table:
        (key,) = folded({text: ""})
        if key in seen:
            message = f"{text!r} and {seen[key]!r} are one text: case does not count"
            check.note(source, (*place, text), message, at_key=True)
        seen[key] = text
