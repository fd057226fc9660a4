"""Proposals: for each column of a file the attribute it probably tells, how sure that is, and why (INT-05).

A wrong proposal that looks sure is worse than none: what is below SURE is for a person to look at, what is
below SHOWN is left out, and where two columns, or two ways to read one, are as likely, a person must choose.
"""

from dataclasses import dataclass, replace

from keepwell.attributes import Kind
from keepwell.imports.mapping import Source

SURE = 80
SHOWN = 50
"""Percent."""


@dataclass(frozen=True)
class ProposedColumn:
    """An attribute and where it comes from; `confidence` in percent. `doubt` is what a person must look at,
    "" if nothing."""

    attribute: str
    source: Source
    confidence: int
    why: str
    sample: str
    doubt: str = ""

    @property
    def header(self) -> str:
        return self.source.column or ""

    @property
    def is_sure(self) -> bool:
        return self.confidence >= SURE


@dataclass(frozen=True)
class OpenQuestion:
    """An attribute that a person must decide on, and the sources there are to choose from. Without one that
    is `needed` nothing can be imported."""

    attribute: str
    why: str
    choices: tuple[Source, ...]
    needed: bool
    headers: tuple[str, ...] = ()


@dataclass(frozen=True)
class LeftOut:
    """A column that nothing takes; `kind` and `source` are those of an attribute made for it."""

    kind: Kind
    source: Source
    sample: str

    @property
    def header(self) -> str:
        return self.source.column or ""


@dataclass(frozen=True)
class Proposal:
    """What becomes of every column of a file; the columns are in the order of the catalogue's attributes."""

    object: str
    rows: int
    columns: tuple[ProposedColumn, ...]
    questions: tuple[OpenQuestion, ...]
    left_out: tuple[LeftOut, ...]

    def with_source(self, attribute: str, source: Source) -> "Proposal":
        """The same where a person has said what an attribute comes from."""
        named = {source.column, *source.columns}
        said = ProposedColumn(attribute, source, 100, "as you said", "")
        others = [each for each in self.columns if each.attribute != attribute]
        return replace(
            self,
            columns=(said, *others),
            questions=tuple(each for each in self.questions if each.attribute != attribute),
            left_out=tuple(each for each in self.left_out if each.header not in named),
        )
