"""What an import would do: the same import, run on twins that know what the stack knows.

Nothing is written anywhere. With no cloud in reach it compares with nothing and says so.
"""

from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from rich.markup import escape

from keepwell.errors import ConfigurationError, TransientFailure
from keepwell.imports.drops import drop_key
from keepwell.in_memory import FixedClock
from keepwell_cli.first_rows import first_rows
from keepwell_cli.known import (
    AnyAccounts,
    AnyTeam,
    KnownAccounts,
    KnownCollections,
    KnownControl,
    KnownFiles,
    KnownPeople,
    KnownTeam,
    KnownTouchpoints,
    KnownWork,
)
from keepwell_cli.output import AWS_ERRORS, NoCloudError, progress, step
from keepwell_cli.playbooks import local_playbook
from keepwell_cli.rehearsal import Rehearsal
from keepwell_cli.rejects import save_rejects
from keepwell_cli.stack import Stack

MOST_CHUNKS = 2
"""Of a file: 16 MiB, or some 140,000 rows, which take some twenty seconds and 460 MiB. A longer one is looked
at so far and no further."""


def preview(
    files: Sequence[Path],
    object_name: str,
    mapping: str | None,
    stack: str | None = None,
    rejects: Path | None = None,
    playbook: Path | None = None,
    *,
    again: bool = False,
) -> list[dict[str, Any]]:
    """The reports that dropping these files would give, each with its `first_rows`, `compared_with` and
    `cut_after`, the number of rows that were looked at, None if all were. There is no rejects file, unless
    the rows are to be saved to `rejects`.

    They are read by `playbook`, else by the stack's; `again` as if each were the first of its feed. Raises
    NoCloudError only if a stack was named and is not there.
    """
    rehearsal, laid, compared_with = _rehearsal(stack, object_name, playbook, again=again)
    reports = []
    for file in files:
        key, size = drop_key(object_name, mapping, file.name), file.stat().st_size
        laid.lay(key, file)
        drop = rehearsal.dropped(key, size)
        with step(f"Looking at {file.name}"):
            is_cut = rehearsal.plan(drop, MOST_CHUNKS)
            report = rehearsal.imported(drop)
        told = {
            "rejects_file": None,
            "compared_with": compared_with,
            "cut_after": report["rows"] if is_cut else None,
            "first_rows": first_rows(rehearsal, drop, report),
        }
        reports.append(save_rejects(report, rehearsal.files, rejects) | told)
    return reports


def feed_of(file: Path, object_name: str, mapping: str | None, stack: Stack) -> str | None:
    """The feed that a drop of this file would belong to; None if it cannot be read."""
    rehearsal, laid = Rehearsal(stack.playbooks.get(), stack.clock), KnownFiles()
    rehearsal.files, key = laid, drop_key(object_name, mapping, file.name)
    laid.lay(key, file)
    drop = rehearsal.dropped(key, file.stat().st_size)
    rehearsal.plan(drop, most_chunks=1)
    job = rehearsal.job(drop)
    return job.feed if job else None


def _rehearsal(
    name: str | None, object_name: str, playbook: Path | None, *, again: bool
) -> tuple[Rehearsal, KnownFiles, str]:
    own = local_playbook(playbook) if playbook else None
    try:
        stack = Stack.configured(name)
        rehearsal = Rehearsal(own or stack.playbooks.get(), FixedClock(stack.clock.now()))
    except (NoCloudError, TransientFailure, ConfigurationError, *AWS_ERRORS):
        if name is not None:
            raise
        by = f"the playbook in {playbook}" if own else "the standard playbook"
        progress.print(f"No cloud is in reach: compared with nothing, read with {escape(by)}.")
        rehearsal = Rehearsal(own or local_playbook(None), FixedClock(datetime.now(UTC)))
        rehearsal.files = files = KnownFiles()
        if object_name != "accounts":
            rehearsal.accounts = AnyAccounts()
        if object_name == "assignments":
            rehearsal.team = AnyTeam()
        return rehearsal, files, "nothing"
    rehearsal.accounts = KnownAccounts(stack.accounts)
    rehearsal.people = KnownPeople(stack.people)
    rehearsal.touchpoints = KnownTouchpoints(stack.touchpoints)
    rehearsal.work = KnownWork(stack.work)
    rehearsal.team = KnownTeam(stack.team)
    rehearsal.collections = KnownCollections(stack.collections)
    rehearsal.control = KnownControl(stack.control)
    rehearsal.files = files = KnownFiles(None if again else stack.files)
    return rehearsal, files, f"stack {stack.name}"
