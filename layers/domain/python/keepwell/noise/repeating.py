"""Asking again for what is still open: the task is brought up to date, and nobody is written to who was
before (D6). Machines are told all the same: who keeps state by signed webhooks must hear of every passage.

What makes two tasks the same is the account, the play, what the play calls them, and the reason: the segment
or the condition that triggered them, and which way it was passed; each date is a reason of its own. Where in
the play a task stands is all one, so that a play may be edited meanwhile.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime

from keepwell.accounts import Facts
from keepwell.assignment.assigning import Assign, Assignee
from keepwell.attributes import Value
from keepwell.deliveries import Delivery, DeliveryState, cancelled
from keepwell.noise.digests import IN_DIGEST
from keepwell.noise.interrupting import Admit
from keepwell.noise.manners import Manners
from keepwell.noise.past import Past
from keepwell.standings import Transition
from keepwell.tasks import Priority, Task
from keepwell.tasks.changing import KEEPWELL, told
from keepwell.touchpoints import Touchpoint

HELD_BACK = "held back"

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
    by the ids they would have; `told` are the ids of the messages to be made now that somebody had since."""

    found: tuple[Task, ...] = ()
    twins: Mapping[str, Task] = field(default_factory=dict)
    told: frozenset[str] = frozenset()

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

    def admitting(self, admit: Admit) -> Admit:
        """A mail that is held back interrupts nobody."""

        def when(
            mail: Delivery, manners: Manners, /, *, urgent: bool = False, noting: bool = True
        ) -> Delivery:
            if mail.delivery_id in self.told:
                return mail
            return admit(mail, manners, urgent=urgent, noting=noting)

        return when

    def but_once(
        self, effect: Task | Delivery | Touchpoint, now: datetime
    ) -> Task | Renewal | Delivery | Touchpoint:
        """An effect to be made, or what becomes of it where what it asks for, or tells, is there already."""
        if isinstance(effect, Task) and (twin := self.twins.get(effect.task_id)):
            return Renewal(twin, effect)
        if isinstance(effect, Delivery) and effect.delivery_id in self.told:
            return cancelled(effect, now, f"{HELD_BACK}: {self}")
        return effect


def repetition_of(
    past: Past,
    play: str,
    transition: Transition,
    asked: Mapping[str, str],
    messages_at: Callable[[int], Sequence[str]],
    kept: str = "",
) -> Repetition:
    """What of the tasks that a play made on earlier passages is open, or was when the run `kept` it in words.

    `asked` says what the tasks to be made go by, by their ids; `messages_at` gives the ids of the messages to
    people, if this was the passage of that number.
    """
    earlier: list[tuple[int, Task]] = []
    for task in past.tasks(transition.account_id):
        number = _passage_of(task, transition) if task.play == play else 0
        if 0 < number < transition.sequence and (task.is_open or task.task_id in kept):
            earlier.append((number, task))
    if not earlier:
        return Repetition()
    earlier.sort(key=lambda each: (each[0], each[1].task_id))
    latest = {task.asked_as: task for _, task in earlier}
    since = range(transition.sequence - 1, earlier[0][0] - 1, -1)
    told = (
        mine
        for place, mine in enumerate(messages_at(transition.sequence))
        if any(_was_told(past.message(messages_at(number)[place])) for number in since)
    )
    return Repetition(
        tuple(task for _, task in earlier),
        {mine: latest[each] for mine, each in asked.items() if each in latest},
        frozenset(told),
    )


def _was_told(message: Delivery | None) -> bool:
    """Whether somebody had a message, will have it, or had the one for which it was held back."""
    if message is None or message.state is DeliveryState.FAILED:
        return False
    if message.state is not DeliveryState.CANCELLED:
        return True
    return message.attempts[-1].outcome.startswith((HELD_BACK, IN_DIGEST))


def _passage_of(task: Task, transition: Transition) -> int:
    """The count of the passage that a task was made on, 0 if it had another reason."""
    reason, _, passage = transition.id.rpartition("/")
    before, after = reason.rpartition("/")[0] + "/", f"/{passage}"
    source = task.facts.created_by
    number = source.removeprefix(before).removesuffix(after)
    return int(number) if source == f"{before}{number}{after}" and number.isdecimal() else 0
