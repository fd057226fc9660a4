"""The launcher of plays on AWS, for the functions that launch: it brings in the template engine."""

from keepwell.deliveries import Channel
from keepwell.plays.launching import Launcher
from keepwell.plays.rendering import render
from keepwell_aws.accounts import DynamoAccounts
from keepwell_aws.control import DynamoControl
from keepwell_aws.deliveries import DynamoDeliveries
from keepwell_aws.queues import SqsQueue
from keepwell_aws.settings import FunctionSettings
from keepwell_aws.work import DynamoWork


class LaunchSettings(FunctionSettings):
    """What launching needs; a function's own settings extend it."""

    accounts_table: str
    work_table: str
    deliveries_table: str
    control_table: str
    email_deliveries_queue: str
    webhook_deliveries_queue: str


def launcher(settings: LaunchSettings) -> Launcher:
    """A launcher over the stack's tables and queues."""
    return Launcher(
        accounts=DynamoAccounts(settings.accounts_table),
        work=DynamoWork(settings.work_table),
        deliveries=DynamoDeliveries(settings.deliveries_table),
        queues={
            Channel.EMAIL: SqsQueue(settings.email_deliveries_queue),
            Channel.WEBHOOK: SqsQueue(settings.webhook_deliveries_queue),
        },
        render=render,
        control=DynamoControl(settings.control_table),
    )
