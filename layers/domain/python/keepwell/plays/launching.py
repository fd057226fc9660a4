"""Launching plays: carrying out what a transition asks for, once, and recording that it was done."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from functools import partial

from keepwell.accounts import Account
from keepwell.assignment.assigning import Assigner
from keepwell.assignment.owner_changes import OwnerChanges
from keepwell.deliveries import Channel, Delivery
from keepwell.errors import ConfigurationError, Conflict
from keepwell.noise.interrupting import Interrupting
from keepwell.noise.past import Past
from keepwell.noise.reasons import BY_HAND
from keepwell.people import Person
from keepwell.playbook import Playbook
from keepwell.plays.asking import UNAIDED, Asking
from keepwell.plays.braking import Brake, Held, Ruling, Verdict
from keepwell.plays.calling_off import CallingOff, PlaybookOf, out_of_service, play_of
from keepwell.plays.carrying_out import ATTEMPTS, Hands
from keepwell.plays.chains import Act, each_once
from keepwell.plays.context import Render
from keepwell.plays.effects import Occasion
from keepwell.plays.passing_over import is_undone, why_not
from keepwell.plays.planning import Launch, is_idle, plan_launch, plan_nothing
from keepwell.plays.play import Play, PlayState
from keepwell.ports import (
    Accounts,
    Control,
    Deliveries,
    History,
    People,
    Queue,
    Team,
    Touchpoints,
    Wakes,
    Work,
)
from keepwell.standings import Passage, Transition
from keepwell.tasks import PlayRun, RunState, Task
from keepwell.tasks.changing import TaskBook

# A launch takes seconds; a transition still pending after this was missed, or no play answers it any more.
OVERDUE = timedelta(minutes=15)


@dataclass
class Launched:
    """What came of an account's pending transitions: the plays launched now, those that wait for a person,
    the messages that exits called off, and the tasks that were handed over with a role."""

    launches: list[Launch] = field(default_factory=list)
    held: list[Held] = field(default_factory=list)
    cancelled: list[Delivery] = field(default_factory=list)
    handed_over: list[Task] = field(default_factory=list)


@dataclass(frozen=True)
class Launcher:
    """Launches the pending transitions of accounts.

    `playbook_of` gives the playbook that an older run began with, `asking` what is known for the conditions
    of steps. `pause` waits so many seconds where a pool gives out many tasks at once.
    """

    accounts: Accounts
    work: Work
    deliveries: Deliveries
    queues: Mapping[Channel, Queue]
    render: Render
    control: Control
    wakes: Wakes
    touchpoints: Touchpoints
    team: Team
    history: History
    playbook_of: PlaybookOf
    asking: Asking = UNAIDED
    pause: Callable[[float], None] = lambda _: None

    @property
    def brake(self) -> Brake:
        return Brake(self.control)

    @property
    def hands(self) -> Hands:
        return Hands(
            self.accounts,
            self.work,
            self.deliveries,
            self.touchpoints,
            self.wakes,
            self.queues,
            self.team,
            self.history,
            self.control,
            self.people,
        )

    @property
    def people(self) -> People | None:
        """None where only accounts have plays."""
        return self.asking.directory.people if self.asking.directory else None

    @property
    def calling_off(self) -> CallingOff:
        return CallingOff(self.hands, self.playbook_of, self.render, self.asking)

    @property
    def interrupting(self) -> Interrupting:
        return Interrupting(self.team, self.control, self.deliveries)

    def assigner(self, playbook: Playbook) -> Assigner:
        return Assigner(self.team, self.work, self.control, playbook.pools, playbook.owner, self.pause)

    def occasion(
        self,
        play: Play,
        transition: Transition,
        account: Account,
        playbook: Playbook,
        now: datetime,
        person: Person | None = None,
    ) -> Occasion:
        """A play meeting a transition of an account, or of a person there."""
        return Occasion(
            play,
            transition,
            account,
            playbook,
            self.render,
            now,
            assign=self.assigner(playbook).assign,
            admit=self.interrupting.admit,
            past=Past(self.work.tasks, self.work.runs, self.deliveries.get),
            person=person,
        )

    def occasions(
        self,
        transition: Transition,
        account: Account,
        playbook: Playbook,
        now: datetime,
        person: Person | None = None,
    ) -> list[Occasion]:
        """A transition as each play meets it that answers. A launch that was interrupted before another
        playbook was applied is repeated by its own, whatever that play answers now."""
        begun = self._begun(transition, playbook) if transition.playbook != playbook.version else []
        answering = [(play, playbook) for play in playbook.answers(transition)]
        return [
            self.occasion(play, transition, account, its, now, person) for play, its in (*begun, *answering)
        ]

    def _begun(self, transition: Transition, active: Playbook) -> list[tuple[Play, Playbook]]:
        """The plays whose launches for a transition were interrupted, each of the playbook that it began
        with."""
        return [
            self.play_of(run)
            for run in self.work.runs(transition.account_id)
            if run.transition_id == transition.id and run.state is RunState.GOING
            if not out_of_service(run, active)
        ]

    def play_of(self, run: PlayRun) -> tuple[Play, Playbook]:
        """The play of a run, and the playbook that it began with. Raises ConfigurationError if that is
        gone."""
        playbook = self.playbook_of(run.playbook)
        play = play_of(run, playbook)
        if play is None:
            raise ConfigurationError(
                f"the playbook {run.playbook} has no play {run.play}, which began with it"
            )
        return play, playbook

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
            exits = transition.passage is Passage.EXITED
            cancelled = self.calling_off.entry_of(transition, account, playbook, now) if exits else []
            came.cancelled += cancelled
            act = self.answering(came, cancelled)
            if transition.role:
                came.handed_over += self._hand_over(transition, account, playbook, now)
            settled = each_once(self.occasions(transition, account, playbook, now), self.work, act)
            if settled and (playbook.concerns(transition) or _is_unanswered(transition, playbook, now)):
                if transition.playbook != playbook.version:
                    self.calling_off.interrupted_of(transition, playbook, now)
                done.add(transition.id)
        self._acknowledge(account, done)
        return came

    def _hand_over(
        self, transition: Transition, account: Account, playbook: Playbook, now: datetime
    ) -> list[Task]:
        """Tasks that go along with a role (TSK-09)."""
        book = TaskBook(self.work, self.history)
        changes = OwnerChanges(book, self.assigner(playbook), self.hands.notices)
        return changes.hand_over(transition, account.facts, playbook, now)

    def held(self, account: Account, playbook: Playbook, now: datetime) -> list[Held]:
        """The plays that a person's decision is due for, or has been made and not been carried out yet."""
        return [
            held
            for transition in (account.standing.pending if account.standing else ())
            for held in self.held_of(self.occasions(transition, account, playbook, now))
        ]

    def held_of(self, occasions: Iterable[Occasion]) -> list[Held]:
        """Of occasions, and of those that they lead to, what waits for a person."""
        waiting: list[Held] = []

        def look(occasion: Occasion, interrupted: PlayRun | None) -> None:
            if interrupted:
                return
            ruling = self.brake.look(occasion.play, occasion.transition)
            live = occasion.play.state is PlayState.LIVE and not is_undone(occasion)
            if live and ruling.verdict is not Verdict.FIRE:
                waiting.append(_held(occasion, ruling))

        each_once(occasions, self.work, look)
        return waiting

    def answering(self, came: Launched, cancelled: Sequence[Delivery]) -> Act:
        """Launches a play, or notes in `came` that it waits; gives its run."""

        def act(occasion: Occasion, interrupted: PlayRun | None) -> PlayRun | None:
            occasion = self._as_begun(occasion, interrupted)
            launch = self._admit(occasion, cancelled, interrupted)
            if isinstance(launch, Held):
                came.held.append(launch)
                return None
            came.launches.append(self.launch(launch, occasion, interrupted))
            return came.launches[-1].run

        return act

    def _admit(
        self, occasion: Occasion, cancelled: Sequence[Delivery], interrupted: PlayRun | None
    ) -> Launch | Held:
        """What a play does now: its actions, or nothing, or it waits. Shadows are not held, nor is what finds
        nothing to do, or was admitted before it was interrupted."""
        plan = partial(plan_launch, occasion, cancelled, interrupted, self.asking)
        if occasion.play.is_shadow or interrupted or why_not(occasion) or is_idle(occasion, self.asking):
            return plan()
        ruling = self.brake.admit(occasion.play, occasion.transition)
        if ruling.verdict is Verdict.FIRE:
            return plan()
        if undone := is_undone(occasion):
            return plan_nothing(occasion, undone)
        if ruling.verdict is Verdict.HELD:
            return _held(occasion, ruling)
        if ruling.verdict is Verdict.DISCARDED:
            return replace(plan_nothing(occasion, BY_HAND), by_hand=True)
        return replace(plan(), by_hand=True)

    def launch(self, launch: Launch, occasion: Occasion, interrupted: PlayRun | None) -> Launch:
        """Carry out a play's launch; its run's row ends repetition."""
        hands = self.hands
        launch = hands.carry_out(hands.begin(launch, occasion, interrupted), occasion)
        if launch.run.revision:
            return replace(launch, run=self.work.change_run(launch.run))
        self.work.put_run(launch.run)
        return launch

    def launch_freely(self, occasion: Occasion, interrupted: PlayRun | None) -> PlayRun:
        """Launch a play that no brake holds: a person asked for it, or the brake has let the one pass that
        starts it."""
        occasion = self._as_begun(occasion, interrupted)
        launch = plan_launch(occasion, (), interrupted, self.asking)
        return self.launch(launch, occasion, interrupted).run

    def _as_begun(self, occasion: Occasion, interrupted: PlayRun | None) -> Occasion:
        """The occasion as a launch met it that was interrupted: by the playbook of that moment."""
        if interrupted is None or interrupted.playbook == occasion.playbook.version:
            return occasion
        play, playbook = self.play_of(interrupted)
        return replace(occasion, play=play, playbook=playbook, assign=self.assigner(playbook).assign)

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
