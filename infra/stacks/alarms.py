"""Three alarms, for an alarm costs more than a night of work: errors, dead letters, the nightly run."""

import aws_cdk as cdk
from aws_cdk import aws_cloudwatch as cloudwatch
from aws_cdk import aws_cloudwatch_actions as actions
from aws_cdk import aws_events as events
from aws_cdk import aws_events_targets as targets
from aws_cdk import aws_iam as iam
from aws_cdk import aws_logs as logs
from aws_cdk import aws_sns as sns
from aws_cdk import aws_sns_subscriptions as subscriptions
from constructs import Construct

from infra import system
from infra.stacks.functions import Functions
from infra.stacks.machines import Machines
from infra.stacks.parameters import Parameters
from infra.stacks.state import State

# What our logger writes, and powertools of a record that failed in a batch; what Lambda writes of an
# exception and of a function that ran too long or died.
SIGNS_OF_ERROR = (
    "ERROR",
    "Record processing exception",
    "Task timed out",
    "Status: timeout",
    "Runtime exited",
)


class Alarms(Construct):
    """A topic that tells the operator, and what it tells."""

    def __init__(
        self, scope: Construct, parameters: Parameters, state: State, functions: Functions, machines: Machines
    ) -> None:
        super().__init__(scope, "Alarms")
        self.topic = sns.Topic(self, "Topic", display_name=f"Keepwell ({parameters.stack})", enforce_ssl=True)
        self._let_alarms_publish()
        if parameters.alarms_to:
            self.topic.add_subscription(subscriptions.EmailSubscription(parameters.alarms_to))
        self._errors(parameters.stack, functions)
        self._dead_letters(state)
        self._nightly(machines)
        self._failed_stream_records(state)

    def _let_alarms_publish(self) -> None:
        """A topic with a policy of its own has lost the one that lets the account's alarms publish."""
        account = {"StringEquals": {"aws:SourceAccount": cdk.Stack.of(self).account}}
        self.topic.add_to_resource_policy(
            iam.PolicyStatement(
                principals=[iam.ServicePrincipal("cloudwatch.amazonaws.com", conditions=account)],
                actions=["sns:Publish"],
                resources=[self.topic.topic_arn],
            )
        )

    def _errors(self, stack: str, functions: Functions) -> None:
        """Counted in the logs: a record that fails in a batch is no error in Lambda's own metric."""
        metric = {"metric_namespace": f"Keepwell/{stack}", "metric_name": "Errors"}
        for name, function in functions.by_name.items():
            logs.MetricFilter(
                self,
                f"{name}-errors",
                log_group=function.log_group,
                filter_pattern=logs.FilterPattern.any_term(*SIGNS_OF_ERROR),
                metric_value="1",
                metric_namespace=metric["metric_namespace"],
                metric_name=metric["metric_name"],
            )
        errors = cloudwatch.Metric(
            namespace=metric["metric_namespace"],
            metric_name=metric["metric_name"],
            statistic="Sum",
            period=cdk.Duration.minutes(5),
        )
        self._alarm("Errors", errors, "A function logged an error: see the logs of the last minutes.")

    def _dead_letters(self, state: State) -> None:
        waiting = {
            f"queue{number}": queue.metric_approximate_number_of_messages_visible(
                statistic="Maximum", period=cdk.Duration.minutes(5)
            )
            for number, queue in enumerate([state.unhandled, *state.dead_letters.values()])
        }
        total = cloudwatch.MathExpression(
            expression=" + ".join(f"FILL({name}, 0)" for name in waiting),
            using_metrics=waiting,
            period=cdk.Duration.minutes(5),
            label="Messages in dead-letter queues",
        )
        self._alarm("DeadLetters", total, "Messages wait in a dead-letter queue: mend the cause, redrive.")

    def _nightly(self, machines: Machines) -> None:
        succeeded = machines.by_name[system.NIGHTLY.name].metric_succeeded(period=cdk.Duration.hours(6))
        self._alarm(
            "Nightly",
            succeeded,
            "No nightly run has succeeded for 30 hours: see the executions of the state machine.",
            missing=True,
        )

    def _failed_stream_records(self, state: State) -> None:
        """Not an alarm but the same news: what landed in the bucket of failed stream records."""
        bucket = state.buckets[system.FAILURES.name].bucket_name
        events.Rule(
            self,
            "FailedStreamRecords",
            description="Stream records that could not be handled",
            event_pattern=events.EventPattern(
                source=["aws.s3"], detail_type=["Object Created"], detail={"bucket": {"name": [bucket]}}
            ),
            targets=[targets.SnsTopic(self.topic, dead_letter_queue=state.unhandled)],
        )

    def _alarm(self, name: str, metric: cloudwatch.IMetric, what: str, *, missing: bool = False) -> None:
        """Alarms on one or more; with `missing`, on none at all five times running."""
        less, more = (
            cloudwatch.ComparisonOperator.LESS_THAN_THRESHOLD,
            cloudwatch.ComparisonOperator.GREATER_THAN_OR_EQUAL_TO_THRESHOLD,
        )
        silence = cloudwatch.TreatMissingData
        alarm = cloudwatch.Alarm(
            self,
            name,
            metric=metric,
            threshold=1,
            evaluation_periods=5 if missing else 1,
            comparison_operator=less if missing else more,
            treat_missing_data=silence.BREACHING if missing else silence.NOT_BREACHING,
            alarm_description=what,
        )
        alarm.add_alarm_action(actions.SnsAction(self.topic))
