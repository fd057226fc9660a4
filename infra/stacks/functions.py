"""The functions: code, layers, environment, and a role for each that allows what the page says."""

import aws_cdk as cdk
from aws_cdk import aws_iam as iam
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_lambda_destinations as destinations
from aws_cdk import aws_logs as logs
from constructs import Construct

from infra import system
from infra.grants import Grant, grants
from infra.layers import ROOT, Target, layer
from infra.stacks.parameters import Parameters
from infra.stacks.state import State
from infra.vocabulary import LAYERS, Lambda, Lent, MailEvents, Sender


class Functions(Construct):
    """The functions of the page, by name."""

    def __init__(self, scope: Construct, parameters: Parameters, state: State) -> None:
        super().__init__(scope, "Functions")
        self.parameters = parameters
        self.state = state
        names = dict.fromkeys([*LAYERS, *(name for function in system.FUNCTIONS for name in function.layers)])
        self.layers = {name: self._layer(name, parameters.target) for name in names}
        self.roles: dict[str, iam.Role] = {}
        self.by_name = {function.name: self._function(function) for function in system.FUNCTIONS}

    def _layer(self, name: str, target: Target) -> lambda_.LayerVersion:
        return lambda_.LayerVersion(
            self,
            f"{name}-layer",
            code=lambda_.Code.from_asset(str(layer(name, target))),
            compatible_runtimes=[lambda_.Runtime.PYTHON_3_13],
            compatible_architectures=[lambda_.Architecture.ARM_64],
            description=f"Keepwell: {name}",
        )

    def _function(self, function: Lambda) -> lambda_.Function:
        name = f"{self.parameters.stack}-{function.name}"
        log = logs.LogGroup(
            self,
            f"{function.id}Log",
            log_group_name=f"/aws/lambda/{name}",
            retention=logs.RetentionDays.ONE_MONTH,
            removal_policy=cdk.RemovalPolicy.DESTROY,
        )
        made = lambda_.Function(
            self,
            function.id,
            function_name=name,
            description=function.does,
            runtime=lambda_.Runtime.PYTHON_3_13,
            architecture=lambda_.Architecture.ARM_64,
            code=lambda_.Code.from_asset(
                str(ROOT / "functions"),
                exclude=["*", f"!{function.name}", f"!{function.name}/*.py"],
                ignore_mode=cdk.IgnoreMode.GIT,
            ),
            handler=f"{function.name}.handler.handler",
            layers=[self.layers[name] for name in (*LAYERS, *function.layers)],
            memory_size=function.memory,
            timeout=cdk.Duration.seconds(function.timeout),
            environment=self._environment(function),
            # Immutable: what the constructs around it would add to it is in the page or not wanted.
            role=self._role(function, log).without_policy_updates(),
            log_group=log,
            tracing=lambda_.Tracing.ACTIVE,
        )
        if function.asynchronous:
            made.configure_async_invoke(
                on_failure=destinations.SqsDestination(self.state.unhandled),
                retry_attempts=2,
                max_event_age=cdk.Duration.hours(6),
            )
        return made

    def _environment(self, function: Lambda) -> dict[str, str]:
        everywhere = {
            "PRACTICE": "no" if self.parameters.guarded else "yes",
            "POWERTOOLS_SERVICE_NAME": "keepwell",
            "POWERTOOLS_LOG_LEVEL": "INFO",
        }
        touched = {resource.variable: self.state.value(resource) for resource in function.touches}
        values = {**everywhere, **touched}
        return {name: values[name] for name in sorted(function.settings)}

    def _role(self, function: Lambda, log: logs.LogGroup) -> iam.Role:
        declared = [
            iam.PolicyStatement(
                actions=list(grant.actions),
                resources=self._arns(grant),
                conditions=self._conditions(grant),
            )
            for grant in grants(function)
            if self._arns(grant)  # there is none where no bucket is lent
        ]
        writes_log = iam.PolicyStatement(
            actions=["logs:CreateLogStream", "logs:PutLogEvents"], resources=[log.log_group_arn]
        )
        writes_trace = iam.PolicyStatement(
            actions=["xray:PutTraceSegments", "xray:PutTelemetryRecords"], resources=["*"]
        )
        self.roles[function.name] = iam.Role(
            self,
            f"{function.id}Role",
            description=f"What {function.name} may touch",
            assumed_by=iam.ServicePrincipal("lambda.amazonaws.com"),
            inline_policies={
                "declared": iam.PolicyDocument(statements=declared),
                "log-and-trace": iam.PolicyDocument(statements=[writes_log, writes_trace]),
            },
        )
        return self.roles[function.name]

    def _arns(self, grant: Grant) -> list[str]:
        if isinstance(grant.resource, Lent):
            return self.state.arns_lent(grant)
        if not isinstance(grant.resource, Sender):
            return [self.state.arn(grant)]
        # SES asks for the sender's identity, and the recipient's if it is one of the account's: in the
        # sandbox each is.
        return [cdk.Stack.of(self).format_arn(service="ses", resource="identity", resource_name="*")]

    def _conditions(self, grant: Grant) -> dict[str, dict[str, str | list[str]]] | None:
        if grant.leading:
            return {"ForAllValues:StringLike": {"dynamodb:LeadingKeys": list(grant.leading)}}
        if not isinstance(grant.resource, Sender | MailEvents):
            return None
        return {"StringEquals": {"ses:FromAddress": self.parameters.mail_from}}
