"""Columns: which header, constant or row number tells which attribute (product INT-05).

Without a mapping a header is matched by an attribute's name or alias and foreign headers are ignored; with
one, only what it names is taken.
"""

import difflib
import re
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from functools import cached_property
from typing import Any

from keepwell.attributes import Attribute, Catalogue, Kind
from keepwell.errors import UnreadableDrop
from keepwell.imports.chain import Chain, with_tables
from keepwell.imports.functions import UnreadableText
from keepwell.imports.mapping import ImportMapping, Source, Step
from keepwell.imports.reading import own_headers

ID = "Account ID"
_LOOKS_LIKE_DATA = re.compile(
    r"[-+]?[\d.,]+|\d{4}-\d\d-\d\d.*|[^@\s]+@[^@\s]+|true|false|yes|no", re.IGNORECASE
)


@dataclass(frozen=True)
class Column:
    """Where one attribute's text comes from; `header` is what a reject calls it.

    Exactly one of `places` (indexes of cells), `constant` and `row_number` is set. The functions of `then`,
    whose lookups have their tables, make one text of what the cells hold; `is_id` tells that it names a row.
    """

    attribute: str
    header: str
    places: tuple[int, ...] = ()
    constant: str | None = None
    row_number: str | None = None
    then: tuple[Step, ...] = ()
    is_id: bool = False

    @cached_property
    def place(self) -> int | None:
        """The index of the cell, if there is exactly one."""
        return self.places[0] if len(self.places) == 1 else None

    @cached_property
    def _chain(self) -> Chain:
        return Chain(self.then, self.is_id)

    def given(self, cells: Sequence[str], number: int) -> str:
        """What the data row of this number has, before any function; several cells with commas between."""
        if self.places:
            return ", ".join([cells[place].strip() for place in self.places])
        return self.text(cells, number)

    def text(self, cells: Sequence[str], number: int) -> str:
        """The text of this attribute in the data row of this number. Raises UnreadableText."""
        if self.places:
            if not self.then:
                return cells[self.places[0]].strip()
            return self._chain([cells[place].strip() for place in self.places])
        if self.constant is not None:
            return self.constant
        return (self.row_number or "").replace("{row}", str(number))

    @classmethod
    def from_json(cls, fields: Mapping[str, Any]) -> "Column":
        given = dict(fields)
        place, values = given.pop("place", None), given.pop("values", None)  # of a file split by older code
        then = [Step("values", values)] if values else [Step(**step) for step in given.get("then", ())]
        places = given.get("places", () if place is None else (place,))
        return cls(**given | {"places": tuple(places), "then": tuple(then)})


@dataclass(frozen=True)
class Columns:
    """What is taken of a file: the ids a row goes by, the attributes, and the headers nothing asked for.

    `keys` are the account's id and, where the rows are about something of an account, the row's own id.
    `former_reason` is the place of the Reason in a rejects file that is dropped again: a row that still has
    no id keeps it, since it holds all that is known of the row. `observed_at` tells when a row was so.
    """

    keys: tuple[Column, ...]
    attributes: tuple[Column, ...]
    ignored: tuple[str, ...]
    clear_blanks: bool = False
    former_reason: int | None = None
    observed_at: Column | None = None

    @property
    def id(self) -> Column:
        """The row's own id."""
        return self.keys[-1]

    def keys_of(self, cells: Sequence[str], number: int) -> tuple[str, ...]:
        """The ids in the data row of this number; one that its functions cannot read is blank."""
        if places := self.places_of_keys:
            return tuple([cells[place].strip() for place in places])
        return tuple([_id_text(column, cells, number) for column in self.keys])

    @cached_property
    def places_of_keys(self) -> tuple[int, ...]:
        """Where the ids stand, if they are taken as they stand: every row is asked for them twice."""
        places = [column.place for column in self.keys if column.place is not None and not column.then]
        return tuple(places) if len(places) == len(self.keys) else ()

    def doubting_thousands(self, catalogue: Catalogue) -> "Columns":
        """The same for a file that may part thousands by a point: `1.234` is no number where nothing says how
        numbers are written."""
        doubted = [
            replace(column, then=(Step("doubt_thousands"),))
            if catalogue[column.attribute].kind is Kind.NUMBER and column.places and not column.then
            else column
            for column in self.attributes
        ]
        return replace(self, attributes=tuple(doubted))

    def to_json(self) -> dict[str, Any]:
        return asdict(self)

    @classmethod
    def from_json(cls, fields: dict[str, Any]) -> "Columns":
        # An older version of the code, which may have split the file, kept a single key (reliability R5).
        keys = fields["keys"] if "keys" in fields else [fields["id"]]
        observed_at = fields.get("observed_at")
        return cls(
            keys=tuple(map(Column.from_json, keys)),
            attributes=tuple(map(Column.from_json, fields["attributes"])),
            ignored=tuple(fields["ignored"]),
            clear_blanks=fields["clear_blanks"],
            former_reason=fields.get("former_reason"),
            observed_at=Column.from_json(observed_at) if observed_at else None,
        )


def _id_text(column: Column, cells: Sequence[str], number: int) -> str:
    try:
        return column.text(cells, number).strip()
    except UnreadableText:
        return ""


def bind_columns(
    headers: tuple[str, ...],
    mapping: ImportMapping | None,
    catalogue: Catalogue,
    keys: Sequence[str] = (ID,),
    required: Sequence[str] = (),
) -> Columns:
    """What the file tells; the three columns that end a rejects file tell nothing.

    Raises UnreadableDrop if a key or what is required has no column, a column is ambiguous or not there, or
    rows of a rejects file would be numbered.
    """
    width = len(headers)
    headers = own_headers(headers)
    is_rejects = len(headers) < width
    found = _by_mapping(headers, mapping, catalogue) if mapping else _by_name(headers, catalogue)
    for name in (*keys, *required):
        if name not in found:
            raise _missing(name, headers, mapping)
    if mapping and is_rejects and any(column.row_number is not None for column in found.values()):
        raise UnreadableDrop(
            f"mapping {mapping.id!r} numbers the rows, and in a rejects file they have other numbers than in "
            "the file they come from; mend that file and drop it again"
        )
    observed_at = _observed_at(headers, mapping)
    taken = {place for column in (*found.values(), observed_at) if column for place in column.places}
    return Columns(
        keys=tuple([_key(found.pop(name), catalogue[name]) for name in keys]),
        attributes=tuple(found.values()),
        ignored=tuple(header for place, header in enumerate(headers) if header and place not in taken),
        clear_blanks=mapping.clear_blanks if mapping else False,
        former_reason=width - 1 if is_rejects else None,
        observed_at=observed_at,
    )


def _key(column: Column, attribute: Attribute) -> Column:
    """A column of ids: what is one id in several spellings becomes one."""
    spellings = {each.casefold(): each for each in attribute.values} | dict(attribute.value_aliases)
    listed = (Step("values", spellings),) if spellings else ()
    folded = (Step("lower"),) if attribute.folded else ()
    column = replace(column, is_id=True, then=(*column.then, *listed, *folded))
    if column.constant is None:
        return column
    return replace(column, constant=Chain(column.then)([column.constant]))


def nearly_named(columns: Columns, catalogue: Catalogue) -> dict[str, str]:
    """Of the headers that are left out, those that were perhaps meant as an attribute that is not filled."""
    filled = {column.attribute for column in (*columns.keys, *columns.attributes)}
    near = {header: catalogue.suggest(header) for header in columns.ignored}
    return {header: name for header, name in near.items() if name and name not in filled}


def _by_name(headers: tuple[str, ...], catalogue: Catalogue) -> dict[str, Column]:
    found: dict[str, Column] = {}
    for place, header in enumerate(headers):
        attribute = catalogue.find(header) if header else None
        if attribute is None:
            continue
        if attribute.name in found:
            raise UnreadableDrop(
                f"columns {found[attribute.name].header!r} and {header!r} both mean {attribute.name}; "
                "rename one, or use a mapping that names the one to take",
                column=header,
                example=_listed(headers),
            )
        found[attribute.name] = Column(attribute.name, header, places=(place,))
    return found


def _by_mapping(headers: tuple[str, ...], mapping: ImportMapping, catalogue: Catalogue) -> dict[str, Column]:
    found: dict[str, Column] = {}
    for name, source in mapping.columns.items():
        attribute = catalogue.find(name)
        if attribute is None:
            near = catalogue.suggest(name)
            raise UnreadableDrop(
                f"mapping {mapping.id!r} fills {name!r}, which is no attribute of {mapping.object}"
                + (f"; did you mean {near!r}?" if near else ""),
                column=name,
            )
        found[attribute.name] = _mapped(attribute.name, source, mapping, headers)
    return found


def _observed_at(headers: tuple[str, ...], mapping: ImportMapping | None) -> Column | None:
    if mapping is None or mapping.observed_at is None:
        return None
    return _mapped("the time of a row", mapping.observed_at, mapping, headers)


def _mapped(name: str, source: Source, mapping: ImportMapping, headers: tuple[str, ...]) -> Column:
    places = tuple([_place_of(header, name, mapping, headers) for header in source.headers])
    return Column(
        name,
        ", ".join([headers[place] for place in places]) or name,
        places=places,
        constant=source.constant,
        row_number=source.row_number,
        then=with_tables(source.steps, mapping.tables),
    )


def _place_of(header: str, name: str, mapping: ImportMapping, headers: tuple[str, ...]) -> int:
    wanted = header.strip().casefold()
    place = next((place for place, each in enumerate(headers) if each and each.casefold() == wanted), None)
    if place is None:
        near = difflib.get_close_matches(header, headers, n=1)
        raise UnreadableDrop(
            f"mapping {mapping.id!r} takes {name} from the column {header!r}, which the file lacks"
            + (f"; did you mean {near[0]!r}?" if near else ""),
            column=header,
            example=_listed(headers),
        )
    return place


def _missing(name: str, headers: tuple[str, ...], mapping: ImportMapping | None) -> UnreadableDrop:
    if mapping:
        return UnreadableDrop(
            f"mapping {mapping.id!r} does not say where {name} comes from; give it a column or a row number",
            column=name,
        )
    named = [header for header in headers if header]
    if sum(bool(_LOOKS_LIKE_DATA.fullmatch(header)) for header in named) * 2 >= len(named):
        return UnreadableDrop(
            "the first row looks like data, not like headers; add a header row that names the columns, one "
            f"of them {name}",
            column=name,
            example=_listed(headers),
        )
    folded = [header.casefold() for header in named]
    near = difflib.get_close_matches(name.casefold(), folded, n=1, cutoff=0.5)
    hint = named[folded.index(near[0])] if near else None
    return UnreadableDrop(
        f"no column holds the {name}; "
        + (f"if {hint!r} does, rename it to {name}" if hint else f"name the column {name}")
        + f", or use a mapping that says where the {name} comes from",
        column=name,
        example=_listed(headers),
    )


def _listed(headers: Sequence[str]) -> str:
    text = ", ".join(headers)
    return text if len(text) <= 300 else f"{text[:300]}..."
