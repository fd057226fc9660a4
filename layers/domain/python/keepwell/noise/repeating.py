"""Asking again for what is still open: the task is brought up to date, and nobody is written to who was
before (D6). Machines are told all the same: who keeps state by signed webhooks must hear of every passage.

What makes two tasks the same is the account, the play, what the play calls them, and the reason: the segment
or the condition that triggered them, and which way it was passed; each date is a reason of its own. Where in
the play a task stands is all one, so that a play may be edited meanwhile. So it is with messages, which are
the same to the same receiver only.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from functools import cache
from itertools import chain

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

NamesAt = Callable[[int], Mapping[str, str]]
"""What the tasks, or the messages to people, of a passage of this number go by, by their ids."""

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
    by the ids they would have; `told` says whether a receiver had since what goes by this."""

    found: tuple[Task, ...] = ()
    twins: Mapping[str, Task] = field(default_factory=dict)
    told: Callable[[str, str], bool] = lambda _to, _told_as: False

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
            if self.told(mail.to, mail.told_as):
                return mail
            return admit(mail, manners, urgent=urgent, noting=noting)

        return when

    def but_once(
        self, effect: Task | Delivery | Touchpoint, now: datetime
    ) -> Task | Renewal | Delivery | Touchpoint:
        """An effect to be made, or what becomes of it where what it asks for, or tells, is there already."""
        if isinstance(effect, Task) and (twin := self.twins.get(effect.task_id)):
            return Renewal(twin, effect)
        if isinstance(effect, Delivery) and self.told(effect.to, effect.told_as):
            return cancelled(effect, now, f"{HELD_BACK}: {self}")
        return effect


def repetition_of(
    past: Past,
    play: str,
    transition: Transition,
    asked_at: NamesAt,
    told_at: NamesAt,
    kept: str = "",
) -> Repetition:
    """What of the tasks that a play made on earlier passages is open, or was when the run `kept` it in words.

    What was stored before tasks and messages told what they go by is what stands in its place now.
    """
    earlier: list[tuple[int, Task]] = []
    for task in past.tasks(transition.account_id):
        number = _passage_of(task, transition) if task.play == play else 0
        if 0 < number < transition.sequence and (task.is_open or task.task_id in kept):
            earlier.append((number, task))
    if not earlier:
        return Repetition()
    earlier.sort(key=lambda each: (each[0], each[1].task_id))
    latest = {task.asked_as or asked_at(number).get(task.task_id): task for number, task in earlier}
    since = range(transition.sequence - 1, earlier[0][0] - 1, -1)

    @cache
    def told(to: str, told_as: str) -> bool:
        """It is looked for where it stands now, then where it stood in the runs of before."""
        if not told_as:
            return False
        by_place = (at_its_place for number in since for at_its_place in told_at(number).items())
        passages = {replace(transition, sequence=number).id for number in since}
        by_run = (
            (message_id, "")
            for run in past.runs(transition.account_id)
            if run.play == play and run.transition_id in passages
            for message_id in run.deliveries
        )
        return any(
            message and (message.to, message.told_as or now_there) == (to, told_as) and _was_told(message)
            for message_id, now_there in chain(by_place, by_run)
            for message in [past.message(message_id)]
        )

    asked = asked_at(transition.sequence)
    return Repetition(
        tuple(task for _, task in earlier),
        {mine: latest[each] for mine, each in asked.items() if each in latest},
        told,
    )


def _was_told(message: Delivery) -> bool:
    """Whether somebody had a message, will have it, or had the one for which it was held back."""
    if message.state is DeliveryState.FAILED:
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
