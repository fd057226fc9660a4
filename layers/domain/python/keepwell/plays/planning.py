"""Planning a launch: everything a play does for one transition until it waits, as values, and its run in
words. Pure.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property

from keepwell.accounts import Change
from keepwell.criteria import Condition
from keepwell.criteria.knowing import Moment
from keepwell.criteria.matching import reasons
from keepwell.deliveries import Delivery
from keepwell.errors import RejectedInput
from keepwell.noise.reasons import BY_HAND
from keepwell.noise.repeating import AGAIN, Renewal, Repetition, repetition_of
from keepwell.plays import changing
from keepwell.plays.asking import UNAIDED, Asking
from keepwell.plays.chains import started, starts_in_words
from keepwell.plays.context import cut
from keepwell.plays.effects import Occasion
from keepwell.plays.passing_over import why_not
from keepwell.plays.play import Deeds, Play
from keepwell.plays.steps import Agenda, Branch, Wait, begun, deeds_before_waiting
from keepwell.tasks import PlayRun, RunState, StepTaken, Task
from keepwell.touchpoints import Touchpoint
from keepwell.wakes import Purpose, Wake

Effect = Task | Renewal | Delivery | Change | Touchpoint

YES, NO = "yes", "no"
KEPT = (YES, NO, AGAIN)
"""What a launch found that a repetition of it goes by."""


@dataclass(frozen=True)
class Launch:
    """What a play does for one transition; a shadow play's run tells what it would have done.

    `wake` is what goes on with it, where it waits then. `by_hand` says that it follows a person's decision,
    after the brake had held it.
    """

    run: PlayRun
    effects: tuple[Effect, ...]
    wake: Wake | None = None
    by_hand: bool = False


def plan_launch(
    occasion: Occasion,
    cancelled: Sequence[Delivery] = (),
    interrupted: PlayRun | None = None,
    asking: Asking = UNAIDED,
) -> Launch:
    """What a play does for one transition; what it cannot do is a problem of its run.

    An entry that was left again does nothing, nor does a play that asks for more confidence, that cools down,
    or whose conditions keep it from everything. `cancelled` is what an exit called off, for its run to tell.
    What was found in a launch that was `interrupted` holds.
    """
    if why := why_not(occasion, interrupted):
        return plan_nothing(occasion, why, interrupted)
    run = interrupted or new_run(occasion)
    called_off = tuple(f"cancelled {each.channel} {each.delivery_id} to {each.to}" for each in cancelled)
    return plan_stretch(occasion, replace(run, outcomes=called_off), whole(occasion.play), asking)


def plan_stretch(occasion: Occasion, run: PlayRun, agenda: Agenda, asking: Asking) -> Launch:
    """What a run does from here until it waits or is done. Its conditions see the account as it is before
    any of that; what they said already, as its `steps` tell, holds."""
    stretch = _Stretch(occasion, run, asking, dict(_answers(run)))
    agenda = list(agenda)
    while agenda:
        place, step = agenda.pop(0)
        if isinstance(step, Branch):
            agenda[:0] = stretch.taken(place, step)
        elif isinstance(step, Wait):
            return stretch.waiting(place, step)
        else:
            stretch.do(place, step)
    return stretch.done()


def is_idle(occasion: Occasion, asking: Asking) -> bool:
    """Whether its conditions keep a play from doing anything, and from waiting for it."""
    stretch, agenda = _Stretch(occasion, new_run(occasion), asking, {}), whole(occasion.play)
    while agenda:
        place, step = agenda.pop(0)
        if not isinstance(step, Branch):
            return False
        agenda[:0] = stretch.taken(place, step)
    return bool(stretch.answers)


def plan_nothing(occasion: Occasion, why: str, interrupted: PlayRun | None = None) -> Launch:
    """The run of a play that is not to fire, whose messages are called off (see `Occasion.called_off`)."""
    outcome = why if why == BY_HAND else f"nothing: {why}"
    run = replace(
        interrupted or new_run(occasion),
        outcomes=(outcome,),
        fired=False,
        state=RunState.DONE,
        transition=None,
    )
    run = replace(run, steps=(*run.steps, StepTaken("", "nothing", why, occasion.now)))
    return Launch(run, () if run.shadow else called_off(occasion, whole(occasion.play), why))


def whole(play: Play) -> Agenda:
    """All of a play: what it does at once, and its steps."""
    return [("", play), *begun(play.steps)] if play.anything else begun(play.steps)


def called_off(occasion: Occasion, agenda: Agenda, why: str) -> tuple[Delivery, ...]:
    """The messages that may be sent before the next wait, cancelled before they are made."""
    return tuple(
        message
        for place, deeds in deeds_before_waiting(agenda)
        for message in replace(occasion, place=place).called_off(deeds, why)
    )


def new_run(occasion: Occasion) -> PlayRun:
    """The run of a play before anything is done."""
    return PlayRun(
        run_id=occasion.run_id,
        account_id=occasion.account.account_id,
        play=occasion.play.id,
        transition_id=occasion.transition.id,
        shadow=occasion.play.is_shadow,
        at=occasion.now,
        playbook=occasion.playbook.version,
        outcomes=(),
        date=occasion.date,
    )


@dataclass
class _Stretch:
    """What comes together while steps are taken."""

    occasion: Occasion
    run: PlayRun
    asking: Asking
    answers: dict[str, str]
    effects: list[Effect] = field(default_factory=list)

    @cached_property
    def moment(self) -> Moment:
        """Made only where a condition asks; in a play of users they ask of the person."""
        met, asking = self.occasion, self.asking
        if met.person:
            return asking.moment_of_person(met.person, met.account, met.playbook, met.now)
        return asking.moment(met.account, met.playbook, met.now)

    def taken(self, place: str, branch: Branch) -> Agenda:
        """The steps of the side that a branch goes on with."""
        if self.answer(place, branch.condition):
            return begun(branch.then, f"{place}.then")
        return begun(branch.otherwise, f"{place}.else")

    def answer(self, place: str, condition: Condition) -> bool:
        if place not in self.answers:
            self.answers[place] = YES if condition.answer(self.moment) is True else NO
            told = ", ".join(
                f"{each.condition} (it is {in_short(each.met or 'unknown')})"
                for each in reasons(condition, self.moment)
            )
            self._tell(place, self.answers[place], told)
        return self.answers[place] == YES

    def do(self, place: str, deeds: Deeds) -> None:
        occasion = self.occasion if place == self.occasion.place else replace(self.occasion, place=place)
        again = self._repetition(occasion, deeds)
        occasion = replace(
            occasion, assign=again.keeping(occasion.assign), admit=again.admitting(occasion.admit)
        )
        effects: list[Effect] = []
        problems: list[str] = []
        for name, make in occasion.effects(deeds):
            where = f"step {place}: {name}" if place else name
            try:
                effect = again.but_once(make(), occasion.now)
            except RejectedInput as problem:
                problems.append(f"{where}: {problem}")
                continue
            effects.append(effect)
            if isinstance(effect, Task) and not effect.assignee:
                problems.append(f"{where}: {effect.why_assigned}")
        change, unchanged = changing.change_of(occasion, deeds)
        effects += [change] if change else []
        starts, not_started = starts_in_words(deeds, occasion.playbook)
        lines = (*(line for effect in effects for line in in_words(effect)), *starts)
        self.effects += effects
        sent = [e.delivery_id for e in effects if isinstance(e, Delivery) and e.open and not self.run.shadow]
        self.run = replace(
            self.run,
            outcomes=(*self.run.outcomes, *lines),
            problems=(*self.run.problems, *problems, *unchanged, *not_started),
            deliveries=(*self.run.deliveries, *sent),
            started=(*self.run.started, *(each.play.id for each in started(occasion, deeds.starts))),
        )
        self._tell(place, "did" if lines else "nothing", "; ".join((*lines, *problems, *unchanged)))

    def _repetition(self, occasion: Occasion, deeds: Deeds) -> Repetition:
        """What of earlier passages is open still, as it is kept from then on. To a date there is one passage;
        the next date is another reason."""
        now_passed, place = occasion.transition, occasion.place
        if now_passed.sequence == 1 or occasion.date or not (deeds.tasks or occasion.told):
            return Repetition()
        kept = [step.detail for step in self.run.steps if (step.step, step.outcome) == (place, AGAIN)]

        def at(number: int) -> Occasion:
            return replace(occasion, transition=replace(now_passed, sequence=number))

        found = repetition_of(
            occasion.past,
            occasion.play.id,
            now_passed,
            lambda number: at(number).asked(deeds),
            lambda number: at(number).told,
            "".join(kept),
        )
        if found and not kept:
            self._tell(place, AGAIN, str(found))
        return found

    def waiting(self, place: str, wait: Wait) -> Launch:
        playbook, now = self.occasion.playbook, self.occasion.now
        until = wait.over_at(now, playbook.time_zone, playbook.calendar)
        self._tell(place, "waits", f"until {until.astimezone(playbook.time_zone):%Y-%m-%d %H:%M}")
        run = replace(
            self.run,
            state=RunState.WAITING,
            place=place,
            until=until,
            transition=self.occasion.transition,
        )
        return self._launch(run, step_wake(run))

    def done(self) -> Launch:
        """A run whose conditions kept it from everything has not fired."""
        run = replace(self.run, state=RunState.DONE, until=None, transition=None)
        asked = [step.detail for step in run.steps if step.outcome == NO]
        if asked and all(step.outcome in (YES, NO) for step in run.steps):
            idle = in_short(f"nothing to do, for it is not so: {'; '.join(asked)}")
            run = replace(run, outcomes=(*run.outcomes, idle), fired=False)
        return self._launch(run, None)

    def _launch(self, run: PlayRun, wake: Wake | None) -> Launch:
        return Launch(run, () if run.shadow else tuple(self.effects), wake)

    def _tell(self, place: str, outcome: str, detail: str) -> None:
        step = StepTaken(place, outcome, detail, self.occasion.now)
        self.run = replace(self.run, steps=(*self.run.steps, step))


def step_wake(run: PlayRun) -> Wake:
    """What goes on with a run that waits."""
    assert run.until is not None
    return Wake(
        wake_id=f"step/{run.account_id}/{run.run_id}/{run.place}",
        purpose=Purpose.STEP,
        due_at=run.until,
        account_id=run.account_id,
        content={"run": run.run_id, "place": run.place},
    )


def in_short(told: object) -> str:
    """As a run tells it, which is one item however many its steps are and whatever the account is called."""
    return cut(str(told), 200)


def in_words(effect: Effect) -> tuple[str, ...]:
    """What an effect is, a line for each thing done."""
    if isinstance(effect, Task):
        why = f" ({effect.why_assigned})" if effect.why_assigned else ""
        return (f"task {effect.task_id} for {effect.assignee or 'nobody'}{why}: {in_short(effect.title)}",)
    if isinstance(effect, Renewal):
        task = effect.found
        return (f"task {task.task_id} for {task.assignee or 'nobody'} updated: {in_short(task.title)}",)
    if isinstance(effect, Change):
        return changing.in_words(effect)
    if isinstance(effect, Touchpoint):
        return (f"touchpoint {effect.touchpoint_id} ({effect.type}): {in_short(effect.subject)}",)
    held = effect.put_off if effect.open else effect.attempts[-1].outcome
    return (f"{effect.channel} {effect.delivery_id} to {effect.to} {held}".rstrip(),)


def _answers(run: PlayRun) -> Iterable[tuple[str, str]]:
    return ((step.step, step.outcome) for step in run.steps if step.outcome in (YES, NO))
