"""Relaunch what was missed, once a day, as far as there is time; a healthy system shows zero repairs."""

from collections.abc import Callable
from datetime import datetime
from functools import cache

from aws_lambda_powertools import Logger
from aws_lambda_powertools.utilities.typing import LambdaContext

from keepwell.addresses import without_addresses
from keepwell.playbook import Playbook
from keepwell.plays.launching import Launcher
from keepwell.purposes import leaving
from keepwell.sweeping import make_agendas, relaunch_missed
from keepwell_aws.clock import StackClock
from keepwell_aws.control import DynamoControl
from keepwell_aws.files import S3Files
from keepwell_aws.launching import LaunchSettings, launcher
from keepwell_aws.playbooks import ActivePlaybook

logger = Logger()
RESERVE_MS = 30_000


class Settings(LaunchSettings):
    practice: bool


@cache
def build() -> tuple[Launcher, ActivePlaybook, StackClock]:
    settings = Settings.from_environment()
    control = DynamoControl(settings.control_table)
    playbooks = ActivePlaybook(control, S3Files(settings.files_bucket))
    clock = StackClock(control, practice=settings.practice)
    return launcher(settings, playbooks), playbooks, clock


def handler(_event: dict[str, object], context: LambdaContext) -> dict[str, int]:
    plays, playbooks, clock = build()
    cursor, looked_at, relaunched, held = None, 0, 0, 0
    while _has_time(context):
        repairs = relaunch_missed(plays.accounts, plays, playbooks.get(), clock.now(), cursor)
        cursor = repairs.cursor
        looked_at += repairs.looked_at
        relaunched += repairs.relaunched
        held += repairs.held
        for account_id, reason in repairs.problems:
            logger.error("account could not be swept", account_id=account_id, reason=reason)
        if cursor is None:
            break
    if relaunched or cursor:
        logger.error("the sweep found work", relaunched=relaunched, finished=cursor is None)
    if cursor is None and (listed := make_agendas(plays.work, plays.control)):
        logger.info("agendas made", tasks=listed)
    _hand_over(plays, playbooks.get(), clock.now(), lambda: _has_time(context))
    if held:
        logger.info("plays wait for a person, see keepwell held", held=held)
    return {"looked_at": looked_at, "relaunched": relaunched, "held": held}


def _has_time(context: LambdaContext) -> bool:
    return context.get_remaining_time_in_millis() > RESERVE_MS


def _hand_over(plays: Launcher, playbook: Playbook, now: datetime, has_time: Callable[[], bool]) -> None:
    """What members had to do who have left."""
    left = leaving(plays, playbook).hand_over(playbook, now, has_time)
    for task in left.moved:
        logger.info("task of who has left handed over", account_id=task.account_id, task_id=task.task_id)
    if left.kept:
        logger.warning("tasks of who has left stay, see on_owner_change", tasks=left.kept)
    for task, why in left.problems:
        where = {"account_id": task.account_id, "task_id": task.task_id}
        logger.error("task of who has left not handed over", reason=without_addresses(why), extra=where)
