"""What an import would do: the same import, run on twins that know what the stack knows.

Nothing is written anywhere. With no cloud in reach it compares with nothing and says so.
"""

from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from keepwell.errors import ConfigurationError, TransientFailure
from keepwell.in_memory import FixedClock
from keepwell.playbook import read_bundle
from keepwell_aws.playbooks import default_bundle
from keepwell_cli.known import (
    AnyAccounts,
    AnyTeam,
    KnownAccounts,
    KnownCollections,
    KnownControl,
    KnownPeople,
    KnownTeam,
    KnownTouchpoints,
    KnownWork,
)
from keepwell_cli.output import AWS_ERRORS, NoCloudError, progress
from keepwell_cli.rehearsal import Rehearsal
from keepwell_cli.rejects import save_rejects
from keepwell_cli.stack import Stack


def preview(
    files: Sequence[Path],
    object_name: str,
    mapping: str | None,
    stack: str | None = None,
    rejects: Path | None = None,
) -> list[dict[str, Any]]:
    """The reports that dropping these files would give, each with `compared_with` and without a rejects file,
    unless the rows are to be saved to `rejects`.

    Raises NoCloudError only if a stack was named and is not there.
    """
    rehearsal, compared_with = _rehearsal(stack, object_name)
    reports = []
    for file in files:
        report = rehearsal.drop(file.name, file.read_bytes(), object_name=object_name, mapping=mapping)
        told = {"rejects_file": None, "compared_with": compared_with}
        reports.append(save_rejects(report, rehearsal.files, rejects) | told)
    return reports


def _rehearsal(name: str | None, object_name: str) -> tuple[Rehearsal, str]:
    try:
        stack = Stack.configured(name)
        rehearsal = Rehearsal(stack.playbooks.get(), FixedClock(stack.clock.now()))
    except (NoCloudError, TransientFailure, ConfigurationError, *AWS_ERRORS):
        if name is not None:
            raise
        progress.print("No cloud is in reach: compared with nothing, read with the standard playbook.")
        rehearsal = Rehearsal(read_bundle(default_bundle()), FixedClock(datetime.now(UTC)))
        if object_name != "accounts":
            rehearsal.accounts = AnyAccounts()
        if object_name == "assignments":
            rehearsal.team = AnyTeam()
        return rehearsal, "nothing"
    rehearsal.accounts = KnownAccounts(stack.accounts)
    rehearsal.people = KnownPeople(stack.people)
    rehearsal.touchpoints = KnownTouchpoints(stack.touchpoints)
    rehearsal.work = KnownWork(stack.work)
    rehearsal.team = KnownTeam(stack.team)
    rehearsal.collections = KnownCollections(stack.collections)
    rehearsal.control = KnownControl(stack.control)
    return rehearsal, f"stack {stack.name}"
