"""`keepwell drop`: put a CSV into the drop bucket, and show what became of it."""

import json
import re
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import IO, Annotated, Any

import typer
from rich.console import Group, RenderableType
from rich.markup import escape
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn
from rich.table import Table

from infra import system
from keepwell.errors import RejectedInput
from keepwell.imports.drops import drop_id, drop_key
from keepwell.imports.failing import left_alone
from keepwell.imports.job import ImportJob, control_key, report_file
from keepwell.imports.objects.accounts import ACCOUNTS
from keepwell.imports.seen import forget
from keepwell_aws.clients import s3
from keepwell_aws.failures import translated
from keepwell_cli.importable import ObjectOption
from keepwell_cli.output import Answer, NoCloudError, plain, progress
from keepwell_cli.preview import feed_of, preview
from keepwell_cli.rejects import check_rejects_path, save_rejects
from keepwell_cli.report_view import report_view
from keepwell_cli.stack import Stack, StackName

PATIENCE_SECONDS = 600
MOST_BYTES_AT_ONCE = 5 * 1024**3
_LOOK_EVERY_SECONDS = 0.3

Report = Mapping[str, Any]


class StillAtWork(NoCloudError):
    """An import has no report after the time that was waited for it; the text says how far it is."""


def drop(
    files: Annotated[list[Path], typer.Argument(exists=True, dir_okay=False, readable=True, metavar="FILE")],
    *,
    object_name: ObjectOption = ACCOUNTS.name,
    mapping: Annotated[
        str | None, typer.Option(help="A mapping of the playbook, for foreign columns.")
    ] = None,
    wait: Annotated[bool, typer.Option("--wait", help="Wait for the import and show its report.")] = False,
    preview_only: Annotated[
        bool, typer.Option("--preview", help="Show its first rows and its report; nothing is written.")
    ] = False,
    playbook: Annotated[
        Path | None, typer.Option(help="With --preview: the playbook to read by (default: the stack's).")
    ] = None,
    again: Annotated[
        bool, typer.Option("--again", help="Look at every row, whatever the feed's last file said.")
    ] = False,
    rejects: Annotated[
        Path | None,
        typer.Option(dir_okay=False, help="Wait, and save the rejected rows with their reasons here."),
    ] = None,
    stack: StackName = None,
) -> Answer:
    """Put CSV files into the drop bucket.

    `--wait` gives up once nothing has moved for ten minutes: it says how far the import is, which goes on all
    the same, and ends with 3. `keepwell imports DROP` shows the report later.

    Example: `keepwell drop accounts.csv --wait`
    """
    _check_mapping(mapping)
    check_rejects_path(rejects, files)
    if preview_only:
        return answer_of(preview(files, object_name, mapping, stack, rejects, playbook, again=again))
    if playbook:
        raise RejectedInput("--playbook is for --preview: what is dropped is read by the active playbook")
    target = Stack.configured(stack)
    if again:
        for file in files:
            if feed := feed_of(file, object_name, mapping, target):
                forget(feed, target.control)
    drop_ids = [_put_file(target, file, object_name, mapping) for file in files]
    dropped = [
        {"drop_id": drop_id, "object": object_name, "file": file.name, "report": report_file(drop_id)}
        for drop_id, file in zip(drop_ids, files, strict=True)
    ]
    if not wait and rejects is None:
        return Answer(_one_or_all(dropped), _dropped_view(dropped))
    try:
        reports = [wait_for_report(target, drop_id) for drop_id in drop_ids]
    except KeyboardInterrupt:
        view = Group("No longer waiting; what was dropped is imported all the same.", _dropped_view(dropped))
        return Answer(_one_or_all(dropped), view, interrupted=True)
    except StillAtWork as told:
        return Answer(_one_or_all(dropped), Group(plain(told), _dropped_view(dropped)), unfinished=True)
    return answer_of([save_rejects(report, target.files, rejects) for report in reports])


def _check_mapping(name: str | None) -> None:
    """The name becomes a folder of the key; what is none would put the file somewhere else."""
    if name is not None and not re.fullmatch(r"[A-Za-z0-9_-]+", name):
        raise RejectedInput(
            f"--mapping {name!r} is no mapping's name: letters, digits, - and _, as in mappings/<name>.yaml"
        )


def answer_of(reports: Sequence[Report]) -> Answer:
    """The reports as an answer: rejected rows and missing ones that were left alone are findings, a file that
    failed could not be read."""
    return Answer(
        document=_one_or_all(reports),
        view=Group(*(report_view(report) for report in reports)),
        findings=any(report["rejected"] or left_alone(report) for report in reports),
        unreadable=any(report["status"] == "failed" for report in reports),
    )


def _put_file(stack: Stack, file: Path, object_name: str, mapping: str | None) -> str:
    if file.stat().st_size > MOST_BYTES_AT_ONCE:
        raise RejectedInput(
            f"{file} is larger than the 5 GiB that can be put at once; upload it by parts (`aws s3 cp`) to "
            f"s3://{stack.named(system.FILES)}/{drop_key(object_name, mapping, file.name)}"
        )
    with file.open("rb") as content:
        return put(stack, file.name, content, object_name, mapping)


def put(
    stack: Stack,
    file_name: str,
    content: bytes | IO[bytes],
    object_name: str = "accounts",
    mapping: str | None = None,
) -> str:
    """Put a file into the drop bucket; the id of its drop."""
    bucket, key = stack.named(system.FILES), drop_key(object_name, mapping, file_name)
    with translated(f"writing s3://{bucket}/{key}"):
        stored = s3().put_object(Bucket=bucket, Key=key, Body=content, ContentType="text/csv")
    return drop_id(bucket, key, stored["VersionId"])


def wait_for_report(stack: Stack, drop_id: str, patience: float = PATIENCE_SECONDS) -> dict[str, Any]:
    """The report of a drop, once it is there. StillAtWork if nothing moves for `patience` seconds."""
    key, seen, until = report_file(drop_id), "", 0.0
    with _progress_bar() as bar:
        task = bar.add_task(f"Importing {escape(drop_id)}", total=None)
        while not stack.files.exists(key):
            row = stack.control.get(control_key(drop_id)) or {}
            if (far := how_far(row)) != seen:
                seen, until = far, time.monotonic() + patience
            if time.monotonic() >= until:
                raise StillAtWork(
                    f"The import {drop_id} is not done, and nothing moved for {patience / 60:.0f} minutes: "
                    f"{far}. A run that broke off is tried again within half an hour; what fails each time "
                    "ends among the dead letters, of which an alarm tells. See later: "
                    f"keepwell imports {drop_id}"
                )
            bar.update(task, total=row.get("shards"), completed=len(row.get("done", ())))
            time.sleep(_LOOK_EVERY_SECONDS)
    report: dict[str, Any] = json.loads(stack.files.read(key))
    return report


def how_far(row: Mapping[str, Any]) -> str:
    """How far an import without a report is, by its control row, which is empty at first."""
    if not row:
        return "no function has looked at the file yet"
    job = ImportJob.from_row(row)
    if job.status == "splitting":
        return f"the file is being split, {job.rows:,} rows by now"
    return f"{len(row.get('done', ()))} of {job.shards} shards are done"


def _progress_bar() -> Progress:
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    return Progress(*columns, console=progress, transient=True, disable=not progress.is_terminal)


def _one_or_all(reports: Sequence[Report]) -> Report:
    """One file's document as interfaces.md has it; of several files, a list of them."""
    return reports[0] if len(reports) == 1 else {"drops": list(reports)}


def _dropped_view(dropped: Sequence[Report]) -> RenderableType:
    table = Table("File", "Drop", "Its report", box=None)
    for drop in dropped:
        table.add_row(escape(drop["file"]), drop["drop_id"], f"keepwell imports {drop['drop_id']}")
    return table
