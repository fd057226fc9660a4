"""What wakes are carried out by, each purpose by the part of the engine that asked for it."""

from collections.abc import Callable, Mapping
from datetime import datetime

from keepwell.assignment.leaving import Leaving
from keepwell.deliveries import Channel
from keepwell.deliveries.operator_tasks import OperatorTasks
from keepwell.playbook import Playbook
from keepwell.plays.going_on import GoingOn
from keepwell.plays.launching import Launcher
from keepwell.plays.of_people import OfPeople
from keepwell.plays.starting import Starting
from keepwell.ports import People
from keepwell.tasks.changing import TaskBook
from keepwell.tasks.closing import Closer
from keepwell.tasks.escalating import Escalator
from keepwell.tasks.snoozing import Snoozer
from keepwell.tasks.waking import TaskWaker
from keepwell.wakes import Purpose, Wake
from keepwell.waking import CarryOut


def purposes(
    launcher: Launcher, people: People, active: Callable[[], Playbook]
) -> Mapping[Purpose, CarryOut]:
    """For `carry_out_due`, over the launcher's stores; `active` gives the playbook in force."""
    of_people = OfPeople(launcher, people, active)
    return {
        Purpose.STEP: GoingOn(launcher, active).carry_out,
        Purpose.START: Starting(launcher, active, of_people).carry_out,
        Purpose.SUMMARY: lambda wake, now: launcher.hands.notices.carry_out(wake, now, active().manners),
        Purpose.ENDPOINT: OperatorTasks(
            launcher.work, launcher.control, launcher.hands.notices, active
        ).carry_out,
        Purpose.TASK: lambda wake, now: _wake_task(wake, now, launcher, active()),
    }


def closer(stores: Launcher, playbook: Playbook) -> Closer:
    """What closes tasks, over a launcher's stores."""
    book = TaskBook(stores.work, stores.history)
    assigner, notices = stores.assigner(playbook), stores.hands.notices
    return Closer(book, stores.accounts, stores.touchpoints, stores.wakes, assigner, notices)


def leaving(stores: Launcher, playbook: Playbook) -> Leaving:
    """What hands over tasks of members who have left, over a launcher's stores."""
    book = TaskBook(stores.work, stores.history)
    return Leaving(book, stores.accounts, stores.assigner(playbook), stores.hands.notices)


def _wake_task(wake: Wake, now: datetime, stores: Launcher, playbook: Playbook) -> None:
    book = TaskBook(stores.work, stores.history)
    mails = stores.queues[Channel.EMAIL]
    escalator = Escalator(book, stores.accounts, stores.team, stores.deliveries, mails, stores.wakes)
    waker = TaskWaker(closer(stores, playbook), Snoozer(book, stores.wakes), escalator)
    waker.carry_out(wake, now, playbook)
