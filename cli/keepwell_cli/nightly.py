"""`keepwell nightly`: start the nightly run now."""

import json
from collections.abc import Iterator, Mapping
from datetime import date, datetime
from typing import TYPE_CHECKING, Annotated, Any

import boto3
import typer

from infra import system
from infra.vocabulary import OnStep
from keepwell.nightly import night_of
from keepwell_cli.output import Answer, step
from keepwell_cli.stack import Stack, StackName
from keepwell_cli.waiting import wait_for

if TYPE_CHECKING:
    from mypy_boto3_stepfunctions.type_defs import DescribeExecutionOutputTypeDef

LONGEST_NIGHT = 900

On = Annotated[
    datetime | None,
    typer.Option("--on", formats=["%Y-%m-%d"], help="Evaluate as of this day. Default: the stack's today."),
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
    if not wait:
        run = start_night(target, day)
        return Answer({"execution": run, "status": "RUNNING"}, f"Started {run}")
    with step("Evaluating every account"):
        document = run_night(target, day)
    if document["status"] != "SUCCEEDED":
        return Answer(document, f"The nightly run failed. {document['cause']}", findings=True)
    failed = document["failed"] or any(document[name].get("failed") for name in _other_steps())
    return Answer(document, "\n".join(_said(document)), findings=bool(failed))


def start_night(stack: Stack, on: date | None = None) -> str:
    """Start the run for a day (default: now); the execution's ARN."""
    wanted = {"on": on.isoformat()} if on else {}
    started = boto3.client("stepfunctions").start_execution(
        stateMachineArn=stack.named(system.NIGHTLY), input=json.dumps(wanted)
    )
    return started["executionArn"]


def run_night(stack: Stack, on: date | None = None) -> dict[str, Any]:
    """Start the run and wait for its end: its status, and its counts, or the `cause` of its failure.

    The counts of the evaluation stand by themselves, those of the other steps under the step's name.
    """
    machines = boto3.client("stepfunctions")
    run = start_night(stack, on)

    def ended() -> "DescribeExecutionOutputTypeDef | None":
        state = machines.describe_execution(executionArn=run)
        return None if state["status"] == "RUNNING" else state

    state = wait_for(f"the nightly run {run}", ended, patience=LONGEST_NIGHT)
    document: dict[str, Any] = {"execution": run, "status": state["status"]}
    if state["status"] != "SUCCEEDED":
        return document | {"cause": f"{state.get('error', '')}: {state.get('cause', '')}"}
    counted: dict[str, Any] = json.loads(state["output"])
    return document | counted.pop(system.EVALUATE_ACCOUNTS.name) | counted


def _other_steps() -> list[str]:
    """The steps of the night beside the evaluation."""
    steps = [function for function in system.FUNCTIONS if isinstance(function.wakes, OnStep)]
    return [step.name for step in steps if step is not system.EVALUATE_ACCOUNTS]


def _said(document: dict[str, Any]) -> Iterator[str]:
    assert isinstance(system.EVALUATE_ACCOUNTS.wakes, OnStep)
    counts = {name: document[name] for name in system.EVALUATE_ACCOUNTS.wakes.counts}
    skipped = counts["skipped"]
    yield f"Nightly run: {_listed(counts if skipped else counts | {'skipped': None})}."
    for name in _other_steps():
        if document[name].get("failed"):
            yield f"{name}: {_listed(document[name])}."
    if skipped:
        yield f"Skipped: what is known of them is of a day after {document['on']}, and it stays."


def _listed(counts: Mapping[str, int | None]) -> str:
    return ", ".join(f"{name} {number}" for name, number in counts.items() if number is not None)
