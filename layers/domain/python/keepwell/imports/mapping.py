"""Mappings: how a foreign file's columns become attributes (product INT-05)."""

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True)
class Source:
    """Where one attribute's text comes from: exactly one of `column` (a header), `constant` (the same text in
    every row) or `row_number` (a text in which `{row}` becomes the row's number, from 1).

    `values` translates a column's texts (compared without case); a text it does not name stays as it is.
    """

    column: str | None = None
    constant: str | None = None
    row_number: str | None = None
    values: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class ImportMapping:
    """A saved mapping, from `mappings/<id>.yaml` of a playbook. `columns` maps attribute names to sources.

    `encoding` is used where a file has no BOM and is not UTF-8. With `clear_blanks` a blank cell empties the
    attribute; otherwise it says nothing.
    """

    id: str
    object: str
    columns: Mapping[str, Source]
    encoding: str | None = None
    clear_blanks: bool = False
