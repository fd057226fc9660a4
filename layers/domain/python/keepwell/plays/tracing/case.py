"""One play and one account, with all that is stored of the two: what the stages of a trace read."""

from dataclasses import dataclass, replace
from datetime import date, datetime
from functools import cached_property

from keepwell.accounts import Account
from keepwell.criteria.knowing import NO_TRAIL, Moment
from keepwell.errors import ConfigurationError
from keepwell.evaluation import Evaluation
from keepwell.history import HistoryRow
from keepwell.passages import passage_of as passage_of_wake
from keepwell.passages import passage_wake
from keepwell.people import Person, values_of
from keepwell.playbook import Playbook
from keepwell.plays.braking import Held
from keepwell.plays.effects import Occasion
from keepwell.plays.launching import Launcher
from keepwell.plays.play import Existing, Play, PlayState
from keepwell.plays.triggers import rule_behind
from keepwell.segments.membership import Crossing
from keepwell.segments.rules import Rule
from keepwell.standings import Band, Membership, Passage, Reason, Silence, Transition
from keepwell.tasks import PlayRun


@dataclass(frozen=True)
class Line:
    """What one stage has to say: a word and the same in full.

    `at` is when that was decided, `playbook` the version by which it was. `stops`: were it otherwise, the
    play could have fired.
    """

    outcome: str
    detail: str
    at: datetime | None = None
    playbook: str | None = None
    stops: bool = False
    step: str = ""


@dataclass(frozen=True)
class Case:
    """A play and an account as of `now`.

    `evaluation` is today's; None for a day that is past, of which only what was stored is told. `passages`
    are those of the account that the history tells, `runs` those of the play, both newest first
    and, of a day that is past, up to its end. Of a play about people both are those of the `person`.
    """

    play: Play
    account: Account
    playbook: Playbook
    launcher: Launcher
    now: datetime
    today: date
    evaluation: Evaluation | None
    passages: tuple[Transition, ...]
    runs: tuple[PlayRun, ...]
    person: Person | None = None

    @property
    def day(self) -> date:
        """The tenant's day that is asked about."""
        return self.day_of(self.now)

    def day_of(self, at: datetime) -> date:
        return at.astimezone(self.playbook.time_zone).date()

    def told(self, at: datetime) -> str:
        """A moment by the tenant's clock, to the minute; the trace names the zone."""
        return f"{at.astimezone(self.playbook.time_zone):%Y-%m-%d %H:%M}"

    @property
    def rule(self) -> Rule | None:
        """What the membership that triggers it is decided by; None where there is no such trigger."""
        return rule_behind(self.play, self.playbook)

    @cached_property
    def moment(self) -> Moment | None:
        """What conditions see today; None for a day that is past."""
        if self.evaluation is None:
            return None
        if self.person:
            return Moment(values_of(self.person, self.day), self.day, NO_TRAIL)
        return Moment(self.evaluation.values, self.evaluation.day, self.evaluation.past)

    @property
    def kept(self) -> Membership | None:
        """The membership in what triggers it, as it is stored."""
        standing = self.account.standing
        stored = self.person.memberships if self.person else standing.memberships if standing else {}
        return stored.get(self.play.segment)

    @property
    def crossing(self) -> Crossing | None:
        """What today's look makes of it."""
        found = self.evaluation
        if found is None or self.person is None:
            return found.crossings.get(self.play.segment) if found else None
        people = (each for each in found.people if each.before.user_id == self.person.user_id)
        crossed = (each for person in people for each in person.crossings)
        return next((each for segment, each in crossed if segment.id == self.play.segment), None)

    @property
    def trigger(self) -> str:
        """What the account is inside of, in words."""
        names = {each.id: each.name for each in (*self.playbook.segments, *self.playbook.user_segments)}
        return names.get(self.play.segment, "the play's own condition")

    @cached_property
    def passed(self) -> Transition | None:
        """The latest passage that the play answers; of one without a trigger that on which it was started."""
        if not self.play.segment:
            ids = [run.transition_id for run in self.runs[:1]]
            return next((each for each in self.passages if each.id in ids), None)
        wanted = (self.play.segment, self.play.passage)
        passages = [each for each in self.passages if (each.segment, each.passage) == wanted]
        found = max(passages, key=lambda each: (each.sequence, each.day, each.silence is None), default=None)
        return self._pending.get(found.id, found) if found else None

    @property
    def is_pending(self) -> bool:
        """Whether that passage waits for its plays."""
        return self.passed is not None and self.passed.id in self._pending

    @cached_property
    def run(self) -> PlayRun | None:
        """What became of the play: its run for that passage, or one that was started otherwise since."""
        about = [run for run in self.runs if self._is_about(run)]
        return min(about, key=lambda run: run.shadow, default=None)

    @property
    def fired(self) -> bool:
        """Whether it acted. A shadow does not."""
        return self.run is not None and self.run.fired and not self.run.shadow

    @cached_property
    def play_then(self) -> Play | None:
        """The play as it was in the playbook that decided the passage. Raises ConfigurationError if that is
        gone."""
        plays = self.launcher.playbook_of(self.passed.playbook).plays if self.passed else ()
        return next((each for each in plays if each.id == self.play.id), None)

    @property
    def is_dropped(self) -> bool:
        """Whether the play was to answer the passage, and nothing came of it, nor ever will: it was taken out
        of service in between."""
        passed = self.passed
        if passed is None or passed.silence or self.run or self.is_pending or self.day != self.today:
            return False
        try:
            return self.play_then is not None and self.play_then.state is PlayState.LIVE
        except ConfigurationError:
            return False

    @property
    def is_baseline(self) -> bool:
        """Whether the account was inside before the play was activated, which leaves such accounts alone."""
        passed = self.passed
        if passed is None or self.run is not None or self.play.existing is Existing.ACT:
            return False
        return passed.silence is Silence.BASELINE or self._precedes(passed)

    @cached_property
    def occasion(self) -> Occasion | None:
        """The play meeting that passage."""
        if self.passed is None:
            return None
        return self.launcher.occasion(
            self.play, self.passed, self.account, self.playbook, self.now, self.person
        )

    @cached_property
    def held(self) -> tuple[Held, ...]:
        """What a person's decision is due for, or was made and not carried out yet."""
        if self.day != self.today:
            return ()
        if self.person is None:
            waiting = self.launcher.held(self.account, self.playbook, self.now)
            return tuple(each for each in waiting if each.play == self.play.id)
        occasions = [self.occasion] if self.occasion and self.is_pending else []
        return tuple(self.launcher.held_of(occasions))

    @cached_property
    def _pending(self) -> dict[str, Transition]:
        standing = self.account.standing if self.day == self.today else None
        if self.person is not None:
            wakes = (self.launcher.wakes.get(passage_wake(each).wake_id) for each in self.passages)
            waiting = (passage_of_wake(wake) for wake in wakes if wake and standing)
            return {each.id: each for each in waiting}
        return {each.id: each for each in standing.pending} if standing else {}

    def _is_about(self, run: PlayRun) -> bool:
        passed = self.passed
        if passed is None or run.transition_id == passed.id:
            return True
        if run.date and self.occasion and run.date == self.occasion.date:
            return True
        own = run.transition_id.startswith(f"{self.account.account_id}/{passed.about}/")
        return not own and self.day_of(run.at) >= passed.day

    def _precedes(self, passed: Transition) -> bool:
        """Whether it was passed before the activation. The history tells the day alone: of a passage on the
        day of the activation that left nothing behind, it was."""
        activated = self.playbook.activated.get(f"play:{self.play.id}")
        if activated is None:
            return False
        return passed.at < activated if self.is_pending else passed.day <= self.day_of(activated)


def passage_of(row: HistoryRow) -> Transition:
    """The passage that a row of the history tells; it tells the day of it, not the time."""
    told = row.detail
    return Transition(
        account_id=row.account_id,
        segment=told["segment"],
        passage=Passage(told["passage"]),
        sequence=int(told["sequence"]),
        at=row.at,
        day=row.at.date(),
        health=Band(told["health"]),
        score=told["score"],
        reasons=tuple(Reason(r["condition"], r["value"], r["matches"]) for r in told["reasons"]),
        drivers=tuple(told["drivers"]),
        playbook=told["playbook"],
        cause=told.get("cause", ""),
        silence=Silence(told["silence"]) if told.get("silence") else None,
        confidence=told.get("confidence"),
    )


def passage_of_person(row: HistoryRow) -> Transition:
    """The same of a person at the account, of whom nothing is scored."""
    unscored = {"health": Band.UNKNOWN.value, "score": None, "drivers": ()}
    found = passage_of(replace(row, detail={**row.detail, **unscored}))
    return replace(found, user_id=row.detail["user_id"])
