"""A task: what a person is asked to do (product TSK-01 to TSK-03), by a play, by a file or by a person."""

from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum

from keepwell.accounts import Facts
from keepwell.attributes import Attribute, Catalogue, Kind


class Priority(StrEnum):
    """Decides the order in the agenda (TSK-03)."""

    HIGH = "High"
    NORMAL = "Normal"
    LOW = "Low"


class TaskStatus(StrEnum):
    OPEN = "Open"
    COMPLETED = "Completed"
    CANCELLED = "Cancelled"


@dataclass(frozen=True)
class FollowUp:
    """A task that closing another one creates (product PLY-11); its texts are filled in. Without `assign_to`,
    which is as a play's, it goes to who has the task that is closed. Its days count from the closing."""

    title: str
    description: str = ""
    assign_to: str = ""
    due_in_days: int = 0
    due_in_working_days: int | None = None
    priority: Priority = Priority.NORMAL
    effort: float = 1.0


@dataclass(frozen=True)
class PostCompletion:
    """What closing the task asks for or does (product PLY-11)."""

    require_touchpoint: bool = False
    set_attributes: tuple[tuple[str, str], ...] = ()
    follow_up: FollowUp | None = None


NOTHING_MORE = PostCompletion()


@dataclass(frozen=True)
class Comment:
    """What a person wrote under a task."""

    at: datetime
    by: str
    text: str


@dataclass(frozen=True)
class Contact:
    """The contact with the customer that the closing of a task tells of; `day` is the tenant's."""

    type: str
    subject: str
    content: str
    day: date
    participants: tuple[str, ...] = ()
    reasons: tuple[str, ...] = ()


@dataclass(frozen=True)
class Closing:
    """What is still to be done, or was, since a person closed the task at `at`: it is `settled` once all
    that its post-completion asks for has happened."""

    at: datetime
    by: str
    contact: Contact | None = None
    settled: bool = False


@dataclass(frozen=True)
class LastChange:
    """The change that made the task what it is at `revision`, as the history tells it (see
    `keepwell.tasks.changing`)."""

    revision: int
    at: datetime
    by: str
    did: str
    was: tuple[tuple[str, str], ...]
    now: tuple[tuple[str, str], ...]


TASK_ID = Attribute("Task ID", Kind.TEXT, description="The key of the task, within the account")
TASK_ATTRIBUTES = Catalogue(
    (
        TASK_ID,
        Attribute("Title", Kind.TEXT, description="What to do, in one line (TSK-01)"),
        Attribute("Description", Kind.TEXT),
        Attribute("Assignee", Kind.TEXT, aliases=("Assigned To",), description="An e-mail address"),
        Attribute("Due Date", Kind.DATE, aliases=("Due",)),
        Attribute("Priority", Kind.CHOICE, values=tuple(Priority), value_aliases={"medium": Priority.NORMAL}),
        Attribute("Flow", Kind.TEXT, description="The stage of the journey it belongs to (TSK-02)"),
        Attribute("Effort", Kind.NUMBER, description="Hours (TSK-08)"),
        Attribute(
            "Status",
            Kind.CHOICE,
            values=tuple(TaskStatus),
            value_aliases=dict.fromkeys(("done", "closed", "complete"), TaskStatus.COMPLETED)
            | {"canceled": TaskStatus.CANCELLED},
        ),
        Attribute("Outcome", Kind.TEXT, description="What came of it, told on closing"),
        Attribute("Closed At", Kind.TEXT, description="The tenant's day, or the instant"),
        Attribute("Closed By", Kind.TEXT, description="Who of us it was"),
        Attribute("Snoozed Until", Kind.DATE, description="The day on which it is on the agenda again"),
        Attribute("Snooze Reason", Kind.TEXT),
        Attribute("Created By", Kind.TEXT, description="Who of us asked for it"),
    )
)


@dataclass(frozen=True)
class Task:
    """A task. `facts` are what was told of it, under the names of the CSV's columns; `facts.account_id` is
    the account's id, `facts.revision` counts the writes of this item.

    `task_id` names it within the account; that of a task of a play is derived from the transition that caused
    it. Only such a task has a `play` and a `reason`. At `sla_at` it is to be closed, else it is escalated,
    once, as `escalated_to` and `escalated_because` tell. `why_assigned` says why a play gave it to the
    assignee, where that is not simply who was asked for, `asked_as` which of a play's tasks it is (see
    `keepwell.plays.steps.asked_as`). `closing` is there once a person has closed it,
    `last_change` once a person has changed it.
    """

    task_id: str
    facts: Facts
    play: str = ""
    reason: str = ""
    post_completion: PostCompletion = NOTHING_MORE
    comments: tuple[Comment, ...] = ()
    sla_at: datetime | None = None
    escalated_at: datetime | None = None
    escalated_to: str = ""
    escalated_because: str = ""
    closing: Closing | None = None
    last_change: LastChange | None = None
    why_assigned: str = ""
    asked_as: str = ""

    @property
    def account_id(self) -> str:
        return self.facts.account_id

    @property
    def created_at(self) -> datetime:
        return self.facts.created_at

    @property
    def title(self) -> str:
        return self._text("Title")

    @property
    def description(self) -> str:
        return self._text("Description")

    @property
    def assignee(self) -> str:
        """An e-mail address; nothing where nobody has the task."""
        return self._text("Assignee")

    @property
    def due_date(self) -> date | None:
        return self._day("Due Date")

    @property
    def priority(self) -> Priority:
        return Priority(self._text("Priority") or Priority.NORMAL)

    @property
    def flow(self) -> str:
        return self._text("Flow")

    @property
    def effort(self) -> float:
        """Hours; 0 where nobody said."""
        told = self.facts.values.get("Effort")
        return float(told) if isinstance(told, int | float) else 0.0

    @property
    def status(self) -> TaskStatus:
        return TaskStatus(self._text("Status") or TaskStatus.OPEN)

    @property
    def is_open(self) -> bool:
        return self.status is TaskStatus.OPEN

    @property
    def outcome(self) -> str:
        return self._text("Outcome")

    @property
    def closed_at(self) -> str:
        """The instant or the day, as it was told; nothing where it is not known."""
        return self._text("Closed At")

    @property
    def closed_by(self) -> str:
        return self._text("Closed By")

    @property
    def snoozed_until(self) -> date | None:
        """The first day on which it is on the agenda again."""
        return self._day("Snoozed Until")

    @property
    def snooze_reason(self) -> str:
        return self._text("Snooze Reason")

    @property
    def escalation(self) -> str:
        """Who was told that it was not closed in time, and why they; nothing where it was not escalated."""
        if self.escalated_at is None:
            return ""
        if not self.escalated_to:
            return "nobody, since nobody is left to be told"
        because = f", who {self.escalated_because}" if self.escalated_because else ""
        return f"{self.escalated_to}{because}"

    @property
    def created_by(self) -> str:
        return self._text("Created By")

    def _text(self, name: str) -> str:
        told = self.facts.values.get(name)
        return told if isinstance(told, str) else ""

    def _day(self, name: str) -> date | None:
        told = self.facts.values.get(name)
        return told if isinstance(told, date) else None
