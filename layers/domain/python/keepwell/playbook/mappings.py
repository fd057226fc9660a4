"""Mappings: how a foreign file's columns become attributes (INT-05), in a playbook or on their own."""

from datetime import UTC, datetime
from functools import partial
from itertools import combinations, product
from pathlib import Path
from typing import Any

from keepwell.attributes import Attribute, Catalogue, Kind
from keepwell.imports.choosing import both_fit, has_headers
from keepwell.imports.layout import ReadCell, read_as_it_stands
from keepwell.imports.mapping import ImportMapping
from keepwell.imports.objects import OBJECTS
from keepwell.playbook import kinds, sources
from keepwell.playbook.attributes import WHOSE, check_created, compile_created, created_by
from keepwell.playbook.bundle import mapping_of
from keepwell.playbook.checking import Checker
from keepwell.playbook.findings import FaultyPlaybook
from keepwell.playbook.loading import Source, Sources, read_source
from keepwell.playbook.playbook import Playbook
from keepwell.playbook.steps import MappedColumn, check_texts

_READING = {"delimiter", "quote", "header_row", "trailing_rows", "sheet"}


_LATE = datetime(9000, 1, 1, tzinfo=UTC)
"""When texts of a mapping are read: later than any day that one of them can name."""

_OBSERVED = Attribute("the time of a row", Kind.DATE)


def read_mapping(path: Path, playbook: Playbook) -> ImportMapping:
    """The mapping of a file that need not be in a playbook's folder; its columns are those of `playbook`, and
    the attributes it creates (see `Playbook.including`).

    Raises FaultyPlaybook.
    """
    given = Sources()
    check = Checker(playbook.catalogue, given)
    source = read_source(path, kinds.Mapping, given)
    part: dict[str, Any] = {}
    if source:
        known = OBJECTS[source.says.object].columns_in(playbook)
        same = playbook.mappings.get(source.id)
        there = {each.name for each in same.creates} if same else set()
        check_created(source, [each for each in known if each.name not in there], check)
        part = compile_mapping(source, known.extended(created_by(source)), check)
    if findings := [*given.findings, *check.findings]:
        raise FaultyPlaybook(sorted(findings))
    return mapping_of(part)


def compile_mapping(source: Source[kinds.Mapping], known: Catalogue, check: Checker) -> dict[str, Any]:
    """The part of a bundle; `known` has the columns that its object's files may have."""
    says, layout = source.says, OBJECTS[source.says.object].layout
    columns: dict[str, Any] = {}
    for name, column in says.columns.items():
        place = ("columns", name)
        attribute = known.find(name)
        full = attribute.name if attribute else name
        if attribute is None:
            message = f"no attribute of {says.object} is called {name!r}"
            if says.object in WHOSE:
                message += "; a new one is declared in attributes/ or under creates"
            check.note(source, place, message, known.suggest(name), at_key=True)
        elif full in columns:
            check.note(source, place, f"{full} is filled already: keep one of its names", at_key=True)
        read = partial(_read, layout.read)
        MappedColumn(source, place, column, attribute, read, is_id=full in layout.keys).check(check)
        check_texts(source, (*place, "values"), column.values, check)
        columns[full] = _source_part(column)
    for name in (*layout.keys, *layout.required):
        if name not in columns:
            message = f"this does not say where {name} comes from, which every row of {says.object} needs"
            check.note(source, ("columns",), message, at_key=True)
    for table, texts in says.tables.items():
        check_texts(source, ("tables", table), texts, check)
    _check_besides(source, check)
    return {
        "id": source.id,
        "object": says.object,
        "columns": columns,
        "encoding": says.encoding,
        "clear_blanks": says.blank == "clear",
        **_said_besides(source),
    }


def _read(read: ReadCell, attribute: Attribute, text: str) -> object:
    return read(attribute, text, _LATE)


def _check_besides(source: Source[kinds.Mapping], check: Checker) -> None:
    """What a mapping says of a row's time and of the file as a whole."""
    says, adds_up = source.says, OBJECTS[source.says.object].layout.adds_up
    for number, glob in enumerate(says.files):
        if glob.startswith("drops/"):
            message = f"the names of files begin below drops/{says.object}/"
            within = glob.removeprefix(f"drops/{says.object}/")
            check.note(source, ("files", number), message, within if within != glob else None)
    if says.observed_at:
        place = ("observed_at",)
        if says.observed_at.column is None and says.observed_at.columns is None:
            check.note(source, place, "the time of a row is a column's: name one")
        MappedColumn(source, place, says.observed_at, _OBSERVED, partial(_read, read_as_it_stands)).check(
            check
        )
    if adds_up and says.observed_at:
        message = f"rows of {says.object} add up, so none is overtaken: leave this out, each has its Time"
        check.note(source, ("observed_at",), message, at_key=True)
    if adds_up and says.complete:
        message = f"rows of {says.object} add up, and no file has all of them: leave this out"
        check.note(source, ("complete",), message, at_key=True)
    if says.complete and says.complete.flag and says.object != "accounts":
        check.note(source, ("complete", "flag"), "only accounts are flagged: leave the flag out")


def warn_of_shared_files(check: Checker) -> None:
    """Warn of two mappings that a file may fit both: such a file is refused."""
    mappings = sorted(check.sources.of(kinds.Mapping).items())
    for (one, first), (other, second) in combinations(mappings, 2):
        if first.says.object != second.says.object:
            continue
        for (mine, glob), their_glob in product(enumerate(second.says.files), first.says.files):
            if (example := both_fit(glob, their_glob)) is not None:
                message = (
                    f"{example!r} fits this and {their_glob!r} of the mapping {one}: it would be refused"
                )
                check.warn(second, ("files", mine), message)
        for mapping, less, more in ((second, first, second), (first, second, first)):
            if less.says.headers and has_headers(more.says.headers, less.says.headers):
                name = one if less is first else other
                message = f"a file with these headers fits the mapping {name}, too: it would be refused"
                check.warn(mapping, ("headers",), message)
                break


def _said_besides(source: Source[kinds.Mapping]) -> dict[str, Any]:
    """What may be left out: without it a playbook keeps the name it had before there were such keys."""
    says = source.says
    reading = says.model_dump(include=_READING, exclude_none=True)
    parts = {
        "files": says.files,
        "headers": says.headers,
        "reading": reading,
        "observed_at": says.observed_at and _source_part(says.observed_at),
        "complete": says.complete and says.complete.model_dump(),
        "pull": says.pull and says.pull.model_dump(),
        "creates": compile_created(source),
        "tables": says.tables,
    }
    return {key: part for key, part in parts.items() if part}


def _source_part(says: sources.Source) -> dict[str, Any]:
    part = says.model_dump(include={"column", "constant", "row_number", "values"})
    besides = {"columns": says.columns, "then": [next(iter(step.items())) for step in says.then]}
    return part | {key: value for key, value in besides.items() if value}
