"""What cdk-nag finds and we leave as it is: each finding by name, at its construct, with the reason."""

from collections.abc import Iterator
from typing import NamedTuple

import aws_cdk as cdk
from aws_cdk import aws_sqs as sqs
from constructs import IConstruct

from infra import system
from infra.grants import Grant, grants
from infra.stacks.functions import Functions
from infra.stacks.machines import Machines
from infra.stacks.state import State
from infra.stacks.wakes import Wakes
from infra.vocabulary import Lambda, OnQueue, OnStep, OnStream

S1 = (
    "Only the roles of this stack read or write the bucket, so its access log would repeat their own logs; "
    "who wants one as evidence turns on CloudTrail data events for the account."
)
SQS3 = (
    "It is where other things' dead letters go: the on-failure destination of functions, the dead-letter "
    "queue of rules and schedules."
)
REDRIVE = "It is a dead-letter queue itself; an alarm watches it."
RUNTIME = (
    "python3.13 is supported until 2029; the layers' wheels are locked for it and the tests run on 3.11 to "
    "3.13. A newer one is a change of its own."
)
TRACE = "X-Ray's actions know no resources: `*` is the only one that works."
LOGS = "Log delivery and X-Ray know no resources: `*` is the only one that works."
STARS = "The wildcards are acknowledged one by one under AwsSolutions-IAM5."
ASYNCHRONOUS = "Its on-failure destination is a queue; it keeps the reason beside the event, as no DLQ does."
FROM_QUEUE = "Nothing invokes it asynchronously: it reads a queue, which has a dead-letter queue."
FROM_STREAM = "Nothing invokes it asynchronously: it reads a stream; what fails goes to the failures bucket."
FROM_MACHINE = "Nothing invokes it asynchronously: a state machine waits for its answer and retries."
QUEUE_SOURCE = "Its source is a queue: SQS moves what fails to the dead-letter queue; no destination applies."
OBJECTS = "The objects of one folder: their keys are not known beforehand."
FAILED_RECORDS = "Lambda itself chooses the keys of failed records below aws/lambda/."
SECRETS = "The parameters below one path, one for each endpoint: which there are is not known beforehand."
MAIL = "Which identities and configuration sets a mail concerns is not known beforehand; its sender is fixed."
PRACTICE = "A practice stack holds no data worth a backup: the local cloud makes it anew at every start."


class Finding(NamedTuple):
    """A rule's finding at a construct, and why it stays."""

    where: IConstruct
    rule: str
    reason: str


def acknowledge(
    stack: cdk.Stack, state: State, functions: Functions, wakes: Wakes, machines: Machines
) -> None:
    """Acknowledge every finding; any other one fails the synthesis."""
    found = [*_of_state(state), *_of_functions(stack, state, functions), *_of_queues(wakes)]
    found += [Finding(role, "AwsSolutions-IAM5[Resource::*]", LOGS) for role in machines.roles]
    for where, rule, reason in found:
        cdk.Validations.of(where).acknowledge(cdk.Acknowledgment(id=rule, reason=reason))


def _of_state(state: State) -> Iterator[Finding]:
    for bucket in state.buckets.values():
        yield Finding(bucket, "AwsSolutions-S1", S1)
    if not state.parameters.guarded:
        for table in state.tables.values():
            yield Finding(table, "AwsSolutions-DDB3", PRACTICE)
    yield Finding(state.unhandled, "AwsSolutions-SQS3", SQS3)
    dead_letters: list[sqs.Queue] = [state.unhandled, *state.dead_letters.values()]
    for queue in dead_letters:
        yield Finding(queue, "Serverless-SQSRedrivePolicy", REDRIVE)


def _of_functions(stack: cdk.Stack, state: State, functions: Functions) -> Iterator[Finding]:
    for function in system.FUNCTIONS:
        made, role = functions.by_name[function.name], functions.roles[function.name]
        yield Finding(made, "AwsSolutions-L1", RUNTIME)
        yield Finding(made, "Serverless-LambdaLatestVersion", RUNTIME)
        yield Finding(made, "Serverless-LambdaDLQ", _where_failures_go(function))
        yield Finding(role, "Serverless-LambdaStarPermissions", STARS)
        yield Finding(role, "AwsSolutions-IAM5[Resource::*]", TRACE)
        for grant in grants(function):
            if grant.resource == system.MAIL:
                arn = "arn:<AWS::Partition>:ses:<AWS::Region>:<AWS::AccountId>:identity/*"
                yield Finding(role, f"AwsSolutions-IAM5[Resource::{arn}]", MAIL)
            if grant.resource == system.PULL and grant.part:
                for arn in state.arns_lent(grant):
                    named = arn.replace(cdk.Aws.PARTITION, "<AWS::Partition>")
                    yield Finding(role, f"AwsSolutions-IAM5[Resource::{named}]", OBJECTS)
            elif grant.part.endswith("*"):
                rule = f"AwsSolutions-IAM5[Resource::{_as_nag_says(stack, state, grant)}]"
                yield Finding(role, rule, _why_a_star(grant))


def _of_queues(wakes: Wakes) -> Iterator[Finding]:
    for function in system.FUNCTIONS:
        if isinstance(function.wakes, OnQueue):
            mapping = wakes.node.find_child(function.id)
            yield Finding(mapping, "Serverless-LambdaEventSourceMappingDestination", QUEUE_SOURCE)


def _where_failures_go(function: Lambda) -> str:
    match function.wakes:
        case OnQueue():
            return FROM_QUEUE
        case OnStream():
            return FROM_STREAM
        case OnStep():
            return FROM_MACHINE
    return ASYNCHRONOUS


def _why_a_star(grant: Grant) -> str:
    if grant.resource == system.FAILURES:
        return FAILED_RECORDS
    return SECRETS if grant.resource == system.ENDPOINTS else OBJECTS


def _as_nag_says(stack: cdk.Stack, state: State, grant: Grant) -> str:
    """A granted ARN as cdk-nag writes it: `<StateFilesBucket65DB7A58.Arn>/drops/*`."""
    resource = grant.resource
    if resource == system.ENDPOINTS:
        path = state.value(resource)
        return f"arn:<AWS::Partition>:ssm:<AWS::Region>:<AWS::AccountId>:parameter{path}{grant.part}"
    bucket = state.buckets[resource.name].node.default_child
    assert isinstance(bucket, cdk.CfnElement)
    return f"<{stack.get_logical_id(bucket)}.Arn>{grant.part}"
