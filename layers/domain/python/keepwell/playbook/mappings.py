"""Mappings: how a foreign file's columns become attributes (INT-05), in a playbook or on their own."""

from pathlib import Path
from typing import Any

from keepwell.attributes import Catalogue
from keepwell.imports.mapping import ImportMapping
from keepwell.imports.objects import OBJECTS
from keepwell.playbook import kinds, sources
from keepwell.playbook.attributes import WHOSE, compile_created
from keepwell.playbook.bundle import mapping_of
from keepwell.playbook.checking import Checker
from keepwell.playbook.findings import FaultyPlaybook
from keepwell.playbook.loading import Source, Sources, read_source
from keepwell.playbook.playbook import Playbook

_READING = {"delimiter", "quote", "header_row", "trailing_rows", "sheet"}


def read_mapping(path: Path, playbook: Playbook) -> ImportMapping:
    """The mapping of a file that need not be in a playbook's folder; its columns are those of `playbook`.

    Raises FaultyPlaybook.
    """
    given = Sources()
    check = Checker(playbook.catalogue, given)
    source = read_source(path, kinds.Mapping, given)
    part = compile_mapping(source, OBJECTS[source.says.object].columns_in(playbook), check) if source else {}
    if findings := [*given.findings, *check.findings]:
        raise FaultyPlaybook(sorted(findings))
    return mapping_of(part)


def compile_mapping(source: Source[kinds.Mapping], known: Catalogue, check: Checker) -> dict[str, Any]:
    """The part of a bundle; `known` has the columns that its object's files may have."""
    says = source.says
    columns = {}
    for name, column in says.columns.items():
        attribute = known.find(name)
        if attribute is None:
            message = f"no attribute of {says.object} is called {name!r}"
            if says.object in WHOSE:
                message += "; a new one is declared in attributes/"
            check.note(source, ("columns", name), message, known.suggest(name), at_key=True)
        columns[attribute.name if attribute else name] = _source_part(column)
    layout = OBJECTS[says.object].layout
    for name in (*layout.keys, *layout.required):
        if name not in columns:
            message = f"this does not say where {name} comes from, which every row of {says.object} needs"
            check.note(source, ("columns",), message, at_key=True)
    return {
        "id": source.id,
        "object": says.object,
        "columns": columns,
        "encoding": says.encoding,
        "clear_blanks": says.blank == "clear",
        **_said_besides(source),
    }


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
