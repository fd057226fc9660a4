"""Handing a task over: a person gives it to somebody, by name, by role or by pool."""

from dataclasses import dataclass, replace
from datetime import datetime

from keepwell.accounts import Facts, Provenance
from keepwell.addresses import read_address
from keepwell.assignment.assigning import Assignee, Assigner
from keepwell.assignment.notices import Notices
from keepwell.assignment.pools import PREFIX
from keepwell.assignment.rules import MANAGER_OF
from keepwell.attributes import Kind
from keepwell.errors import RejectedInput
from keepwell.playbook import Playbook
from keepwell.ports import Accounts, Team
from keepwell.tasks.changing import TaskBook, require_open, told
from keepwell.tasks.task import Task
from keepwell.team import why_not


@dataclass(frozen=True)
class HandOver:
    """Gives tasks to people."""

    book: TaskBook
    accounts: Accounts
    team: Team
    assigner: Assigner
    notices: Notices

    def assign(
        self, task: Task, to: str, by: str, now: datetime, playbook: Playbook
    ) -> tuple[Task, Assignee]:
        """Give a task to an address, to who has a role at the account, to who leads that one
        (`manager:<role>`), or to one of `pool:<id>`, who hears of it; the task and whose it is now.

        Raises RejectedInput if the task is closed, or `to` is nobody who can have tasks.
        """
        require_open(task, "assign")
        assignee = self.whose(task, to, now, playbook, anew=True)

        def assigned(task: Task) -> Task:
            require_open(task, "assign")
            after = told(task, by, now, {"Assignee": assignee.email})
            return replace(after, why_assigned=assignee.why)

        after = self.book.change(task, "assigned", by, now, assigned)
        self.notices.tell(after, playbook.manners, now, by=by)
        return after, assignee

    def whose(
        self, task: Task, to: str, now: datetime, playbook: Playbook, *, anew: bool = False
    ) -> Assignee:
        """Who is meant by `to` for a task, as for `assign`; with `anew` somebody has it already."""
        return self._named(to, playbook) if "@" in to else self._found(task, to, now, playbook, anew=anew)

    def _named(self, to: str, playbook: Playbook) -> Assignee:
        email = read_address(to)
        if why := why_not(email, self.team, playbook.assignees):
            raise RejectedInput(f"{email} {why}: name somebody who may have tasks")
        return Assignee(email)

    def _found(self, task: Task, to: str, now: datetime, playbook: Playbook, *, anew: bool) -> Assignee:
        leading = MANAGER_OF if to.startswith(MANAGER_OF) else ""
        attribute = playbook.catalogue.find(to.removeprefix(leading).strip())
        pool = to.removeprefix(PREFIX)
        is_role = attribute is not None and attribute.kind is Kind.TEXT
        if not (pool in playbook.pools if pool != to else is_role):
            raise RejectedInput(
                f"{to!r} is nobody: write an address, a role such as Success Manager, "
                "manager:<role> or pool:<id>"
            )
        facts = self.accounts.facts_of([task.account_id]).get(task.account_id) or _nothing_known(task, now)
        role = leading + attribute.name if attribute else to
        owner = playbook.owner_of(task.play)
        found = self.assigner.assign(task.task_id, role, task.effort, facts, owner, now, anew=anew)
        if not found.email:
            raise RejectedInput(found.why)
        return found


def _nothing_known(task: Task, now: datetime) -> Facts:
    return Facts(task.account_id, {}, Provenance("nobody", now), now, "", "")
