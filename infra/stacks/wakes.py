"""What wakes the functions: rules on objects, schedules, and the mappings of queues and streams."""

import json

import aws_cdk as cdk
from aws_cdk import aws_events as events
from aws_cdk import aws_events_targets as targets
from aws_cdk import aws_iam as iam
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_lambda_event_sources as sources
from aws_cdk import aws_scheduler as scheduler
from constructs import Construct

from infra import system
from infra.stacks.functions import Functions
from infra.stacks.state import State
from infra.vocabulary import Lambda, OnMail, OnObject, OnQueue, OnSchedule, OnStream

# How long a schedule, a rule or a stream tries before it gives up on an event.
PATIENCE = cdk.Duration.hours(6)


class Wakes(Construct):
    """One wake for each function of the page; a state machine's steps are its own affair."""

    def __init__(self, scope: Construct, state: State, functions: Functions, time_zone: str) -> None:
        super().__init__(scope, "Wakes")
        self.state = state
        self.time_zone = time_zone
        for function in system.FUNCTIONS:
            self._wake(function, functions.by_name[function.name])

    def _wake(self, function: Lambda, made: lambda_.Function) -> None:
        match function.wakes:
            case OnObject():
                self._on_object(function.id, function.wakes, made)
            case OnQueue():
                self._on_queue(function.id, function.wakes, made)
            case OnMail():
                self._on_mail(function.id, function.wakes, made)
            case OnStream():
                self._on_stream(function.id, function.wakes, made)
            case OnSchedule(expression):
                invoke = iam.PolicyStatement(actions=["lambda:InvokeFunction"], resources=[made.function_arn])
                schedule(self, function.id, expression, self.time_zone, made.function_arn, invoke, self.state)

    def _on_object(self, name: str, wake: OnObject, made: lambda_.Function) -> None:
        bucket = self.state.buckets[wake.folders[0].bucket.name]
        prefixes = [folder.prefix for folder in wake.folders]
        events.Rule(
            self,
            name,
            description=f"Objects created in {', '.join(prefixes)}",
            event_pattern=events.EventPattern(
                source=["aws.s3"],
                detail_type=["Object Created"],
                detail={
                    "bucket": {"name": [bucket.bucket_name]},
                    "object": {"key": [{"prefix": prefix} for prefix in prefixes]},
                },
            ),
            targets=[self._target(made)],
        )

    def _on_mail(self, name: str, wake: OnMail, made: lambda_.Function) -> None:
        events.Rule(
            self,
            name,
            description="Mails that bounced, or that somebody complained of",
            event_pattern=events.EventPattern(
                source=["aws.ses"],
                detail_type=["Email Bounced", "Email Complaint Received"],
                detail={"mail": {"tags": {"ses:configuration-set": [self.state.value(wake.events)]}}},
            ),
            targets=[self._target(made)],
        )

    def _target(self, made: lambda_.Function) -> targets.LambdaFunction:
        return targets.LambdaFunction(
            made, dead_letter_queue=self.state.unhandled, retry_attempts=20, max_event_age=PATIENCE
        )

    def _on_queue(self, name: str, wake: OnQueue, made: lambda_.Function) -> None:
        lambda_.EventSourceMapping(
            self,
            name,
            target=made,
            event_source_arn=self.state.queues[wake.queue.name].queue_arn,
            batch_size=wake.batch,
            max_concurrency=wake.at_once,
            report_batch_item_failures=True,
        )

    def _on_stream(self, name: str, wake: OnStream, made: lambda_.Function) -> None:
        dynamodb: dict[str, object] = {"Keys": {"part": {"S": list(wake.parts)}}}
        if wake.having:
            dynamodb["NewImage"] = {wake.having: {"N": [{"exists": True}]}}
        lambda_.EventSourceMapping(
            self,
            name,
            target=made,
            event_source_arn=self.state.tables[wake.table.name].table_stream_arn,
            starting_position=lambda_.StartingPosition.TRIM_HORIZON,
            batch_size=wake.batch,
            max_batching_window=cdk.Duration.seconds(wake.window),
            parallelization_factor=2,
            report_batch_item_failures=True,
            bisect_batch_on_error=True,
            retry_attempts=5,
            max_record_age=PATIENCE,
            on_failure=sources.S3OnFailureDestination(self.state.buckets[system.FAILURES.name]),
            support_s3_on_failure_destination=True,
            filters=[lambda_.FilterCriteria.filter({"dynamodb": dynamodb})],
        )


def schedule(
    scope: Construct,
    name: str,
    expression: str,
    time_zone: str,
    target: str,
    allowed: iam.PolicyStatement,
    state: State,
) -> None:
    """A schedule that sends {} to `target`, tries again for a while, and keeps what it could not send.

    The L2 construct grants more than is needed: every version and alias of a function.
    """
    dead_letters = iam.PolicyStatement(actions=["sqs:SendMessage"], resources=[state.unhandled.queue_arn])
    role = iam.Role(
        scope,
        f"{name}ScheduleRole",
        assumed_by=iam.ServicePrincipal("scheduler.amazonaws.com"),
        inline_policies={"start": iam.PolicyDocument(statements=[allowed, dead_letters])},
    )
    scheduler.CfnSchedule(
        scope,
        f"{name}Schedule",
        schedule_expression=expression,
        schedule_expression_timezone=time_zone,
        flexible_time_window=scheduler.CfnSchedule.FlexibleTimeWindowProperty(mode="OFF"),
        target=scheduler.CfnSchedule.TargetProperty(
            arn=target,
            role_arn=role.role_arn,
            input=json.dumps({}),
            dead_letter_config=scheduler.CfnSchedule.DeadLetterConfigProperty(arn=state.unhandled.queue_arn),
            retry_policy=scheduler.CfnSchedule.RetryPolicyProperty(
                maximum_retry_attempts=20, maximum_event_age_in_seconds=PATIENCE.to_seconds()
            ),
        ),
    )
