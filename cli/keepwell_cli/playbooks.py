"""`keepwell lint` and `keepwell apply`: a playbook directory is checked, compiled and made the active one."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import timedelta
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Group
from rich.text import Text

from infra import system
from infra.vocabulary import Lambda
from keepwell.errors import ConfigurationError, RejectedInput
from keepwell.playbook import Playbook, read_bundle
from keepwell.playbook.bundle import FORMAT
from keepwell.playbook.compiling import check_playbook, compile_playbook, compile_with_warnings
from keepwell.playbook.findings import FaultyPlaybook, Finding, errors_in
from keepwell.playbook.loading import shipped_blocs
from keepwell.plays import PlayState
from keepwell.plays.trying import writes_mail
from keepwell.recalculating import FARTHEST_DAYS
from keepwell_aws.playbooks import default_bundle
from keepwell_cli.machines import NO_LONGER_WAITING, end_of, start, started
from keepwell_cli.nightly import has_failed, listed, night_in_words, start_night
from keepwell_cli.output import Answer, plain, step
from keepwell_cli.stack import Stack, StackName

Directory = Annotated[
    Path | None, typer.Option("--playbook", help="A playbook directory (default: the standard playbook).")
]
Recalculate = Annotated[
    int | None,
    typer.Option(
        min=1, max=FARTHEST_DAYS, help="Judge so many past days, too: scores in the history, no effects."
    ),
]
Leave = Annotated[
    bool, typer.Option("--no-recalculate", help="Leave judging every account to the next night.")
]
Wait = Annotated[bool, typer.Option("--wait", help="Wait until everything is judged and show the counts.")]
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


def apply(
    directory: Folder = Path(),
    *,
    recalculate: Recalculate = None,
    no_recalculate: Leave = False,
    wait: Wait = False,
    stack: StackName = None,
) -> Answer:
    """Check and compile a playbook and make it the active one of the stack.

    If it differs from the one before, a nightly run begins at once, so that every account is judged by it.
    Accounts that are already inside a new segment are taken in silently, unless a play acts on them. It names
    the plays whose state is another now, and those that send mail from now on and were no shadows before.

    Ends with 1 and what `lint` says if there is anything to mend, or if the run failed. A stack of an older
    version than the command is refused: deploy first.

    Example: `keepwell apply my-playbook --wait`
    """
    try:
        bundle, warnings = compile_with_warnings(_existing(directory), shipped_blocs())
    except FaultyPlaybook as faulty:
        return _answer(faulty.findings)
    found = Stack.configured(stack)
    found.check_reads(FORMAT)
    before = _active(found)
    with step(f"Applying {directory} to {found.name}"):
        after = found.playbooks.activate(bundle, found.clock.now())
    changed = before is None or before.version != after.version
    activated = _activated(before or after, after)
    states, untried = _changes_of_state(before or after, after), _untried(before or after, after)
    begun = _begun(found, recalculate, night=changed and not no_recalculate)
    runs, interrupted = _ended(begun) if wait else (_started(begun), False)
    document = {
        "before": before.version if before else None,
        "active": after.version,
        "changed": changed,
        "activated": activated,
        "states": states,
        "untried": untried,
        "warnings": [_document(warning) for warning in warnings],
        **runs,
    }
    said = f"active: {after.version}" if changed else f"already active: {after.version}"
    new = [plain(f"activated: {kind[:-1]} {name}") for kind, names in activated.items() for name in names]
    new += [plain(f"{each['play']}: {each['was']}, now {each['now']}") for each in states]
    new += [
        plain(f"{play} sends mail now and was no shadow before: `keepwell play try {play}` tells to whom")
        for play in untried
    ]
    if interrupted:
        new.append(plain(NO_LONGER_WAITING))
    failed = wait and any(run and has_failed(run) for run in runs.values())
    view = Group(*_shown(warnings), said, *new, *_in_words(runs))
    return Answer(document, view, findings=failed, interrupted=interrupted)


Begun = Mapping[str, tuple[str, Lambda] | None]
Runs = Mapping[str, dict[str, Any] | None]


def _begun(stack: Stack, past_days: int | None, *, night: bool) -> Begun:
    """The runs that judge by the new playbook: everyone now, and past days where they are asked for; each
    with the function whose counts are its main ones."""
    days = _last_days(stack, past_days) if past_days else None
    return {
        "night": (start_night(stack), system.EVALUATE_ACCOUNTS) if night else None,
        "recalculation": (start(stack, system.RECALCULATION, days), system.RECALCULATE_ACCOUNTS)
        if days
        else None,
    }


def _started(begun: Begun) -> Runs:
    return {name: started(run[0]) if run else None for name, run in begun.items()}


def _ended(begun: Begun) -> tuple[Runs, bool]:
    """What the runs came to, and whether the wait for them was broken off."""
    try:
        with step("Judging every account by it"):
            return {name: end_of(*run) if run else None for name, run in begun.items()}, False
    except KeyboardInterrupt:
        return _started(begun), True


def _last_days(stack: Stack, number: int) -> str:
    """The days before the stack's today."""
    today = stack.clock.now().astimezone(stack.playbooks.get().time_zone).date()
    return f"{today - timedelta(days=number)}/{today - timedelta(days=1)}"


def _in_words(runs: Runs) -> Iterator[Text]:
    night, past = runs["night"], runs["recalculation"]
    if night:
        waits = night["status"] == "RUNNING"
        yield plain("Every account is judged by it now." if waits else "\n".join(night_in_words(night)))
    if past:
        yield plain(f"Past days: {_past_in_words(past)}.")


def _past_in_words(run: Mapping[str, Any]) -> str:
    if run["status"] == "RUNNING":
        return "judged by it, too"
    if run["status"] != "SUCCEEDED":
        return f"the run failed, {run['cause']}"
    return listed({name: run[name] for name in ("accounts", "rows", "failed")})


def _activated(before: Playbook, after: Playbook) -> dict[str, list[str]]:
    """The names of the segments and plays that became active with a playbook."""
    new = {stamp for stamp, at in after.activated.items() if before.activated.get(stamp) != at}
    return {
        "segments": [segment.name for segment in after.segments if segment.id in new],
        "plays": [play.name for play in after.plays if f"play:{play.id}" in new],
    }


def _changes_of_state(before: Playbook, after: Playbook) -> list[dict[str, str]]:
    """The plays of both playbooks that have another state now (definitions.md D3)."""
    was = {play.id: play.state for play in before.plays}
    return [
        {"play": play.id, "was": was[play.id].value, "now": play.state.value}
        for play in after.plays
        if was.get(play.id, play.state) is not play.state
    ]


def _untried(before: Playbook, after: Playbook) -> list[str]:
    """The plays that send mail from now on and were no shadows before (definitions.md D3)."""
    was = {play.id: play.state for play in before.plays}
    return [
        play.id
        for play in after.plays
        if play.state is PlayState.LIVE
        and was.get(play.id) not in (PlayState.LIVE, PlayState.SHADOW)
        and writes_mail(play)
    ]


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
