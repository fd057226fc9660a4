"""The layout of an object's files: which columns name a row, which must be filled, how a cell is read."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from keepwell.attributes import Attribute, Value, read_cell

ReadCell = Callable[[Attribute, str, datetime], Value | None]
"""Reads a cell's text; the third argument is the file's time in the tenant's time zone."""


def read_as_it_stands(attribute: Attribute, text: str, _told_at: datetime) -> Value | None:
    """The value that `text` spells, None if it is blank. Raises UnreadableCell."""
    return read_cell(attribute, text)


@dataclass(frozen=True)
class Layout:
    """`keys` are the columns of the ids: the account's first, the row's own last. `required` are others that
    no row may leave blank. Where rows add up, each counts: none replaces another, and no file is older than
    another; otherwise of rows with the same ids the last one counts. A file of which one row may not fit
    another is stored `in_order`: as one shard, its rows judged together; so it is bounded (`planning`).
    """

    keys: tuple[str, ...]
    required: tuple[str, ...] = ()
    adds_up: bool = False
    in_order: bool = False
    read: ReadCell = read_as_it_stands
