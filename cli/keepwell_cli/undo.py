"""`keepwell undo`: take back what an import replaced, where nothing newer came."""

import json
from collections.abc import Mapping
from typing import Annotated, Any

import typer
from rich.console import Group, RenderableType
from rich.table import Table

from infra import system
from keepwell.imports.job import undo_report_file
from keepwell.imports.undoing import request_undo
from keepwell_cli.ids import read_id
from keepwell_cli.machines import end_of, start
from keepwell_cli.output import Answer, plain, step
from keepwell_cli.stack import Stack, StackName

DropId = Annotated[
    str, typer.Argument(metavar="DROP", help="The id of the drop, as `keepwell imports` shows it.")
]


def undo(
    drop: DropId,
    wait: Annotated[bool, typer.Option("--wait", help="Wait for the end and show what came of it.")] = False,
    stack: StackName = None,
) -> Answer:
    """Undo an import: what it replaced goes back where nobody told anything newer.

    What it created is removed, unless something hangs on it. It can be said again at any time; an import is
    undone once. Ends with 1 if something newer stays, and with 2 for what cannot be undone: a file of usage,
    an import that is still at work, or one of more than 180 days ago.

    Example: `keepwell undo accounts-3fa92b10c4 --wait`
    """
    read_id(drop, "drop")
    target = Stack.configured(stack)
    with step(f"Undoing {drop}"):
        job = request_undo(drop, control=target.control, files=target.files, now=target.clock.now())
        report = undone(target, drop)
        if report is None:
            run = start(target, system.UNDO, drop)
            requested = {
                "drop_id": drop,
                "object": job.object,
                "file": job.file,
                "report": undo_report_file(drop),
                "execution": run,
            }
            if not wait:
                where = f"what comes of it will be {requested['report']}"
                return Answer(requested, plain(f"Undoing {job.file} ({drop}); {where}"))
            ended = end_of(run, system.UNDO_IMPORTS)
            report = undone(target, drop)
        if report is None:
            why = f"The undo failed. {ended.get('cause', '')}\nSay it again: keepwell undo {drop}"
            return Answer(requested | ended, plain(why), findings=True)
    return answer_of(report)


def undone(stack: Stack, drop_id: str) -> dict[str, Any] | None:
    """The report of an undo; None if there is none yet."""
    key = undo_report_file(drop_id)
    if not stack.files.exists(key):
        return None
    report: dict[str, Any] = json.loads(stack.files.read(key))
    return report


def answer_of(report: Mapping[str, Any]) -> Answer:
    """The report as an answer: what stays is a finding."""
    return Answer(report, _view(report), findings=bool(report["values_kept"] or report["problems"]))


def _view(report: Mapping[str, Any]) -> RenderableType:
    counts = Table(box=None, show_header=False)
    told = {
        "restored": f"{report['restored']:,} ({report['values_restored']:,} values)",
        "removed": f"{report['removed']:,}",
        "kept": f"{report['kept']:,}",
        "unchanged": f"{report['unchanged']:,}",
    }
    for name, number in told.items():
        counts.add_row(name, number)
    lines: list[RenderableType] = [plain(f"{report['file']} is undone"), counts]
    if report["values_kept"]:
        lines.append(f"Values that stay, since somebody told them later: {report['values_kept']:,}, such as")
        lines += [_stays(report["stays"])]
    if report["newer_file"]:
        lines.append(
            "A newer file of the same feed came before the undo. What it only repeated is back to what it "
            "was, too: drop it again to have it."
        )
    return Group(*lines, *(plain(problem) for problem in report["problems"]))


def _stays(stays: list[Mapping[str, Any]]) -> Table:
    table = Table("id", "attribute", "told by", "on", box=None)
    for each in stays:
        told = (" / ".join(each["ids"]), each["attribute"], each["told_by"], each["told_at"][:10])
        table.add_row(*map(plain, told))
    return table
