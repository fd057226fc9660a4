"""`keepwell check`: one condition, examined."""

import csv
import io
import json
import re
from collections.abc import Iterator
from datetime import UTC, date, datetime, time
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Group, RenderableType
from rich.table import Table

from keepwell.criteria.checking import check as examine
from keepwell.errors import RejectedInput
from keepwell.imports.columns import ID
from keepwell.imports.reading import ROW_TOLD
from keepwell.imports.spreadsheets import as_it_was
from keepwell.in_memory import FixedClock
from keepwell_cli.output import Answer, plain
from keepwell_cli.playbooks import Directory, local_playbook
from keepwell_cli.rehearsal import Rehearsal

MARK = {True: "[green]✓[/]", False: "[red]✗[/]", None: "[yellow]?[/]"}


def check(
    expression: Annotated[str, typer.Argument(help="The condition, in quotes.")],
    facts: Annotated[
        str | None,
        typer.Option(help='A JSON object of attribute names and values, and "history": past values by day.'),
    ] = None,
    account_csv: Annotated[
        Path | None, typer.Option(help="A CSV of accounts to take the facts from.")
    ] = None,
    id: Annotated[str | None, typer.Option(help="With --account-csv: the account.")] = None,  # noqa: A002
    playbook: Directory = None,
    on: Annotated[str | None, typer.Option(help="The day to ask about (default: today).")] = None,
) -> Answer:
    """Examine one condition: its canonical form, what it depends on, whether it matches and why.

    Example: `keepwell check "Health = Poor AND Contract Value > $25,000" --facts '{"Health": "Poor"}'`
    """
    book = local_playbook(playbook)
    today = day_of(on) if on else datetime.now(UTC).astimezone(book.time_zone).date()
    known: dict[str, Any] | None = None
    if account_csv:
        rehearsal = Rehearsal(book, FixedClock(datetime.combine(today, time(12), book.time_zone)))
        known = dict(_facts_in(rehearsal, account_csv, id))
    if facts is not None:
        known = {**(known or {}), **_object(facts)}
    document = examine(expression, book.catalogue, known, today)
    return Answer(document, _view(document))


def day_of(text: str) -> date:
    """The day that `--on` names. Raises RejectedInput."""
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise RejectedInput(f"--on takes a day such as 2026-11-21, not {text!r}") from None


def _object(text: str) -> dict[str, Any]:
    try:
        facts = json.loads(text)
    except json.JSONDecodeError as error:
        raise RejectedInput(f"--facts is not JSON: {error.msg} at character {error.pos + 1}") from None
    except (ValueError, RecursionError) as error:  # a number of thousands of digits, thousands of brackets
        raise RejectedInput(f"--facts is more than can be read: {error}") from None
    if not isinstance(facts, dict):
        raise RejectedInput('--facts takes an object such as {"Health": "Poor"}')
    return facts


def _facts_in(rehearsal: Rehearsal, path: Path, account_id: str | None) -> dict[str, Any]:
    if account_id is None:
        raise RejectedInput("--account-csv needs --id: which account of the file?")
    report = rehearsal.drop(path.name, _content(path))
    found = rehearsal.accounts.get(account_id)
    if report["status"] == "failed":
        raise RejectedInput(f"{path} cannot be read: {report['errors'][0]['reason']}")
    if found is None:
        why = "".join(f"\n{fault}" for fault in _faults_of(account_id, rehearsal, report["rejects_file"]))
        raise RejectedInput(f"{path} has no account {account_id!r} that could be read{why}")
    return dict(found.facts.values)


def _faults_of(account_id: str, rehearsal: Rehearsal, rejects_file: str | None) -> Iterator[str]:
    """Why the rows of this account were rejected, as the rejects file has it.

    A row that is not CSV has no id there; it counts if the id stands in it between delimiters.
    """
    if rejects_file is None:
        return
    rows = csv.reader(io.StringIO(rehearsal.files.read(rejects_file).decode("utf-8-sig"), newline=""))
    ids = [rehearsal.playbook.catalogue.find(as_it_was(header)) for header in next(rows)]
    place = next(place for place, attribute in enumerate(ids) if attribute and attribute.name == ID)
    for *cells, line, column, reason in rows:
        row = re.split(r"[,;\t|]", reason.partition(ROW_TOLD)[2])
        if account_id in (as_it_was(cells[place]).strip(), *(cell.strip('" ') for cell in row)):
            yield f"row {line}: {f'{column}: ' if column else ''}{reason}"


def _content(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise RejectedInput(f"{path} cannot be read: {error.strerror}") from None


def _view(document: dict[str, Any]) -> RenderableType:
    summary = Table(box=None, show_header=False, padding=(0, 2, 0, 0))
    summary.add_row("condition", plain(document["canonical"]))
    summary.add_row("depends on", plain(", ".join(document["attributes"])))
    if document["lookback_days"]:
        summary.add_row("looks back", f"{document['lookback_days']} days")
    if document["time_dependent"]:
        summary.add_row("", "changes with time alone")
    summary.add_row("hash", document["hash"])
    if document["matches"] is None:
        return summary
    summary.add_row("matches", "[green]yes[/]" if document["matches"] else "[red]no[/]")
    if document["next_change"]:
        summary.add_row("can change on", document["next_change"])
    reasons = Table("", "condition", "value", box=None, padding=(0, 2, 0, 0))
    for reason in document["reasons"]:
        value = "[dim]unknown[/]" if reason["value"] is None else plain(reason["value"])
        reasons.add_row(MARK[reason["matches"]], plain(reason["condition"]), value)
    return Group(summary, "", reasons)
