"""The stack: the system page in CloudFormation."""

import aws_cdk as cdk
from aws_cdk import aws_ses as ses
from constructs import Construct

from infra import system
from infra.stacks.alarms import Alarms
from infra.stacks.findings import acknowledge
from infra.stacks.functions import Functions
from infra.stacks.machines import Machines
from infra.stacks.parameters import Parameters
from infra.stacks.state import State
from infra.stacks.wakes import Wakes
from keepwell.playbook.bundle import FORMAT


class Keepwell(cdk.Stack):
    """All of it, in one stack; on AWS its data survives the stack."""

    def __init__(self, scope: Construct, parameters: Parameters) -> None:
        super().__init__(scope, "Keepwell", stack_name=parameters.stack, description="Keepwell")
        state = State(self, parameters)
        functions = Functions(self, parameters, state)
        wakes = Wakes(self, state, functions, parameters.time_zone)
        machines = Machines(self, parameters.stack, state, functions, parameters.time_zone)
        if parameters.mail_identity == "new":
            ses.EmailIdentity(self, "Sender", identity=ses.Identity.email(parameters.mail_from))
        if parameters.guarded and parameters.mail_from.endswith("example.com"):
            cdk.Annotations.of(self).add_warning_v2(
                "keepwell:mail_from",
                "Mail is sent from an address of example.com: deploy with -c mail_from=...",
            )
        Alarms(self, parameters, state, functions, machines)
        for resource in (*system.TABLES, *system.BUCKETS, *system.QUEUES, system.UNHANDLED_EVENTS):
            cdk.CfnOutput(self, resource.output, value=state.value(resource))
        for machine in system.STATE_MACHINES:
            cdk.CfnOutput(self, machine.output, value=machines.by_name[machine.name].state_machine_arn)
        cdk.CfnOutput(self, system.ENDPOINTS.output, value=state.value(system.ENDPOINTS))
        cdk.CfnOutput(self, "PlaybookFormat", value=str(FORMAT))
        cdk.CfnOutput(self, "Practice", value="yes" if parameters.target == "local" else "no")
        acknowledge(self, state, functions, wakes, machines)
