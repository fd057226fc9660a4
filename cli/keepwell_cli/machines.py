"""Running a state machine of a stack: start it, wait for its end."""

import json
from typing import TYPE_CHECKING, Any

import boto3

from infra.vocabulary import Lambda, StateMachine
from keepwell_cli.stack import Stack
from keepwell_cli.waiting import wait_for

if TYPE_CHECKING:
    from mypy_boto3_stepfunctions.type_defs import DescribeExecutionOutputTypeDef

LONGEST_RUN = 900
NO_LONGER_WAITING = "No longer waiting; what was started goes on all the same."


def start(stack: Stack, machine: StateMachine, on: str | None = None) -> str:
    """Start a run for what `on` names (None: now); the execution's ARN."""
    started = boto3.client("stepfunctions").start_execution(
        stateMachineArn=stack.named(machine), input=json.dumps({"on": on} if on else {})
    )
    return started["executionArn"]


def started(run: str) -> dict[str, Any]:
    """The document of a run that nobody waits for."""
    return {"execution": run, "status": "RUNNING"}


def end_of(run: str, main: Lambda) -> dict[str, Any]:
    """Wait for a run's end: its status, and its counts, or the `cause` of its failure.

    The counts of the step `main` stand by themselves, those of the others under the step's name.
    """
    machines = boto3.client("stepfunctions")

    def ended() -> "DescribeExecutionOutputTypeDef | None":
        state = machines.describe_execution(executionArn=run)
        return None if state["status"] == "RUNNING" else state

    state = wait_for(f"the run {run}", ended, patience=LONGEST_RUN)
    document: dict[str, Any] = {"execution": run, "status": state["status"]}
    if state["status"] != "SUCCEEDED":
        return document | {"cause": f"{state.get('error', '')}: {state.get('cause', '')}"}
    counted: dict[str, Any] = json.loads(state["output"])
    counts: dict[str, Any] = counted.pop(main.name)
    return document | counts | counted
