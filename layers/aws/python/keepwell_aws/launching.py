"""The launcher of plays on AWS, for the functions that launch."""

import time
from collections.abc import Mapping
from typing import Any

from keepwell.deliveries import Channel
from keepwell.directory import Directory
from keepwell.plays.asking import Asking
from keepwell.plays.launching import Launcher
from keepwell.ranking import Populations
from keepwell_aws.accounts import DynamoAccounts
from keepwell_aws.control import DynamoControl
from keepwell_aws.deliveries import DynamoDeliveries
from keepwell_aws.files import S3Files
from keepwell_aws.history import DynamoHistory
from keepwell_aws.people import DynamoPeople
from keepwell_aws.playbooks import ActivePlaybook
from keepwell_aws.queues import SqsQueue
from keepwell_aws.settings import FunctionSettings
from keepwell_aws.team import DynamoTeam
from keepwell_aws.touchpoints import DynamoTouchpoints
from keepwell_aws.user_days import DynamoUserDays
from keepwell_aws.wakes import DynamoWakes
from keepwell_aws.work import DynamoWork


class LaunchSettings(FunctionSettings):
    """What launching needs; a function's own settings extend it."""

    accounts_table: str
    work_table: str
    deliveries_table: str
    control_table: str
    history_table: str
    files_bucket: str
    email_deliveries_queue: str
    webhook_deliveries_queue: str


def render(text: str, context: Mapping[str, Any]) -> str:
    """Fill in a template (see `keepwell.plays.rendering`); the first one brings in the template engine, which
    costs a quarter of a cold start."""
    from keepwell.plays.rendering import render as filled_in

    return filled_in(text, context)


def launcher(settings: LaunchSettings, playbooks: ActivePlaybook) -> Launcher:
    """A launcher over the stack's tables and queues."""
    control = DynamoControl(settings.control_table)
    return Launcher(
        accounts=DynamoAccounts(settings.accounts_table),
        work=DynamoWork(settings.work_table),
        deliveries=DynamoDeliveries(settings.deliveries_table),
        queues={
            Channel.EMAIL: SqsQueue(settings.email_deliveries_queue),
            Channel.WEBHOOK: SqsQueue(settings.webhook_deliveries_queue),
        },
        render=render,
        control=control,
        wakes=DynamoWakes(settings.deliveries_table),
        touchpoints=DynamoTouchpoints(settings.work_table),
        team=DynamoTeam(settings.work_table),
        history=DynamoHistory(settings.history_table),
        playbook_of=playbooks.of,
        asking=Asking(
            population=Populations(control, S3Files(settings.files_bucket)).current,
            directory=Directory(DynamoPeople(settings.work_table), DynamoUserDays(settings.work_table)),
        ),
        pause=time.sleep,
    )
