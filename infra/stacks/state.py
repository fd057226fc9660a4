"""What is kept: tables, buckets, queues with their dead letters."""

import json

import aws_cdk as cdk
from aws_cdk import aws_dynamodb as dynamodb
from aws_cdk import aws_events as events
from aws_cdk import aws_s3 as s3
from aws_cdk import aws_ses as ses
from aws_cdk import aws_sqs as sqs
from constructs import Construct

from infra import system
from infra.grants import STREAM, Grant
from infra.stacks.parameters import Parameters
from infra.vocabulary import Bucket, Lambda, OnQueue, Resource, Table

FORTNIGHT = cdk.Duration.days(14)


class State(Construct):
    """The resources of the page, each under the name of its output."""

    def __init__(self, scope: Construct, parameters: Parameters) -> None:
        super().__init__(scope, "State")
        self.parameters = parameters
        self.tables = {table.name: self._table(table) for table in system.TABLES}
        self.buckets = {bucket.name: self._bucket(bucket) for bucket in system.BUCKETS}
        self.unhandled = self._dead_letters(system.UNHANDLED_EVENTS.output)
        self.dead_letters = {queue.name: self._dead_letters(f"{queue.output}Dead") for queue in system.QUEUES}
        self.queues = {queue.name: self._queue(queue) for queue in system.QUEUES}
        self._mail_events()

    def value(self, resource: Resource) -> str:
        """What a function finds under the resource's variable, and the stack's output says."""
        match resource.kind:
            case "table":
                return self.tables[resource.name].table_name
            case "bucket":
                return self.buckets[resource.name].bucket_name
            case "queue" if resource == system.UNHANDLED_EVENTS:
                return self.unhandled.queue_url
            case "queue":
                return self.queues[resource.name].queue_url
            case "events":
                return f"{self.parameters.stack}-{resource.name}"
            case "from":
                return self.parameters.mail_from
            case "locations":
                return json.dumps(self.parameters.locations)
            case _:
                return f"/keepwell/{self.parameters.stack}/{resource.name}"

    def arns_lent(self, grant: Grant) -> list[str]:
        """The ARNs of a grant on what is lent: of the buckets, or of the objects in their folders."""
        arn = f"arn:{cdk.Aws.PARTITION}:s3:::"
        if grant.part:
            return [
                f"{arn}{place}*" if "/" in place else f"{arn}{place}/*" for place in self.parameters.locations
            ]
        return list(dict.fromkeys(arn + place.partition("/")[0] for place in self.parameters.locations))

    def arn(self, grant: Grant) -> str:
        """The ARN of what is granted."""
        resource = grant.resource
        match resource.kind:
            case "table" if grant.part == STREAM:
                return str(self.tables[resource.name].table_stream_arn)
            case "table":
                return f"{self.tables[resource.name].table_arn}{grant.part}"
            case "bucket":
                return f"{self.buckets[resource.name].bucket_arn}{grant.part}"
            case "queue" if resource == system.UNHANDLED_EVENTS:
                return self.unhandled.queue_arn
            case "queue":
                return self.queues[resource.name].queue_arn
            case "events":
                return cdk.Stack.of(self).format_arn(
                    service="ses", resource="configuration-set", resource_name=self.value(resource)
                )
            case _:
                path = self.value(resource).removeprefix("/") + grant.part
                return cdk.Stack.of(self).format_arn(service="ssm", resource="parameter", resource_name=path)

    def _table(self, table: Table) -> dynamodb.Table:
        text = dynamodb.AttributeType.STRING
        key = [dynamodb.Attribute(name=name, type=text) for name in table.key]
        made = dynamodb.Table(
            self,
            table.output,
            partition_key=key[0],
            sort_key=key[1] if len(key) > 1 else None,
            billing_mode=dynamodb.BillingMode.PAY_PER_REQUEST,
            stream=dynamodb.StreamViewType.NEW_AND_OLD_IMAGES if table.streamed else None,
            point_in_time_recovery_specification=dynamodb.PointInTimeRecoverySpecification(
                point_in_time_recovery_enabled=self.parameters.guarded
            ),
            deletion_protection=self.parameters.guarded,
            removal_policy=cdk.RemovalPolicy.RETAIN,
        )
        if table.index:
            index_key = [dynamodb.Attribute(name=name, type=text) for name in table.index.key]
            made.add_global_secondary_index(
                index_name=table.index.name,
                partition_key=index_key[0],
                sort_key=index_key[1],
                projection_type=dynamodb.ProjectionType.INCLUDE,
                non_key_attributes=list(table.index.keeps),
            )
        return made

    def _mail_events(self) -> None:
        """What SES tells of mails that came back goes to the account's event bus, where a rule finds it."""
        name = self.value(system.MAIL_EVENTS)
        told = ses.ConfigurationSet(self, system.MAIL_EVENTS.output, configuration_set_name=name)
        told.add_event_destination(
            "Returned",
            destination=ses.EventDestination.event_bus(
                events.EventBus.from_event_bus_name(self, "DefaultBus", "default")
            ),
            events=[ses.EmailSendingEvent.BOUNCE, ses.EmailSendingEvent.COMPLAINT],
        )

    def _bucket(self, bucket: Bucket) -> s3.Bucket:
        made = s3.Bucket(
            self,
            bucket.output,
            versioned=True,
            enforce_ssl=True,
            encryption=s3.BucketEncryption.S3_MANAGED,
            block_public_access=s3.BlockPublicAccess.BLOCK_ALL,
            object_ownership=s3.ObjectOwnership.BUCKET_OWNER_ENFORCED,
            removal_policy=cdk.RemovalPolicy.RETAIN,
        )
        made.add_lifecycle_rule(
            id="old-versions",
            noncurrent_version_expiration=cdk.Duration.days(30),
            abort_incomplete_multipart_upload_after=cdk.Duration.days(7),
        )
        for prefix, days in bucket.days:
            made.add_lifecycle_rule(
                id=prefix.strip("/") or "all", prefix=prefix or None, expiration=cdk.Duration.days(days)
            )
        # By the L1 property: the L2's way adds a function of its own that sets it after the deployment.
        cfn = made.node.default_child
        assert isinstance(cfn, s3.CfnBucket)
        cfn.notification_configuration = s3.CfnBucket.NotificationConfigurationProperty(
            event_bridge_configuration=s3.CfnBucket.EventBridgeConfigurationProperty(
                event_bridge_enabled=True
            )
        )
        return made

    def _dead_letters(self, name: str) -> sqs.Queue:
        return sqs.Queue(
            self,
            name,
            retention_period=FORTNIGHT,
            enforce_ssl=True,
            encryption=sqs.QueueEncryption.SQS_MANAGED,
        )

    def _queue(self, queue: Resource) -> sqs.Queue:
        return sqs.Queue(
            self,
            queue.output,
            # Six times its reader's timeout, as AWS asks, so that a slow one is not overtaken by a second.
            visibility_timeout=cdk.Duration.seconds(6 * reader_of(queue).timeout),
            retention_period=FORTNIGHT,
            enforce_ssl=True,
            encryption=sqs.QueueEncryption.SQS_MANAGED,
            dead_letter_queue=sqs.DeadLetterQueue(queue=self.dead_letters[queue.name], max_receive_count=5),
        )


def reader_of(queue: Resource) -> Lambda:
    """The one function that wakes on a queue."""
    [reader] = [f for f in system.FUNCTIONS if isinstance(f.wakes, OnQueue) and f.wakes.queue == queue]
    return reader
