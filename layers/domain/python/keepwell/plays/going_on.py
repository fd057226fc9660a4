"""Going on with runs: what a play's step waited for has come (`Purpose.STEP`)."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from keepwell.errors import Conflict, TransientFailure
from keepwell.playbook import Playbook
from keepwell.plays.calling_off import out_of_service, play_of
from keepwell.plays.chains import each_once, started
from keepwell.plays.effects import Occasion
from keepwell.plays.launching import Launcher
from keepwell.plays.passing_over import is_undone
from keepwell.plays.planning import Launch, in_words, plan_stretch
from keepwell.plays.staying import as_it_began, is_unseen
from keepwell.plays.steps import Agenda, Wait, left_after, step_at
from keepwell.tasks import PlayRun, RunState
from keepwell.wakes import Wake

NEVER_STORED = 12
"""After so many tries, 41 hours, the sweep has repeated every launch that was interrupted before its run was
stored: one that is not there was not to be."""

LOOK_AGAIN = timedelta(minutes=10)
"""After that it is asked again whether anybody has looked at an account."""


@dataclass(frozen=True)
class GoingOn:
    """Goes on with the runs that wait, each by the playbook that it began with. `active` gives the present
    one, in which a play may have been taken out of service."""

    launcher: Launcher
    active: Callable[[], Playbook]

    def carry_out(self, wake: Wake, now: datetime) -> None:
        """What follows a wait. Of a run that went on already, or has ended, there is nothing to do; one whose
        account has passed the border of the trigger by time alone waits until somebody has looked.

        Raises TransientFailure where the run is not stored yet or changes at the same moment,
        ConfigurationError if the bundle that it began with is gone.
        """
        run = self.launcher.work.run(wake.account_id, wake.content["run"])
        if run is None and wake.attempts < NEVER_STORED:
            raise TransientFailure(
                f"run {wake.content['run']} of account {wake.account_id} is not stored yet"
            )
        if run is None:
            return
        if run.state is not RunState.WAITING or run.place != wake.content["place"]:
            return
        if run.until is not None and now < run.until:  # of a launch that was interrupted, and repeated later
            self.launcher.wakes.put(replace(wake, due_at=run.until, attempts=0))
            return
        occasion, active = self._occasion(run, now), self.active()
        why = out_of_service(run, active) or ("the account is gone" if occasion is None else "")
        if occasion is not None and not why:
            occasion = as_it_began(occasion, active, self.launcher.asking)
            if is_unseen(occasion, active, self.launcher.asking):
                self.launcher.wakes.put(replace(wake, due_at=now + LOOK_AGAIN, attempts=0))
                return
            why = is_undone(occasion)
        if why or occasion is None:
            self._end(run, occasion, why, active, now)
        else:
            self._go_on(run, occasion, left_after(occasion.play.steps, run.place))

    def _end(
        self, run: PlayRun, occasion: Occasion | None, why: str, active: Playbook, now: datetime
    ) -> None:
        """End a run, and the plays that a step of it was about to start when it was interrupted."""
        self.launcher.calling_off.started_by(run, occasion, active, why, now)
        self.launcher.calling_off.end(run, occasion, why, now)

    def _go_on(self, run: PlayRun, occasion: Occasion, agenda: Agenda) -> None:
        """The steps up to the next wait; the plays they start begin before the run says so."""
        hands = self.launcher.hands
        launch = plan_stretch(occasion, run, agenda, self.launcher.asking)
        launch = hands.carry_out(hands.begin(launch, occasion, run), occasion)
        new = launch.run.started[len(run.started) :]
        each_once(started(occasion, new), self.launcher.work, self.launcher.launch_freely)
        try:
            self.launcher.work.change_run(launch.run)
        except Conflict:
            self._tell_of_late(launch)

    def _tell_of_late(self, launch: Launch) -> None:
        """The run was ended while its steps were taken: it tells of what was done all the same. Raises
        Conflict if it changed in another way."""
        found = self.launcher.work.run(launch.run.account_id, launch.run.run_id)
        if found is None or found.state is not RunState.ENDED:
            raise Conflict(f"run {launch.run.run_id} of account {launch.run.account_id} went on elsewhere")
        lines = (line for effect in launch.effects for line in in_words(effect))
        self.launcher.work.change_run(
            replace(
                found,
                outcomes=tuple(dict.fromkeys((*found.outcomes, *lines))),
                deliveries=launch.run.deliveries,
            )
        )

    def _occasion(self, run: PlayRun, now: datetime) -> Occasion | None:
        """None if the account is gone."""
        assert run.transition is not None
        playbook = self.launcher.playbook_of(run.playbook)
        account, play = self.launcher.accounts.get(run.account_id), play_of(run, playbook)
        if account is None or play is None:
            return None
        wait, user_id, people = step_at(play.steps, run.place), run.transition.user_id, self.launcher.people
        found = people.people_of(run.account_id, [user_id]) if people and user_id else {}
        occasion = self.launcher.occasion(
            play, run.transition, account, playbook, now, person=found.get(user_id)
        )
        regardless = isinstance(wait, Wait) and not wait.unless_left
        return replace(occasion, woken_at=run.until, regardless=regardless)
