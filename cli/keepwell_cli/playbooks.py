"""`keepwell lint` and `keepwell apply`: a playbook directory is checked, compiled and made the active one."""

from collections.abc import Sequence
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Group
from rich.text import Text

from keepwell.errors import ConfigurationError, RejectedInput
from keepwell.playbook import Playbook, read_bundle
from keepwell.playbook.compiling import check_playbook, compile_playbook, compile_with_warnings
from keepwell.playbook.findings import FaultyPlaybook, Finding, errors_in
from keepwell.playbook.loading import shipped_blocs
from keepwell_aws.playbooks import default_bundle
from keepwell_cli.output import Answer, plain, step
from keepwell_cli.stack import Stack, StackName

Directory = Annotated[
    Path | None, typer.Option("--playbook", help="A playbook directory (default: the standard playbook).")
]
Folder = Annotated[Path, typer.Argument(help="The playbook's directory, which holds keepwell.yaml.")]


def local_playbook(directory: Path | None) -> Playbook:
    """The playbook of a directory, or the standard one."""
    return read_bundle(local_bundle(directory))


def local_bundle(directory: Path | None) -> str:
    """The compiled text of the playbook of a directory, or of the standard one."""
    return default_bundle() if directory is None else compile_playbook(_existing(directory), shipped_blocs())


def lint(directory: Folder = Path()) -> Answer:
    """Check a playbook: every finding with its file, line and column, and what was probably meant.

    Warnings say what is odd and end with 0. Example: `keepwell lint my-playbook`
    """
    return _answer(check_playbook(_existing(directory), shipped_blocs()))


def apply(directory: Folder = Path(), stack: StackName = None) -> Answer:
    """Check and compile a playbook and make it the active one of the stack.

    Accounts that are already inside a new segment are taken in silently, unless a play acts on them.

    Ends with 1 and what `lint` says if there is anything to mend. Example: `keepwell apply my-playbook`
    """
    try:
        bundle, warnings = compile_with_warnings(_existing(directory), shipped_blocs())
    except FaultyPlaybook as faulty:
        return _answer(faulty.findings)
    found = Stack.configured(stack)
    before = _active(found)
    with step(f"Applying {directory} to {found.name}"):
        after = found.playbooks.activate(bundle, found.clock.now())
    changed = before is None or before.version != after.version
    activated = _activated(before or after, after)
    document = {
        "before": before.version if before else None,
        "active": after.version,
        "changed": changed,
        "activated": activated,
        "warnings": [_document(warning) for warning in warnings],
    }
    said = f"active: {after.version}" if changed else f"already active: {after.version}"
    new = [plain(f"activated: {kind[:-1]} {name}") for kind, names in activated.items() for name in names]
    return Answer(document, Group(*_shown(warnings), said, *new))


def _activated(before: Playbook, after: Playbook) -> dict[str, list[str]]:
    """The names of the segments and plays that became active with a playbook."""
    new = {stamp for stamp, at in after.activated.items() if before.activated.get(stamp) != at}
    return {
        "segments": [segment.name for segment in after.segments if segment.id in new],
        "plays": [play.name for play in after.plays if f"play:{play.id}" in new],
    }


def _answer(findings: Sequence[Finding]) -> Answer:
    errors = errors_in(findings)
    warnings = len(findings) - len(errors)
    verdict = f"[red]{len(errors)} to mend[/]" if errors else "[green]Nothing to mend.[/]"
    if warnings:
        verdict += f" [yellow]{warnings} {'warning' if warnings == 1 else 'warnings'}.[/]"
    document = {"findings": [_document(finding) for finding in findings]}
    return Answer(document, Group(*_shown(findings), verdict), findings=bool(errors))


def _shown(findings: Sequence[Finding]) -> list[Text]:
    return [plain(f"{finding}\n") for finding in findings]


def _active(stack: Stack) -> Playbook | None:
    """What is in force; None if its bundle cannot be read any more, which applying another one mends."""
    try:
        return stack.playbooks.get()
    except ConfigurationError:
        return None


def _existing(directory: Path) -> Path:
    if not (directory / "keepwell.yaml").is_file():
        raise RejectedInput(
            f"{directory} holds no keepwell.yaml: name a playbook's directory "
            "or write a new one: keepwell init"
        )
    return directory


def _document(finding: Finding) -> dict[str, str | int | None]:
    return {
        "file": finding.file,
        "line": finding.line,
        "column": finding.column,
        "message": finding.message,
        "suggestion": finding.suggestion,
        "severity": finding.severity.value,
    }
