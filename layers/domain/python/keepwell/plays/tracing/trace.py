"""The trace of one play at one account: why it fired, or why not, from what is stored (D5)."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime, time
from typing import Any
from zoneinfo import ZoneInfo

from keepwell.accounts import Account
from keepwell.errors import RejectedInput
from keepwell.evaluation import evaluate
from keepwell.people import Person
from keepwell.playbook import Playbook
from keepwell.plays.calling_off import play_of
from keepwell.plays.finding import find_play, play_called
from keepwell.plays.launching import Launcher
from keepwell.plays.play import Play
from keepwell.plays.tracing import doing, holding, triggering
from keepwell.plays.tracing.case import Case, Line, passage_of, passage_of_person
from keepwell.population import NO_POPULATION, Population
from keepwell.segments.users import KIND
from keepwell.standings import user_in
from keepwell.tasks import PlayRun

Stage = Callable[[Case], Iterator[Line]]

STAGES: Mapping[str, Stage] = {
    "play": triggering.play,
    "activation": triggering.activation,
    "condition": triggering.condition,
    "membership": triggering.membership,
    "transition": triggering.transition,
    "brake": holding.brake,
    "confidence": holding.confidence,
    "noise": holding.noise,
    "run": doing.run,
    "delivery": doing.delivery,
    "task": doing.task,
}
"""What a play has to pass, in the order in which it does; a stage that has nothing to say says nothing."""

MOST_PASSAGES = 1000
"""So many of the newest rows of the history are read."""


@dataclass(frozen=True)
class Trace:
    """Whether a play fired for its latest passage, and all that bears on it. A shadow never fires. Whatever
    time it tells is of the tenant's `time_zone`."""

    play: str
    account_id: str
    fired: bool
    because: tuple[Line, ...]
    time_zone: ZoneInfo
    user_id: str = ""

    @property
    def stopped_by(self) -> Line | None:
        """The first thing for which it did not fire; None where it did."""
        return None if self.fired else next(line for line in self.because if line.stops)

    def as_json(self) -> dict[str, Any]:
        return {
            "play": self.play,
            "account_id": self.account_id,
            **({"user_id": self.user_id} if self.user_id else {}),
            "fired": self.fired,
            "time_zone": self.time_zone.key,
            "because": [
                {
                    "step": line.step,
                    "outcome": line.outcome,
                    "detail": line.detail,
                    "at": line.at.astimezone(self.time_zone).isoformat() if line.at else None,
                    "playbook": line.playbook,
                }
                for line in self.because
            ],
        }


def trace(
    play_id: str,
    account: Account,
    playbook: Playbook,
    launcher: Launcher,
    now: datetime,
    on: date | None = None,
    population: Population = NO_POPULATION,
    user_id: str = "",
) -> Trace:
    """Why a play fired for an account, or why not, by the active `playbook`; `launcher` is only read from. Of
    a play about people it is told for the user of this id: the account is given with its people.

    As of an earlier day (`on`) only what was stored by its end is told; as of a later one, what would be if
    nothing changed until then. Raises RejectedInput if there is no such play, or no such user.
    """
    today = now.astimezone(playbook.time_zone).date()
    asked_at = now if on in (None, today) else _moment(on or today, today, playbook)
    past = asked_at if asked_at < now else None
    known = play_called(play_id, playbook.plays)
    runs = _runs(known.id if known else play_id, launcher.work.runs(account.account_id), past)
    play = known or _as_it_last_ran(play_id, playbook, runs, launcher)
    person = _person(play, playbook, account, user_id)
    if person:
        runs = tuple(run for run in runs if user_in(run.transition_id, run.account_id) == user_id)
        rows = launcher.history.of(account.account_id, KIND, MOST_PASSAGES)
        passages = [passage_of_person(row) for row in rows if row.detail["user_id"] == user_id]
    else:
        rows = launcher.history.of(account.account_id, "transition", MOST_PASSAGES)
        passages = list(map(passage_of, rows))
    case = Case(
        play=play,
        account=account,
        playbook=playbook,
        launcher=launcher,
        now=asked_at,
        today=today,
        evaluation=None if past else evaluate(account, playbook, asked_at, population=population),
        passages=tuple(each for each in passages if past is None or each.day <= past.date()),
        runs=runs,
        person=person,
    )
    because = tuple(replace(line, step=step) for step, stage in STAGES.items() for line in stage(case))
    return Trace(play.id, account.account_id, case.fired, because, playbook.time_zone, user_id)


def _person(play: Play, playbook: Playbook, account: Account, user_id: str) -> Person | None:
    """Whom a play about people is traced for, None for a play about accounts."""
    of_users = play.of_users or play.segment in {each.id for each in playbook.user_segments}
    if not of_users and user_id:
        raise RejectedInput(f"the play {play.id} is about accounts: leave the user out")
    if of_users and not user_id:
        raise RejectedInput(f"the play {play.id} is about people: say whom, as in --user ID")
    found = next((each for each in account.people or () if each.user_id == user_id), None)
    if of_users and found is None:
        raise RejectedInput(f"the account {account.account_id!r} has no user {user_id!r}")
    return found if of_users else None


def _moment(on: date, today: date, playbook: Playbook) -> datetime:
    """The end of a day that is past, noon of one to come."""
    return datetime.combine(on, time(12) if on > today else time.max, playbook.time_zone)


def _runs(play_id: str, runs: Iterable[PlayRun], past: datetime | None) -> tuple[PlayRun, ...]:
    """A play's own, newest first, until some moment that is past."""
    own = (run for run in runs if run.play == play_id and (past is None or run.at <= past))
    return tuple(sorted(own, key=lambda run: (run.at, run.run_id), reverse=True))


def _as_it_last_ran(play_id: str, playbook: Playbook, runs: tuple[PlayRun, ...], launcher: Launcher) -> Play:
    """A play that the playbook has no more, as it was when it last ran here."""
    for run in runs[:1]:
        if found := play_of(run, launcher.playbook_of(run.playbook)):
            return found
    return find_play(play_id, playbook.plays)
