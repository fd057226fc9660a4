"""Rows: each becomes a change of one account's facts or a reject with every fault it has (product INT-04)."""

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from keepwell.accounts import Change
from keepwell.attributes import Attribute, Catalogue, Value
from keepwell.attributes.cells import quoted, read_cell, with_decimal_point
from keepwell.errors import RejectedInput
from keepwell.imports.columns import ID, Column, Columns
from keepwell.imports.reading import Fault
from keepwell.imports.report import Reject

MAX_ID_CHARACTERS = 256


@dataclass(frozen=True)
class ShardRow:
    """A row as it stands in a shard; the line and number are those of `reading.Row`."""

    line: int
    number: int
    account_id: str
    cells: tuple[str, ...]
    fault: Fault | None

    def reject(self, *faults: Fault) -> Reject:
        return Reject(self.line, self.cells, faults)

    def reject_unnamed(self, fault: Fault, id_place: int | None) -> Reject:
        """A reject without its id (`Fault.hides_id`)."""
        cells = tuple("" if place == id_place else cell for place, cell in enumerate(self.cells))
        return Reject(self.line, cells, (fault,))


@dataclass(frozen=True)
class Candidate:
    """A row that can be read, and the change it asks for."""

    row: ShardRow
    change: Change


@dataclass(frozen=True)
class Telling:
    """What all changes of one import have in common (see `accounts.Change`)."""

    change_id: str
    source: str
    observed_at: datetime
    fill_only: bool
    time_zone: ZoneInfo
    catalogue: Catalogue


def read_shard(content: bytes) -> tuple[dict[str, Any], list[ShardRow]]:
    """A shard's head (`headers` and `columns`) and its rows."""
    head, *lines = content.splitlines()
    return json.loads(head), [_shard_row(json.loads(line)) for line in lines]


def _shard_row(fields: dict[str, Any]) -> ShardRow:
    fault = Fault(**fields["fault"]) if "fault" in fields else None
    return ShardRow(fields["line"], fields["number"], fields["id"], tuple(fields["cells"]), fault)


def judge(
    rows: Iterable[ShardRow], columns: Columns, telling: Telling, later: Mapping[str, int] | None = None
) -> Iterator[Candidate | Reject]:
    """One outcome for every row, in order. Of rows with one id the last counts, even if it is faulty.

    Where `rows` are a part of the file, `later` gives the lines of the last rows of ids that stand in it more
    than once.
    """
    rows = list(rows)
    attributes = {attribute.name: attribute for attribute in telling.catalogue}
    last = {row.account_id: row.line for row in rows if row.fault is None} | (later or {})
    for row in rows:
        if row.fault:
            yield row.reject_unnamed(row.fault, columns.id.place if row.fault.hides_id else None)
        elif id_fault := _id_fault(row, columns):
            yield row.reject(id_fault)
        elif last[row.account_id] != row.line:
            yield row.reject_unnamed(_repeated(row, columns.id, last[row.account_id]), columns.id.place)
        else:
            yield _read(row, columns, attributes, telling)


def _read(
    row: ShardRow, columns: Columns, attributes: Mapping[str, Attribute], telling: Telling
) -> Candidate | Reject:
    values: dict[str, Value] = {}
    cleared: set[str] = set()
    faults: list[Fault] = []
    for column in columns.attributes:
        text = column.text(row.cells, row.number)
        try:
            value = _value(attributes.get(column.attribute), column, text)
        except RejectedInput as error:
            faults.append(_cell_fault(column, text, str(error)))
            continue
        if value is not None:
            values[column.attribute] = value
        elif columns.clear_blanks:
            cleared.add(column.attribute)
    if faults:
        return row.reject(*faults)
    change = Change(
        account_id=row.account_id,
        values=values,
        source=telling.source,
        observed_at=telling.observed_at,
        day=telling.observed_at.astimezone(telling.time_zone).date(),
        change_id=telling.change_id,
        cleared=frozenset(cleared),
        fill_only=telling.fill_only,
    )
    return Candidate(row, change)


def _value(attribute: Attribute | None, column: Column, text: str) -> Value | None:
    if attribute is None:
        raise RejectedInput(
            f"{column.attribute} is no attribute of the playbook any more; drop the file again"
        )
    return read_cell(attribute, text)


def _cell_fault(column: Column, text: str, reason: str) -> Fault:
    """`reason` repeats the cell's text; its group does not, so that alike faults are counted together."""
    group = reason.replace(quoted(text.strip()), '"…"')
    if point := with_decimal_point(text):
        group = group.removesuffix(point) + "a decimal point" if group.endswith(f"write {point}") else group
    return Fault(column.header, reason, value=text, group=group)


def _id_fault(row: ShardRow, columns: Columns) -> Fault | None:
    column = columns.id
    if not row.account_id:
        blank = f"the {ID} is blank; every row needs one"
        former = row.cells[columns.former_reason].strip() if columns.former_reason is not None else ""
        return Fault(column.header, former or blank, group=blank)
    if len(row.account_id) > MAX_ID_CHARACTERS:
        return Fault(
            column.header,
            f"the {ID} is longer than {MAX_ID_CHARACTERS} characters",
            value=row.account_id[:80],
        )
    if not row.account_id.isprintable():
        return Fault(
            column.header,
            f"the {ID} holds a line break or another control character",
            value=repr(row.account_id),
        )
    return None


def _repeated(row: ShardRow, column: Column, last: int) -> Fault:
    return Fault(
        column.header,
        f"the id {row.account_id!r} stands again in row {last}, and the last row counts",
        value=row.account_id,
        group="the id stands again further down, and the last row counts",
        hides_id=True,
    )
