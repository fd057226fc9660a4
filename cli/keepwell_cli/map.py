"""`keepwell map`: a mapping for a foreign file, proposed from its header and its first rows (INT-05)."""

import re
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Any
from zoneinfo import ZoneInfo

import typer
from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from keepwell.attributes import Catalogue
from keepwell.errors import RejectedInput
from keepwell.imports.mapping import Source, Step
from keepwell.imports.objects import OBJECTS, ImportObject
from keepwell.imports.objects.accounts import ACCOUNTS
from keepwell.imports.proposing import Proposal, ProposedColumn, propose
from keepwell.playbook.attributes import catalogue_of, record_catalogue_of, user_catalogue_of
from keepwell.playbook.findings import FaultyPlaybook
from keepwell.playbook.loading import load_playbook, shipped_blocs
from keepwell_cli.foreign_file import ForeignFile, read_foreign
from keepwell_cli.importable import ObjectOption
from keepwell_cli.mapping_text import mapping_text, source_document, source_text
from keepwell_cli.output import Answer, plain
from keepwell_cli.playbooks import Directory

_LONGEST_SHOWN = 60
File = Annotated[Path, typer.Argument(exists=True, dir_okay=False, readable=True, metavar="FILE")]
Name = Annotated[str | None, typer.Option(help="What to call the mapping (default: after the file).")]
Ids = Annotated[
    list[str] | None,
    typer.Option(
        "--id",
        help="The column of the id; of several, a hash of them; T-{row} for the row's number behind T-.",
    ),
]
Write = Annotated[bool, typer.Option("--write", help="Write mappings/NAME.yaml into the playbook.")]


def map_(
    file: File,
    *,
    object_name: ObjectOption = ACCOUNTS.name,
    ids: Ids = None,
    playbook: Directory = None,
    name: Name = None,
    write: Write = False,
) -> Answer:
    """Propose a mapping for a file with columns of its own: which tells what, how sure that is, and why.

    What a person must look at, or decide, is said, and with --write stands in the mapping as comments.
    The playbook is the current folder, if that is one.
    Ends with 1 if something must be decided.

    Example: `keepwell map export.csv --write`
    """
    directory = playbook or (Path() if Path("keepwell.yaml").is_file() else None)
    about = OBJECTS[object_name]
    catalogue, zone = _data_model(directory, about)
    target = _target(directory, name or _name_of(file)) if write else None
    foreign = read_foreign(file, catalogue)
    now = datetime.now(UTC).astimezone(zone)
    proposal = propose(foreign.headers, foreign.rows, about, catalogue, now)
    if ids:
        proposal = proposal.with_source(about.layout.keys[-1], _id_source(ids, foreign.headers))
    read = f"Proposed for {file.name}: {foreign.in_words()}."
    text = mapping_text(proposal, catalogue, read, foreign.declared)
    if target:
        _write(target, text)
    document = _document(file, proposal, foreign, name or _name_of(file), text, target)
    return Answer(document, _view(read, proposal, target), findings=bool(proposal.questions))


map_.__name__ = "map"


def _data_model(directory: Path | None, about: ImportObject) -> tuple[Catalogue, ZoneInfo]:
    """What files may tell, and the tenant's time zone, even where the playbook is not whole yet: a mapping
    that waits for a decision does not keep the next one from being proposed. Raises FaultyPlaybook."""
    sources = load_playbook(directory, shipped_blocs())
    if sources.company is None:
        raise FaultyPlaybook(sources.findings)
    catalogues = (catalogue_of(sources), user_catalogue_of(sources), record_catalogue_of(sources))
    return about.columns(*catalogues), ZoneInfo(sources.company.says.time_zone)


def _name_of(file: Path) -> str:
    return re.sub(r"[^a-z0-9_-]+", "-", file.stem.casefold()).strip("-") or "mapping"


def _target(directory: Path | None, name: str) -> Path:
    """Where to write. Raises RejectedInput, before anything is read, if it cannot be there."""
    if directory is None:
        raise RejectedInput(
            "--write writes into a playbook: name it (--playbook), or make one: keepwell init"
        )
    if not re.fullmatch(r"[A-Za-z0-9_-]+", name):
        raise RejectedInput(f"--name {name!r} is no mapping's name: letters, digits, - and _")
    target = directory / "mappings" / f"{name}.yaml"
    if target.exists():
        raise RejectedInput(f"{target} is there already: remove it, or give another --name")
    return target


def _write(target: Path, text: str) -> None:
    try:
        target.parent.mkdir(exist_ok=True)
        target.write_text(text, encoding="utf-8")
    except OSError as error:
        raise RejectedInput(f"{target} cannot be written: {error.strerror}") from None


def _id_source(ids: Sequence[str], headers: Sequence[str]) -> Source:
    if len(ids) == 1 and "{row}" in ids[0]:
        return Source(row_number=ids[0])
    for each in ids:
        if each not in headers:
            raise RejectedInput(f"--id {each!r} is no column of the file; it has: {', '.join(headers)}")
    if len(ids) == 1:
        return Source(column=ids[0])
    return Source(columns=tuple(ids), then=(Step("hash_id"),))


def _document(
    file: Path, proposal: Proposal, foreign: ForeignFile, name: str, text: str, target: Path | None
) -> dict[str, Any]:
    dialect = foreign.dialect
    return {
        "file": file.name,
        "object": proposal.object,
        "name": name,
        "read": {
            "encoding": dialect.encoding,
            "delimiter": dialect.delimiter,
            "header_row": dialect.header_row,
            "rows": proposal.rows,
            "whole": foreign.is_whole,
        },
        "columns": [
            {
                "attribute": each.attribute,
                "source": source_document(each.source),
                "confidence": each.confidence,
                "why": each.why,
                "look": None if each.is_sure else each.doubt,
                "sample": each.sample,
            }
            for each in proposal.columns
        ],
        "questions": [
            {
                "attribute": each.attribute,
                "needed": each.needed,
                "why": each.why,
                "choices": [source_document(choice) for choice in each.choices],
            }
            for each in proposal.questions
        ],
        "left_out": [
            {"header": each.header, "kind": each.kind.value, "sample": each.sample}
            for each in proposal.left_out
        ],
        "yaml": text,
        "written": str(target) if target else None,
    }


def _view(read: str, proposal: Proposal, target: Path | None) -> RenderableType:
    shown: list[RenderableType] = [plain(read), ""]
    if proposal.columns:
        table = Table("Attribute", "Column, and a sample", "Sure", "Why", box=None, padding=(0, 2, 0, 0))
        for each in proposal.columns:
            column = Text.assemble(plain(_taken_from(each)), "\n", (_short(each.sample), "dim"))
            table.add_row(plain(each.attribute), column, _sure(each), plain(_why(each)))
        shown += [table, ""]
    for question in proposal.questions:
        shown.append(Text.assemble(("Decide: ", "bold red"), plain(f"{question.attribute}: {question.why}.")))
        shown += [plain(f"  {question.attribute}: {source_text(choice)}") for choice in question.choices]
    if proposal.left_out:
        names = ", ".join(each.header for each in proposal.left_out)
        shown.append(plain(f"Left out: {names}"))
    shown.append(plain(_next(target)))
    return Group(*shown)


def _taken_from(column: ProposedColumn) -> str:
    """The header; or where else it comes from."""
    return column.header or source_text(column.source)


def _sure(column: ProposedColumn) -> Text:
    return Text(f"{column.confidence}%", style="green" if column.is_sure else "yellow")


def _why(column: ProposedColumn) -> str:
    source = column.source
    functions = source_text(Source(values=source.values, then=source.then))[1:-1]
    told = [column.why, functions, "" if column.is_sure else f"look: {column.doubt}"]
    return "; ".join(part for part in told if part)


def _short(sample: str) -> str:
    cut = sample if len(sample) <= _LONGEST_SHOWN else f"{sample[: _LONGEST_SHOWN - 1]}…"
    return plain(cut).plain


def _next(target: Path | None) -> str:
    if target is None:
        return "Nothing was written; --write writes this as a mapping into a playbook."
    return f"Written: {target}. Look at its comments, then: keepwell lint, keepwell apply."
