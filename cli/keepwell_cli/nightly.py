"""`keepwell nightly`: start the nightly run now."""

import json
import time
from datetime import datetime
from typing import TYPE_CHECKING, Annotated, Any

import boto3
import typer

from infra import system
from keepwell_cli.output import Answer, step
from keepwell_cli.stack import Stack, StackName

if TYPE_CHECKING:
    from mypy_boto3_stepfunctions import SFNClient
    from mypy_boto3_stepfunctions.type_defs import DescribeExecutionOutputTypeDef

POLL = 0.1

On = Annotated[
    datetime | None,
    typer.Option("--on", formats=["%Y-%m-%d"], help="Evaluate as of this day. Default: the stack's today."),
]
Wait = Annotated[bool, typer.Option("--wait", help="Wait for the end and show the counts.")]


def nightly(on: On = None, wait: Wait = False, stack: StackName = None) -> Answer:
    """Start the nightly run, which evaluates every account.

    Ends with 1 if the run failed. Example: `keepwell nightly --on 2026-11-21 --wait`
    """
    machine = Stack.configured(stack).named(system.NIGHTLY)
    machines = boto3.client("stepfunctions")
    wanted = {"on": on.date().isoformat()} if on else {}
    run = machines.start_execution(stateMachineArn=machine, input=json.dumps(wanted))["executionArn"]
    if not wait:
        return Answer({"execution": run, "status": "RUNNING", **wanted}, f"Started {run}")
    with step("Evaluating every account"):
        ended = _end_of(run, machines)
    counts: dict[str, Any] = json.loads(ended.get("output", "{}"))
    document = {"execution": run, "status": ended["status"], **wanted, **counts}
    if ended["status"] != "SUCCEEDED":
        cause = f"{ended.get('error', '')}: {ended.get('cause', '')}"
        return Answer({**document, "cause": cause}, f"The nightly run failed. {cause}", findings=True)
    return Answer(document, _sentence(counts), findings=bool(counts.get("failed")))


def _end_of(run: str, machines: "SFNClient") -> "DescribeExecutionOutputTypeDef":
    while (state := machines.describe_execution(executionArn=run))["status"] == "RUNNING":
        time.sleep(POLL)
    return state


def _sentence(counts: dict[str, Any]) -> str:
    numbers = ", ".join(f"{name} {value}" for name, value in counts.items() if isinstance(value, int))
    return f"Nightly run of {counts.get('on', 'today')}: {numbers}."
