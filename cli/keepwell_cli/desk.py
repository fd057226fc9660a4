"""Where the verbs about one task, and about contacts, find what they work on."""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from rich.console import Group, RenderableType

from keepwell.assignment.assigning import Assigner
from keepwell.assignment.notices import Notices
from keepwell.errors import RejectedInput
from keepwell.playbook import Playbook
from keepwell.tasks import Contact, Task
from keepwell.tasks.changing import TaskBook
from keepwell.tasks.closing import Closer
from keepwell.tasks.handing_over import HandOver
from keepwell.touchpoints import TOUCHPOINT_ATTRIBUTES, TYPES
from keepwell_cli.acting import acting
from keepwell_cli.ids import read_id
from keepwell_cli.output import Answer, plain
from keepwell_cli.stack import Stack
from keepwell_cli.task_view import document_of, task_view
from keepwell_cli.texts import read_line, read_text, read_texts


@dataclass(frozen=True)
class Desk:
    """Where one looks after a task of a stack."""

    stack: Stack

    @property
    def playbook(self) -> Playbook:
        return self.stack.playbooks.get()

    @property
    def now(self) -> datetime:
        return self.stack.clock.now()

    @property
    def today(self) -> date:
        return self.now.astimezone(self.playbook.time_zone).date()

    @property
    def book(self) -> TaskBook:
        return TaskBook(self.stack.work, self.stack.history)

    @property
    def assigner(self) -> Assigner:
        here, playbook = self.stack, self.playbook
        return Assigner(here.team, here.work, here.control, playbook.pools, playbook.owner)

    @property
    def notices(self) -> Notices:
        here = self.stack
        return Notices(here.accounts, here.work, here.team, here.deliveries, {}, here.wakes, here.control)

    @property
    def closer(self) -> Closer:
        here = self.stack
        return Closer(self.book, here.accounts, here.touchpoints, here.wakes, self.assigner, self.notices)

    @property
    def hand_over(self) -> HandOver:
        return HandOver(self.book, self.stack.accounts, self.stack.team, self.assigner, self.notices)

    def acting(self, by: str | None, task: Task | None = None) -> str:
        """Who it is that changes a task, or something of an account."""
        return acting(self.stack, by, task)

    def find(self, task_id: str, account: str | None, by: str | None = None) -> Task:
        """The one task of this id: of the account that is named, else first among those of who asks.

        Raises RejectedInput if there is none, or if several accounts have one.
        """
        read_id(task_id, "task")
        if account is not None:
            return self.book.find(read_id(account, "account"), task_id)
        mine = list(self.stack.work.agenda(by)) if by else []
        found = [task for task in mine if task.task_id == task_id]
        if len(found) != 1:
            found = [task for task in self.stack.work.tasks() if task.task_id == task_id]
        if not found:
            raise RejectedInput(f"there is no task {task_id!r}; `keepwell tasks --all` lists them")
        if len(found) > 1:
            accounts = ", ".join(sorted(task.account_id for task in found))
            raise RejectedInput(f"{accounts} each have a task {task_id!r}: say which by --account")
        return self.book.find(found[0].account_id, task_id)

    def contact(
        self,
        text: str | None,
        kind: str,
        content: str,
        on: date | None,
        participants: str = "",
        reasons: str = "",
    ) -> Contact | None:
        """The contact that is told of, None if none is. Raises RejectedInput if it is to come, or says
        nothing."""
        if text is None:
            if content or on or participants or reasons:
                raise RejectedInput(
                    "--content, --on, --participants and --reasons tell more of a contact: name it by "
                    "--touchpoint"
                )
            return None
        return self.told(text, kind, content, on, participants, reasons, "--touchpoint")

    def told(
        self,
        text: str,
        kind: str,
        content: str,
        on: date | None,
        participants: str,
        reasons: str,
        option: str,
    ) -> Contact:
        """The contact of which `option` says what was said. Raises RejectedInput as `contact` does."""
        subject = read_line(text, option)
        if not subject:
            raise RejectedInput(f'a touchpoint says what was said, as in {option} "They renew"')
        if not kind.strip():
            raise RejectedInput(f"--type names the kind of the contact: {', '.join(TYPES)}, or any other")
        if on and on > self.today:
            raise RejectedInput(f"a contact of {on} is yet to come: today is {self.today}")
        return Contact(
            read_text(TOUCHPOINT_ATTRIBUTES["Type"], kind, "--type"),
            subject,
            read_text(TOUCHPOINT_ATTRIBUTES["Content"], content, "--content"),
            on or self.today,
            read_texts(TOUCHPOINT_ATTRIBUTES["Participants"], participants, "--participants"),
            read_texts(TOUCHPOINT_ATTRIBUTES["Reasons"], reasons, "--reasons"),
        )

    def account(self, account_id: str) -> str:
        """The id of an account that there is. Raises RejectedInput for any other."""
        if read_id(account_id, "account") not in self.stack.accounts.facts_of([account_id]):
            raise RejectedInput(
                f"there is no account {account_id!r}; ids are written as in the file, case included"
            )
        return account_id

    def changed(self, task: Task, more: dict[str, Any] | None = None, note: str = "") -> Answer:
        view = task_view(task, (), self.today)
        shown: RenderableType = Group(plain(note), "", view) if note else view
        return Answer({"task": document_of(task, self.today), **(more or {})}, shown)
