"""`keepwell imports`: what was dropped, and what became of it."""

import json
from collections.abc import Sequence
from datetime import datetime, timedelta, tzinfo
from typing import Annotated

import typer
from rich.console import RenderableType
from rich.table import Table

from keepwell.errors import RejectedInput
from keepwell.imports.job import control_key, report_file
from keepwell.imports.listing import PastImport, past_imports
from keepwell_cli.days import read_day
from keepwell_cli.drop import answer_of, how_far
from keepwell_cli.ids import read_id
from keepwell_cli.importable import OnlyObject
from keepwell_cli.output import Answer, plain
from keepwell_cli.stack import Stack, StackName

DAYS = 30

Drop = Annotated[str | None, typer.Argument(metavar="DROP", help="Show the report of this one again.")]
Since = Annotated[
    datetime | None,
    typer.Option(
        "--since", parser=read_day, metavar="DAY", help=f"Those dropped since this day. Default: {DAYS} days."
    ),
]
Failed = Annotated[bool, typer.Option("--failed", help="Only files that could not be read.")]


def imports(
    drop: Drop = None,
    *,
    since: Since = None,
    object_name: OnlyObject = None,
    failed: Failed = False,
    stack: StackName = None,
) -> Answer:
    """List the imports, the newest first, with what became of their rows.

    Ends with 1 if a listed one failed. With DROP it shows the report of that one again, and ends as
    `keepwell drop FILE --wait` did: with 1 if rows were rejected, with 2 if the file could not be read.

    Example: `keepwell imports --since 2026-11-01 --failed`
    """
    target = Stack.configured(stack)
    if drop is not None:
        return _one(target, read_id(drop, "drop"))
    zone = target.playbooks.get().time_zone
    first = since or target.clock.now().astimezone(zone) - timedelta(days=DAYS)
    found = [
        each
        for each in past_imports(target.files, target.control, first.date(), zone)
        if object_name in (None, each.object) and (each.status == "failed" or not failed)
    ]
    has_failed = any(each.status == "failed" for each in found)
    return Answer({"imports": [each.document() for each in found]}, _view(found, zone), findings=has_failed)


def _one(stack: Stack, drop_id: str) -> Answer:
    key = report_file(drop_id)
    if stack.files.exists(key):
        return answer_of([json.loads(stack.files.read(key))])
    row = stack.control.get(control_key(drop_id))
    if row is None:
        raise RejectedInput(
            f"there is no import {drop_id!r}, or no function has looked at its file yet; keepwell imports "
            "lists them"
        )
    raise RejectedInput(f"the import {drop_id} is still at work: {how_far(row)}; its report comes at the end")


def _view(found: Sequence[PastImport], zone: tzinfo) -> RenderableType:
    if not found:
        return "There is no such import."
    counted = ("rows", "created", "updated", "unchanged", "rejected")
    table = Table("dropped", "file", "object", "status", *counted, "took", "drop", box=None)
    for each in found:
        counts = each.counts or {}
        table.add_row(
            each.dropped_at.astimezone(zone).strftime("%Y-%m-%d %H:%M"),
            plain(each.file or ""),
            each.object or "",
            _status(each),
            *(f"{counts[name]:,}" if name in counts else "" for name in counted),
            _took(each),
            each.drop_id,
        )
    return table


def _status(one: PastImport) -> str:
    if one.undo:
        return "undone" if one.undo == "done" else "being undone"
    if one.status == "importing":
        return f"importing {one.shards_done}/{one.shards}"
    return f"[bold red]{one.status}[/]" if one.status == "failed" else one.status


def _took(one: PastImport) -> str:
    if not (one.started_at and one.finished_at):
        return ""
    return f"{(one.finished_at - one.started_at).total_seconds():.0f} s"
