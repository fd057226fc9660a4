"""Trying a play before it acts: for whom it would act now, and what that would come to (definitions.md D3).

The play is taken as live, whatever its state; who is inside its trigger counts as passing it now. It is
planned as a launch is, up to the first wait, and nothing is carried out.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import datetime

from keepwell.accounts import Account, Change
from keepwell.criteria.knowing import NO_TRAIL, Moment
from keepwell.deliveries import Channel, Delivery
from keepwell.evaluation import Evaluation, evaluate
from keepwell.noise.reasons import Reason, reason_of
from keepwell.noise.repeating import Renewal
from keepwell.people import Person, values_of
from keepwell.playbook import Playbook
from keepwell.plays import changing
from keepwell.plays.braking import Verdict
from keepwell.plays.chains import each_once
from keepwell.plays.effects import Occasion
from keepwell.plays.finding import find_play
from keepwell.plays.launching import Launcher
from keepwell.plays.planning import Effect, Launch, plan_launch
from keepwell.plays.play import Play, PlayState
from keepwell.plays.starting import asked_for, start_wake
from keepwell.plays.steps import deeds_of
from keepwell.plays.tracing.triggering import lacking
from keepwell.plays.triggers import rule_behind
from keepwell.population import Population
from keepwell.segments.membership import Crossing
from keepwell.standings import Membership, Transition
from keepwell.tasks import PlayRun, RunState, Task
from keepwell.touchpoints import Touchpoint
from keepwell.transitions import transition_of, transition_of_person

TRIAL = "trial"
"""What stands for the cause, and for a person's request."""


@dataclass(frozen=True)
class Tried:
    """What a play would do for one account, or one person there.

    `launches` are its own and those of the plays it starts; none where it has its run for this passage
    already, or where the passage is `quiet`. `braked` are those of the plays that a person would have to
    release.
    """

    account: Account
    user_id: str
    launches: tuple[Launch, ...] = ()
    quiet: bool = False
    braked: tuple[str, ...] = ()

    @property
    def acts(self) -> bool:
        """Whether it would do anything, be it after a person's word."""
        return bool(self.launches) and self.launches[0].run.fired

    @property
    def already(self) -> bool:
        """Whether it was done before."""
        return not self.launches and not self.quiet

    @property
    def effects(self) -> tuple[Effect, ...]:
        return tuple(effect for launch in self.launches for effect in launch.effects)

    @property
    def held(self) -> frozenset[Reason]:
        """What would hold it, or a part of it, back."""
        lines = (line for launch in self.launches for line in launch.run.outcomes)
        found = {reason for line in lines if (reason := reason_of(line))}
        found |= {Reason.COOL_DOWN} if self.quiet else set()
        return frozenset(found | ({Reason.BRAKE} if self.braked else set()))

    @property
    def problems(self) -> tuple[str, ...]:
        """What it could not do."""
        return tuple(problem for launch in self.launches for problem in launch.run.problems)

    def in_words(self) -> Iterator[str]:
        """What it would do, a line each."""
        for launch in self.launches:
            if not launch.run.fired:
                yield from launch.run.outcomes
            for effect in launch.effects:
                yield from _said(effect)
            yield from (line for line in launch.run.outcomes if line.startswith("play "))
            yield from (f"waits {step.detail}" for step in launch.run.steps if step.outcome == "waits")
        if self.quiet:
            yield "nothing: the cool-down of the segment"
        if self.already:
            yield "nothing: it acted on this passage already"


def try_play(
    play_id: str,
    accounts: Iterable[Account],
    playbook: Playbook,
    launcher: Launcher,
    now: datetime,
    population: Population,
) -> list[Tried]:
    """What a play would do for each of these accounts that is inside its trigger as of `now`, or for whom of
    their people is; one without a trigger for all of them. In the order of the ids.

    `launcher` is given twins: in its control and its work it notes who would have got what, so that each
    counts for the next, as if all happened at once. Accounts have their people where the playbook, or the
    play, is about them. Raises RejectedInput if there is no such play.
    """
    play = replace(find_play(play_id, playbook.plays), state=PlayState.LIVE)
    tried = []
    for account in sorted(accounts, key=lambda each: each.account_id):
        for transition, person, quiet in _passages(play, account, playbook, now, population):
            occasion = launcher.occasion(play, transition, account, playbook, now, person)
            occasion = replace(occasion, regardless=True)
            tried.append(
                Tried(account, transition.user_id, quiet=True) if quiet else _met(occasion, launcher)
            )
    return tried


@dataclass(frozen=True)
class Outside:
    """An account, or a person there, that is outside of what triggers a play, and why in words."""

    account_id: str
    user_id: str
    why: str


def who_is_outside(
    play: Play, account: Account, playbook: Playbook, now: datetime, population: Population
) -> Iterator[Outside]:
    """What keeps an account, at which nobody is inside, out of a play's trigger as of `now`; of a play about
    people what keeps each of them out (definitions.md D5)."""
    if play.of_users and not account.people:
        yield Outside(account.account_id, "", "nobody is known there")
        return
    if (rule := rule_behind(play, playbook)) is None:
        return
    found = evaluate(account, playbook, now, TRIAL, population)
    for person in (account.people or ()) if play.of_users else (None,):
        values, past = (values_of(person, found.day), NO_TRAIL) if person else (found.values, found.past)
        if lacks := lacking(rule.criteria, Moment(values, found.day, past), playbook.rules):
            why = f"it lacks: {lacks}"
        else:
            starts = playbook.activated[rule.id].astimezone(playbook.time_zone).date()
            why = f"what triggers it is activated on {starts}"
        yield Outside(account.account_id, person.user_id if person else "", why)


def writes_mail(play: Play) -> bool:
    """Whether a play sends mail at any step."""
    return any(deeds.emails for _, deeds in deeds_of(play))


def _met(occasion: Occasion, launcher: Launcher) -> Tried:
    """What comes of an occasion."""
    account, user_id = occasion.account, occasion.transition.user_id
    done = launcher.work.run(account.account_id, occasion.run_id)
    if done and done.state is not RunState.GOING:
        return Tried(account, user_id)
    launches: list[Launch] = []
    braked: list[str] = []

    def plan(each: Occasion, interrupted: PlayRun | None) -> PlayRun:
        launch = plan_launch(each, (), interrupted, launcher.asking)
        launches.append(launch)
        for effect in launch.effects:
            if isinstance(effect, Task):
                launcher.work.put_task(effect)
        if launch.run.fired and not each.play.is_shadow and _is_braked(each, launcher):
            braked.append(each.play.id)
        return launch.run

    each_once([occasion], launcher.work, plan)
    return Tried(account, user_id, tuple(launches), braked=tuple(braked))


def _is_braked(occasion: Occasion, launcher: Launcher) -> bool:
    return launcher.brake.admit(occasion.play, occasion.transition).verdict is Verdict.HELD


def _passages(
    play: Play, account: Account, playbook: Playbook, now: datetime, population: Population
) -> Iterator[tuple[Transition, Person | None, bool]]:
    """As if they happened now: the passages of the account, or of its people, and whether each is quiet."""
    if not play.segment:
        for person in (account.people or ()) if play.of_users else (None,):
            wake = start_wake(
                play.id, account.account_id, TRIAL, TRIAL, now, person.user_id if person else ""
            )
            yield asked_for(wake, account, playbook), person, False
        return
    found = evaluate(account, playbook, now, TRIAL, population)
    if play.of_users:
        yield from _passages_of_people(play, found)
        return
    rule, crossing = rule_behind(play, playbook), found.crossings.get(play.segment)
    if rule and crossing and (inside := _inside(crossing.membership)):
        yield transition_of(found, rule, play.passage), None, inside.quiet


def _passages_of_people(play: Play, found: Evaluation) -> Iterator[tuple[Transition, Person, bool]]:
    segment = next(each for each in found.playbook.user_segments if each.id == play.segment)
    for decision in found.people:
        if inside := _inside(decision.after.memberships.get(segment.id)):
            crossing = Crossing(inside, "", play.passage)
            passage = transition_of_person(found, decision, segment, crossing)
            yield passage, decision.after, inside.quiet


def _inside(membership: Membership | None) -> Membership | None:
    return membership if membership and membership.inside else None


def _said(effect: Effect) -> tuple[str, ...]:
    """An effect without the ids that it would have."""
    if isinstance(effect, Renewal):
        return (f"task for {effect.found.assignee or 'nobody'} updated: {effect.found.title}",)
    if isinstance(effect, Change):
        return changing.in_words(effect)
    if isinstance(effect, Delivery):
        held = effect.put_off if effect.open else effect.attempts[-1].outcome
        named = f"{'mail' if effect.channel is Channel.EMAIL else 'webhook'} to {effect.to}"
        about = f"{named}: {effect.subject}" if effect.subject else named
        return (f"{about} ({held})" if held else about,)
    if isinstance(effect, Touchpoint):
        return (f"touchpoint {effect.type}: {effect.subject}",)
    return (f"task for {effect.assignee or 'nobody'}: {effect.title}",)
