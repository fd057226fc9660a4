"""`keepwell score`: files of accounts scored on this computer, with no AWS and no local cloud."""

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime, time
from functools import reduce
from pathlib import Path
from typing import IO, Annotated, Any
from zoneinfo import ZoneInfo

import typer
from rich.console import Group, RenderableType
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn
from rich.table import Table

from keepwell.errors import RejectedInput
from keepwell.imports.dialect import AS_FOUND
from keepwell.imports.mapping import ImportMapping
from keepwell.imports.spreadsheets import csv_lines
from keepwell.playbook import Playbook, read_bundle
from keepwell.playbook.mappings import read_mapping
from keepwell_cli.check import day_of
from keepwell_cli.explanation import COLOUR
from keepwell_cli.output import Answer, plain, progress, step
from keepwell_cli.playbooks import Directory, local_bundle
from keepwell_cli.scoring.beside import told_beside
from keepwell_cli.scoring.blocks import as_utf8
from keepwell_cli.scoring.judging import ACCOUNTS, Beside, Judge
from keepwell_cli.scoring.results import COLUMNS, Document, Results
from keepwell_cli.scoring.running import Job, run
from keepwell_cli.scoring.survey import survey


def _files(about: str) -> Any:
    help_text = f"A file of {about}; may be given more than once."
    return typer.Option(f"--{about}", exists=True, dir_okay=False, help=help_text)


Accounts = Annotated[Path, typer.Option(exists=True, dir_okay=False, help="The file of the accounts.")]
Users = Annotated[list[Path] | None, _files("users")]
Usage = Annotated[list[Path] | None, _files("usage")]
Touchpoints = Annotated[list[Path] | None, _files("touchpoints")]
MappingFiles = Annotated[
    list[Path] | None,
    typer.Option(
        "--mapping", exists=True, dir_okay=False, help="A mapping's file, for foreign columns of its object."
    ),
]
On = Annotated[str | None, typer.Option(help="The day to score as of (default: today).")]
Csv = Annotated[Path | None, typer.Option(dir_okay=False, help="Write every account to this file.")]
Worst = Annotated[int, typer.Option(min=0, help="How many accounts to show, the worst first.")]


def score(
    context: typer.Context,
    *,
    accounts: Accounts,
    users: Users = None,
    usage: Usage = None,
    touchpoints: Touchpoints = None,
    mapping: MappingFiles = None,
    playbook: Directory = None,
    on: On = None,
    csv: Csv = None,
    worst: Worst = 20,
) -> Answer:
    """Score files on this computer: health and segments of every account, before any play or tag.

    Ends with 1 if rows were rejected.
    Example: `keepwell score --accounts accounts.csv --usage usage.csv --csv scored.csv`
    """
    beside = {"users": users, "usage": usage, "touchpoints": touchpoints}
    files = [(about, path) for about, paths in beside.items() for path in paths or ()]
    _check_target(csv, [accounts, *(path for _, path in files)])
    bundle = local_bundle(playbook)
    book = read_bundle(bundle)
    now = _moment(on, book.time_zone)
    mappings = _mappings(mapping or [], book)
    book = reduce(Playbook.including, mappings.values(), book)
    results = Results()
    mapped = mappings.get(ACCOUNTS.name)
    with as_utf8(accounts, mapped.reading if mapped else AS_FOUND) as readable, _written(csv) as out:
        with step("Reading the files"):
            judge = Judge(survey(readable, ACCOUNTS, book, mapped), book, now)
            told, reports = told_beside(judge, files, mappings) if files else (Beside(), [])
        as_json, as_lines = bool(context.obj), out is not None
        job = Job(judge.survey, bundle, now, told, worst, as_json, as_lines, tuple(mappings.values()))
        for block in _watched(run(job), judge.survey.rows):
            results.add(block, worst)
            if out is not None:
                out.write(block.lines)
    document: Document = {
        "on": now.astimezone(book.time_zone).date().isoformat(),
        "playbook": book.version,
        "accounts": results.documents,
        "summary": results.summary(),
        "errors": sorted(results.errors.values(), key=lambda kind: -kind["count"]),
        "imported": reports,
        "csv": str(csv) if csv else None,
    }
    rejected = results.rejected or any(report["rejected"] for report in reports)
    return Answer(document, _view(document, results), findings=bool(rejected))


def _moment(on: str | None, zone: ZoneInfo) -> datetime:
    """Now, or the end of a past day, as for a nightly run. Raises RejectedInput for a day to come."""
    now = datetime.now(UTC).astimezone(zone)
    day = day_of(on) if on else now.date()
    if day > now.date():
        raise RejectedInput(f"--on: {day} is in the future (today is {now.date()}); name today or before")
    return now if day == now.date() else datetime.combine(day, time(23, 59, 59), zone)


def _mappings(paths: Sequence[Path], playbook: Playbook) -> dict[str, ImportMapping]:
    """The mappings by the object that each is for. Raises FaultyPlaybook."""
    found: dict[str, ImportMapping] = {}
    for path in paths:
        mapping = read_mapping(path, playbook)
        if mapping.object in found:
            raise RejectedInput(
                f"--mapping: {path} is a second one for {mapping.object}; give one for each object"
            )
        found[mapping.object] = mapping
    return found


def _check_target(target: Path | None, sources: list[Path]) -> None:
    """Raises RejectedInput, before anything is read, if the results could not be written there."""
    if target is None:
        return
    if any(target.resolve() == source.resolve() for source in sources):
        raise RejectedInput(f"--csv would overwrite {target}, which is to be scored; name another file")
    if not target.resolve().parent.is_dir():
        raise RejectedInput(f"--csv: there is no folder {target.parent}")


@contextmanager
def _written(target: Path | None) -> Iterator[IO[str] | None]:
    """The file to write the accounts to, under its header; it is there only once it is whole."""
    if target is None:
        yield None
        return
    unfinished = target.with_name(f"{target.name}.unfinished")
    try:
        with unfinished.open("w", encoding="utf-8-sig", newline="") as out:
            out.write(csv_lines([COLUMNS]))
            yield out
        unfinished.replace(target)
    except OSError as error:
        raise RejectedInput(f"--csv: {target} cannot be written: {error.strerror}") from None
    finally:
        unfinished.unlink(missing_ok=True)


def _watched(blocks: Iterable[Results], rows: int) -> Iterator[Results]:
    """The blocks, with a bar that shows how many rows are done."""
    columns = (TextColumn("Scoring"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    with Progress(*columns, console=progress, transient=True, disable=not progress.is_terminal) as bar:
        task = bar.add_task("Scoring", total=rows)
        for block in blocks:
            yield block
            bar.advance(task, block.rows)


def _view(document: Document, results: Results) -> RenderableType:
    table = Table("account", "name", "health", "score", "profile", "segments", box=None, padding=(0, 2, 0, 0))
    for each in results.worst:
        health = f"[{COLOUR[each.health]}]{each.health}[/]"
        number = "" if each.score is None else str(each.score)
        segments = plain(", ".join(each.segments))
        table.add_row(plain(each.account_id), plain(each.name), health, number, plain(each.profile), segments)
    summary = document["summary"]
    bands = ", ".join(f"{summary[band]:,} {band}" for band in ("good", "average", "poor", "unknown"))
    quality = summary["portfolio_quality_score"]
    lines = [
        f"accounts on {document['on']}: {results.bands.total():,}, of which {bands}",
        *([f"portfolio quality score {quality:g}"] if quality is not None else []),
        *([f"all of them are in {document['csv']}"] if document["csv"] else []),
    ]
    lines += [f"{r['file']}: rows {r['rows']:,}, rejected {r['rejected']:,}" for r in document["imported"]]
    shown: list[RenderableType] = [table, ""] if results.worst else []
    return Group(*shown, *map(plain, lines), *_rejected(document))


def _rejected(document: Document) -> list[RenderableType]:
    """Why rows were rejected, those of the accounts first."""
    errors = [("accounts", error) for error in document["errors"]]
    errors += [(report["file"], error) for report in document["imported"] for error in report["errors"]]
    if not errors:
        return []
    table = Table("File", "Rows", "First row", "Column", "Why they were rejected", "For example", box=None)
    for file, error in errors:
        cells = (error["column"] or "", error["reason"], error["example"] or "")
        table.add_row(plain(file), str(error["count"]), str(error["row"]), *map(plain, cells))
    return ["", table]
