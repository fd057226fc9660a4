"""Launching plays: carrying out what a transition asks for, once, and recording that it was done."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from functools import partial

from keepwell.accounts import Account, Change, merge
from keepwell.deliveries import Channel, Delivery, DeliveryState, cancel
from keepwell.errors import Conflict, RejectedInput
from keepwell.playbook import Playbook
from keepwell.plays.braking import Brake, Held, Ruling, Verdict
from keepwell.plays.changing import outdone
from keepwell.plays.context import Render
from keepwell.plays.effects import Occasion
from keepwell.plays.planning import (
    BY_HAND,
    Effect,
    Launch,
    in_words,
    is_over,
    is_undone,
    is_unsure,
    plan_launch,
    plan_nothing,
    started_by,
)
from keepwell.plays.play import PlayState
from keepwell.ports import Accounts, Control, Deliveries, Queue, Work
from keepwell.standings import Passage, Transition
from keepwell.tasks import PlayRun, Task

ATTEMPTS = 5

# A launch takes seconds; a transition still pending after this was missed, or no play answers it any more.
OVERDUE = timedelta(minutes=15)


@dataclass
class Launched:
    """What came of an account's pending transitions: the plays launched now, those that wait for a person,
    and the messages that exits called off."""

    launches: list[Launch] = field(default_factory=list)
    held: list[Held] = field(default_factory=list)
    cancelled: list[Delivery] = field(default_factory=list)


@dataclass(frozen=True)
class Launcher:
    """Launches the pending transitions of accounts."""

    accounts: Accounts
    work: Work
    deliveries: Deliveries
    queues: Mapping[Channel, Queue]
    render: Render
    control: Control

    @property
    def brake(self) -> Brake:
        return Brake(self.control)

    def launch_pending(self, account_id: str, playbook: Playbook, now: datetime) -> Launched:
        """Launch what waits in an account's standing, then take it off the list; what was done now.

        A crash at any point is repaired by calling it again: ids are derived and stores are conditional. An
        action that cannot be carried out keeps neither the others nor other plays back: its run tells. A play
        that the brake holds keeps its transition on the list, and nothing else.
        """
        came = Launched()
        account = self.accounts.get(account_id)
        if account is None or account.standing is None:
            return came
        done = set()
        for transition in account.standing.pending:
            cancelled = self._cancel_entry(transition, now)
            came.cancelled += cancelled
            act = partial(self._act, came, cancelled)
            settled = self._each_play(account, transition, playbook, now, act)
            if settled and (playbook.concerns(transition) or _is_unanswered(transition, playbook, now)):
                done.add(transition.id)
        self._acknowledge(account, done)
        return came

    def held(self, account: Account, playbook: Playbook, now: datetime) -> list[Held]:
        """The plays that a person's decision is due for, or has been made and not been carried out yet."""
        waiting: list[Held] = []

        def look(occasion: Occasion) -> None:
            ruling = self.brake.look(occasion.play, occasion.transition)
            if occasion.play.state is PlayState.LIVE and ruling.verdict is not Verdict.FIRE:
                waiting.append(_held(occasion, ruling))

        for transition in account.standing.pending if account.standing else ():
            if not is_undone(transition, account.standing):
                self._each_play(account, transition, playbook, now, look)
        return waiting

    def _each_play(
        self,
        account: Account,
        transition: Transition,
        playbook: Playbook,
        now: datetime,
        act: Callable[[Occasion], PlayRun | None],
    ) -> bool:
        """Let the plays that answer a transition act, then those they start, each once and unless it has its
        run; whether all have one now. Live ones come first, so that what a live one starts is live."""
        agenda, met, settled = list(playbook.answers(transition)), set(), True
        while agenda:
            agenda.sort(key=lambda play: play.state is PlayState.SHADOW)
            play = agenda.pop(0)
            if play.id in met:
                continue
            met.add(play.id)
            occasion = Occasion(play, transition, account, playbook, self.render, now)
            run = self.work.run(account.account_id, occasion.run_id) or act(occasion)
            if run is None:
                settled = False
            elif run.fired:
                agenda += started_by(play, playbook)
        return settled

    def _act(self, came: Launched, cancelled: Sequence[Delivery], occasion: Occasion) -> PlayRun | None:
        """Launch a play, or note that it waits; its run."""
        launch = self._admit(occasion, cancelled)
        if isinstance(launch, Held):
            came.held.append(launch)
            return None
        came.launches.append(self._launch(launch, occasion))
        return came.launches[-1].run

    def _admit(self, occasion: Occasion, cancelled: Sequence[Delivery]) -> Launch | Held:
        """What a play does now: its actions, or nothing, or it waits. Shadows are not held."""
        transition, standing = occasion.transition, occasion.account.standing
        if occasion.play.state is PlayState.SHADOW or is_over(transition, standing) or is_unsure(occasion):
            return plan_launch(occasion, cancelled)
        ruling = self.brake.admit(occasion.play, transition)
        if ruling.verdict is Verdict.FIRE:
            return plan_launch(occasion, cancelled)
        if undone := is_undone(transition, standing):
            return plan_nothing(occasion, undone)
        if ruling.verdict is Verdict.HELD:
            return _held(occasion, ruling)
        if ruling.verdict is Verdict.DISCARDED:
            return replace(plan_nothing(occasion, BY_HAND), by_hand=True)
        return replace(plan_launch(occasion, cancelled), by_hand=True)

    def _launch(self, launch: Launch, occasion: Occasion) -> Launch:
        """Every effect, then the run's row: it ends repetition."""
        undone: dict[str, str] = {}
        for effect in launch.effects:
            try:
                undone |= self._carry_out(effect, occasion)
            except RejectedInput as problem:
                undone |= dict.fromkeys(in_words(effect), str(problem))
        done = launch.run.outcomes if launch.run.fired else self._nothing_more(launch, occasion)
        run = replace(
            launch.run,
            outcomes=tuple(line for line in done if line not in undone),
            problems=tuple(dict.fromkeys([*launch.run.problems, *undone.values()])),
        )
        self.work.put_run(run)
        return replace(launch, run=run)

    def _nothing_more(self, launch: Launch, occasion: Occasion) -> tuple[str, ...]:
        """The outcomes of a play that is not to fire, with what a launch that was interrupted did before: its
        tasks, and the messages that had left or were leaving."""
        if launch.run.shadow:
            return launch.run.outcomes
        account_id, made = launch.run.account_id, occasion.task_ids()
        tasks = [task for task in self.work.tasks(account_id) if task.task_id in made]
        messages = [self.deliveries.get(e.delivery_id) for e in launch.effects if isinstance(e, Delivery)]
        left = [each for each in messages if each and each.state is not DeliveryState.CANCELLED]
        done: list[Effect] = [*tasks, *left]
        return (*launch.run.outcomes, *(line for effect in done for line in in_words(effect)))

    def _carry_out(self, effect: Effect, occasion: Occasion) -> dict[str, str]:
        """Carry out an effect; which of its words did not come true, and why. Of a delivery the row comes
        before the message; one called off is called off also where its row is there already."""
        if isinstance(effect, Task):
            self.work.put_task(effect)
        elif isinstance(effect, Change):
            return self._change_facts(effect, occasion)
        elif effect.open:
            self.deliveries.add(effect)
            self.queues[effect.channel].send([{"delivery_id": effect.delivery_id}])
        elif not self.deliveries.add(effect):
            cancel(effect.delivery_id, self.deliveries, occasion.now, effect.attempts[-1].outcome)
        return {}

    def _change_facts(self, change: Change, occasion: Occasion) -> dict[str, str]:
        """Read anew, since another play may have changed the facts just before. An account that is gone takes
        with it what was to change; one that has left in the meantime keeps what it has, since its exit may be
        launched already (T3)."""
        for _ in range(ATTEMPTS):
            account = self.accounts.get(change.account_id)
            if account is None:
                return {}
            if over := is_over(occasion.transition, account.standing):
                return dict.fromkeys(in_words(change), over)
            changed = merge(account.facts, change, occasion.playbook.catalogue)
            try:
                after = self.accounts.put_facts(changed) if changed else account.facts
            except Conflict:
                continue
            return outdone(change, after, occasion.playbook.catalogue)
        raise Conflict(
            f"the facts of account {change.account_id} kept changing while a play was to change them"
        )

    def _cancel_entry(self, transition: Transition, now: datetime) -> list[Delivery]:
        """Call off what the entry before an exit left unsent (T3); all that is called off, also earlier."""
        if transition.passage is not Passage.EXITED:
            return []
        entry = replace(transition, passage=Passage.ENTERED).id
        note = f"cancelled: the account left {transition.segment} on {transition.day}"
        found = [
            cancel(delivery_id, self.deliveries, now, note)
            for run in self.work.runs(transition.account_id)
            if run.transition_id == entry
            for delivery_id in run.deliveries
        ]
        return [each for each in found if each and (each.withdrawn or each.state is DeliveryState.CANCELLED)]

    def _acknowledge(self, account: Account, done: set[str]) -> None:
        """Take launched transitions off the standing, leaving any that came in the meantime."""
        found: Account | None = account
        for _ in range(ATTEMPTS):
            if found is None or found.standing is None:
                return
            left = tuple(t for t in found.standing.pending if t.id not in done)
            if left == found.standing.pending:
                return
            try:
                self.accounts.put_standing(replace(found.standing, pending=left))
            except Conflict:
                found = self.accounts.get(account.account_id)
            else:
                return
        raise Conflict(
            f"the standing of account {account.account_id} kept changing while its plays were launched"
        )


def _held(occasion: Occasion, ruling: Ruling) -> Held:
    transition = occasion.transition
    return Held(transition.account_id, occasion.play.id, transition.cause, transition.id, ruling)


def _is_unanswered(transition: Transition, playbook: Playbook, now: datetime) -> bool:
    """Whether no play answers any more. A transition of another playbook is kept for a while: it may be newer
    than the one at hand, whose reader then comes again."""
    return transition.playbook == playbook.version or transition.at <= now - OVERDUE
