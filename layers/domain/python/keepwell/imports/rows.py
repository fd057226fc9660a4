"""Rows: each becomes a change of what its ids name, or a reject with every fault it has (product INT-04)."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from functools import cached_property
from itertools import chain, islice, repeat
from typing import NamedTuple, cast
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
from keepwell.imports.spreadsheets import is_blank_in_words, not_a_value
from keepwell.imports.usual_forms import read_by_mapping

MAX_ACCOUNT_ID_CHARACTERS = 256
MAX_NAME_CHARACTERS = 200
"""Of any other id, and of a text that is required: a prefix and 200 characters fit a key of DynamoDB."""

MOST_REMEMBERED = 5_000
"""Cells of one column."""

READ_AT_ONCE = 1_000
"""Rows that add up, of which there may be many."""

Keys = tuple[str, ...]

_NOTHING = frozenset[str]()


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
        change = self.telling.change.but(
            account_id=self.row.keys[0], values=self.values, cleared=self.cleared
        )
        if (at := self.observed_at) is None:
            return change
        day = at.astimezone(self.telling.time_zone).date()
        return change.but(observed_at=at, day=day, fill_only=False, dated=True)


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

    @cached_property
    def day(self) -> date:
        """The tenant's day of the file."""
        return self.told_at.date()

    @cached_property
    def change(self) -> Change:
        """What all changes of the import have in common, of no account."""
        return Change(
            account_id="",
            values={},
            source=self.source,
            observed_at=self.observed_at,
            day=self.day,
            change_id=self.change_id,
            fill_only=self.fill_only,
            remove_tags=_NOTHING if self.fill_only else self.remove_tags,
        )

    @cached_property
    def known(self) -> "dict[str, _Values]":
        """What cells are read as, by attribute: they come again in other parts of the file."""
        return {}


def judge(
    rows: Iterable[ShardRow], columns: Columns, telling: Telling, later: Mapping[Keys, int] | None = None
) -> Iterator[Candidate | Reject]:
    """One outcome for every row, in order. Of rows with the same ids the last counts, even if it is faulty,
    unless they add up.

    Where `rows` are a part of the file, or say when they were so, `later` gives the lines of the rows that
    count of ids that stand in the file more than once.
    """
    if telling.layout.adds_up:
        rows = iter(rows)
        parts = iter(lambda: list(islice(rows, READ_AT_ONCE)), [])
        return chain.from_iterable(_judged(part, columns, telling, {}) for part in parts)
    rows = list(rows)
    last = {row.keys: row.line for row in rows if row.fault is None} | dict(later or {})
    return _judged(rows, columns, telling, last)


def _judged(
    rows: Sequence[ShardRow], columns: Columns, telling: Telling, last: Mapping[Keys, int]
) -> Iterator[Candidate | Reject]:
    reading = _Reading(columns, telling)
    told = reading.told([row for row in rows if row.fault is None])
    as_they_stand = bool(columns.places_of_keys)  # an id that functions made hides what they made it of
    for row in rows:
        if row.fault:
            yield row.reject_unnamed(row.fault, columns.id.places if row.fault.hides_id else ())
            continue
        values = next(told)
        sound = as_they_stand and _are_sound(row.keys)
        if not sound and (faults := _faults_of_keys(row, columns)):
            yield row.reject(*faults)
        elif last.get(row.keys, row.line) != row.line:
            yield row.reject_unnamed(_repeated(row, columns, last[row.keys]), columns.id.places)
        else:
            yield reading.outcome(row, values)


_Cell = str | tuple[str, ...] | int
"""What the value of an attribute hangs on: a cell, several, or the row's number."""

_Told = Value | None | RejectedInput
"""A value, a blank, or why there is no value."""


class _Values(dict[_Cell, Value | None]):
    """The values of one column: each is read when first asked for, and kept as long as there is room."""

    def __init__(self, column: Column, attribute: Attribute | None, telling: Telling):
        super().__init__()
        # The column of a row that has no other cells.
        self._own = replace(column, places=tuple(range(len(column.places))))
        self._stands_as_it_is = len(column.places) == 1 and not column.then
        self._attribute = attribute
        self._is_required = column.attribute in telling.layout.required
        self._layout, self._told_at = telling.layout, telling.told_at

    def __missing__(self, cell: _Cell) -> Value | None:
        value = self._read(cell)
        if len(self) < MOST_REMEMBERED:
            self[cell] = value
        return value

    def or_fault(self, cell: _Cell) -> _Told:
        """The value, or why there is none."""
        try:
            return self[cell]
        except RejectedInput as error:
            return error

    def _read(self, cell: _Cell) -> Value | None:
        """Raises RejectedInput."""
        attribute = self._attribute
        if attribute is None:
            raise RejectedInput(
                f"{self._own.attribute} is no attribute of the playbook any more; drop the file again"
            )
        if self._stands_as_it_is and isinstance(cell, str):
            text = cell.strip()
            if reason := not_a_value(text):
                raise RejectedInput(reason)
        else:
            text = self._made_of(cell)
        if self._is_required:
            longest = MAX_NAME_CHARACTERS if attribute.kind is Kind.TEXT else None
            if fault := _fault_of_name(self._own, text.strip(), longest):
                raise RejectedInput(fault.reason)
        return self._layout.read(attribute, text, self._told_at)

    def _made_of(self, cell: _Cell) -> str:
        """The text that a column has of cells, or of the row's number."""
        cells, number = ((), cell) if isinstance(cell, int) else (cell, 0)
        cells = (cells,) if isinstance(cells, str) else cells
        text = self._own.text(cells, number)
        if reason := _no_value(self._own, cells, text):
            raise RejectedInput(reason)
        return text


class _Reading:
    """Reads rows, column by column: what holds for all of one is looked up once."""

    def __init__(self, columns: Columns, telling: Telling):
        attributes = {attribute.name: attribute for attribute in telling.catalogue}
        self._columns = columns.attributes
        self._names = [column.attribute for column in self._columns]
        self._values = [
            telling.known.setdefault(each.attribute, _Values(each, attributes.get(each.attribute), telling))
            for each in self._columns
        ]
        self._clear_blanks = columns.clear_blanks
        self._when = columns.observed_at
        self._telling = telling
        self._finds_faults = columns.observed_at is not None

    def told(self, rows: Sequence[ShardRow]) -> Iterator[tuple[_Told, ...]]:
        """What each row tells, by column."""
        if not self._columns:
            return repeat(())
        by_place = list(zip(*[row.cells for row in rows], strict=True))
        columns = [
            self._column(values, _cells(column, rows, by_place))
            for column, values in zip(self._columns, self._values, strict=True)
        ]
        return zip(*columns, strict=True)

    def outcome(self, row: ShardRow, told: tuple[_Told, ...]) -> Candidate | Reject:
        """What becomes of a row that tells this."""
        observed_at = None
        if self._finds_faults:
            observed_at, faults = self._observed_at(row)
            faults += [
                _cell_fault(column, row, error)
                for column, error in zip(self._columns, told, strict=True)
                if isinstance(error, RejectedInput)
            ]
            if faults:
                return row.reject(*faults)
        named = zip(self._names, told, strict=False)  # as many as there are columns
        values = cast("dict[str, Value]", {name: value for name, value in named if value is not None})
        cleared = _NOTHING
        if self._clear_blanks and len(values) < len(told):
            cleared = frozenset(self._names) - values.keys()
        return Candidate(row, values, cleared, self._telling, observed_at)

    def _column(self, values: "_Values", cells: Sequence[_Cell]) -> list[_Told]:
        try:
            return list(map(values.__getitem__, cells))
        except RejectedInput:
            self._finds_faults = True
            return [values.or_fault(cell) for cell in cells]

    def _observed_at(self, row: ShardRow) -> tuple[datetime | None, list[Fault]]:
        """When the row itself says that it was so, None where it does not; and what is wrong with that."""
        if self._when is None:
            return None, []
        try:
            return _read_time(self._when, row, self._telling), []
        except UnreadableCell as error:
            return None, [_cell_fault(self._when, row, error)]


def when_told(row: ShardRow, columns: Columns, telling: Telling) -> datetime:
    """When a row was so, as far as it can be read: one of no time was never so."""
    try:
        said = _read_time(columns.observed_at, row, telling) if columns.observed_at else None
    except UnreadableCell:
        return datetime.min.replace(tzinfo=UTC)
    return said or telling.observed_at


def _read_time(column: Column, row: ShardRow, telling: Telling) -> datetime | None:
    """None where the cell is blank. Raises UnreadableCell."""
    text = column.text(row.cells, row.number).strip()
    return read_observed(text, telling.told_at) if text else None


def _cells(column: Column, rows: Sequence[ShardRow], by_place: Sequence[tuple[str, ...]]) -> Sequence[_Cell]:
    """What the values of a column hang on, for each row."""
    if column.place is not None:
        return by_place[column.place] if by_place else ()
    if column.row_number is not None:
        return [row.number for row in rows]
    return [tuple([row.cells[place] for place in column.places]) for row in rows]


def _no_value(column: Column, cells: Sequence[str], text: str) -> str | None:
    """Why there is no value: the text is a spreadsheet's error, or one of the cells that it is made of is."""
    return next(filter(None, map(not_a_value, _made_of(column, cells, text))), None)


def _made_of(column: Column, cells: Sequence[str], text: str) -> list[str]:
    """The text, or the cells that it is made of. Of one cell a table may tell what its error means."""
    translated = len(column.places) < 2 and any(step.name in ("values", "lookup") for step in column.then)
    if translated or not column.places:
        return [text.strip()]
    return [cells[place].strip() for place in column.places]


def _cell_fault(column: Column, row: ShardRow, error: RejectedInput) -> Fault:
    """The reason repeats the text that was read; its group does not, so that alike faults are counted
    together."""
    text = error.text if isinstance(error, UnreadableText) else column.text(row.cells, row.number)
    reason = str(error)
    group = reason.replace(quoted(text.strip()), '"…"')
    if point := with_decimal_point(text):
        group = group.removesuffix(point) + "a decimal point" if group.endswith(f"write {point}") else group
    if column.places and (steps := read_by_mapping(error, text.strip())):
        reason, group = (f"{each}; a mapping reads it by {steps}" for each in (reason, group))
    return Fault(column.header, reason, value=column.given(row.cells, row.number), group=group)


def _are_sound(keys: Keys) -> bool:
    """Whether nothing at all is remarkable about ids, as is so of nearly all."""
    for text in keys:
        if not (text.isprintable() and 0 < len(text) <= MAX_NAME_CHARACTERS) or "#" in text or "E+" in text:
            return False
        if is_blank_in_words(text):
            return False
    return True


def _faults_of_keys(row: ShardRow, columns: Columns) -> list[Fault]:
    faults = []
    for place, (column, text) in enumerate(zip(columns.keys, row.keys, strict=True)):
        fault = _fault_of_name(column, text, MAX_NAME_CHARACTERS if place else MAX_ACCOUNT_ID_CHARACTERS)
        if fault and not text and (unreadable := _unreadable(column, row)):
            fault = unreadable
        elif fault and not text and column is columns.id and columns.former_reason is not None:
            former = row.cells[columns.former_reason].strip()
            fault = Fault(column.header, former or fault.reason, group=fault.reason)
        elif reason := _no_value(column, row.cells, text):
            fault = Fault(column.header, reason, value=text)
        elif any(map(is_blank_in_words, [text, *_made_of(column, row.cells, text)])):
            fault = Fault(column.header, _NO_ID, value=column.given(row.cells, row.number))
        faults += [fault] if fault else []
    return faults


_NO_ID = "what stands here says that there is none (NULL, N/A), and is no id; fill in the id"


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


def _repeated(row: ShardRow, columns: Columns, line: int) -> Fault:
    where, which = ("elsewhere", "newest") if columns.observed_at else ("further down", "last")
    return Fault(
        columns.id.header,
        f"the id {row.keys[-1]!r} stands again in row {line}, and the {which} row counts",
        value=row.keys[-1],
        group=f"the id stands again {where}, and the {which} row counts",
        hides_id=True,
    )
