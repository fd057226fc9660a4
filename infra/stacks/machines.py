"""The state machines: the page's steps in order, each over scan segments side by side."""

from typing import Any

import aws_cdk as cdk
from aws_cdk import aws_iam as iam
from aws_cdk import aws_logs as logs
from aws_cdk import aws_stepfunctions as sfn
from constructs import Construct

from infra import system
from infra.stacks.functions import Functions
from infra.stacks.state import State
from infra.stacks.wakes import schedule
from infra.vocabulary import Lambda, OnStep, StateMachine


class Machines(Construct):
    """The state machines of the page, by name, each with its schedule."""

    def __init__(self, scope: Construct, stack: str, state: State, functions: Functions, zone: str) -> None:
        super().__init__(scope, "Machines")
        self.roles: list[iam.Role] = []
        self.by_name = {m.name: self._machine(m, stack, functions) for m in system.STATE_MACHINES}
        for machine in filter(lambda machine: machine.cron, system.STATE_MACHINES):
            arn = self.by_name[machine.name].state_machine_arn
            start = iam.PolicyStatement(actions=["states:StartExecution"], resources=[arn])
            schedule(self, machine.output, f"cron({machine.cron})", zone, arn, start, state)

    def _machine(self, machine: StateMachine, stack: str, functions: Functions) -> sfn.StateMachine:
        steps = steps_of(machine)
        arns = {function.name: functions.by_name[function.name].function_arn for function in steps}
        log = logs.LogGroup(
            self,
            f"{machine.output}Log",
            log_group_name=f"/aws/vendedlogs/states/{stack}-{machine.name}",
            retention=logs.RetentionDays.ONE_MONTH,
            removal_policy=cdk.RemovalPolicy.DESTROY,
        )
        definition = cdk.Stack.of(self).to_json_string(asl(steps, arns))
        return sfn.StateMachine(
            self,
            machine.output,
            state_machine_name=f"{stack}-{machine.name}",
            definition_body=sfn.DefinitionBody.from_string(definition),
            role=self._role(machine, arns).without_policy_updates(),
            logs=sfn.LogOptions(destination=log, level=sfn.LogLevel.ALL, include_execution_data=False),
            tracing_enabled=True,
        )

    def _role(self, machine: StateMachine, arns: dict[str, str]) -> iam.Role:
        invoke = iam.PolicyStatement(actions=["lambda:InvokeFunction"], resources=list(arns.values()))
        deliver_logs = iam.PolicyStatement(
            actions=[
                *(f"logs:{verb}LogDelivery" for verb in ("Create", "Get", "Update", "Delete")),
                "logs:ListLogDeliveries",
                "logs:PutResourcePolicy",
                "logs:DescribeResourcePolicies",
                "logs:DescribeLogGroups",
            ],
            resources=["*"],
        )
        trace = iam.PolicyStatement(
            actions=[
                "xray:PutTraceSegments",
                "xray:PutTelemetryRecords",
                "xray:GetSamplingRules",
                "xray:GetSamplingTargets",
            ],
            resources=["*"],
        )
        role = iam.Role(
            self,
            f"{machine.output}Role",
            assumed_by=iam.ServicePrincipal("states.amazonaws.com"),
            inline_policies={
                "steps": iam.PolicyDocument(statements=[invoke]),
                "log-and-trace": iam.PolicyDocument(statements=[deliver_logs, trace]),
            },
        )
        self.roles.append(role)
        return role


def steps_of(machine: StateMachine) -> list[Lambda]:
    """The functions that wake on a machine, in the page's order."""
    return [f for f in system.FUNCTIONS if isinstance(f.wakes, OnStep) and f.wakes.machine == machine]


def asl(steps: list[Lambda], arns: dict[str, str]) -> dict[str, Any]:
    """The machine in the States language.

    Its input may name the day as `on`; without it the day is that of the start. What goes from state to state
    is keys and counts, never what was worked on. The output holds the day and each step's counts by its name.
    """
    states = {
        step.id: _step(step, arns[step.name], before=steps[:place])
        | ({"Next": steps[place + 1].id} if step is not steps[-1] else {"End": True})
        for place, step in enumerate(steps)
    }
    return {
        "QueryLanguage": "JSONata",
        "StartAt": steps[0].id,
        "TimeoutSeconds": 6 * 60 * 60,
        "States": states,
    }


def _step(step: Lambda, arn: str, before: list[Lambda]) -> dict[str, Any]:
    assert isinstance(step.wakes, OnStep)
    counts = step.wakes.counts
    on = "{% $exists($states.input.on) ? $states.input.on : $states.context.Execution.StartTime %}"
    segments = step.wakes.segments
    page = f"{step.id}Page"
    return {
        "Type": "Map",
        "Comment": step.does,
        "Items": list(range(segments)),
        "ItemSelector": {
            "segment": "{% $states.context.Map.Item.Value %}",
            "of": segments,
            "on": on,
            "run": "{% $states.context.Execution.Name %}",
            "counts": dict.fromkeys(counts, 0),
        },
        "ItemProcessor": {
            "ProcessorConfig": {"Mode": "INLINE"},
            "StartAt": page,
            "States": {
                page: {
                    "Type": "Task",
                    "Resource": "arn:aws:states:::lambda:invoke",
                    "Arguments": {"FunctionName": arn, "Payload": "{% $states.input %}"},
                    "Output": "{% $states.result.Payload %}",
                    "TimeoutSeconds": step.timeout + 60,
                    "Retry": [
                        {
                            "ErrorEquals": ["States.TaskFailed", "States.Timeout"],
                            "IntervalSeconds": 2,
                            "BackoffRate": 2,
                            "MaxAttempts": 5,
                            "JitterStrategy": "FULL",
                        }
                    ],
                    "Next": "More",
                },
                "More": {
                    "Type": "Choice",
                    "Comment": "A page that ends with a cursor has another after it.",
                    "Choices": [{"Condition": "{% $states.input.cursor != null %}", "Next": page}],
                    "Default": "Done",
                },
                "Done": {"Type": "Succeed"},
            },
        },
        "Output": {
            "on": on,
            **{earlier.name: f"{{% $states.input.{earlier.name} %}}" for earlier in before},
            step.name: {count: f"{{% $sum($states.result.counts.{count}) %}}" for count in counts},
        },
    }
