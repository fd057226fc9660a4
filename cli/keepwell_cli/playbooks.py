"""`keepwell lint` and `keepwell apply`: a playbook directory is checked, compiled and made the active one."""

from collections.abc import Sequence
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Group

from keepwell.errors import ConfigurationError, RejectedInput
from keepwell.playbook import Playbook, read_bundle
from keepwell.playbook.compiling import check_playbook, compile_playbook
from keepwell.playbook.findings import FaultyPlaybook, Finding
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
    if directory is None:
        return read_bundle(default_bundle())
    return read_bundle(compile_playbook(_existing(directory), shipped_blocs()))


def lint(directory: Folder = Path()) -> Answer:
    """Check a playbook: every finding with its file, line and column, and what was probably meant.

    Example: `keepwell lint my-playbook`
    """
    return _answer(check_playbook(_existing(directory), shipped_blocs()))


def apply(directory: Folder = Path(), stack: StackName = None) -> Answer:
    """Check and compile a playbook and make it the active one of the stack.

    Accounts that are already inside a new segment are taken in silently: activating is no event.

    Ends with 1 and what `lint` says if there is anything to mend. Example: `keepwell apply my-playbook`
    """
    try:
        bundle = compile_playbook(_existing(directory), shipped_blocs())
    except FaultyPlaybook as faulty:
        return _answer(faulty.findings)
    found = Stack.configured(stack)
    before = _active_version(found)
    with step(f"Applying {directory} to {found.name}"):
        after = found.playbooks.activate(bundle, found.clock.now())
    document = {"before": before, "active": after.version, "changed": before != after.version}
    said = f"active: {after.version}" if before != after.version else f"already active: {after.version}"
    return Answer(document, said)


def _answer(findings: Sequence[Finding]) -> Answer:
    shown = [plain(f"{finding}\n") for finding in findings]
    verdict = f"[red]{len(findings)} to mend[/]" if findings else "[green]Nothing to mend.[/]"
    document = {"findings": [_document(finding) for finding in findings]}
    return Answer(document, Group(*shown, verdict), findings=bool(findings))


def _active_version(stack: Stack) -> str | None:
    """The version in force; None if its bundle cannot be read any more, which applying another one mends."""
    try:
        return stack.playbooks.get().version
    except ConfigurationError:
        return None


def _existing(directory: Path) -> Path:
    if not (directory / "keepwell.yaml").is_file():
        raise RejectedInput(
            f"{directory} holds no keepwell.yaml: name a playbook's directory "
            "(docs/reference/playbook.md shows how to begin one)"
        )
    return directory


def _document(finding: Finding) -> dict[str, str | int | None]:
    return {
        "file": finding.file,
        "line": finding.line,
        "column": finding.column,
        "message": finding.message,
        "suggestion": finding.suggestion,
    }
