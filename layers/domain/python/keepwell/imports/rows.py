"""Rows: each becomes a change of what its ids name, or a reject with every fault it has (product INT-04)."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from typing import NamedTuple
from zoneinfo import ZoneInfo

from keepwell.accounts import Change
from keepwell.attributes import Attribute, Catalogue, Kind, Value
from keepwell.attributes.cells import quoted, with_decimal_point
from keepwell.errors import RejectedInput, UnreadableCell
from keepwell.imports.columns import Column, Columns
from keepwell.imports.functions import UnreadableText
from keepwell.imports.layout import Layout
from keepwell.imports.moments import read_observed
from keepwell.imports.reading import Fault, Row
from keepwell.imports.report import Reject
from keepwell.imports.spreadsheets import not_a_value

MAX_ACCOUNT_ID_CHARACTERS = 256
MAX_NAME_CHARACTERS = 200
"""Of any other id, and of a text that is required: a prefix and 200 characters fit a key of DynamoDB."""

MOST_REMEMBERED = 5_000
"""Cells of one column."""

Keys = tuple[str, ...]


class ShardRow(NamedTuple):
    """A row and the ids it goes by, none where it has a fault; the line and number are those of `Row`."""

    line: int
    number: int
    keys: Keys
    cells: tuple[str, ...]
    fault: Fault | None

    @classmethod
    def of(cls, row: Row, columns: Columns) -> "ShardRow":
        keys = columns.keys_of(row.cells, row.number) if row.fault is None else ()
        return cls(row.line, row.number, keys, row.cells, row.fault)

    def reject(self, *faults: Fault) -> Reject:
        return Reject(self.line, self.cells, faults)

    def reject_unnamed(self, fault: Fault, id_places: Sequence[int]) -> Reject:
        """A reject without its id (`Fault.hides_id`)."""
        cells = tuple("" if place in id_places else cell for place, cell in enumerate(self.cells))
        return Reject(self.line, cells, (fault,))


class Candidate(NamedTuple):
    """A row that can be read: the values it tells by the column's name, and those it clears.

    `observed_at` is when the row itself says that it was so, None where it does not.
    """

    row: ShardRow
    values: Mapping[str, Value]
    cleared: frozenset[str]
    telling: "Telling"
    observed_at: datetime | None = None

    @property
    def keys(self) -> Keys:
        return self.row.keys

    @property
    def change(self) -> Change:
        """The change that the row asks for. A row that says when it was so is judged by that, however old its
        file is."""
        telling = self.telling
        told_at = self.observed_at.astimezone(telling.time_zone) if self.observed_at else telling.told_at
        return Change(
            account_id=self.keys[0],
            values=self.values,
            source=telling.source,
            observed_at=self.observed_at or telling.observed_at,
            day=told_at.date(),
            change_id=telling.change_id,
            cleared=self.cleared,
            fill_only=telling.fill_only and self.observed_at is None,
            dated=self.observed_at is not None,
            remove_tags=frozenset() if telling.fill_only else telling.remove_tags,
        )


@dataclass(frozen=True)
class Telling:
    """What all changes of one import have in common (see `accounts.Change`).

    `catalogue` has the columns that files of this layout may have. `remove_tags` are those that whoever
    stands in the file loses, unless a newer file came.
    """

    change_id: str
    source: str
    observed_at: datetime
    fill_only: bool
    time_zone: ZoneInfo
    catalogue: Catalogue
    layout: Layout
    remove_tags: frozenset[str] = frozenset()

    @cached_property
    def told_at(self) -> datetime:
        """The file's time in the tenant's time zone."""
        return self.observed_at.astimezone(self.time_zone)


def judge(
    rows: Iterable[ShardRow], columns: Columns, telling: Telling, later: Mapping[Keys, int] | None = None
) -> Iterator[Candidate | Reject]:
    """One outcome for every row, in order. Of rows with the same ids the last counts, even if it is faulty,
    unless they add up.

    Where `rows` are a part of the file, `later` gives the lines of the last rows of ids that stand in it more
    than once.
    """
    last: dict[Keys, int] = {}
    if not telling.layout.adds_up:
        rows = list(rows)
        last = {row.keys: row.line for row in rows if row.fault is None} | dict(later or {})
    reading = _Reading(columns, telling)
    sound = set[Keys]()
    for row in rows:
        if row.fault:
            yield row.reject_unnamed(row.fault, columns.id.places if row.fault.hides_id else ())
        elif row.keys not in sound and (faults := _faults_of_keys(row, columns)):
            yield row.reject(*faults)
        elif last.get(row.keys, row.line) != row.line:
            yield row.reject_unnamed(_repeated(row, columns.id, last[row.keys]), columns.id.places)
        else:
            if telling.layout.adds_up:
                sound.add(row.keys)
            yield reading.read(row)


_Cell = str | tuple[str, ...] | None
"""What the value of an attribute hangs on: a cell or several; None if it is none of the row's cells."""


class _Reading:
    """Reads the rows of one import; what holds for all of them is looked up once, and cells that come again
    are not read again."""

    def __init__(self, columns: Columns, telling: Telling):
        attributes = {attribute.name: attribute for attribute in telling.catalogue}
        known: list[dict[_Cell, Value | None]] = [{} for _ in columns.attributes]
        self._columns = [
            (column, attributes.get(column.attribute), values, column.place)
            for column, values in zip(columns.attributes, known, strict=True)
        ]
        self._clear_blanks = columns.clear_blanks
        self._when = columns.observed_at
        self._telling = telling
        self._told_at = telling.told_at

    def read(self, row: ShardRow) -> Candidate | Reject:
        values: dict[str, Value] = {}
        cleared: set[str] = set()
        faults: list[Fault] = []
        observed_at = self._observed_at(row, faults)
        for column, attribute, known, place in self._columns:
            cell = _cells(column, row) if place is None else row.cells[place]
            if cell in known:
                value = known[cell]
            else:
                try:
                    value = self._value(attribute, column, row)
                except RejectedInput as error:
                    faults.append(_cell_fault(column, row, error))
                    continue
                if cell is not None and len(known) < MOST_REMEMBERED:
                    known[cell] = value
            if value is not None:
                values[column.attribute] = value
            elif self._clear_blanks:
                cleared.add(column.attribute)
        if faults:
            return row.reject(*faults)
        return Candidate(row, values, frozenset(cleared), self._telling, observed_at)

    def _observed_at(self, row: ShardRow, faults: list[Fault]) -> datetime | None:
        """When the row itself says that it was so; None where it does not."""
        if self._when is None:
            return None
        try:
            text = self._when.text(row.cells, row.number).strip()
            return read_observed(text, self._told_at) if text else None
        except UnreadableCell as error:
            faults.append(_cell_fault(self._when, row, error))
        return None

    def _value(self, attribute: Attribute | None, column: Column, row: ShardRow) -> Value | None:
        if attribute is None:
            raise RejectedInput(
                f"{column.attribute} is no attribute of the playbook any more; drop the file again"
            )
        text = column.text(row.cells, row.number)
        if reason := _no_value(column, row, text):
            raise RejectedInput(reason)
        if column.attribute in self._telling.layout.required:
            longest = MAX_NAME_CHARACTERS if attribute.kind is Kind.TEXT else None
            if fault := _fault_of_name(column, text.strip(), longest):
                raise RejectedInput(fault.reason)
        return self._telling.layout.read(attribute, text, self._told_at)


def _no_value(column: Column, row: ShardRow, text: str) -> str | None:
    """Why there is no value: the text is a spreadsheet's error, or one of the cells that it is made of is."""
    if len(column.places) < 2:
        return not_a_value(text.strip())
    return next(filter(None, (not_a_value(row.cells[place].strip()) for place in column.places)), None)


def _cells(column: Column, row: ShardRow) -> _Cell:
    return tuple([row.cells[place] for place in column.places]) or None


def _cell_fault(column: Column, row: ShardRow, error: RejectedInput) -> Fault:
    """The reason repeats the text that was read; its group does not, so that alike faults are counted
    together."""
    text = error.text if isinstance(error, UnreadableText) else column.text(row.cells, row.number)
    reason = str(error)
    group = reason.replace(quoted(text.strip()), '"…"')
    if point := with_decimal_point(text):
        group = group.removesuffix(point) + "a decimal point" if group.endswith(f"write {point}") else group
    return Fault(column.header, reason, value=column.given(row.cells, row.number), group=group)


def _faults_of_keys(row: ShardRow, columns: Columns) -> list[Fault]:
    faults = []
    for place, (column, text) in enumerate(zip(columns.keys, row.keys, strict=True)):
        fault = _fault_of_name(column, text, MAX_NAME_CHARACTERS if place else MAX_ACCOUNT_ID_CHARACTERS)
        if fault and not text and (unreadable := _unreadable(column, row)):
            fault = unreadable
        elif fault and not text and column is columns.id and columns.former_reason is not None:
            former = row.cells[columns.former_reason].strip()
            fault = Fault(column.header, former or fault.reason, group=fault.reason)
        elif reason := _no_value(column, row, text):
            fault = Fault(column.header, reason, value=text)
        faults += [fault] if fault else []
    return faults


def _unreadable(column: Column, row: ShardRow) -> Fault | None:
    """Why the functions of an id cannot read a row, if that is why it is blank."""
    try:
        column.text(row.cells, row.number)
    except UnreadableText as error:
        return _cell_fault(column, row, error)
    return None


def _fault_of_name(column: Column, text: str, longest: int | None) -> Fault | None:
    """What is wrong with a text that something goes by; `longest` in characters, None if it is no name."""
    if not text:
        return Fault(column.header, f"the {column.attribute} is blank; every row needs one")
    if longest and len(text) > longest:
        reason = f"the {column.attribute} is longer than {longest} characters"
        return Fault(column.header, reason, value=text[:80])
    if longest and not text.isprintable():
        reason = f"the {column.attribute} holds a line break or another control character"
        return Fault(column.header, reason, value=repr(text))
    return None


def _repeated(row: ShardRow, column: Column, last: int) -> Fault:
    return Fault(
        column.header,
        f"the id {row.keys[-1]!r} stands again in row {last}, and the last row counts",
        value=row.keys[-1],
        group="the id stands again further down, and the last row counts",
        hides_id=True,
    )
