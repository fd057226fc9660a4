"""What wakes are carried out by on AWS, for the function that the minute wakes."""

from collections.abc import Mapping
from datetime import datetime

from keepwell.deliveries import Channel
from keepwell.deliveries.trouble import OperatorTasks
from keepwell.playbook import Playbook
from keepwell.plays.going_on import GoingOn
from keepwell.plays.launching import Launcher
from keepwell.plays.of_people import OfPeople
from keepwell.plays.starting import Starting
from keepwell.tasks.changing import TaskBook
from keepwell.tasks.closing import Closer
from keepwell.tasks.escalating import Escalator
from keepwell.tasks.snoozing import Snoozer
from keepwell.tasks.waking import TaskWaker
from keepwell.wakes import Purpose, Wake
from keepwell.waking import CarryOut
from keepwell_aws.launching import LaunchSettings, launcher
from keepwell_aws.people import DynamoPeople
from keepwell_aws.playbooks import ActivePlaybook


def purposes(settings: LaunchSettings, playbooks: ActivePlaybook) -> Mapping[Purpose, CarryOut]:
    """By the purpose of a wake what carries it out."""
    plays = launcher(settings, playbooks)
    of_people = OfPeople(plays, DynamoPeople(settings.work_table), playbooks.get)
    return {
        Purpose.STEP: GoingOn(plays, playbooks.get).carry_out,
        Purpose.START: Starting(plays, playbooks.get, of_people).carry_out,
        Purpose.SUMMARY: plays.hands.notices.carry_out,
        Purpose.ENDPOINT: OperatorTasks(plays.work, plays.control, playbooks.get).carry_out,
        Purpose.TASK: lambda wake, now: _wake_task(wake, now, plays, playbooks.get()),
    }


def _wake_task(wake: Wake, now: datetime, stores: Launcher, playbook: Playbook) -> None:
    book = TaskBook(stores.work, stores.history)
    assigner = stores.assigner(playbook)
    notices = stores.hands.notices
    closer = Closer(book, stores.accounts, stores.touchpoints, stores.wakes, assigner, notices)
    mails = stores.queues[Channel.EMAIL]
    escalator = Escalator(book, stores.accounts, stores.team, stores.deliveries, mails, stores.wakes)
    TaskWaker(closer, Snoozer(book, stores.wakes), escalator).carry_out(wake, now, playbook)
