"""A role at an account that changes hands takes open tasks with it, as the playbook says (product TSK-09)."""

from dataclasses import dataclass, replace
from datetime import date, datetime

from keepwell.accounts import Facts
from keepwell.assignment.assigning import Assigner
from keepwell.assignment.notices import Notices
from keepwell.assignment.rules import OwnerChange
from keepwell.playbook import Playbook
from keepwell.standings import Transition
from keepwell.tasks import Task
from keepwell.tasks.changing import KEEPWELL, TaskBook, told

HANDED_OVER = "handed over"


@dataclass(frozen=True)
class OwnerChanges:
    """Hands tasks over."""

    book: TaskBook
    assigner: Assigner
    notices: Notices

    def hand_over(
        self, transition: Transition, account: Facts, playbook: Playbook, now: datetime
    ) -> list[Task]:
        """Give the open tasks of who had a role to who has it now, who hears of it; those that have moved.

        Only tasks that are that person's when they are looked at, so that repeating it moves nothing; what a
        look that was interrupted has moved is told once more.
        """
        moved = []
        for task in self.book.work.tasks(account.account_id):
            after = task
            if _is_to_move(task, transition, playbook.on_owner_change):
                owner, role = playbook.owner_of(task.play), transition.role
                to = self.assigner.assign(task.task_id, role, task.effort, account, owner, now).email
                after = self._move(task, transition, playbook.on_owner_change, to, now)
                moved += [after] if after.assignee == to != task.assignee else []
            elif _was_moved(task, transition):
                after = self.book.change(task, HANDED_OVER, KEEPWELL, now, lambda _: None)
            if _was_moved(after, transition):
                self.notices.tell(after, playbook.manners, now, together=True)
        return moved

    def _move(self, task: Task, transition: Transition, policy: OwnerChange, to: str, now: datetime) -> Task:
        def handed_over(task: Task) -> Task | None:
            if not to or to.casefold() == task.assignee.casefold():
                return None
            if not _is_to_move(task, transition, policy):
                return None  # somebody else has changed it since
            after = told(task, KEEPWELL, now, {"Assignee": to})
            return replace(after, why_assigned=f"it goes with the role {transition.role}")

        return self.book.change(task, HANDED_OVER, KEEPWELL, now, handed_over)


def _is_to_move(task: Task, transition: Transition, policy: OwnerChange) -> bool:
    had_it = task.assignee.casefold() == transition.before.casefold() != ""
    return task.is_open and had_it and _goes_along(task, policy, transition.day)


def _was_moved(task: Task, transition: Transition) -> bool:
    """Whether it was this transition, or one beside it, that moved a task."""
    last = task.last_change
    return last is not None and last.did == HANDED_OVER and last.at >= transition.at


def _goes_along(task: Task, policy: OwnerChange, day: date) -> bool:
    """Whether a task goes along where a role changed hands on `day`."""
    match policy:
        case OwnerChange.KEEP:
            return False
        case OwnerChange.REASSIGN_ALL:
            return True
        case OwnerChange.REASSIGN_ALL_BUT_MANUAL:
            return task.play != ""
        case OwnerChange.SPLIT_BY_DUE_DATE:
            return task.due_date is None or task.due_date > day
