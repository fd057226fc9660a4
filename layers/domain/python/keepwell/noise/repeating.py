"""Asking again for what is still open: the task is brought up to date, and no person is written to (D6).
Machines are told all the same: who keeps state by signed webhooks must hear of every passage.

What makes two tasks the same is the account, the play with the action of it, and the reason: the segment or
the condition that triggered them, and which way it was passed; each date is a reason of its own. A task's id
is derived from all of that and the count of the passage, so nothing more has to be kept to find the one that
is open.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime

from keepwell.accounts import Facts
from keepwell.assignment.assigning import Assign, Assignee
from keepwell.attributes import Value
from keepwell.deliveries import Delivery, cancelled
from keepwell.standings import Transition
from keepwell.tasks import Priority, Task
from keepwell.tasks.changing import KEEPWELL, told

AGAIN = "again"
"""How a step of a run tells that tasks of before are open. It is kept, so that a repetition goes the same
way, whatever has been closed by then."""

_FALLING = (Priority.HIGH, Priority.NORMAL, Priority.LOW)


@dataclass(frozen=True)
class Renewal:
    """An open task that is asked for again; `asked` is what would be made otherwise."""

    found: Task
    asked: Task

    def brought_up_to_date(self, task: Task, now: datetime) -> Task | None:
        """The task with the new reason, title and description, the higher priority and the earlier day; None
        where that changes nothing, or a person has closed it. What a person wrote stays."""
        if not task.is_open:
            return None
        asked = self.asked
        texts = {"Title": asked.title, "Description": asked.description}
        values: dict[str, Value] = {
            **{name: text for name, text in texts.items() if text and not _is_of_a_person(task, name)},
            "Priority": min(task.priority, asked.priority, key=_FALLING.index).value,
        }
        if due := min(filter(None, (task.due_date, asked.due_date)), default=None, key=date.toordinal):
            values["Due Date"] = due
        changed = {name: value for name, value in values.items() if task.facts.values.get(name, "") != value}
        if not changed and task.reason == asked.reason:
            return None
        return replace(told(task, KEEPWELL, now, changed) if changed else task, reason=asked.reason)


def _is_of_a_person(task: Task, name: str) -> bool:
    return not any(task.facts.is_told_by(source, name) for source in (f"play:{task.play}", KEEPWELL))


@dataclass(frozen=True)
class Repetition:
    """What of earlier passages is open: `found`, and of the tasks to be made now those that are among them,
    by the ids they would have."""

    found: tuple[Task, ...] = ()
    twins: Mapping[str, Task] = field(default_factory=dict)

    def __bool__(self) -> bool:
        return bool(self.found)

    def __str__(self) -> str:
        return ", ".join(f"task {task.task_id}" for task in self.found) + " of before is still open"

    def keeping(self, assign: Assign) -> Assign:
        """Who has an open task keeps it, without counting for it twice."""

        def whose(
            task_id: str,
            assign_to: str,
            effort: float,
            account: Facts,
            owner: str,
            now: datetime,
            /,
            *,
            reserve: bool = True,
            mail: bool = False,
        ) -> Assignee:
            if twin := self.twins.get(task_id):
                return Assignee(twin.assignee, twin.why_assigned)
            return assign(task_id, assign_to, effort, account, owner, now, reserve=reserve, mail=mail)

        return whose if self.twins else assign

    def of_task(self, task: Task) -> Task | Renewal:
        """The task to be made, or what becomes of the one that is open."""
        twin = self.twins.get(task.task_id)
        return Renewal(twin, task) if twin else task

    def of_message(self, message: Delivery, now: datetime) -> Delivery:
        """A message to people, held back where anything is open."""
        return cancelled(message, now, f"held back: {self}") if self else message


def repetition_of(
    tasks: Iterable[Task],
    play: str,
    transition: Transition,
    ids_at: Callable[[int], Sequence[str]],
    kept: str = "",
) -> Repetition:
    """What of the tasks that a play made on earlier passages is open, or was when the run `kept` it in words.

    `ids_at` gives the ids of the tasks to be made, if this was the passage of that number.
    """
    earlier: list[tuple[int, Task]] = []
    for task in tasks:
        number = _passage_of(task, transition) if task.play == play else 0
        if 0 < number < transition.sequence and (task.is_open or task.task_id in kept):
            earlier.append((number, task))
    earlier.sort(key=lambda each: (each[0], each[1].task_id))
    twins = {
        mine: task
        for number, task in earlier
        for mine, its in zip(ids_at(transition.sequence), ids_at(number), strict=True)
        if its == task.task_id
    }
    return Repetition(tuple(task for _, task in earlier), twins)


def _passage_of(task: Task, transition: Transition) -> int:
    """The count of the passage that a task was made on, 0 if it had another reason."""
    reason, _, passage = transition.id.rpartition("/")
    before, after = reason.rpartition("/")[0] + "/", f"/{passage}"
    source = task.facts.created_by
    number = source.removeprefix(before).removesuffix(after)
    return int(number) if source == f"{before}{number}{after}" and number.isdecimal() else 0
