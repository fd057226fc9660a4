"""The sweep: what should never need repair is repaired and counted (reliability R6)."""

from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime

from keepwell.errors import ConfigurationError, Conflict, RejectedInput
from keepwell.playbook import Playbook
from keepwell.plays.braking import Held
from keepwell.plays.launching import OVERDUE, Launcher
from keepwell.plays.of_people import OfPeople
from keepwell.ports import Accounts, Control, People, Work

AGENDAS_MADE = "agendas#made"


@dataclass(frozen=True)
class Repairs:
    """What a sweep mended; a healthy system shows zeros. `cursor` is where to go on, None at the end.

    What a person decided after the brake had held it is no repair, nor is what still waits: `decided` and
    `held` count those. `problems` are the accounts that it could not look at or mend, with the reason.
    """

    looked_at: int
    relaunched: int
    cursor: str | None
    problems: tuple[tuple[str, str], ...] = ()
    decided: int = 0
    held: int = 0


def relaunch_missed(
    accounts: Accounts, launcher: Launcher, playbook: Playbook, now: datetime, cursor: str | None
) -> Repairs:
    """Launch the overdue pending transitions of one page of accounts; one that fails stops no other."""
    page = accounts.scan(0, 1, cursor)
    relaunched, decided, held, problems = 0, 0, 0, list(page.unreadable)
    for account in page.accounts:
        pending = account.standing.pending if account.standing else ()
        if any(transition.at <= now - OVERDUE for transition in pending):
            try:
                came = launcher.launch_pending(account.account_id, playbook, now)
            except (RejectedInput, Conflict, ConfigurationError) as problem:
                problems.append((account.account_id, str(problem)))
                continue
            by_hand = sum(launch.by_hand for launch in came.launches)
            decided += by_hand
            relaunched += len(came.launches) - by_hand
            held += len(came.held)
    return Repairs(len(page.accounts), relaunched, page.cursor, tuple(problems), decided, held)


def make_agendas(work: Work, control: Control) -> int:
    """Put open tasks that were stored before there were agendas on those of their assignees; how many.

    That is done once: a control row says so. Raises RejectedInput, naming the account, where a task cannot be
    read.
    """
    if control.get(AGENDAS_MADE):
        return 0
    listed: dict[str, set[tuple[str, str]]] = {}
    found = 0
    for task in work.tasks():
        if not (task.is_open and task.assignee):
            continue
        if task.assignee not in listed:
            mine = work.agenda(task.assignee)
            listed[task.assignee] = {(each.account_id, each.task_id) for each in mine}
        if (task.account_id, task.task_id) not in listed[task.assignee]:
            with suppress(Conflict):  # whoever was faster has put it there
                work.change_task(task)
            found += 1
    control.put(AGENDAS_MADE, {"tasks": found})
    return found


def find_held(
    accounts: Accounts, people: People, launcher: Launcher, playbook: Playbook, now: datetime
) -> Iterator[Held]:
    """Every play that waits for a person's decision, or whose decision has not been carried out yet."""
    cursor, more = None, True
    while more:
        page = accounts.scan(0, 1, cursor)
        for account in page.accounts:
            yield from launcher.held(account, playbook, now)
        cursor, more = page.cursor, page.cursor is not None
    yield from OfPeople(launcher, people, lambda: playbook).held(now)
