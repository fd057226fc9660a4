"""`keepwell nightly`: start the nightly run now."""

import json
from datetime import date, datetime
from typing import TYPE_CHECKING, Annotated, Any

import boto3
import typer

from infra import system
from keepwell.nightly import COUNTS, night_of
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
    return Answer(document, _sentence(document), findings=bool(document["failed"]))


def start_night(stack: Stack, on: date | None = None) -> str:
    """Start the run for a day (default: now); the execution's ARN."""
    wanted = {"on": on.isoformat()} if on else {}
    started = boto3.client("stepfunctions").start_execution(
        stateMachineArn=stack.named(system.NIGHTLY), input=json.dumps(wanted)
    )
    return started["executionArn"]


def run_night(stack: Stack, on: date | None = None) -> dict[str, Any]:
    """Start the run and wait for its end: its status, and its counts, or the `cause` of its failure."""
    machines = boto3.client("stepfunctions")
    run = start_night(stack, on)

    def ended() -> "DescribeExecutionOutputTypeDef | None":
        state = machines.describe_execution(executionArn=run)
        return None if state["status"] == "RUNNING" else state

    state = wait_for(f"the nightly run {run}", ended, patience=LONGEST_NIGHT)
    document: dict[str, Any] = {"execution": run, "status": state["status"]}
    if state["status"] != "SUCCEEDED":
        return document | {"cause": f"{state.get('error', '')}: {state.get('cause', '')}"}
    counts: dict[str, Any] = json.loads(state["output"])
    return document | counts


def _sentence(counts: dict[str, Any]) -> str:
    shown = {name: counts.get(name, 0) for name in COUNTS if name != "skipped" or counts.get(name)}
    said = f"Nightly run: {', '.join(f'{name} {number}' for name, number in shown.items())}."
    if counts.get("skipped"):
        said += f"\nSkipped: what is known of them is of a day after {counts['on']}, and it stays."
    return said
