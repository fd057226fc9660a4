"""Mappings: how a foreign file's columns become attributes (product INT-05)."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from keepwell.attributes import Attribute
from keepwell.imports.dialect import AS_FOUND, ReadingAs


@dataclass(frozen=True)
class Step:
    """One function of a chain, by its name in `imports.functions`; `argument` is what JSON can hold."""

    name: str
    argument: Any = None


@dataclass(frozen=True)
class Source:
    """Where one attribute's text comes from: exactly one of `column` (a header), `columns` (several),
    `constant` (the same text in every row) or `row_number` (a text in which `{row}` becomes the row's number,
    from 1).

    `values` translates a column's texts (compared without case); a text it does not name stays as it is. What
    it gives goes through the functions of `then`, one after the other.
    """

    column: str | None = None
    constant: str | None = None
    row_number: str | None = None
    values: Mapping[str, str] = field(default_factory=dict)
    columns: tuple[str, ...] = ()
    then: tuple[Step, ...] = ()

    @property
    def headers(self) -> tuple[str, ...]:
        """The columns it is made of, none where there is no need of one."""
        return self.columns if self.column is None else (self.column,)

    @property
    def steps(self) -> tuple[Step, ...]:
        """Every function, that of `values` first."""
        return (Step("values", self.values), *self.then) if self.values else self.then


@dataclass(frozen=True)
class Complete:
    """That a file is all there is: ids of the feed's last drop that it lacks are missing.

    They get the tag `flag`, if there is one, unless they are more than `at_most` percent of that drop.
    """

    flag: str | None = None
    at_most: float = 10


@dataclass(frozen=True)
class Pull:
    """From where files are fetched: what `bucket` has below `prefix`, each file once; `every` is `hourly`,
    `daily` or as `cron(...)` says (`imports.schedules`), in the tenant's time zone."""

    bucket: str
    prefix: str = ""
    every: str = "daily"


@dataclass(frozen=True)
class ImportMapping:
    """A saved mapping, from `mappings/<id>.yaml` of a playbook. `columns` maps attribute names to sources.

    With `clear_blanks` a blank cell empties the attribute; otherwise it says nothing. It is chosen for a file
    whose name one of the globs of `files` fits, or whose header has all of `headers` (`imports.choosing`).
    `observed_at` is where a row says when it was so, None for the file's time. `creates` are attributes that
    the mapping declares, of its object. `tables` are what its chains look texts up in, by name.
    """

    id: str
    object: str
    columns: Mapping[str, Source]
    clear_blanks: bool = False
    files: tuple[str, ...] = ()
    headers: tuple[str, ...] = ()
    reading: ReadingAs = AS_FOUND
    observed_at: Source | None = None
    complete: Complete | None = None
    pull: Pull | None = None
    creates: tuple[Attribute, ...] = ()
    tables: Mapping[str, Mapping[str, str]] = field(default_factory=dict)

    @property
    def encoding(self) -> str | None:
        """The encoding of a file that has no BOM and is not UTF-8."""
        return self.reading.encoding
