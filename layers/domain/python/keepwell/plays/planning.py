"""Planning a launch: everything a play does for one transition, as values, and its run in words. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from keepwell.accounts import Change
from keepwell.deliveries import Delivery
from keepwell.errors import RejectedInput
from keepwell.playbook import Playbook
from keepwell.plays import changing
from keepwell.plays.effects import Occasion
from keepwell.plays.play import Play, PlayState
from keepwell.standings import Passage, Standing, Transition
from keepwell.tasks import PlayRun, Task

Effect = Task | Delivery | Change

LEFT_AGAIN = "the account had left again"
BACK_AGAIN = "the account was back again"
BY_HAND = "discarded by hand"


@dataclass(frozen=True)
class Launch:
    """What a play does for one transition; a shadow play's run tells what it would have done.

    `by_hand` says that it follows a person's decision, after the brake had held it.
    """

    run: PlayRun
    effects: tuple[Effect, ...]
    by_hand: bool = False


def plan_launch(occasion: Occasion, cancelled: Sequence[Delivery] = ()) -> Launch:
    """What a play does for one transition; what it cannot do is a problem of its run.

    An entry that was left again does nothing, nor does a play that asks for more confidence. `cancelled` is
    what an exit called off, for its run to tell.
    """
    if why := is_over(occasion.transition, occasion.account.standing) or is_unsure(occasion):
        return plan_nothing(occasion, why)
    effects: list[Effect] = []
    problems: list[str] = []
    for name, make in occasion.effects():
        try:
            effects.append(make())
        except RejectedInput as problem:
            problems.append(f"{name}: {problem}")
    change, unchanged = changing.change_of(occasion)
    effects += [change] if change else []
    starts, not_started = _starts(occasion.play, occasion.playbook)
    shadow = _is_shadow(occasion)
    run = replace(
        _run(occasion),
        outcomes=(
            *(f"cancelled {message.channel} {message.delivery_id} to {message.to}" for message in cancelled),
            *(line for effect in effects for line in in_words(effect)),
            *starts,
        ),
        problems=(*problems, *unchanged, *not_started),
        deliveries=() if shadow else tuple(e.delivery_id for e in effects if isinstance(e, Delivery)),
    )
    return Launch(run, () if shadow else tuple(effects))


def plan_nothing(occasion: Occasion, why: str) -> Launch:
    """The run of a play that is not to fire, whose messages are called off (see `Occasion.called_off`)."""
    outcome = why if why == BY_HAND else f"nothing: {why}"
    run = replace(_run(occasion), outcomes=(outcome,), fired=False)
    return Launch(run, () if _is_shadow(occasion) else occasion.called_off(why))


def in_words(effect: Effect) -> tuple[str, ...]:
    """What an effect is, a line for each thing done."""
    if isinstance(effect, Task):
        return (f"task {effect.task_id} for {effect.assignee}: {effect.title}",)
    if isinstance(effect, Change):
        return changing.in_words(effect)
    return (f"{effect.channel} {effect.delivery_id} to {effect.to}",)


def is_over(transition: Transition, standing: Standing | None) -> str:
    """Why an entry has no effects any more, empty if it has: it was left before its plays were launched, and
    an exit cancels them (T3)."""
    present = standing.memberships.get(transition.segment) if standing else None
    if transition.passage is not Passage.ENTERED or present is None:
        return ""
    return "" if present.inside and present.sequence == transition.sequence else LEFT_AGAIN


def is_unsure(occasion: Occasion) -> str:
    """Why too little is known of the health for a play that asks for a minimum; empty if there is enough."""
    asked, known = occasion.play.minimum_confidence, occasion.transition.confidence
    if asked is None or (known is not None and known >= asked):
        return ""
    told = "is not known" if known is None else f"is {known}%"
    return f"the confidence in the health {told}, and the play asks for {asked}%"


def is_undone(transition: Transition, standing: Standing | None) -> str:
    """Why a transition that waited for a person has no effects any more, empty if it has: the account passed
    the other way since. (An exit that did not wait is launched before the entry that follows it.)"""
    present = standing.memberships.get(transition.segment) if standing else None
    if transition.passage is Passage.EXITED and present is not None and present.inside:
        return BACK_AGAIN
    return is_over(transition, standing)


def started_by(play: Play, playbook: Playbook) -> list[Play]:
    """The plays that one starts: the live and shadow ones, and by a shadow all as shadows."""
    known = {each.id: each for each in playbook.plays}
    started = [known[name] for name in play.starts if name in known]
    return [
        replace(each, state=PlayState.SHADOW) if play.state is PlayState.SHADOW else each
        for each in started
        if each.state in (PlayState.LIVE, PlayState.SHADOW)
    ]


def _starts(play: Play, playbook: Playbook) -> tuple[list[str], list[str]]:
    """In words: what becomes of the plays it starts, and which it cannot start."""
    known = {each.id: each.state for each in playbook.plays}
    outcomes, problems = [], []
    for name in play.starts:
        if name not in known:
            problems.append(f"start {name}: the playbook has no such play")
        elif known[name] in (PlayState.LIVE, PlayState.SHADOW):
            outcomes.append(f"play {name} started")
        else:
            outcomes.append(f"play {name} not started: it is {known[name]}")
    return outcomes, problems


def _run(occasion: Occasion) -> PlayRun:
    return PlayRun(
        run_id=occasion.run_id,
        account_id=occasion.account.account_id,
        play=occasion.play.id,
        transition_id=occasion.transition.id,
        shadow=_is_shadow(occasion),
        at=occasion.now,
        playbook=occasion.playbook.version,
        outcomes=(),
    )


def _is_shadow(occasion: Occasion) -> bool:
    return occasion.play.state is PlayState.SHADOW
