"""`keepwell task done`, `cancel`, `assign`, `snooze`, `comment` and `show`: what becomes of one task."""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Annotated, Any

import typer
from rich.console import Group, RenderableType

from keepwell.assignment.assigning import Assigner
from keepwell.assignment.notices import Notices
from keepwell.attributes import read_cell
from keepwell.errors import RejectedInput
from keepwell.playbook import Playbook
from keepwell.tasks import Contact, Task
from keepwell.tasks.changing import KIND, TaskBook
from keepwell.tasks.closing import Closed, Closer
from keepwell.tasks.handing_over import HandOver
from keepwell.tasks.snoozing import Snoozer
from keepwell.touchpoints import TOUCHPOINT_ATTRIBUTES, TYPES
from keepwell_cli.acting import By, acting
from keepwell_cli.days import read_day
from keepwell_cli.ids import read_id
from keepwell_cli.output import Answer, plain
from keepwell_cli.stack import Stack, StackName
from keepwell_cli.task_view import document_of, task_view, whole_document

TaskId = Annotated[str, typer.Argument(metavar="ID", help="The task's id, as `keepwell tasks` shows it.")]
AccountId = Annotated[
    str | None, typer.Option(metavar="ID", help="Its account, where several accounts have a task of that id.")
]
ROWS = 500


def task_show(task_id: TaskId, account: AccountId = None, stack: StackName = None) -> Answer:
    """Show a task: what it asks for, its comments, and what became of it.

    Example: `keepwell task show T-1`
    """
    desk = Desk(Stack.configured(stack))
    task = desk.find(task_id, account)
    rows = desk.stack.history.of(task.account_id, KIND, limit=ROWS)
    history = [row for row in reversed(rows) if row.detail["task_id"] == task_id]
    document = {
        "task": whole_document(task, desk.today),
        "history": [{"at": row.at.isoformat(), **row.detail} for row in history],
    }
    return Answer(document, task_view(task, history, desk.today))


def task_done(
    task_id: TaskId,
    outcome: Annotated[
        str, typer.Option(help="What came of it: Done, Reached, No Answer, Resolved, or one of your own.")
    ] = "Done",
    touchpoint: Annotated[
        str | None, typer.Option(metavar="TEXT", help="What was said with the customer, in one line.")
    ] = None,
    type_: Annotated[
        str, typer.Option("--type", help=f"Of what kind that was: {', '.join(TYPES)}, or any other.")
    ] = "Call",
    content: Annotated[str, typer.Option(help="More of what was said.")] = "",
    on: Annotated[
        datetime | None, typer.Option(parser=read_day, metavar="DAY", help="The day of it.")
    ] = None,
    participants: Annotated[
        str, typer.Option(metavar="NAMES", help="Who took part, with commas between.")
    ] = "",
    reasons: Annotated[
        str, typer.Option(metavar="TEXTS", help="What it was about, with commas between.")
    ] = "",
    comment: Annotated[str | None, typer.Option(help="A comment under the task.")] = None,
    by: By = None,
    account: AccountId = None,
    stack: StackName = None,
) -> Answer:
    """Close a task, with what came of it. If the task asks for it, say what was said with the customer.

    It ends with 1 if not all could be done that closing it asks for. Interrupted, it is ended within minutes,
    or by the same command once more.

    Example: `keepwell task done T-1 --outcome Reached --touchpoint "They renew in June"`
    """
    desk = Desk(Stack.configured(stack))
    who, task = desk.acting(by), desk.find(task_id, account, by)
    contact = desk.contact(touchpoint, type_, content, on.date() if on else None, participants, reasons)
    closed = desk.closer.close(task, outcome, who, desk.now, desk.playbook, contact, comment or "")
    return _closed(closed, desk)


def task_cancel(
    task_id: TaskId,
    reason: Annotated[str, typer.Option(help="Why it is not to be done.")],
    by: By = None,
    account: AccountId = None,
    stack: StackName = None,
) -> Answer:
    """Take a task off the agenda that is not to be done. Nothing follows of it.

    Example: `keepwell task cancel T-1 --reason "They left"`
    """
    desk = Desk(Stack.configured(stack))
    task = desk.find(task_id, account, by)
    return desk.changed(desk.closer.cancel(task, reason, desk.acting(by), desk.now, desk.playbook))


def task_reopen(task_id: TaskId, by: By = None, account: AccountId = None, stack: StackName = None) -> Answer:
    """Open a task again that was closed or cancelled by mistake. What closing it did stays done.

    Example: `keepwell task reopen T-1`
    """
    desk = Desk(Stack.configured(stack))
    task = desk.find(task_id, account, by)
    return desk.changed(desk.closer.reopen(task, desk.acting(by), desk.now, desk.playbook))


def task_assign(
    task_id: TaskId,
    to: Annotated[
        str, typer.Option(help="An e-mail address, a role at the account, `manager:<role>` or `pool:<id>`.")
    ],
    by: By = None,
    account: AccountId = None,
    stack: StackName = None,
) -> Answer:
    """Give a task to somebody else.

    Example: `keepwell task assign T-1 --to bo@example.com`
    """
    desk = Desk(Stack.configured(stack))
    task = desk.find(task_id, account, by)
    after, assignee = desk.hand_over.assign(task, to, desk.acting(by), desk.now, desk.playbook)
    why = f"{assignee.email}: {assignee.why}" if assignee.why else ""
    return desk.changed(after, {"why": assignee.why}, why)


def task_snooze(
    task_id: TaskId,
    reason: Annotated[str, typer.Option(help="What it waits for.")],
    until: Annotated[
        datetime,
        typer.Option(parser=read_day, metavar="DAY", help="The day on which it is on the agenda again."),
    ],
    by: By = None,
    account: AccountId = None,
    stack: StackName = None,
) -> Answer:
    """Take a task off the agenda until a day. The time of its service level runs on.

    Example: `keepwell task snooze T-1 --until 2027-03-08 --reason "They are on holiday"`
    """
    desk = Desk(Stack.configured(stack))
    task = desk.find(task_id, account, by)
    snoozer = Snoozer(desk.book, desk.stack.wakes)
    return desk.changed(snoozer.snooze(task, until.date(), reason, desk.acting(by), desk.now, desk.playbook))


def task_comment(
    task_id: TaskId,
    text: Annotated[str, typer.Argument(help="What to write.")],
    by: By = None,
    account: AccountId = None,
    stack: StackName = None,
) -> Answer:
    """Write a comment under a task, open or closed.

    Example: `keepwell task comment T-1 "They call back on Monday"`
    """
    desk = Desk(Stack.configured(stack))
    return desk.changed(desk.book.comment(desk.find(task_id, account, by), text, desk.acting(by), desk.now))


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

    def acting(self, by: str | None) -> str:
        """Who it is that changes a task."""
        return acting(self.stack, by)

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
        if not text.strip():
            raise RejectedInput(f'a touchpoint says what was said, as in {option} "They renew"')
        if not kind.strip():
            raise RejectedInput(f"--type names the kind of the contact: {', '.join(TYPES)}, or any other")
        if on and on > self.today:
            raise RejectedInput(f"a contact of {on} is yet to come: today is {self.today}")
        return Contact(
            kind.strip(),
            text.strip(),
            content.strip(),
            on or self.today,
            _several("Participants", participants),
            _several("Reasons", reasons),
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


def _several(name: str, text: str) -> tuple[str, ...]:
    """Texts as a cell of the touchpoints' column holds them."""
    told = read_cell(TOUCHPOINT_ATTRIBUTES[name], text)
    return told if isinstance(told, tuple) else ()


def _closed(closed: Closed, desk: Desk) -> Answer:
    follow_up = document_of(closed.follow_up, desk.today) if closed.follow_up else None
    document = {
        "task": document_of(closed.task, desk.today),
        "follow_up": follow_up,
        "problems": list(closed.problems),
    }
    lines = [f"{closed.task.title}: {closed.task.outcome}"]
    if closed.follow_up:
        next_ = closed.follow_up
        lines.append(f"next: {next_.title}, {next_.assignee or 'nobody'}, {next_.due_date} ({next_.task_id})")
    lines += [f"not done: {problem}" for problem in closed.problems]
    return Answer(document, plain("\n".join(lines)), findings=bool(closed.problems))
