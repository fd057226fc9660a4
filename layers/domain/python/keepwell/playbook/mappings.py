"""Mappings: how a foreign file's columns become attributes (INT-05), in a playbook or on their own."""

from pathlib import Path
from typing import Any

from keepwell.attributes import Catalogue
from keepwell.imports.mapping import ImportMapping
from keepwell.imports.objects import OBJECTS
from keepwell.playbook import kinds
from keepwell.playbook.bundle import mapping_of
from keepwell.playbook.checking import Checker
from keepwell.playbook.findings import FaultyPlaybook
from keepwell.playbook.loading import Source, Sources, read_source
from keepwell.playbook.playbook import Playbook


def read_mapping(path: Path, playbook: Playbook) -> ImportMapping:
    """The mapping of a file that need not be in a playbook's folder; its columns are those of `playbook`.

    Raises FaultyPlaybook.
    """
    sources = Sources()
    check = Checker(playbook.catalogue, sources)
    source = read_source(path, kinds.Mapping, sources)
    part = compile_mapping(source, OBJECTS[source.says.object].columns_in(playbook), check) if source else {}
    if findings := [*sources.findings, *check.findings]:
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
            if says.object in ("accounts", "users"):
                message += "; a new one is declared in attributes/"
            check.note(source, ("columns", name), message, known.suggest(name), at_key=True)
        columns[attribute.name if attribute else name] = column.model_dump()
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
    }
