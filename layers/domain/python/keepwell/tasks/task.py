"""Tasks: what a person is asked to do (product TSK-01 to TSK-03), by a play, by a file or by a person."""

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


@dataclass(frozen=True)
class PostCompletion:
    """What closing the task asks for or does (product PLY-11)."""

    require_touchpoint: bool = False
    set_attributes: tuple[tuple[str, str], ...] = ()
    follow_up: str | None = None


NOTHING_MORE = PostCompletion()


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
            value_aliases=dict.fromkeys(("done", "closed", "complete"), TaskStatus.COMPLETED),
        ),
    )
)


@dataclass(frozen=True)
class Task:
    """A task. `facts` are what was told of it, under the names of the CSV's columns; `facts.account_id` is
    the account's id, `facts.revision` counts the writes of this item.

    `task_id` names it within the account; that of a task of a play is derived from the transition that caused
    it. Only such a task has a `play` and a `reason`.
    """

    task_id: str
    facts: Facts
    play: str = ""
    reason: str = ""
    post_completion: PostCompletion = NOTHING_MORE

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
        told = self.facts.values.get("Due Date")
        return told if isinstance(told, date) else None

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

    def _text(self, name: str) -> str:
        told = self.facts.values.get(name)
        return told if isinstance(told, str) else ""
