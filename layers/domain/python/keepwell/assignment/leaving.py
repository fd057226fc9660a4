"""A member of the team who is active no more leaves open tasks to others, unless the playbook says to keep
them (product TSK-09). What is due, and what no play made, goes too: who has left does none of it.

Only tasks that are that member's when they are looked at move, so that doing it again goes on where it was
interrupted.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from datetime import datetime

from keepwell.assignment.assigning import Assigner
from keepwell.assignment.notices import Notices
from keepwell.assignment.owner_changes import HANDED_OVER
from keepwell.assignment.rules import OwnerChange
from keepwell.errors import Conflict, RejectedInput
from keepwell.playbook import Playbook
from keepwell.plays.steps import deeds_of
from keepwell.ports import Accounts
from keepwell.tasks import Task
from keepwell.tasks.changing import KEEPWELL, TaskBook, told


@dataclass
class Left:
    """The tasks that found somebody else; `problems` are those that did not, each with the reason, and `kept`
    is how many stay as the playbook says."""

    moved: list[Task] = field(default_factory=list)
    problems: list[tuple[Task, str]] = field(default_factory=list)
    kept: int = 0


@dataclass(frozen=True)
class Leaving:
    """Hands over what members had to do who have left."""

    book: TaskBook
    accounts: Accounts
    assigner: Assigner
    notices: Notices

    def hand_over(
        self, playbook: Playbook, now: datetime, has_time: Callable[[], bool] = lambda: True
    ) -> Left:
        """Give the open tasks of members who are not active to whoever the play asks for now, else to the
        owner of the play, else of the playbook, who hears of it; one that fails stops no other."""
        left = Left()
        for task in self._left_behind():
            if playbook.on_owner_change is OwnerChange.KEEP:
                left.kept += 1
                continue
            if not has_time():
                break
            try:
                after = self._give(task, playbook, now)
            except (RejectedInput, Conflict) as problem:
                left.problems.append((task, str(problem)))
                continue
            left.moved += [after] if after.assignee != task.assignee else []
        return left

    def _left_behind(self) -> Iterator[Task]:
        for member in list(self.assigner.team.members()):
            if not member.active:
                yield from list(self.book.work.agenda(member.email))

    def _give(self, task: Task, playbook: Playbook, now: datetime) -> Task:
        """The member hears of it first: a summary leaves out what did not come to pass. Raises RejectedInput
        where nobody is left who may have it."""
        account = self.accounts.facts_of([task.account_id]).get(task.account_id, task.facts)
        asked, owner = _asked_for(task, playbook), playbook.owner_of(task.play)
        found = self.assigner.assign(task.task_id, asked, task.effort, account, owner, now, anew=True)
        if not found.email:
            raise RejectedInput(found.why)
        left = task.assignee.casefold()

        def handed_over(task: Task) -> Task | None:
            if not task.is_open or task.assignee.casefold() != left:
                return None  # somebody else has changed it since
            after = told(task, KEEPWELL, now, {"Assignee": found.email})
            return replace(after, why_assigned=f"{left} is active no more")

        if after := handed_over(task):
            self.notices.tell(after, playbook.manners, now, together=True)
        return self.book.change(task, HANDED_OVER, KEEPWELL, now, handed_over)


def _asked_for(task: Task, playbook: Playbook) -> str:
    """Whom the play of a task asks for, if it always asks for the same; else whoever has the task, who has
    left."""
    asked = {
        action.assign_to
        for play in playbook.plays
        if play.id == task.play
        for _, deeds in deeds_of(play)
        for action in deeds.tasks
    }
    return asked.pop() if len(asked) == 1 else task.assignee
