"""`keepwell nightly`: start the nightly run now."""

from collections.abc import Iterator, Mapping
from datetime import date, datetime
from typing import Annotated, Any

import typer

from infra import system
from infra.vocabulary import OnStep
from keepwell.nightly import night_of
from keepwell_cli.days import read_day
from keepwell_cli.machines import NO_LONGER_WAITING, end_of, start, started
from keepwell_cli.output import Answer, step
from keepwell_cli.stack import Stack, StackName

On = Annotated[
    datetime | None,
    typer.Option(
        "--on", parser=read_day, metavar="DAY", help="Evaluate as of this day. Default: the stack's today."
    ),
]
Wait = Annotated[bool, typer.Option("--wait", help="Wait for the end and show the counts.")]


def nightly(on: On = None, wait: Wait = False, stack: StackName = None) -> Answer:
    """Start the nightly run, which evaluates every account.

    Accounts that are known of a later day already are skipped. Ends with 1 if the run failed.

    Example: `keepwell nightly --on 2026-11-21 --wait`
    """
    target = Stack.configured(stack)
    now, zone = target.clock.now(), target.playbooks.get().time_zone
    day = on.date() if on else now.astimezone(zone).date()
    night_of(day.isoformat(), now, zone)  # a day ahead is better told here than by a run that fails
    run = start_night(target, day)
    if not wait:
        return Answer(started(run), f"Started {run}")
    try:
        with step("Evaluating every account"):
            document = end_of(run, system.EVALUATE_ACCOUNTS)
    except KeyboardInterrupt:
        return Answer(started(run), f"{NO_LONGER_WAITING}\nStarted {run}", interrupted=True)
    return Answer(document, "\n".join(night_in_words(document)), findings=has_failed(document))


def start_night(stack: Stack, on: date | None = None) -> str:
    """Start the run for a day (default: now); the execution's ARN."""
    return start(stack, system.NIGHTLY, on.isoformat() if on else None)


def run_night(stack: Stack, on: date | None = None) -> dict[str, Any]:
    """Start the run and wait for its end, as `end_of` does."""
    return end_of(start_night(stack, on), system.EVALUATE_ACCOUNTS)


def has_failed(document: Mapping[str, Any]) -> bool:
    """Whether a run failed, or a step of it counted something that did."""
    steps = (told for told in document.values() if isinstance(told, dict))
    return document["status"] != "SUCCEEDED" or bool(
        document.get("failed") or any(counts.get("failed") for counts in steps)
    )


def night_in_words(document: Mapping[str, Any]) -> Iterator[str]:
    """What came of a nightly run, line by line."""
    if document["status"] != "SUCCEEDED":
        yield f"The nightly run failed. {document['cause']}"
        return
    assert isinstance(system.EVALUATE_ACCOUNTS.wakes, OnStep)
    counts = {name: document[name] for name in system.EVALUATE_ACCOUNTS.wakes.counts}
    skipped = counts["skipped"]
    yield f"Nightly run: {listed(counts if skipped else counts | {'skipped': None})}."
    for name, told in document.items():
        if isinstance(told, dict) and told.get("failed"):
            yield f"{name}: {listed(told)}."
    if skipped:
        yield f"Skipped: what is known of them is of a day after {document['on']}, and it stays."


def listed(counts: Mapping[str, int | None]) -> str:
    """`evaluated 2, changed 1`."""
    return ", ".join(f"{name} {number}" for name, number in counts.items() if number is not None)
