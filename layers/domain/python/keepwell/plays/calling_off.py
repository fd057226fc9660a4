"""Calling off what a play has begun: messages that are not sent yet, and steps that wait (reliability T3)."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import datetime

from keepwell.accounts import Account
from keepwell.deliveries import Delivery, DeliveryState, cancel
from keepwell.errors import ConfigurationError
from keepwell.people import Person
from keepwell.playbook import Playbook
from keepwell.plays.asking import Asking
from keepwell.plays.carrying_out import Hands
from keepwell.plays.chains import starts_of
from keepwell.plays.context import Render
from keepwell.plays.effects import Occasion
from keepwell.plays.planning import called_off, step_wake, whole
from keepwell.plays.play import Play, PlayState
from keepwell.plays.staying import outlives
from keepwell.plays.steps import Wait, left_after, step_at
from keepwell.standings import Passage, Transition
from keepwell.tasks import PlayRun, RunState, StepTaken

PlaybookOf = Callable[[str], Playbook]
"""The playbook of a version. Raises ConfigurationError if its bundle is gone."""


@dataclass(frozen=True)
class CallingOff:
    """Ends runs, by the playbooks that they began with."""

    hands: Hands
    playbook_of: PlaybookOf
    render: Render
    asking: Asking

    def entry_of(
        self,
        exit_: Transition,
        account: Account,
        active: Playbook,
        now: datetime,
        person: Person | None = None,
    ) -> list[Delivery]:
        """End what the entry before an exit left waiting or unsent; the messages called off, also earlier.
        Who has a task beside a mail that was called off hears of that.

        What a date triggered is left alone: its day has passed, no more; whether the account still has that
        date is asked when a wait is over. So is a run whose trigger was edited since, and still holds as it
        was.
        """
        entry = replace(exit_, passage=Passage.ENTERED)
        why = f"the account left {exit_.segment} on {exit_.day}"
        found: list[Delivery] = []
        for run in self.hands.work.runs(exit_.account_id):
            if run.transition_id == entry.id and not run.date:
                occasion = self._occasion(run, entry, account, now)
                if not (occasion and outlives(replace(occasion, person=person), active, self.asking)):
                    found += self._cancel_sent(run, why, now)
                    self._end_open(run, occasion, why, now)
        for message in found:
            self.hands.notices.tell_instead(message, active.manners, now)
        return [each for each in found if each.withdrawn or each.state is DeliveryState.CANCELLED]

    def interrupted_of(self, transition: Transition, playbook: Playbook, now: datetime) -> None:
        """End the launches of a transition that were interrupted and that nobody would ever repeat: their
        plays are out of service."""
        for run in self._interrupted(transition):
            if why := out_of_service(run, playbook):
                self.end(run, None, why, now)

    def started_by(
        self, run: PlayRun, occasion: Occasion | None, active: Playbook, why: str, now: datetime
    ) -> None:
        """End the launches that were interrupted of plays which a run that waits was about to start, and the
        run is to end: nobody would ever repeat them. Others of its transition are repeated. `occasion` is
        None where the account is gone: then nothing is."""
        assert run.transition is not None
        starting = starts_of(occasion, left_after(occasion.play.steps, run.place)) if occasion else None
        for each in self._interrupted(run.transition):
            gone = out_of_service(each, active)
            if gone or starting is None or each.play in starting:
                self.end(each, None, gone or why, now)

    def _interrupted(self, transition: Transition) -> list[PlayRun]:
        runs = self.hands.work.runs(transition.account_id)
        return [run for run in runs if run.transition_id == transition.id and run.state is RunState.GOING]

    def end(self, run: PlayRun, occasion: Occasion | None, why: str, now: datetime) -> PlayRun:
        """End a run that waits, or whose launch was interrupted; what may have been begun of the steps that
        follow is called off. `occasion` is None where nobody knows any more what those are."""
        ended = run
        if not run.is_over:
            told = StepTaken(run.place, "ended", why, now)
            ended = self.hands.work.change_run(
                replace(run, state=RunState.ENDED, steps=(*run.steps, told), transition=None)
            )
        if occasion is not None and not run.shadow:
            play = occasion.play
            agenda = left_after(play.steps, run.place) if run.place else whole(play)
            self.hands.call_off(called_off(occasion, agenda, why), occasion.playbook.manners, now)
        if run.until is not None:
            self.hands.wakes.remove(step_wake(run).wake_id)
        return ended

    def _cancel_sent(self, run: PlayRun, why: str, now: datetime) -> Iterator[Delivery]:
        for delivery_id in run.deliveries:
            found = cancel(delivery_id, self.hands.deliveries, now, f"cancelled: {why}")
            if found is not None:
                yield found

    def _end_open(self, run: PlayRun, occasion: Occasion | None, why: str, now: datetime) -> None:
        """End a run that waits, unless its wait is to outlast the exit, or whose launch was interrupted; or
        that was ended by a call that may have been interrupted itself."""
        if run.state is RunState.DONE:
            return
        wait = step_at(occasion.play.steps, run.place) if occasion and run.place else None
        if wait is None or (isinstance(wait, Wait) and wait.unless_left):
            self.end(run, occasion, why, now)

    def _occasion(self, run: PlayRun, entry: Transition, account: Account, now: datetime) -> Occasion | None:
        """What a run is about, None where its playbook does not have the play, or is gone: that is to keep
        back nothing else that an exit does."""
        try:
            playbook = self.playbook_of(run.playbook)
        except ConfigurationError:
            return None
        play = play_of(run, playbook)
        return Occasion(play, entry, account, playbook, self.render, now) if play else None


def play_of(run: PlayRun, playbook: Playbook) -> Play | None:
    """The play of a run, in the playbook that the run began with; as a shadow if the run is one."""
    found = next((play for play in playbook.plays if play.id == run.play), None)
    return found and replace(found, state=PlayState.SHADOW if run.shadow else PlayState.LIVE)


def out_of_service(run: PlayRun, active: Playbook) -> str:
    """Why a run is not to go on, whatever it began with: its play is live no more (a shadow's: neither live
    nor a shadow). Empty if it may."""
    states = {play.id: play.state for play in active.plays}
    serving = (PlayState.LIVE, PlayState.SHADOW) if run.shadow else (PlayState.LIVE,)
    state = states.get(run.play)
    return "" if state in serving else f"the play is {state or 'gone'}"
